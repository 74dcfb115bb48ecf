"""Stop is heard at every stage of a real engine, twenty times each: a quarter second later the slot is free."""

from time import perf_counter

import numpy as np
import pytest

from assistant.progress import seconds_until_released
from engine.config import EngineConfig
from engine.llm import LLM
from engine.media import ImageInput
from engine.messages import Conversation, Message
from engine.sampling_params import SamplingParams
from tests.browser.conftest import wait_until
from tests.golden import GOLDEN, needs_golden

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), needs_golden]

MAX_STOP_S = 0.25
NUM_RUNS = 20
FOREVER = SamplingParams(max_tokens=4_000, ignore_eos=True)
SIDE = 64  # patches, a picture of 1024 x 1024


@pytest.fixture(scope="module")
def llm():
    llm = LLM(EngineConfig(GOLDEN / "pro-tiny/checkpoint", device="cpu", max_num_seqs=1, max_num_batched_tokens=64))
    yield llm
    llm.close()


def ask(llm, *content):
    return llm.stream(Conversation((Message("user", content),)), FOREVER)


def long_text(run):
    return f"{run} and what else? " * 300


def picture(run):
    pixels = np.full((SIDE * SIDE, 1536), run, np.uint8)
    return ImageInput(pixels, (1, SIDE, SIDE), SIDE * SIDE // 4, (16 * SIDE, 16 * SIDE))


@pytest.mark.parametrize(
    ("stage", "content"),
    [
        ("reading", lambda run: (long_text(run),)),
        ("encoding", lambda run: (picture(run), "What is this?")),
        ("writing", lambda run: (f"Question {run}",)),
    ],
)
def test_a_stop_frees_the_slot_within_a_quarter_second(llm, stage, content):
    seconds = []
    for run in range(NUM_RUNS):
        stream = ask(llm, *content(run))
        wait_until(lambda: stream.progress().stage == stage, timeout_s=30)  # noqa: B023 - called at once

        stopped_at = perf_counter()
        stream.cancel()
        seconds.append(seconds_until_released(stream, stopped_at))

    stats = llm.stats()
    assert (stats.num_running, stats.num_waiting, stats.num_free_blocks) == (0, 0, stats.num_blocks)
    assert max(seconds) <= MAX_STOP_S, seconds


def test_a_stop_in_the_queue_frees_the_place_within_a_quarter_second(llm):
    first = ask(llm, "Go on.")
    wait_until(lambda: first.progress().stage == "writing", timeout_s=30)
    seconds = []
    for run in range(NUM_RUNS):
        stream = ask(llm, f"Question {run}")
        wait_until(lambda: stream.progress().place == 1, timeout_s=30)  # noqa: B023 - called at once

        stopped_at = perf_counter()
        stream.cancel()
        seconds.append(seconds_until_released(stream, stopped_at))
    first.cancel()

    assert max(seconds) <= MAX_STOP_S, seconds
