"""What one forward pass computes, as ints and lists, so that a plan is cheap to send to another process."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.messages import TokenLogprob


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """Rows [first_feature, first_feature + num_tokens) of what an encoder made of media_id stand in for the embeddings
    of token_ids[first_token], ... of a sequence plan."""

    media_id: int
    first_feature: int
    first_token: int
    num_tokens: int


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """How a token is chosen from its row of logits; see SamplingParams. Rank 0 alone knows it.

    seed is already specific to the sequence and the position, so a choice does not depend on what else is in the batch.
    counts: token id -> how often the answer has it so far, for every token that a penalty applies to; 0 for one that
    only the prompt has.
    allowed: the tokens that may be chosen, packed as TokenMatcher says; None for all.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    seed: int = 0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    counts: Mapping[int, int] = field(default_factory=dict)
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    allowed: bytes | None = None


LARGEST = TokenChoice()


@dataclass(frozen=True, slots=True)
class SequencePlan:
    """The part of one sequence that a step computes.

    token_ids are written to the cache at positions start, start + 1, ...; block_table covers all of them.
    When is_sampled, the logits of the last token choose the next one by choice. The last tokens may be a draft, one for
    each of draft_choices, by which the token in its place is chosen; the first that is not the drafted one is the next.
    logprob_targets: (index into token_ids, id) pairs: log-probability of id given the tokens up to that index.
    num_logprobs: how many of the likeliest tokens come with each log-probability; None when the new token needs none.
    """

    sequence_id: int
    token_ids: list[int]
    start: int
    block_table: list[int]
    is_sampled: bool
    choice: TokenChoice = LARGEST
    draft_choices: list[TokenChoice] = field(default_factory=list)
    num_logprobs: int | None = None
    logprob_targets: list[tuple[int, int]] = field(default_factory=list)
    features: list[FeaturePlan] = field(default_factory=list)

    @property
    def draft(self) -> list[int]:
        """The tokens that are guessed."""
        return self.token_ids[len(self.token_ids) - len(self.draft_choices) :]


@dataclass(frozen=True, slots=True)
class StepPlan:
    sequences: list[SequencePlan]

    @property
    def num_tokens(self) -> int:
        return sum(len(sequence.token_ids) for sequence in self.sequences)


@dataclass(frozen=True, slots=True)
class StepResult:
    """sampled: sequence_id -> next token, for each is_sampled. num_accepted: sequence_id -> how many tokens of its
    draft come before that, where it has one. sampled_logprobs: sequence_id -> one value for each of all these, where
    they are asked for. logprobs: sequence_id -> one value per target.

    failed: sequence_id -> why its next token could not be chosen, one sentence; such a sequence is not in sampled.
    """

    sampled: dict[int, int]
    logprobs: dict[int, list[TokenLogprob]]
    sampled_logprobs: dict[int, list[TokenLogprob]] = field(default_factory=dict)
    num_accepted: dict[int, int] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
