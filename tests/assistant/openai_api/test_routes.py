"""What a client is told in every state of the app, with a model that follows a script."""

import json
import threading

import httpx
import pytest

from assistant.openai_api import exchange, sending
from engine.errors import EngineError, EngineStopped, QueueFull
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import ScriptedModel, Stall
from tests.assistant.openai_api.scripted import ScriptedServedModel
from tests.assistant.openai_api.served import serving

BODY = {"model": "scripted", "messages": [{"role": "user", "content": "Hi"}]}
DEFAULTS = SamplingParams(max_tokens=77, temperature=0.3, top_k=9)


def post(address, body=BODY, path="/v1/chat/completions", **headers):
    return httpx.post(f"{address}{path}", json=body, headers=headers, trust_env=False, timeout=30)


@pytest.fixture
def serve():
    """Serve a model; the address is answered."""
    stack = []

    def start(model):
        context = serving(model, "scripted", DEFAULTS)
        address, desk = context.__enter__()
        stack.append(context)
        return address, desk

    yield start
    for context in stack:
        context.__exit__(None, None, None)


def test_before_the_model_is_there_it_is_not_ready(serve):
    address, _ = serve(None)

    for response in (post(address), httpx.get(f"{address}/v1/models", trust_env=False)):
        assert response.status_code == 503
        assert response.json()["error"]["code"] == "not_ready"
    assert "benchside_ready 0.0" in httpx.get(f"{address}/metrics", trust_env=False).text


def test_while_the_app_is_ending_nothing_new_is_taken(serve):
    address, desk = serve(ScriptedServedModel("Hi"))
    desk.slot.drain()

    response = post(address)

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert "shut down" in response.json()["error"]["message"]


def test_a_full_queue_is_429_before_anything_is_read(serve):
    model = ScriptedServedModel(refusal=QueueFull(64, 64))
    address, _ = serve(model)

    response = post(address)

    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert response.json()["error"] == {
        "message": "64 requests are waiting and at most 64 may. Try again in a moment.",
        "type": "rate_limit_error",
        "param": None,
        "code": "queue_full",
    }
    assert model.conversations == []


def test_a_stopped_engine_is_503(serve):
    address, _ = serve(ScriptedServedModel(refusal=EngineStopped("It has stopped.")))

    assert (post(address).status_code, post(address).json()["error"]["code"]) == (503, "engine_stopped")


def test_an_error_before_the_first_token_has_a_status_also_in_a_stream(serve):
    address, _ = serve(ScriptedServedModel([QueueFull(1, 1)], [QueueFull(1, 1)]))

    assert [post(address, BODY | {"stream": is_stream}).status_code for is_stream in (True, False)] == [429, 429]


def test_an_error_in_a_stream_is_its_last_event(serve):
    address, _ = serve(ScriptedServedModel(["Hm.</think>Well", EngineError("The step failed.")]))

    lines = [line for line in post(address, BODY | {"stream": True}).text.split("\n") if line]

    assert json.loads(lines[-1].removeprefix("data: "))["error"]["message"] == "The step failed."
    assert "data: [DONE]" not in lines and "Well" in lines[-2]


def test_a_bug_tells_nothing_of_itself(serve, caplog):
    class Broken(ScriptedServedModel):
        def conversation_prompt(self, conversation, params):
            raise ZeroDivisionError("/secret/path")

    address, _ = serve(Broken())

    response = post(address)

    assert response.status_code == 500 and "secret" not in response.text
    assert "/secret/path" in caplog.text


def test_a_model_on_another_server_is_501(serve):
    address, _ = serve(ScriptedModel("Hi"))

    assert (post(address).status_code, post(address).json()["error"]["code"]) == (501, "remote_model")


def test_what_is_not_given_is_the_familys_own(serve):
    model = ScriptedServedModel("Hi", "Hi")
    address, _ = serve(model)

    post(address)
    post(address, BODY | {"temperature": 1, "max_tokens": 5})

    first, second = model.params
    assert (first.max_tokens, first.temperature, first.top_k) == (77, 0.3, 9)
    assert (second.max_tokens, second.temperature, second.top_k) == (5, 1.0, 9)


def test_sessions_are_those_of_the_key_and_the_user(serve):
    model = ScriptedServedModel(*["Hi"] * 4)
    address, _ = serve(model)

    post(address, authorization="Bearer one")
    post(address, authorization="Bearer one")
    post(address, authorization="Bearer two")
    post(address, BODY | {"user": "Ann"}, authorization="Bearer one")

    first, again, other_key, other_user = model.sessions
    assert first == again and len({first, other_key, other_user}) == 3
    assert "one" not in first


def test_a_call_without_tools_is_text(serve):
    call = '<tool_call>\n{"name": "fly", "arguments": {}}\n</tool_call>'
    address, _ = serve(ScriptedServedModel(f"</think>{call}"))

    (choice,) = post(address).json()["choices"]

    assert choice["message"]["content"] == '{"name": "fly", "arguments": {}}'
    assert "tool_calls" not in choice["message"] and choice["finish_reason"] == "stop"


def test_results_are_told_in_the_order_of_their_calls(serve):
    model = ScriptedServedModel("Hi")
    address, _ = serve(model)
    calls = [
        {"id": name, "type": "function", "function": {"name": name, "arguments": '{"x": 1}'}} for name in ("a", "b")
    ]
    results = [{"role": "tool", "tool_call_id": name, "content": f"of {name}"} for name in ("b", "a")]
    said = {"role": "assistant", "content": None, "reasoning_content": "Hm.", "tool_calls": calls}

    post(address, BODY | {"messages": [*BODY["messages"], said, *results]})

    (conversation,) = model.conversations
    assert [message.text for message in conversation.messages[-2:]] == ["of a", "of b"]
    assert conversation.messages[1].reasoning == "Hm."


def test_the_tools_of_the_app_are_not_those_of_the_api(serve):
    model = ScriptedServedModel("Hi")
    address, _ = serve(model)

    post(address)

    (conversation,) = model.conversations
    assert conversation.tools == () and conversation.messages[0].role == "user"


def test_a_stream_that_waits_says_that_it_is_alive(serve, monkeypatch):
    monkeypatch.setattr(exchange, "START_AFTER_S", 0.01)
    monkeypatch.setattr(exchange, "KEEP_ALIVE_S", 0.01)
    stall = Stall()
    address, _ = serve(ScriptedServedModel([stall]))
    request = httpx.stream("POST", f"{address}/v1/chat/completions", json=BODY | {"stream": True}, trust_env=False)

    with request as response:
        alive = next(line for line in response.iter_lines() if line.startswith(":"))

    assert alive == ": alive"


def test_a_client_that_does_not_read_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(sending, "UNREAD_S", 0.2)
    is_stopped = threading.Event()

    class Flood(ScriptedServedModel):
        def begin(self, prompt, params, session=""):
            stream = super().begin(prompt, params, session)
            cancel = stream.cancel
            stream.cancel = lambda: (is_stopped.set(), cancel())
            return stream

    address, _ = serve(Flood(["x" * 2**20] * 200))
    request = httpx.stream("POST", f"{address}/v1/chat/completions", json=BODY | {"stream": True}, trust_env=False)

    with request:
        assert is_stopped.wait(20)


def test_more_requests_than_can_be_held_are_refused(serve, monkeypatch):
    monkeypatch.setattr(exchange, "MAX_REQUESTS", 1)
    stall = Stall()
    address, _ = serve(ScriptedServedModel([stall], "Hi"))

    with httpx.stream("POST", f"{address}/v1/chat/completions", json=BODY | {"stream": True}, trust_env=False):
        assert stall.is_reached.wait(10)
        refused = post(address)

    assert refused.status_code == 429


def test_files_cannot_be_larger_together_than_uploads(serve):
    address, _ = serve(ScriptedServedModel("Hi"))

    response = post(address, BODY | {"user": "x" * 14 * 2**20})

    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")
