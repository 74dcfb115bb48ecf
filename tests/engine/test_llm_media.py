"""Pictures, videos and signals through the whole engine: golden greedy tokens, whatever else is going on."""

import pytest

from engine.config import EngineConfig
from engine.engine import Engine
from engine.errors import InvalidRequest
from engine.llm import LLM
from engine.media import VideoInput
from engine.model_runner import ModelRunner
from engine.parity.case import Case
from engine.parity.golden_prompts import read_prompts
from engine.parity.greedy import golden_ids
from engine.sampling_params import SamplingParams
from tests.golden import GOLDEN, needs_golden

pytestmark = needs_golden

FOLDER = GOLDEN / "pro-tiny"
TOKEN_BYTES = 2 * 4 * 4 * 32 * 4  # keys and values, layers, key heads, their size, float32
NUM_TOKENS = 16


@pytest.fixture(scope="module")
def prompts():
    return {golden.name: golden for golden in read_prompts(Case(FOLDER))}


@pytest.fixture(scope="module")
def llm():
    llm = LLM(config())
    yield llm
    llm.close()


def config(**changes):
    settings = {"kv_cache_memory": 1024 * TOKEN_BYTES} | changes
    return EngineConfig(model=FOLDER / "checkpoint", device="cpu", dtype="float32", **settings)


def greedy(llm, goldens, num_tokens=NUM_TOKENS):
    requests = [{"prompt_token_ids": g.prompt.token_ids, "media": list(g.prompt.inputs)} for g in goldens]
    outputs = llm.generate(requests, SamplingParams(temperature=0.0, max_tokens=num_tokens, ignore_eos=True))
    return [output.token_ids for output in outputs]


def expected(golden):
    """As many of the tokens as the data hold: of the signal only the first."""
    return golden_ids(golden.expected)[:NUM_TOKENS]


def assert_golden(answers, goldens):
    for answer, golden in zip(answers, goldens, strict=True):
        assert answer[: len(expected(golden))] == expected(golden), golden.name


@pytest.mark.parametrize("name", ["image", "video", "time_series"])
def test_a_prompt_alone_is_answered_as_by_the_reference(name, llm, prompts):
    answers = greedy(llm, [prompts[name]])

    assert_golden(answers, [prompts[name]])


def test_a_batch_of_all_prompts_is_answered_as_each_alone(llm, prompts):
    alone = [greedy(llm, [golden])[0] for golden in prompts.values()]

    batched = greedy(llm, list(prompts.values()))

    assert batched == alone
    assert_golden(batched, prompts.values())


def test_a_prompt_read_in_chunks_is_answered_the_same(llm, prompts):
    chunked = LLM(config(max_num_batched_tokens=16))

    answers = greedy(chunked, list(prompts.values()))

    chunked.close()
    assert answers == greedy(llm, list(prompts.values()))
    assert_golden(answers, prompts.values())


def test_a_request_that_was_put_back_is_answered_the_same(llm, prompts):
    """The blocks hold the three prompts and not their answers, so the youngest are read again, media included."""
    goldens = [prompts[name] for name in ("image", "video", "time_series")]
    num_blocks = sum(-(-len(golden.prompt.token_ids) // 4) for golden in goldens) + len(goldens)
    settings = config(block_size=4, kv_cache_memory=num_blocks * 4 * TOKEN_BYTES)

    answers, num_put_back = run_engine(settings, goldens)

    assert num_put_back > 0
    assert answers == greedy(llm, goldens)


def run_engine(settings, goldens):
    """The answers, and how often a running request went back to the queue."""
    runner = ModelRunner(settings)
    engine = Engine(settings, runner, frozenset())
    for i, golden in enumerate(goldens):
        engine.add(i, golden.prompt, SamplingParams(max_tokens=NUM_TOKENS), submitted_at=0.0)
    answers, num_put_back, num_waiting = [[] for _ in goldens], 0, len(goldens)
    while engine.has_work:
        for output in engine.step():
            answers[output.request_id].append(output.token_id)
        num_put_back += engine.stats().num_waiting > num_waiting
        num_waiting = engine.stats().num_waiting
    runner.close()
    return answers, num_put_back


def test_the_usage_counts_placeholders_as_prompt_tokens(llm, prompts):
    golden = prompts["image"]
    request = {"prompt_token_ids": golden.prompt.token_ids, "media": list(golden.prompt.inputs)}

    output = llm.generate([request], SamplingParams(max_tokens=1))[0]

    assert output.usage.prompt_tokens == len(golden.prompt.token_ids)


def test_a_wrong_number_of_placeholders_is_refused(llm, prompts):
    golden = prompts["image"]
    ids, media = golden.prompt.token_ids, list(golden.prompt.inputs)
    last = golden.prompt.spans[-1].start

    with pytest.raises(InvalidRequest, match=r"191 placeholder tokens left for attachment 2, which takes 192"):
        llm.generate([{"prompt_token_ids": ids[:last] + ids[last + 1 :], "media": media}], SamplingParams())
    with pytest.raises(InvalidRequest, match="1 placeholder tokens more than its attachments take"):
        llm.generate([{"prompt_token_ids": [*ids, ids[last]], "media": media}], SamplingParams())


def test_a_video_does_not_stand_in_the_places_of_a_picture(llm, prompts):
    golden = prompts["image"]
    video = next(item for item in prompts["video"].prompt.inputs if isinstance(item, VideoInput))

    with pytest.raises(InvalidRequest, match="0 placeholder tokens left for attachment 1"):
        llm.generate([{"prompt_token_ids": golden.prompt.token_ids, "media": [video]}], SamplingParams())
