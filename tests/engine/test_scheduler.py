import pytest

from engine.block_manager import BlockManager
from engine.config import EngineConfig
from engine.errors import InvalidRequest, PromptTooLong
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from engine.scheduler import Scheduler
from engine.sequence import Sequence, position_seed
from engine.step_plan import SequencePlan, StepPlan, TokenChoice

GENERATED = 99


class World:
    """A scheduler with 4-token blocks, and what the engine would do after each step."""

    def __init__(self, num_blocks=32, max_model_len=1000, max_num_seqs=8, max_num_batched_tokens=16):
        config = EngineConfig(
            "unused",
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max_num_batched_tokens,
        )
        self.blocks = BlockManager(num_blocks, block_size=4)
        self.scheduler = Scheduler(config, self.blocks, max_model_len)
        self.sequences: list[Sequence] = []

    def add(self, *prompt_lengths, **params):
        for length in prompt_lengths:
            prompt_ids = list(range(length))
            self.sequences.append(Sequence(len(self.sequences), Prompt(prompt_ids), SamplingParams(**params), 0.0))
            self.scheduler.add(self.sequences[-1])

    def step(self):
        """One step; every sampled token is GENERATED."""
        plan = self.scheduler.schedule()
        for part in plan.sequences:
            sequence = self.sequences[part.sequence_id]
            sequence.num_computed += len(part.token_ids)
            if part.is_sampled:
                sequence.append(GENERATED)
        return plan

    def steps(self, count):
        """Per step: (sequence, start, number of tokens, "+" if it yields a token) of every part."""
        return [
            [(s.sequence_id, s.start, len(s.token_ids), "+" if s.is_sampled else "") for s in self.step().sequences]
            for _ in range(count)
        ]


def test_a_plan_carries_tokens_blocks_and_sampling():
    world = World()
    world.add(6, temperature=0.5, top_k=3, top_p=0.9, seed=7)

    plans = [world.step(), world.step()]

    sampling = {"temperature": 0.5, "top_k": 3, "top_p": 0.9}
    first, second = (TokenChoice(seed=position_seed(7, position), **sampling) for position in (6, 7))
    prefill = SequencePlan(0, [0, 1, 2, 3, 4, 5], 0, [0, 1], is_sampled=True, choice=first)
    decode = SequencePlan(0, [GENERATED], 6, [0, 1], is_sampled=True, choice=second)
    assert plans == [StepPlan([prefill]), StepPlan([decode])]


def test_prompts_of_mixed_lengths_share_a_step_and_then_decode_together():
    world = World()
    world.add(3, 1, 7, 2)

    assert world.steps(2) == [
        [(0, 0, 3, "+"), (1, 0, 1, "+"), (2, 0, 7, "+"), (3, 0, 2, "+")],
        [(0, 3, 1, "+"), (1, 1, 1, "+"), (2, 7, 1, "+"), (3, 2, 1, "+")],
    ]


def test_a_long_prompt_is_read_in_chunks_beside_running_answers():
    world = World(max_num_batched_tokens=4)
    world.add(2, 9)

    assert world.steps(5) == [
        [(0, 0, 2, "+"), (1, 0, 2, "")],
        [(0, 2, 1, "+"), (1, 2, 3, "")],
        [(0, 3, 1, "+"), (1, 5, 3, "")],
        [(0, 4, 1, "+"), (1, 8, 1, "+")],
        [(0, 5, 1, "+"), (1, 9, 1, "+")],
    ]


def test_a_plan_does_not_change_when_the_sequence_goes_on():
    world = World()
    world.add(4)

    plans = [world.step().sequences[0] for _ in range(2)]

    assert [plan.block_table for plan in plans] == [[0], [0, 1]]
    assert [plan.token_ids for plan in plans] == [[0, 1, 2, 3], [GENERATED]]


def test_penalties_count_the_prompt_and_the_answer_also_after_a_preemption():
    world = World(num_blocks=5)
    world.add(5, repetition_penalty=1.5)
    world.add(6, frequency_penalty=0.5)

    plans = [world.step() for _ in range(6)]

    first, second = (
        [part.choice.counts for plan in plans for part in plan.sequences if part.sequence_id == i] for i in (0, 1)
    )
    prompt = {0: 0, 1: 0, 2: 0, 3: 0, 4: 0}
    assert first == [prompt, *({**prompt, GENERATED: n} for n in range(1, 6))]
    assert second == [{}, {GENERATED: 1}, {GENERATED: 2}, {GENERATED: 3}]  # then the first needs its blocks
    world.scheduler.remove(world.sequences[0])
    (again,) = world.step().sequences
    assert (again.start, again.choice.counts) == (0, {GENERATED: 4})


def test_only_the_last_chunk_has_a_seed():
    world = World(max_num_batched_tokens=4)
    world.add(6, seed=1, temperature=1.0)

    seeds = [world.step().sequences[0].choice.seed for _ in range(2)]

    assert seeds == [0, position_seed(1, 6)]


@pytest.mark.parametrize(
    ("length", "chunks"), [(4, [4]), (5, [4, 1]), (8, [4, 4]), (1, [1])], ids=["exact", "one-over", "twice", "one"]
)
def test_chunks_fill_the_budget_exactly(length, chunks):
    world = World(max_num_batched_tokens=4)
    world.add(length)

    sizes = [world.step().num_tokens for _ in chunks]

    assert sizes == chunks


def test_a_spent_budget_admits_nobody():
    world = World(max_num_batched_tokens=4)
    world.add(4, 1)

    assert world.steps(2) == [[(0, 0, 4, "+")], [(0, 4, 1, "+"), (1, 0, 1, "+")]]


def test_a_budget_below_the_number_of_answers_serves_the_oldest():
    world = World(max_num_batched_tokens=2)
    world.add(1, 1, 1)

    assert world.steps(2) == [[(0, 0, 1, "+"), (1, 0, 1, "+")], [(0, 1, 1, "+"), (1, 1, 1, "+")]]
    world.scheduler.remove(world.sequences[0])
    assert world.steps(1) == [[(1, 2, 1, "+"), (2, 0, 1, "+")]]


def test_at_most_max_num_seqs_run_and_the_queue_is_first_come_first_served():
    world = World(max_num_seqs=2)
    world.add(1, 1, 1, 1)

    assert world.steps(1) == [[(0, 0, 1, "+"), (1, 0, 1, "+")]]
    world.scheduler.remove(world.sequences[1])
    assert world.steps(1) == [[(0, 1, 1, "+"), (2, 0, 1, "+")]]
    assert (world.scheduler.num_running, world.scheduler.num_waiting) == (2, 1)


def test_admission_leaves_a_spare_block_for_each_running_sequence():
    world = World(num_blocks=4)
    world.add(8, 8)  # two blocks each: all four, with none to spare for the first

    assert world.steps(1) == [[(0, 0, 8, "+")]]
    assert world.scheduler.num_waiting == 1


def test_a_short_prompt_does_not_overtake_one_that_waits_for_blocks():
    world = World(num_blocks=4)
    world.add(8, 8, 1)

    world.step()

    assert world.scheduler.num_waiting == 2


def test_out_of_blocks_preempts_the_youngest_which_starts_again_when_there_is_room():
    world = World(num_blocks=4)
    world.add(7, 3)  # blocks 0, 1 and 2; block 3 is the spare

    assert world.steps(6) == [
        [(0, 0, 7, "+"), (1, 0, 3, "+")],
        [(0, 7, 1, "+"), (1, 3, 1, "+")],
        [(0, 8, 1, "+")],  # takes the spare; 1 needs a second block and there is none
        [(0, 9, 1, "+")],
        [(0, 10, 1, "+")],
        [(0, 11, 1, "+")],
    ]
    assert world.sequences[1].block_table == []
    world.scheduler.remove(world.sequences[0])
    assert world.step().sequences == [SequencePlan(1, [0, 1, 2, GENERATED, GENERATED], 0, [0, 1], is_sampled=True)]


def test_several_preempted_sequences_return_in_their_old_order():
    world = World(num_blocks=6)
    world.add(4, 4, 4)
    for _ in range(10):  # 2 is preempted when three times three blocks are needed, 1 when twice four are
        world.step()
    assert (world.scheduler.num_running, world.scheduler.num_waiting) == (1, 2)

    order = []
    for sequence_id in (0, 1):
        world.scheduler.remove(world.sequences[sequence_id])
        order += [part.sequence_id for part in world.step().sequences]

    assert order == [1, 2]


def test_a_preempted_sequence_goes_before_those_that_never_ran():
    world = World(num_blocks=4, max_num_seqs=2)
    world.add(7, 3, 1)
    for _ in range(3):
        world.step()
    assert world.scheduler.num_running == 1

    world.scheduler.remove(world.sequences[0])

    assert [s.sequence_id for s in world.step().sequences] == [1, 2]


def test_a_sequence_in_the_middle_of_its_prompt_can_be_preempted():
    world = World(num_blocks=5, max_num_batched_tokens=4)
    world.add(3, 12)  # block 0; blocks 1, 2, 3; block 4 is the spare

    assert world.steps(6) == [
        [(0, 0, 3, "+"), (1, 0, 1, "")],
        [(0, 3, 1, "+"), (1, 1, 3, "")],
        [(0, 4, 1, "+"), (1, 4, 3, "")],  # takes the spare
        [(0, 5, 1, "+"), (1, 7, 3, "")],
        [(0, 6, 1, "+"), (1, 10, 2, "+")],
        [(0, 7, 1, "+")],  # 1 would need a fourth block
    ]
    assert world.sequences[1].num_computed == 0


def test_the_last_sequence_can_fill_the_whole_cache():
    world = World(num_blocks=3, max_model_len=12)
    world.add(3)

    for _ in range(9):
        world.step()

    assert world.sequences[0].num_tokens == 12
    assert world.blocks.num_free == 0


@pytest.mark.parametrize(
    ("num_blocks", "max_model_len"), [(100, 12), (3, 1000)], ids=["longer-than-the-model", "larger-than-the-cache"]
)
def test_a_prompt_that_can_never_fit_is_refused_with_the_limit(num_blocks, max_model_len):
    world = World(num_blocks=num_blocks, max_model_len=max_model_len)

    with pytest.raises(PromptTooLong, match="12 tokens long .* at most 11"):
        world.add(12)
    world.add(11)


def test_an_empty_prompt_is_refused():
    with pytest.raises(InvalidRequest, match="empty"):
        World().add(0)


def test_a_waiting_sequence_can_be_removed():
    world = World(max_num_seqs=1)
    world.add(1, 1, 1)
    world.step()

    world.scheduler.remove(world.sequences[1])
    world.scheduler.remove(world.sequences[0])

    assert [s.sequence_id for s in world.step().sequences] == [2]


def targets(world, num_steps):
    """(sequence, absolute position that predicts, token) of every log-probability asked, in order."""
    return [
        (part.sequence_id, part.start + index, token)
        for _ in range(num_steps)
        for part in world.step().sequences
        for index, token in part.logprob_targets
    ]


@pytest.mark.parametrize("budget", [1, 2, 3, 4, 16])
def test_prompt_logprobs_are_asked_once_across_any_chunks(budget):
    world = World(max_num_batched_tokens=budget)
    world.add(8, prompt_logprobs=5)

    assert targets(world, 12) == [(0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 5, 6), (0, 6, 7)]


def test_more_prompt_logprobs_than_there_are_leave_out_the_first_token():
    world = World()
    world.add(3, prompt_logprobs=100)

    assert targets(world, 2) == [(0, 0, 1), (0, 1, 2)]


def test_a_preempted_sequence_does_not_ask_again_for_the_logprobs_it_has():
    world = World()
    world.add(6, prompt_logprobs=4)
    world.sequences[0].prompt_logprobs = [-1.0, -2.0]  # of tokens 2 and 3

    assert targets(world, 1) == [(0, 3, 4), (0, 4, 5)]


def test_seeds_depend_on_the_request_and_the_position_only():
    seeds = {position_seed(seed, position) for seed in range(30) for position in range(30)}

    assert len(seeds) == 900
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert position_seed(3, 4) == position_seed(3, 4)


def test_requests_without_a_seed_get_different_ones():
    world = World()

    world.add(1, 1)

    assert world.sequences[0].seed != world.sequences[1].seed
