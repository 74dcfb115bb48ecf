import threading

import pytest

from assistant.agent import Agent
from assistant.model_routes import model_facts
from assistant.model_slot import ModelSlot
from assistant.remote.connecting import connect, media_of
from assistant.remote.discovery import ServedModel, find_model
from assistant.remote.model import RemoteModel
from assistant.remote.server_address import ServerAddress
from engine.errors import EngineError, EngineUnreachable
from engine.processors.settings import INTERN_S1, INTERN_S1_PRO
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools, ScriptedModel
from tests.assistant.openai_api.served import serving
from tests.assistant.remote.misbehaving_server import running_server

GONE = ServerAddress("http://127.0.0.1:9/v1")


@pytest.fixture
def server():
    with running_server() as server:
        yield server


def find(server, wanted=None):
    return find_model(ServerAddress(server.url), wanted)


def test_the_first_model_is_taken_or_the_wanted_one(server):
    server.entries = [{"id": "a"}, {"id": "b"}]

    assert find(server).name == "a"
    assert find(server, "b").name == "b"


def test_a_model_that_is_not_there_is_named_with_those_that_are(server):
    server.entries = [{"id": "a"}, {"id": "b"}]

    with pytest.raises(EngineError, match="has no model c; it has: a, b. Choose one of them with --engine-model"):
        find(server, "c")


@pytest.mark.parametrize(
    ("entry", "length"),
    [
        ({"max_model_len": 4096}, 4096),
        ({"meta": {"n_ctx_train": 2048}}, 2048),
        ({"context_length": 99}, 99),
        ({}, None),
    ],
)
def test_how_much_a_model_reads_is_taken_from_where_servers_say_it(server, entry, length):
    server.entries = [{"id": "a"} | entry]

    assert find(server).max_model_len == length


@pytest.mark.parametrize(
    ("entry", "media"),
    [
        ({"input_modalities": ["text", "image", "signal"]}, ("image", "video", "signal")),
        ({"architecture": {"input_modalities": ["text", "image"]}}, ("image", "video")),
        ({"capabilities": ["completion", "multimodal"]}, ("image", "video")),
        ({"input_modalities": ["text"]}, ()),
        ({"input_modalities": []}, None),
        ({"capabilities": ["completion"]}, None),
        ({}, None),
    ],
)
def test_what_a_model_sees_is_taken_from_where_servers_say_it(server, entry, media):
    server.entries = [{"id": "a"} | entry]

    assert find(server).media == media


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("internlm/Intern-S1-Pro", ("image", "video", "signal")),
        ("/models/interns1-mini", ("image", "video")),
        ("qwen3:8b", ()),
    ],
)
def test_what_the_released_models_see_is_known(name, media):
    assert media_of(ServedModel(name)) == media


def test_what_a_server_says_of_its_model_goes_before_what_its_name_tells():
    assert media_of(ServedModel("internlm/Intern-S1-Pro", media=())) == ()
    assert media_of(ServedModel("qwen3:8b", media=("image", "video"))) == ("image", "video")


@pytest.mark.parametrize(
    ("media", "reads"),
    [(INTERN_S1_PRO, ["image", "signal", "video"]), (INTERN_S1, ["image", "video"]), (None, [])],
    ids=["all", "no-signals", "text-only"],
)
def test_the_page_offers_what_the_model_of_another_benchside_reads(media, reads):
    with serving(ScriptedModel(media=media), "internlm/Intern-S1-Pro", SamplingParams()) as (url, _):
        model = connect(ServerAddress(f"{url}/v1"), None, None, print, threading.Event())

    assert model is not None
    assert model_facts(Agent(model, FakeTools(), "", SamplingParams()))["reads"] == reads


def test_an_empty_list_asks_for_a_name(server):
    server.entries = []

    with pytest.raises(EngineError, match="lists no model"):
        find(server)
    assert find(server, "mine").name == "mine"


def test_a_server_that_is_not_up_yet_is_waited_for(server, monkeypatch):
    monkeypatch.setattr("assistant.remote.connecting.RETRY_INTERVAL_S", 0.0)
    addresses = iter([GONE, ServerAddress(server.url)])
    monkeypatch.setattr("assistant.remote.connecting.find_model", lambda _, wanted: find_model(next(addresses), wanted))
    reported = []

    model = connect(ServerAddress(server.url), None, None, reported.append, threading.Event())

    assert model is not None
    assert len(reported) == 1
    assert "127.0.0.1:9 cannot be reached" in reported[0]


def test_waiting_ends_with_the_app():
    over = threading.Event()

    assert connect(GONE, None, None, lambda reason: over.set(), over) is None


def test_a_key_is_shown_nowhere(server, caplog):
    address = ServerAddress("http://example.org/v1", "sk-secret")

    assert "sk-secret" not in repr(address)
    assert address.sends_key_in_the_open
    assert not ServerAddress(server.url, "sk-secret").sends_key_in_the_open


class Later:
    """In place of threads: what they would run, when it is asked for."""

    def __init__(self):
        self.targets = []

    def __call__(self, target, **_):
        self.targets.append(target)
        return self

    def start(self):
        pass

    def run(self):
        self.targets.pop()()


def test_a_server_that_has_gone_is_noticed_and_so_is_its_return(server, monkeypatch):
    later = Later()
    monkeypatch.setattr("assistant.remote.model.CHECK_INTERVAL_S", 0.0)
    monkeypatch.setattr("assistant.remote.model.threading.Thread", later)
    model = RemoteModel(GONE, ServedModel("a"))

    model.stats()
    later.run()
    with pytest.raises(EngineUnreachable, match="cannot be reached"):
        model.stats()
    slot = ModelSlot("a @ 127.0.0.1:9")
    slot.fill(Agent(model, FakeTools(), "Be brief.", SamplingParams()))
    status, body = slot.readiness()
    assert (status, body["status"], body["model"]) == (503, "unreachable", "a @ 127.0.0.1:9")
    monkeypatch.setattr("assistant.remote.model.served_models", lambda address: [])
    later.run()

    assert model.stats().num_running == 0
