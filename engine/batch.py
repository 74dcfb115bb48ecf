"""Ask many prompts at once, but never more than may wait, so that no batch of one caller is refused for its size."""

from collections import deque

from engine.engine import Output
from engine.front_door import QueueSize
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from engine.service import EngineService, TokenStream


def answer_all(
    service: EngineService, prompts: list[Prompt], params: SamplingParams, limits: QueueSize
) -> list[list[list[Output]]]:
    """The outputs of each of the params.n answers to each prompt, in order. An error cancels all of them."""
    in_flight = _InFlight(service, limits)
    try:
        for prompt in prompts:
            first, *others = params.samples()
            stream = in_flight.submit(prompt, first)
            if others:
                stream.wait()  # the prompt is in the prefix cache then
            for sample in others:
                in_flight.submit(prompt, sample)
        outputs = in_flight.finish()
    finally:
        in_flight.cancel()
    return [outputs[i : i + params.n] for i in range(0, len(outputs), params.n)]


class _InFlight:
    """Requests whose outputs are not all read, oldest first."""

    def __init__(self, service: EngineService, limits: QueueSize) -> None:
        self._service = service
        self._limits = limits
        self._streams: deque[tuple[TokenStream, int]] = deque()  # with the tokens of their prompts
        self._num_tokens = 0
        self._outputs: list[list[Output]] = []

    def submit(self, prompt: Prompt, params: SamplingParams) -> TokenStream:
        """Waits until there is room."""
        num_tokens = len(prompt.token_ids)
        while self._streams and not self._has_room(num_tokens):
            self._read_oldest()
        stream = self._service.submit(prompt, params)
        self._streams.append((stream, num_tokens))
        self._num_tokens += num_tokens
        return stream

    def finish(self) -> list[list[Output]]:
        """All outputs of all requests, in the order in which they were submitted."""
        while self._streams:
            self._read_oldest()
        return self._outputs

    def cancel(self) -> None:
        for stream, _ in self._streams:
            stream.cancel()

    def _has_room(self, num_tokens: int) -> bool:
        fits = self._num_tokens + num_tokens <= self._limits.num_tokens
        return fits and len(self._streams) < self._limits.num_requests

    def _read_oldest(self) -> None:
        stream, num_tokens = self._streams[0]
        self._outputs.append([output for batch in stream for output in batch])
        self._streams.popleft()
        self._num_tokens -= num_tokens
