"""A request inside the engine: its tokens, the cache blocks they own, and how far the model has read them."""

import hashlib
import secrets

from engine.media import MediaInput, Prompt
from engine.sampling_params import SamplingParams
from engine.step_plan import FeaturePlan, SequencePlan


class Sequence:
    """Tokens [0, num_computed) are in the cache; the rest wait to be read. Reading the last one yields the next token.

    A preempted sequence starts again from num_computed 0 and reads its prompt and what it had generated alike.
    Its media have the ids first_media_id, first_media_id + 1, ...
    """

    def __init__(
        self, sequence_id: int, prompt: Prompt, params: SamplingParams, submitted_at: float, first_media_id: int = 0
    ) -> None:
        self.id = sequence_id
        self.media: dict[int, MediaInput] = dict(enumerate(prompt.inputs, first_media_id))
        self._spans = prompt.spans
        self._first_media_id = first_media_id
        self.params = params
        self.seed = secrets.randbits(63) if params.seed is None else params.seed
        self.token_ids = list(prompt.token_ids)  # the prompt, then what was generated
        self.num_prompt_tokens = len(prompt.token_ids)
        self.num_computed = 0
        self.block_table: list[int] = []  # written by BlockManager only
        self.prompt_logprobs: list[float] = []  # of the last params.prompt_logprobs prompt tokens, in order
        self.submitted_at = submitted_at
        self.first_token_at: float | None = None

    @property
    def num_tokens(self) -> int:
        return len(self.token_ids)

    @property
    def num_generated(self) -> int:
        return len(self.token_ids) - self.num_prompt_tokens

    def plan(self, max_tokens: int) -> SequencePlan:
        """Read the next tokens, at most max_tokens of them."""
        start, end = self.num_computed, min(self.num_computed + max_tokens, self.num_tokens)
        is_sampled = end == self.num_tokens
        return SequencePlan(
            sequence_id=self.id,
            token_ids=self.token_ids[start:end],
            start=start,
            block_table=list(self.block_table),
            is_sampled=is_sampled,
            temperature=self.params.temperature,
            top_k=self.params.top_k,
            top_p=self.params.top_p,
            seed=position_seed(self.seed, self.num_tokens) if is_sampled else 0,
            logprob_targets=self._logprob_targets(start, end),
            features=self._features(start, end),
        )

    def read_media(self) -> set[int]:
        """Those whose features are all in the cache."""
        unread = {span.input_index for span in self._spans if span.start + span.num_tokens > self.num_computed}
        return {media_id for media_id in self.media if media_id - self._first_media_id not in unread}

    def _features(self, start: int, end: int) -> list[FeaturePlan]:
        """What takes the place of embeddings in [start, end)."""
        features = []
        for span in self._spans:
            first, last = max(span.start, start), min(span.start + span.num_tokens, end)
            if first < last:
                features.append(
                    FeaturePlan(
                        media_id=self._first_media_id + span.input_index,
                        first_feature=span.first_feature + first - span.start,
                        first_token=first - start,
                        num_tokens=last - first,
                    )
                )
        return features

    def _logprob_targets(self, start: int, end: int) -> list[tuple[int, int]]:
        """Token p is predicted at position p - 1. What a preempted sequence already knows is not asked again."""
        first = max(1, self.num_prompt_tokens - self.params.prompt_logprobs) + len(self.prompt_logprobs)
        positions = range(max(first, start + 1), min(end + 1, self.num_prompt_tokens))
        return [(p - 1 - start, self.token_ids[p]) for p in positions]


def position_seed(seed: int, position: int) -> int:
    """63 bits that depend on the request's seed and the position alone, so that a batch changes no sample."""
    digest = hashlib.blake2b(f"{seed}:{position}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
