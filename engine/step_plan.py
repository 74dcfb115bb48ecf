"""What one forward pass computes, as ints and lists, so that a plan is cheap to send to another process."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """Rows [first_feature, first_feature + num_tokens) of what an encoder made of media_id stand in for the embeddings
    of token_ids[first_token], ... of a sequence plan."""

    media_id: int
    first_feature: int
    first_token: int
    num_tokens: int


@dataclass(frozen=True, slots=True)
class SequencePlan:
    """The part of one sequence that a step computes.

    token_ids are written to the cache at positions start, start + 1, ...; block_table covers all of them.
    When is_sampled, the logits of the last token choose the next one by temperature, top_k and top_p; seed is already
    specific to this sequence and position, so a result does not depend on what else is in the batch.
    logprob_targets: (index into token_ids, id) pairs: log-probability of id given the tokens up to that index.
    """

    sequence_id: int
    token_ids: list[int]
    start: int
    block_table: list[int]
    is_sampled: bool
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    logprob_targets: list[tuple[int, int]] = field(default_factory=list)
    features: list[FeaturePlan] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StepPlan:
    sequences: list[SequencePlan]

    @property
    def num_tokens(self) -> int:
        return sum(len(sequence.token_ids) for sequence in self.sequences)


@dataclass(frozen=True, slots=True)
class StepResult:
    """sampled: sequence_id -> next token, for each is_sampled. logprobs: sequence_id -> one value per target.

    failed: sequence_id -> why its next token could not be chosen, one sentence; such a sequence is not in sampled.
    """

    sampled: dict[int, int]
    logprobs: dict[int, list[float]]
    failed: dict[int, str] = field(default_factory=dict)
