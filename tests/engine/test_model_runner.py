import json
from dataclasses import replace

import pytest
import torch

from engine.config import EngineConfig
from engine.errors import InvalidRequest
from engine.interruption import Interrupted
from engine.model_runner import ModelRunner
from engine.step_plan import SequencePlan, StepPlan, TokenChoice
from engine.timeline import RecordedTimeline
from tests.engine.tiny_checkpoint import VOCAB_SIZE, load_reference, write_checkpoint

# Per token: keys and values of 2 layers, 2 heads of 16, float32
TOKEN_BYTES = 2 * 2 * 2 * 16 * 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    return write_checkpoint("llama", tmp_path_factory.mktemp("llama"))


def config(folder, **changes):
    return replace(EngineConfig(model=folder, device="cpu", dtype="float32", kv_cache_memory=100 * 2**10), **changes)


@pytest.fixture
def runner(folder):
    runner = ModelRunner(config(folder))
    yield runner
    runner.close()


def whole(sequence_id, token_ids, blocks, **options):
    return SequencePlan(sequence_id, token_ids, 0, blocks, is_sampled=True, **options)


# sizes


def test_the_memory_given_to_the_cache_fixes_the_blocks(folder):
    runner = ModelRunner(config(folder, kv_cache_memory=10 * 32 * TOKEN_BYTES + 5))

    assert runner.block_size == 32
    assert runner.num_blocks == 10
    assert runner.max_model_len == 320  # of the checkpoint's 512
    assert runner.vocab_size == VOCAB_SIZE


@pytest.mark.parametrize(("wanted", "limit"), [(None, 512), (100, 100), (10_000, 512)])
def test_a_sequence_is_limited_by_the_checkpoint_and_the_person(folder, wanted, limit):
    runner = ModelRunner(config(folder, kv_cache_memory=2**20, max_model_len=wanted))

    assert runner.max_model_len == limit


def test_bfloat16_takes_half_the_memory(folder):
    full, half = (ModelRunner(config(folder, dtype=dtype)).num_blocks for dtype in ("float32", "bfloat16"))

    assert half == 2 * full


def test_a_cache_too_small_for_one_block_is_refused_with_the_numbers(folder):
    with pytest.raises(InvalidRequest, match="kv_cache_memory is 1,000 bytes; one block of 32 tokens takes 16,384"):
        ModelRunner(config(folder, kv_cache_memory=1000))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_without_a_device_is_refused(folder):
    with pytest.raises(InvalidRequest, match="device is cuda, but PyTorch finds no CUDA device here"):
        ModelRunner(config(folder, device="cuda"))


def test_device_and_dtype_left_open_find_something_that_runs(folder):
    runner = ModelRunner(config(folder, device="auto", dtype="auto"))

    assert runner.execute(StepPlan([whole(1, [1, 2, 3], [0])])).sampled


# steps


def test_only_sequences_that_ask_are_sampled(runner):
    plan = StepPlan([whole(3, [1, 2], [0]), SequencePlan(4, [5] * 20, 0, [1], is_sampled=False)])

    result = runner.execute(plan)

    assert set(result.sampled) == {3}
    assert result.logprobs == {} and result.failed == {}


def test_a_step_in_the_middle_of_every_prompt_chooses_nothing(runner):
    result = runner.execute(StepPlan([SequencePlan(4, [5] * 20, 0, [1], is_sampled=False)]))

    assert result.sampled == {} and result.logprobs == {}


def test_logprobs_are_those_of_transformers(runner, folder):
    ids = torch.randint(VOCAB_SIZE, (40,)).tolist()
    targets = [(i, ids[i + 1]) for i in range(20, 39)]

    result = runner.execute(StepPlan([whole(0, [7], [0]), whole(9, ids, [1, 2], logprob_targets=targets)]))

    with torch.no_grad():
        exact = load_reference(folder)(torch.tensor([ids])).logits[0].log_softmax(dim=-1)
    assert set(result.logprobs) == {9}
    expected = torch.stack([exact[i, token] for i, token in targets])
    values = [target.logprob for target in result.logprobs[9]]
    assert (torch.tensor(values) - expected).abs().max() <= 1e-4


def test_logprobs_of_new_tokens_come_before_the_bias_and_leave_padding_out(runner, folder):
    asking = {"num_logprobs": 3, "choice": TokenChoice(logit_bias={5: 100.0})}
    runner.choose_below(50)

    result = runner.execute(StepPlan([whole(0, [7], [0]), whole(9, [1, 2, 3], [1], **asking)]))

    with torch.no_grad():
        exact = load_reference(folder)(torch.tensor([[1, 2, 3]])).logits[0, -1, :50].log_softmax(dim=-1)
    assert result.sampled[9] == 5
    assert result.sampled_logprobs.keys() == {9}
    (value,) = result.sampled_logprobs[9]
    assert (value.token_id, value.logprob) == (5, pytest.approx(float(exact[5]), abs=1e-4))
    assert [token_id for token_id, _ in value.top] == exact.topk(3).indices.tolist()


@pytest.mark.parametrize("sizes", [(30, 10), (1, 39), (17, 17, 6)])
def test_a_prompt_read_in_parts_ends_in_the_same_token(runner, sizes):
    ids = torch.randint(VOCAB_SIZE, (40,)).tolist()
    at_once = runner.execute(StepPlan([whole(0, ids, [0, 1])])).sampled[0]

    start, sampled = 0, {}
    for size in sizes:
        part = SequencePlan(0, ids[start : start + size], start, [3, 2], is_sampled=start + size == 40)
        start, sampled = start + size, runner.execute(StepPlan([part])).sampled

    assert sampled == {0: at_once}


def test_a_step_ends_between_two_layers_and_can_be_computed_again(runner):
    plan = StepPlan([whole(0, list(range(40)), [0, 1])])
    checks = iter([True, False])

    def check():
        if not next(checks):
            raise Interrupted

    with pytest.raises(Interrupted):
        runner.execute(plan, check)

    assert runner.execute(plan) == runner.execute(StepPlan([whole(0, list(range(40)), [2, 3])]))


@pytest.mark.parametrize("changes", [{"block_table": [0]}, {"block_table": [0, 6]}, {"start": 500}])
def test_a_plan_that_leaves_the_cache_is_a_bug(runner, changes):
    plan = replace(whole(0, [1] * 40, [0, 1]), **changes)

    with pytest.raises(AssertionError):
        runner.execute(StepPlan([plan]))


def test_a_drawn_token_depends_on_its_seed_alone(runner):
    options = [{"choice": TokenChoice(temperature=1.0, seed=seed)} for seed in range(20)]

    alone = [runner.execute(StepPlan([whole(0, [1, 2], [0], **o)])).sampled[0] for o in options[:4]]
    together = runner.execute(StepPlan([whole(i, [1, 2], [i % 6], **o) for i, o in enumerate(options[:4])])).sampled

    assert list(together.values()) == alone
    others = runner.execute(StepPlan([whole(i, [1, 2], [i % 6], **o) for i, o in enumerate(options[4:])])).sampled
    assert len(set(others.values())) > 1


def test_choosing_tokens_is_a_span_of_the_timeline(runner, tmp_path):
    timeline = RecordedTimeline(tmp_path / "run.json")
    runner.record_in(timeline)

    runner.execute(StepPlan([whole(0, [1, 2, 3], [0])]))

    timeline.write()
    spans = [event for event in json.loads((tmp_path / "run.json").read_text())["traceEvents"] if event["ph"] == "X"]
    assert [(span["name"], span["args"]) for span in spans] == [("sample", {"rows": 1})]


def test_a_sequence_whose_numbers_are_not_finite_fails_alone(folder):
    runner = ModelRunner(config(folder))
    runner._model.embed_tokens[13] = torch.nan  # after loading, which would refuse it
    good = whole(1, [1, 2, 3], [0])

    result = runner.execute(StepPlan([good, whole(2, [1, 13, 3], [1]), whole(3, [4] * 5, [2])]))

    assert set(result.failed) == {2} and "not finite" in result.failed[2]
    assert result.sampled == runner.execute(StepPlan([good, whole(3, [4] * 5, [4])])).sampled
    # and whoever gets its block next is not harmed by what it left there
    assert runner.execute(StepPlan([replace(good, block_table=[1])])).sampled[1] == result.sampled[1]
