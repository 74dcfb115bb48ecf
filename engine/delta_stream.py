"""The text of one answer as it comes."""

from collections.abc import Iterator
from time import perf_counter

from engine.answer_text import AnswerText
from engine.engine import Output
from engine.messages import Delta, StreamProgress, TokenLogprob, Usage
from engine.service import TokenStream


class DeltaStream:
    """Iterate once, in one thread; cancel() from any, also while the iteration waits.

    A Delta holds all the text that is ready. The last one has a finish_reason ("abort" after cancel()) and usage.
    """

    def __init__(self, tokens: TokenStream, num_prompt_tokens: int, text: AnswerText) -> None:
        self._tokens = tokens
        self._num_prompt_tokens = num_prompt_tokens
        self._text = text

    def cancel(self) -> None:
        """End the iteration and free the model for others. Does nothing to an answer that is complete."""
        self._tokens.cancel()

    def progress(self) -> StreamProgress | None:
        """From any thread; None when there is no engine any more."""
        return self._tokens.progress()

    def __iter__(self) -> Iterator[Delta]:
        arrivals: list[float] = []  # of tokens, for an answer that is cut short
        unshown: list[Output] = []
        try:
            for outputs in self._tokens:
                arrivals += [perf_counter()] * len(outputs)
                unshown += outputs
                delta = self._delta(outputs, unshown)
                if delta.text or delta.finish_reason:  # else the first bytes of a character, or an unshown token
                    unshown = []
                    yield delta
            if self._tokens.is_cancelled:
                usage = self._aborted_usage(arrivals)
                yield Delta(self._text.finish(), len(unshown), "abort", usage, _logprobs(unshown))
        finally:
            self.cancel()

    def _delta(self, outputs: list[Output], unshown: list[Output]) -> Delta:
        """unshown: outputs, and those before them of which nothing could be shown."""
        text = self._text.push(output.token_id for output in outputs)
        finish = outputs[-1].finish
        if finish is None:
            return Delta(text, len(unshown), logprobs=_logprobs(unshown))
        return Delta(text + self._text.finish(), len(unshown), finish.reason, finish.usage, _logprobs(unshown))

    def _aborted_usage(self, arrivals: list[float]) -> Usage:
        """What reached the caller, by the caller's clock. Without a first token, the time spent waiting for it."""
        first, last = (arrivals[0], arrivals[-1]) if arrivals else (perf_counter(),) * 2
        return Usage(
            prompt_tokens=self._num_prompt_tokens,
            completion_tokens=len(arrivals),
            time_to_first_token_s=first - self._tokens.submitted_at,
            decode_s=last - first,
        )


def _logprobs(outputs: list[Output]) -> tuple[TokenLogprob, ...]:
    return tuple(output.logprob for output in outputs if output.logprob is not None)
