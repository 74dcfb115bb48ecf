"""The numbered checks of tests/openai_checks, one test each, against real models on real sockets."""

import pytest

from engine.errors import CheckpointError
from tests.assistant.openai_api.served import serving_nano, serving_pro_tiny
from tests.golden import needs_golden
from tests.openai_checks import weather
from tests.openai_checks.every_check import CHECKS
from tests.openai_checks.server import Server, SkippedCheck

# What says most of a model that can talk, and all the rest in make test-slow.
NANO_CHECKS = {
    "a_stream_says_the_same_as_one_object",
    "a_required_call_is_made",
    "results_are_told_in_the_next_turn",
    "an_answer_keeps_to_a_schema",
    *(check.__name__ for check in weather.CHECKS),
}


@pytest.fixture(scope="module")
def pro_tiny():
    with serving_pro_tiny() as served:
        yield Server(f"{served.url}/v1", served.name, reads_media=True)


@pytest.fixture(scope="module")
def nano():
    try:
        start = serving_nano()
    except CheckpointError as error:
        pytest.skip(f"nano cannot be set up: {error}")
    with start as served:
        yield Server(f"{served.url}/v1", served.name, reads_media=False)


def run(check, server):
    try:
        check(server)
    except SkippedCheck as reason:
        pytest.skip(str(reason))


def test_there_are_more_checks_than_were_asked_for():
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS) >= 60


@needs_golden
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_pro_tiny(check, pro_tiny):
    run(check, pro_tiny)


@pytest.mark.nano
@pytest.mark.parametrize(
    "check",
    [pytest.param(c, id=c.__name__, marks=[] if c.__name__ in NANO_CHECKS else pytest.mark.slow) for c in CHECKS],
)
def test_nano(check, nano):
    run(check, nano)
