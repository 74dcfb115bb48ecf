"""What a stream says of its own progress: the engine's numbers, at every stage."""

import threading
from dataclasses import replace

import pytest

from engine.config import EngineConfig
from engine.engine import Engine
from engine.media import Prompt
from engine.media_prompt import prompt_of_ids
from engine.sampling_params import SamplingParams
from engine.service import EngineService
from engine.stream_progress import stream_progress
from tests.engine.fakes import PagedRunner, picture
from tests.engine.test_engine import make_engine

IMAGE = 900


@pytest.fixture
def serve():
    services = []

    def start(runner, **config):
        services.append(EngineService(Engine(EngineConfig("unused", **config), runner, frozenset())))
        return services[-1]

    yield start
    for service in services:
        service.close()


def progress_after_each_step(engine, request_id):
    seen = []
    while engine.has_work:
        seen.append(stream_progress(engine.stats(), request_id))
        engine.step()
    return seen


def test_a_long_prompt_is_read_by_and_by():
    engine = make_engine(PagedRunner(), max_num_batched_tokens=4, max_num_seqs=4)
    engine.add(0, Prompt(list(range(10))), SamplingParams(max_tokens=2), submitted_at=0.0)

    queued, *reading, writing = progress_after_each_step(engine, 0)

    assert (queued.stage, queued.place) == ("queued", 1)
    assert [(now.stage, now.num_done, now.num_total) for now in reading] == [("reading", 4, 10), ("reading", 8, 10)]
    assert (writing.stage, writing.num_generated) == ("writing", 1)


def test_the_number_of_the_medium_that_is_being_encoded_is_told_before_the_step_ends():
    runner, seen = PagedRunner(), []
    engine = make_engine(runner)
    runner.before_encode = lambda media: seen.append(replace(engine.stats(), encoder_run=engine.encoder_run))
    pictures = (picture(3, shade=1), picture(2, shade=2))
    prompt = prompt_of_ids([1, *[IMAGE] * 3, 2, *[IMAGE] * 2, 3], pictures, runner.placeholder_ids)
    engine.add(0, prompt, SamplingParams(max_tokens=1), submitted_at=0.0)

    between = [now.stage for now in progress_after_each_step(engine, 0)]

    told = [stream_progress(stats, 0) for stats in seen]
    assert [(now.stage, now.num_done, now.num_total) for now in told] == [("encoding", 1, 2), ("encoding", 2, 2)]
    assert between == ["queued", "encoding", "reading"]


def test_a_service_tells_of_an_encoder_at_work(serve):
    runner, seen, is_submitted = PagedRunner(), [], threading.Event()
    service = serve(runner)
    runner.before_encode = lambda media: is_submitted.wait() and seen.append(stream.progress())
    prompt = prompt_of_ids([1, *[IMAGE] * 3, 2], (picture(3),), runner.placeholder_ids)

    stream = service.submit(prompt, SamplingParams(max_tokens=1))
    is_submitted.set()
    usage = [output for outputs in stream for output in outputs][-1].finish.usage

    assert [(now.stage, now.num_done, now.num_total) for now in seen] == [("encoding", 1, 1)]
    assert 0 < usage.queue_s + usage.encode_s < usage.time_to_first_token_s


def test_a_cancelled_stream_is_released_when_its_blocks_are_free(serve):
    service = serve(PagedRunner())
    stream = service.submit(Prompt([1, 2, 3]), SamplingParams(max_tokens=1_000_000))
    for _ in stream:
        break  # which cancels it

    list(service.submit(Prompt([4]), SamplingParams(max_tokens=1)))  # so the cancel before it has been handled

    assert stream.progress().stage == "released"
    stats = service.stats()
    assert (stats.requests, stats.num_free_blocks) == ((), stats.num_blocks)


def test_an_engine_that_is_gone_says_nothing(serve):
    service = serve(PagedRunner())
    stream = service.submit(Prompt([1]), SamplingParams(max_tokens=1))

    service.close()

    assert stream.progress() is None
