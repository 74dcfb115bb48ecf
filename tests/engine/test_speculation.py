"""Answers that are guessed in part are the same, and come in fewer steps."""

import pytest
import torch

from engine.config import EngineConfig
from engine.engine import Engine
from engine.errors import InvalidRequest
from engine.media import Prompt
from engine.model_runner import ModelRunner
from engine.sampling_params import SamplingParams
from engine.step_plan import LARGEST, SequencePlan, StepPlan, TokenChoice
from tests.engine.fakes import PagedRunner, ScriptedRunner, logprob
from tests.engine.tiny_checkpoint import VOCAB_SIZE, write_checkpoint

PROMPT = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2]
COPY = [3, 4, 5, 6, 7, 8, 9, 50]  # of the prompt, and then something else


def make_engine(runner, eos_token_ids=frozenset(), **config):
    return Engine(EngineConfig("unused", **config), runner, eos_token_ids)


def ask(engine, **params):
    """Outputs per step."""
    engine.add(0, Prompt(PROMPT), SamplingParams(**params), submitted_at=0.0)
    steps = []
    while engine.has_work:
        steps.append(engine.step())
    return steps


def tokens(steps):
    return [[output.token_id for output in outputs] for outputs in steps]


def drafts(runner):
    return [plan.sequences[0].draft for plan in runner.plans]


def test_what_is_copied_comes_several_tokens_at_a_time():
    runner = ScriptedRunner(COPY)
    engine = make_engine(runner)

    steps = ask(engine, max_tokens=8)

    # the first token comes of the prompt; 3 drafted, then 7, as far as max_tokens lets a draft be of use
    assert tokens(steps) == [[3], [4, 5, 6, 7], [8, 9, 50]]
    assert drafts(runner) == [[], [4, 5, 6], [8, 9]]
    assert (engine.stats().num_drafted_tokens, engine.stats().num_accepted_tokens) == (5, 5)
    assert engine.stats().num_generated_tokens == 8


def test_without_speculation_nothing_is_drafted():
    runner = ScriptedRunner(COPY)
    engine = make_engine(runner, speculation=0)

    steps = ask(engine, max_tokens=8)

    assert tokens(steps) == [[token] for token in COPY]
    assert engine.stats().num_drafted_tokens == 0


def test_a_wrong_draft_costs_no_token_and_is_not_published():
    runner = ScriptedRunner([3, 4, 90, 91, 92, 93, 94])
    engine = make_engine(runner)

    steps = ask(engine, max_tokens=7)

    assert tokens(steps)[:3] == [[3], [4, 90], [91]]
    assert drafts(runner)[1] == [4, 5, 6]
    answer = [token for step in tokens(steps) for token in step]
    text = PROMPT + answer
    known = engine._blocks._prefixes._blocks.values()
    held = [[runner._slots[4 * block + i] for i in range(4)] for block in known]
    assert sorted(held) == sorted(text[i : i + 4] for i in range(0, 16, 4))


def test_the_end_of_an_answer_inside_a_draft_is_its_end():
    ending_early = make_engine(ScriptedRunner(COPY), eos_token_ids=frozenset([5]))

    steps = ask(ending_early, max_tokens=8)

    assert tokens(steps) == [[3], [4, 5]]
    finish = steps[-1][-1].finish
    assert (finish.reason, finish.usage.completion_tokens) == ("stop", 3)
    assert all(output.finish is None for outputs in steps for output in outputs[:-1])
    assert ending_early.stats().num_free_blocks == ending_early.stats().num_blocks


@pytest.mark.parametrize("max_tokens", range(1, 9))
def test_max_tokens_holds_with_drafts(max_tokens):
    steps = ask(make_engine(ScriptedRunner(COPY)), max_tokens=max_tokens)

    assert [token for step in tokens(steps) for token in step] == COPY[:max_tokens]
    assert steps[-1][-1].finish.reason == "length"


def test_a_draft_does_not_reach_beyond_what_the_model_can_read():
    runner = ScriptedRunner(COPY)
    runner.max_model_len = len(PROMPT) + 4

    steps = ask(make_engine(runner), max_tokens=8)

    assert [token for step in tokens(steps) for token in step] == COPY[:4]


def test_logprobs_of_drafted_tokens_are_those_of_their_places():
    steps = ask(make_engine(ScriptedRunner(COPY)), max_tokens=8, logprobs=0)

    outputs = [output for step in steps for output in step]
    text = PROMPT + COPY
    assert [o.logprob for o in outputs] == [logprob(text[:i], text[i]) for i in range(len(PROMPT), len(text))]


def test_a_step_is_filled_up_to_its_budget_only():
    runner = ScriptedRunner(COPY)

    ask(make_engine(runner, max_num_batched_tokens=3), max_tokens=8)

    assert max(plan.num_tokens for plan in runner.plans) == 3


def test_drafts_share_a_step_in_equal_parts():
    runner = ScriptedRunner(COPY + COPY)
    engine = make_engine(runner)
    for i in range(5):
        engine.add(i, Prompt(PROMPT), SamplingParams(max_tokens=8), submitted_at=0.0)

    while engine.has_work:
        engine.step()

    decode = next(plan for plan in runner.plans if plan.sequences[0].draft)
    assert [len(part.draft) for part in decode.sequences] == [2, 2, 2, 2, 3]
    assert decode.num_tokens == 16


@pytest.mark.parametrize("number", [-1, 16])
def test_so_many_drafted_tokens_are_refused(number):
    with pytest.raises(InvalidRequest, match=f"speculation is {number}; it must be 0 .* to 15"):
        EngineConfig("unused", speculation=number)


# the real runner


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    torch.manual_seed(0)
    folder = write_checkpoint("qwen3-moe", tmp_path_factory.mktemp("qwen3-moe"))
    return ModelRunner(EngineConfig(folder, device="cpu", dtype="float32", kv_cache_memory=2**20, block_size=16))


@pytest.mark.parametrize("num_drafted", [1, 3, 7, 15])
def test_a_token_behind_a_draft_has_the_logits_that_it_has_alone(runner, num_drafted):
    """Bit for bit: only then can a draft never change an answer."""
    ids = torch.randint(VOCAB_SIZE, (60,)).tolist()
    blocks = list(range(8))
    start = len(ids) - num_drafted - 1
    runner.execute(StepPlan([SequencePlan(0, ids[:start], 0, blocks, is_sampled=True)]))

    alone = [
        runner.forward(StepPlan([SequencePlan(0, [ids[i]], i, blocks, is_sampled=True)]), [0])
        for i in range(start, len(ids))
    ]
    together = runner.forward(
        StepPlan([SequencePlan(0, ids[start:], start, blocks, is_sampled=True)]), list(range(num_drafted + 1))
    )

    assert torch.equal(together, torch.cat(alone))


@pytest.mark.parametrize("num_right", [0, 1, 2, 3])
def test_a_draft_is_accepted_up_to_its_first_wrong_token(runner, num_right):
    blocks, prompt = [0, 1], [5, 6, 7]
    choices = [TokenChoice(temperature=1.0, seed=seed) for seed in range(4)]
    answer = []
    for choice in choices:
        plan = SequencePlan(0, prompt + answer, 0, blocks, is_sampled=True, choice=choice)
        answer.append(runner.execute(StepPlan([plan])).sampled[0])
    draft = [*answer[:num_right], *((token + 1) % VOCAB_SIZE for token in answer[num_right:3])]

    other = SequencePlan(1, [9], 0, [3], is_sampled=True, num_logprobs=0)
    drafted = SequencePlan(
        0,
        [*prompt, *draft],
        0,
        [4, 5],
        is_sampled=True,
        choice=choices[3],
        draft_choices=choices[:3],
        num_logprobs=1,
    )
    result = runner.execute(StepPlan([other, drafted, SequencePlan(2, [8], 0, [6], is_sampled=True)]))

    assert result.num_accepted == {0: num_right}
    assert result.sampled[0] == answer[num_right]
    assert [value.token_id for value in result.sampled_logprobs[0]] == answer[: num_right + 1]
    assert len(result.sampled_logprobs[1]) == 1 and result.sampled.keys() == {0, 1, 2}


def test_a_plan_without_a_draft_is_as_before():
    plan = SequencePlan(0, [1, 2], 0, [0], is_sampled=True)

    assert (plan.draft, plan.draft_choices, plan.choice) == ([], [], LARGEST)


SAMPLED = {
    "temperature": 0.3,
    "seed": 4,
    "repetition_penalty": 1.05,
    "frequency_penalty": 0.01,
    "logit_bias": {3: 1.0},
    "logprobs": 2,
}


@pytest.mark.parametrize("sampling", [{}, SAMPLED], ids=["greedy", "sampled"])
def test_speculation_changes_nothing_that_a_model_says(runner, sampling):
    prompts = [[5, 6, 7, 8] * 5, [9, 1] * 8, [3]]

    def answers(speculation):
        config = EngineConfig("unused", speculation=speculation, prefix_cache=False)
        engine = Engine(config, runner, frozenset())
        for i, prompt in enumerate(prompts):
            engine.add(i, Prompt(prompt), SamplingParams(max_tokens=40, **sampling), submitted_at=0.0)
        outputs = [[] for _ in prompts]
        while engine.has_work:
            for output in engine.step():
                outputs[output.request_id].append((output.token_id, output.logprob))
        return outputs, engine.stats()

    (plain, before), (guessed, after) = answers(0), answers(15)

    assert guessed == plain
    assert before.num_drafted_tokens == 0 and after.num_accepted_tokens > 0


def test_penalties_count_the_tokens_of_a_draft():
    runner = PagedRunner()
    engine = make_engine(runner)
    engine.add(0, Prompt([1, 2, 1, 2, 1]), SamplingParams(max_tokens=30, frequency_penalty=0.5), submitted_at=0.0)
    runner.next_token = lambda history, number: history[-2]

    while engine.has_work:
        engine.step()

    generated = 0
    for plan in runner.plans:
        (part,) = plan.sequences
        counted = [sum(choice.counts.values()) for choice in (*part.draft_choices, part.choice)]
        assert counted == list(range(generated, generated + len(part.draft) + 1))
        generated += len(part.draft) + 1  # all are right
    assert generated == 30 and len(runner.plans) < 10
