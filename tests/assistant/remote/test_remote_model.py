import threading
from time import perf_counter

import pytest

from assistant.remote.discovery import ServedModel
from assistant.remote.exchange import Patience
from assistant.remote.model import RemoteModel
from assistant.remote.server_address import ServerAddress
from engine.dialects.pieces import MalformedCall, Text, TextWasThinking, Thinking
from engine.errors import EngineError
from engine.messages import Conversation, Message, ToolCall
from engine.sampling_params import SamplingParams
from tests.assistant.remote.misbehaving_server import MODEL, running_server

KEY = "sk-very-secret"
PATIENCE = Patience(connect=0.3, first_token=0.5, idle=0.4)
TOOLS = ({"type": "function", "function": {"name": "render_molecule", "parameters": {}}},)
PARAMS = SamplingParams(max_tokens=100, temperature=0.8, top_k=50, top_p=0.95, seed=3)


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def model(server):
    server.bodies.clear()
    server.keys.clear()
    server.num_failures = 0
    server.hung_up.clear()
    return RemoteModel(ServerAddress(server.url, KEY), ServedModel(MODEL, 8192), patience=PATIENCE)


def conversation(text, *, tools=(), enable_thinking=True, earlier=()):
    return Conversation((Message("system", "Be brief."), *earlier, Message("user", text)), tools, enable_thinking)


def ask(model, text, **options):
    return list(model.stream(conversation(text, **options), PARAMS))


def pieces(deltas):
    """Neighbours of one kind joined."""
    joined = []
    for piece in (piece for delta in deltas for piece in delta.pieces):
        if joined and type(joined[-1]) is type(piece) and isinstance(piece, Text | Thinking):
            joined[-1] = type(piece)(joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("hello", [Thinking("I repeat."), Text("hello ")]),
        ("reasoning", [Thinking("Let me think."), Text("Done.")]),
        ("inline", [Thinking("Let me think."), Text("Done.")]),
        ("unopened", [Text("Let me think."), TextWasThinking(), Text("Done.")]),
        ("not-streamed", [Thinking("Short."), Text("At once.")]),
        ("commented", [Text("Two\u2028lines.")]),
        ("bare", [Text("Bare.")]),
        ("odd", [Text("Odd.")]),
        ("long-line", [Text("x" * 1_000_000)]),
        ("call", [ToolCall("render_molecule", {"smiles": "CCO"})]),
        ("interleaved", [ToolCall("first", {"x": 1}), ToolCall("second", {"y": 2})]),
        ("whole", [ToolCall("render_molecule", {"smiles": smiles}) for smiles in ("CCO", "CCN")]),
        ("anonymous", [ToolCall("first", {"x": 1}), ToolCall("second", {})]),
        ("tagged", [Text("I draw it."), ToolCall("render_molecule", {"smiles": "CCO"})]),
    ],
)
def test_an_answer_is_told_apart_however_it_is_sent(model, way, expected):
    assert pieces(ask(model, way)) == expected


def test_the_last_delta_says_how_and_with_how_much_the_answer_ended(model):
    last = ask(model, "cut-short")[-1]

    assert last.finish_reason == "length"
    assert (last.usage.prompt_tokens, last.usage.completion_tokens, last.usage.cached_tokens) == (21, 7, 5)
    assert last.usage.time_to_first_token_s > 0


@pytest.mark.parametrize("way", ["bare", "odd"])
def test_what_a_server_does_not_count_is_not_made_up(model, way):
    last = ask(model, way)[-1]

    assert last.finish_reason == "stop"
    assert last.usage is None


def test_thinking_without_its_opening_tag_is_known_the_next_time(model):
    ask(model, "unopened")

    assert pieces(ask(model, "unopened")) == [Thinking("Let me think."), Text("Done.")]
    assert pieces(ask(model, "bare")) == [Thinking("Bare."), Text("Bare.")]  # it is an answer after all
    assert pieces(ask(model, "bare")) == [Text("Bare.")]


def test_a_call_that_breaks_off_is_reported_to_the_model(model):
    (call,) = pieces(ask(model, "broken-call"))

    assert isinstance(call, MalformedCall)
    assert call.reason.startswith("its arguments are not JSON")


def test_a_question_is_sent_with_its_tools_sampling_and_key(model, server):
    ask(model, "hello", tools=TOOLS, enable_thinking=False)

    (body,) = server.bodies
    assert body["model"] == MODEL
    assert body["tools"] == list(TOOLS)
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}
    assert (body["max_tokens"], body["temperature"], body["top_k"], body["seed"]) == (100, 0.8, 50, 3)
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert "min_p" not in body
    assert server.keys == [f"Bearer {KEY}"]


def test_calls_and_results_of_earlier_rounds_belong_together(model, server):
    call = ToolCall("render_molecule", {"smiles": "CCO"})
    rounds = (
        Message("assistant", "", "I call.", (call, call)),
        Message("tool", "first result"),
        Message("tool", "second result"),
        Message("tool", "a complaint"),
    )
    talk = Conversation((Message("user", "draw"), *rounds))

    list(model.stream(talk, PARAMS))

    _, answer, first, second, complaint = server.bodies[0]["messages"]
    assert answer["reasoning_content"] == "I call."
    assert [call["id"] for call in answer["tool_calls"]] == [first["tool_call_id"], second["tool_call_id"]]
    assert answer["tool_calls"][0]["function"]["arguments"] == '{"smiles": "CCO"}'
    assert complaint["role"] == "user"


def test_thoughts_of_earlier_questions_are_not_sent_again(model, server):
    ask(model, "hello", earlier=(Message("user", "a"), Message("assistant", "b", "a thought")))

    assert server.bodies[0]["messages"][2] == {"role": "assistant", "content": "b"}


def test_fields_that_a_server_does_not_know_are_left_out_from_then_on(model, server):
    deltas = ask(model, "picky")
    num_asked = len(server.bodies)
    ask(model, "picky")

    assert pieces(deltas)[-1] == Text("picky ")
    assert server.bodies[-1].keys() == {"model", "messages", "stream", "max_completion_tokens"}
    assert num_asked > 2
    assert len(server.bodies) == num_asked + 1


def test_a_server_that_takes_no_tools_is_told_of_them_in_the_prompt(model, server):
    found = pieces(ask(model, "toolless CCN", tools=TOOLS))
    call = found[-1]
    rounds = (Message("user", "hello"), Message("assistant", "", tool_calls=(call,)), Message("tool", "drawn"))
    list(model.stream(Conversation(rounds, TOOLS), PARAMS))

    assert call == ToolCall("render_molecule", {"smiles": "CCN"})
    assert len(server.bodies) == 3
    told = server.bodies[-1]["messages"]
    assert '"name": "render_molecule"' in told[0]["content"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert told[2]["content"].startswith("<tool_call>")
    assert told[3]["content"] == "<tool_response>\ndrawn\n</tool_response>"


FAILURES = [
    ("refuse-key", "refuses the key (HTTP 401). Start Benchside with the right one"),
    ("refuse-model", "has no model odd-model at this address (HTTP 404)"),
    ("refuse-busy", "takes no more questions now (HTTP 429). Try again in 17 s."),
    ("refuse-long", "refused the question (HTTP 400): This model's maximum context length is 8192 tokens"),
    ("fail", "failed (HTTP 500): Traceback: out of memory"),
    ("gateway", "answered with text/html (HTTP 502) and not as a model server does"),
    ("html", "answered with text/html (HTTP 200) and not as a model server does"),
    ("redirect", "answered with text/plain (HTTP 302)"),
    ("drop", "broke off before the end"),
    ("die-midway", "broke off before the end"),
    ("fail-midway", "reported an error in the middle of the answer: CUDA error: out of memory"),
    ("no-json", "no part of an answer: '<script>alert(1)</script>'"),
    ("no-object", "no part of an answer"),
    ("silent", "sent nothing of an answer for 0.5 s"),
    ("only-comments", "sent nothing of an answer for 0.5 s"),
    ("stall", "stopped in the middle of the answer and sent nothing for 0.4 s"),
    ("endless-line", "an event of more than 16,777,216 bytes"),
]


@pytest.mark.parametrize(("way", "sentence"), FAILURES)
def test_each_failure_is_one_sentence_and_the_next_question_is_answered(model, way, sentence):
    with pytest.raises(EngineError) as failure:
        ask(model, way)

    text = str(failure.value)
    assert sentence in text
    assert "\n" not in text and KEY not in text
    assert text.startswith(("127.0.0.1:", "The connection to 127.0.0.1:"))
    assert pieces(ask(model, "hello"))[-1] == Text("hello ")


@pytest.mark.parametrize("way", ["fail-once", "drop-once"])
def test_what_fails_before_the_first_token_is_tried_once_more(model, server, way):
    assert pieces(ask(model, way))[-1] == Text(f"{way} ")
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("way", "num_asked"), [("fail", 2), ("drop", 2), ("die-midway", 1), ("stall", 1), ("silent", 1)]
)
def test_nothing_is_tried_more_than_twice_or_after_the_first_token(model, server, way, num_asked):
    with pytest.raises(EngineError):
        ask(model, way)

    assert len(server.bodies) == num_asked


def test_a_server_that_is_not_there_is_named():
    model = RemoteModel(ServerAddress("http://127.0.0.1:9/v1"), ServedModel("m"), patience=PATIENCE)

    with pytest.raises(EngineError, match=r"127\.0\.0\.1:9 cannot be reached \(.*refused\)"):
        ask(model, "hello")


@pytest.mark.parametrize("way", ["silent", "only-comments", "stall"])
def test_a_stop_closes_the_connection_at_once(server, way):
    model = RemoteModel(ServerAddress(server.url), ServedModel(MODEL), patience=Patience())
    server.bodies.clear()
    server.hung_up.clear()
    stream = model.stream(conversation(way), PARAMS)
    ended = threading.Event()
    found = []

    def read():
        found.extend(stream)
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    while not server.bodies or (way == "stall" and not found):
        ended.wait(0.01)
    stopped_at = perf_counter()
    stream.cancel()

    assert ended.wait(2.0)
    assert perf_counter() - stopped_at < 0.25  # what stopping may take
    assert way == "silent" or server.hung_up.wait(2.0)
    assert model.stats().num_running == 0


def test_a_stream_that_was_cancelled_before_it_began_asks_nothing(model, server):
    stream = model.stream(conversation("hello"), PARAMS)
    stream.cancel()

    assert list(stream) == []
    assert not server.bodies


def test_requests_of_ours_are_counted(model):
    ask(model, "hello")
    with pytest.raises(EngineError):
        ask(model, "drop")

    stats = model.stats()
    assert (stats.num_running, stats.num_answered, stats.num_failed) == (0, 1, 1)


def test_a_proxy_of_the_environment_does_not_capture_this_machine(model, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert pieces(ask(model, "hello"))[-1] == Text("hello ")
