"""GET /engine: numbers of all together for who has the page open, and nobody's text."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.agent import Agent
from assistant.engine_view import add_engine_view
from assistant.model_slot import ModelSlot
from assistant.sessions import COOKIE, new_session_id
from engine.errors import EngineStopped
from engine.messages import EngineStats, ExpertPicture
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools, ScriptedModel

PICTURE = ExpertPicture(1, 2, {"question": 3, "answer": 0}, {"question": [[1, 2]]})


class WatchedModel(ScriptedModel):
    def __init__(self, stats, experts=None):
        super().__init__()
        self._stats = stats
        self._experts = experts

    def stats(self):
        if isinstance(self._stats, Exception):
            raise self._stats
        return self._stats

    def experts(self):
        return self._experts


def client_of(model):
    slot, app = ModelSlot("scripted"), FastAPI()
    if model:
        slot.fill(Agent(model, FakeTools(), "", SamplingParams()))
    add_engine_view(app, slot)
    return TestClient(app, cookies={COOKIE: new_session_id()})


def test_load_memory_and_speed_are_told():
    stats = EngineStats(
        num_running=2, num_waiting=1, num_blocks=100, num_free_blocks=75, num_prompt_tokens=1_000,
        num_cached_tokens=640, tokens_per_s=41.5, num_steps=7, last_step_s=0.025, num_preemptions=3,
    )  # fmt: skip

    response = client_of(WatchedModel(stats)).get("/engine")

    assert response.json() == {
        "running": 2,
        "waiting": 1,
        "kv_share": 0.25,
        "cached_share": 0.64,
        "tokens_per_s": 41.5,
        "step_ms": 25.0,
        "preemptions": 3,
        "experts": None,
    }
    assert response.headers["cache-control"] == "no-store"


def test_what_is_not_known_is_null():
    view = client_of(WatchedModel(EngineStats(0, 0, 0, 0))).get("/engine").json()

    assert (view["kv_share"], view["cached_share"], view["step_ms"]) == (None, None, None)


def test_experts_are_counts_by_layer_and_kind():
    view = client_of(WatchedModel(EngineStats(0, 0, 1, 1), PICTURE)).get("/engine").json()

    assert view["experts"] == {
        "num_layers": 1,
        "num_experts": 2,
        "num_tokens": {"question": 3, "answer": 0},
        "counts": {"question": [[1, 2]]},
    }


@pytest.mark.parametrize(
    ("model", "status", "sentence"),
    [
        (None, 503, "The model is still loading. Look again in a moment."),
        (WatchedModel(EngineStopped("The model was shut down.")), 503, "The model was shut down."),
    ],
)
def test_without_an_engine_there_is_one_sentence(model, status, sentence):
    response = client_of(model).get("/engine")

    assert (response.status_code, response.text) == (status, sentence)


def test_who_has_not_opened_the_page_sees_nothing():
    client = client_of(WatchedModel(EngineStats(0, 0, 1, 1)))
    client.cookies.clear()

    assert client.get("/engine").status_code == 403


def test_why_there_is_nothing_to_see_is_told_in_the_visitors_language():
    answer = client_of(None).get("/engine", headers={"accept-language": "zh-CN"})

    assert (answer.status_code, answer.text) == (503, "模型仍在加载，请稍后再看。")
