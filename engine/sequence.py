"""A request inside the engine: its tokens, the cache blocks they own, and how far the model has read them."""

import hashlib
import secrets

from engine.answer_text import AnswerText
from engine.block_hash import BlockChain, media_digest
from engine.drafts import Drafter
from engine.media import Prompt
from engine.messages import TokenLogprob
from engine.sampling_params import SamplingParams
from engine.step_plan import LARGEST, FeaturePlan, SequencePlan, TokenChoice


class Sequence:
    """Tokens [0, num_computed) are in the cache; the rest wait to be read. Reading the last one yields the next token.

    A preempted sequence starts again from what the prefix cache holds of it, and reads the rest of its prompt and of
    what it had generated alike.
    """

    def __init__(
        self, sequence_id: int, prompt: Prompt, params: SamplingParams, submitted_at: float, session: str = ""
    ) -> None:
        self.id = sequence_id
        self.session = session  # whose it is
        self.media = prompt.inputs
        self.media_digests = tuple(media_digest(item) for item in prompt.inputs)
        self.media_ids: list[int] = []  # what plans call each of media; given by Engine
        self._spans = prompt.spans
        self.matcher = prompt.form.begin() if prompt.form is not None else None  # follows the tokens after the prompt
        self.params = params
        self.seed = secrets.randbits(63) if params.seed is None else params.seed
        self.token_ids = list(prompt.token_ids)  # the prompt, then what was generated
        self.num_prompt_tokens = len(prompt.token_ids)
        self.num_computed = 0
        self.num_cached_tokens: int | None = None  # of the prompt, when it was started first; None before
        self.block_table: list[int] = []  # written by BlockManager only
        self.num_published = 0  # blocks that others may use too; written by BlockManager only
        self.chain = BlockChain(prompt, self.media_digests, session)
        self.text: AnswerText | None = None  # where stop texts are to be found in it; given by Engine
        self.drafter: Drafter | None = None  # where drafts are wanted; given by Engine
        self._counts = dict.fromkeys(self.token_ids, 0) if params.repetition_penalty != 1 else {}
        self.prompt_logprobs: list[TokenLogprob] = []  # of the last params.prompt_logprobs prompt tokens, in order
        self.is_suspect = False  # was in a step that failed, and is read alone until a token shows its innocence
        self.submitted_at = submitted_at
        self.started_at: float | None = None  # of its first step; this and the next two written by RequestMeter only
        self.first_token_at: float | None = None
        self.last_token_at: float | None = None
        self.encode_s = 0.0  # spent in encoders for it; written by Engine

    @property
    def num_tokens(self) -> int:
        return len(self.token_ids)

    @property
    def num_generated(self) -> int:
        return len(self.token_ids) - self.num_prompt_tokens

    @property
    def num_unread(self) -> int:
        """1 for an answer that goes on."""
        return self.num_tokens - self.num_computed

    @property
    def num_reusable_tokens(self) -> int:
        """What may come from the prefix cache: all but the last token, and nothing that yields a log-probability."""
        first = self._next_logprob_position
        return (first if first < self.num_prompt_tokens else self.num_tokens) - 1

    def append(self, token_id: int) -> None:
        """It has been generated."""
        self.token_ids.append(token_id)
        if self.params.counts_tokens:
            _count(self._counts, token_id)
        if self.drafter is not None:
            self.drafter.append(token_id)

    def plan(self, max_tokens: int, draft: list[int] | None = None) -> SequencePlan:
        """Read the next tokens, at most max_tokens of them, and a draft behind the last of all."""
        draft = draft or []
        start, end = self.num_computed, min(self.num_computed + max_tokens, self.num_tokens)
        is_sampled = end == self.num_tokens
        assert is_sampled or not draft, draft
        return SequencePlan(
            sequence_id=self.id,
            token_ids=self.token_ids[start:end] + draft,
            start=start,
            block_table=list(self.block_table),
            is_sampled=is_sampled,
            choice=self._choice(draft) if is_sampled else LARGEST,
            draft_choices=[self._choice(draft[:i]) for i in range(len(draft))],
            num_logprobs=self.params.logprobs,
            logprob_targets=self._logprob_targets(start, end),
            features=self._features(start, end),
        )

    def unread_media(self) -> set[int]:
        """Ids of those whose features are not all in the KV cache."""
        spans = self._spans
        return {self.media_ids[s.input_index] for s in spans if s.start + s.num_tokens > self.num_computed}

    def _choice(self, draft: list[int]) -> TokenChoice:
        """Of the token behind the last one and a draft."""
        params = self.params
        counts = dict(self._counts)
        if params.counts_tokens:
            for token_id in draft:
                _count(counts, token_id)
        return TokenChoice(
            temperature=params.temperature,
            top_k=params.top_k,
            top_p=params.top_p,
            min_p=params.min_p,
            seed=position_seed(self.seed, self.num_tokens + len(draft)) if params.temperature > 0 else 0,
            repetition_penalty=params.repetition_penalty,
            presence_penalty=params.presence_penalty,
            frequency_penalty=params.frequency_penalty,
            counts=counts,
            logit_bias=params.logit_bias,
        )

    def _features(self, start: int, end: int) -> list[FeaturePlan]:
        """What takes the place of embeddings in [start, end)."""
        features = []
        for span in self._spans:
            first, last = max(span.start, start), min(span.start + span.num_tokens, end)
            if first < last:
                features.append(
                    FeaturePlan(
                        media_id=self.media_ids[span.input_index],
                        first_feature=span.first_feature + first - span.start,
                        first_token=first - start,
                        num_tokens=last - first,
                    )
                )
        return features

    def _logprob_targets(self, start: int, end: int) -> list[tuple[int, int]]:
        """Token p is predicted at position p - 1. What a preempted sequence already knows is not asked again."""
        positions = range(max(self._next_logprob_position, start + 1), min(end + 1, self.num_prompt_tokens))
        return [(p - 1 - start, self.token_ids[p]) for p in positions]

    @property
    def _next_logprob_position(self) -> int:
        """Of the first prompt token whose log-probability is wanted and not known; the prompt's end when none is."""
        return max(1, self.num_prompt_tokens - self.params.prompt_logprobs) + len(self.prompt_logprobs)


def _count(counts: dict[int, int], token_id: int) -> None:
    """Writes counts."""
    counts[token_id] = counts.get(token_id, 0) + 1


def position_seed(seed: int, position: int) -> int:
    """63 bits that depend on the request's seed and the position alone, so that a batch changes no sample."""
    digest = hashlib.blake2b(f"{seed}:{position}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
