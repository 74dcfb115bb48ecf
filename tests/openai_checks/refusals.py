"""Bad input at the door: 400 and the field that is to blame, never silence and never a crash."""

import socket
from typing import Any

import openai
import pytest

from tests.openai_checks.server import CLIENT, Server


def an_unknown_model_is_404(server: Server) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        server.client.chat.completions.create(model="../../x", messages=[{"role": "user", "content": "Hi"}])
    assert caught.value.code == "model_not_found" and server.model in str(caught.value)
    with pytest.raises(openai.NotFoundError):
        server.client.models.retrieve("gpt-9")


def a_missing_model_is_refused(server: Server) -> None:
    assert server.refusal(model=None)["param"] == "model"


def unknown_fields_are_refused_by_name(server: Server) -> None:
    unknown = ("frobnicate", "session_id", "priority", "chat_template", "prompt_embeds", "guided_regex", "functions")
    for field in (*unknown, "audio", "reasoning_effort", "metadata", "web_search_options", "prompt_logprobs"):
        error = server.refusal(**{field: "x"})
        assert (error["param"], error["code"]) == (field, "unsupported_parameter")


def unknown_fields_inside_are_refused_by_place(server: Server) -> None:
    error = server.refusal(messages=[{"role": "user", "content": "Hi", "mood": "good"}])
    assert error["param"] == "messages[0].mood"
    assert server.refusal(chat_template_kwargs={"tokenize": True})["param"] == "chat_template_kwargs.tokenize"
    assert server.refusal(stream=True, stream_options={"x": 1})["param"] == "stream_options.x"


def numbers_out_of_range_are_refused(server: Server) -> None:
    cases: list[tuple[str, Any]] = [
        ("temperature", 99),
        ("temperature", -0.1),
        ("temperature", "1.5"),
        ("temperature", True),
        ("top_p", 0),
        ("top_p", 1.1),
        ("top_k", -2),
        ("top_k", 1.5),
        ("min_p", 2),
        ("repetition_penalty", 0),
        ("presence_penalty", 3),
        ("frequency_penalty", -3),
        ("seed", 1.5),
        ("seed", "7"),
        ("n", 0),
        ("n", -1),
        ("n", 10**9),
        ("n", 17),
        ("max_tokens", 0),
        ("max_tokens", 10**9),
        ("max_tokens", 1.5),
        ("top_logprobs", 21),
        ("top_logprobs", -1),
    ]
    for field, value in cases:
        extra = {"logprobs": True} if field == "top_logprobs" else {}
        assert server.refusal(**{field: value}, **extra)["param"] == field, (field, value)


def stop_texts_are_bounded(server: Server) -> None:
    for stop in (["x"] * 500, [""], ["x" * 10_000], 5, [1], "", {"a": 1}):
        assert server.refusal(stop=stop)["param"] == "stop", stop


def a_bias_is_for_tokens_that_exist(server: Server) -> None:
    for bias in ({"x": 1}, {"-1": 1}, {"99999999": 1}, {"1": 101}, {"1": "a"}, [1], {str(i): 1 for i in range(2_000)}):
        assert (server.refusal(logit_bias=bias)["param"] or "").startswith("logit_bias"), bias


def top_logprobs_go_with_logprobs(server: Server) -> None:
    assert server.refusal(top_logprobs=2)["param"] == "top_logprobs"
    assert server.refusal(logprobs=3)["param"] == "logprobs"


def two_numbers_of_tokens_must_agree(server: Server) -> None:
    assert server.refusal(max_completion_tokens=5)["param"] == "max_completion_tokens"


def two_wishes_about_thinking_must_agree(server: Server) -> None:
    error = server.refusal(enable_thinking=True, chat_template_kwargs={"enable_thinking": False})
    assert error["param"] == "enable_thinking"
    assert server.refusal(enable_thinking="no")["param"] == "enable_thinking"


def stream_options_go_with_a_stream(server: Server) -> None:
    assert server.refusal(stream_options={"include_usage": True})["param"] == "stream_options"


def an_empty_question_is_refused(server: Server) -> None:
    for messages in ([], [{"role": "user", "content": ""}], [{"role": "user", "content": "  \n"}]):
        assert server.refusal(messages=messages)["code"] == "empty_prompt", messages
    for content in (None, [], 5, {}, [{"type": "text"}], ["x"]):
        error = server.refusal(messages=[{"role": "user", "content": content}])
        assert error["param"].startswith("messages[0].content"), content


def roles_are_known(server: Server) -> None:
    for role in ("robot", None, 5, "User"):
        assert server.refusal(messages=[{"role": role, "content": "Hi"}])["param"] == "messages[0].role"


def names_are_refused_with_the_reason(server: Server) -> None:
    error = server.refusal(messages=[{"role": "user", "content": "Hi", "name": "Ann"}])
    assert error["param"] == "messages[0].name" and "no names" in error["message"]


def an_answer_cannot_be_the_last_turn(server: Server) -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "He"}]
    assert server.refusal(messages=messages)["param"] == "messages"


def what_is_not_json_is_refused(server: Server) -> None:
    bodies = [
        b"",
        b"{",
        b"[1]",
        b'"text"',
        b"\xff\xfe{}",
        b'{"model": NaN}',
        b'{"temperature": Infinity}',
        b'{"seed": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 3_000,
        b'{"model": "a", "model": "b"}',
        b'{"model": "\\ud800"}',
        '{"model": "a"}'.encode("utf-16"),
    ]
    for body in bodies:
        assert server.refused(body)["code"] == "bad_json", body[:40]


def half_a_character_is_refused(server: Server) -> None:
    error = server.refused(b'{"messages": [{"role": "user", "content": "\\uD83D"}]}')
    assert "half of a character" in error["message"]
    whole = server.body(messages=[{"role": "user", "content": "\U0001f600"}])
    assert server.post(whole).status_code == 200


def a_number_too_large_for_a_float_is_refused(server: Server) -> None:
    assert server.refused(b'{"model": "x", "messages": [{"role": "user", "content": "Hi"}], "temperature": 1e400}')


def a_prompt_that_does_not_fit_is_refused_by_its_length(server: Server) -> None:
    long = "Is it so? " * 40_000
    error = server.refusal(messages=[{"role": "user", "content": long}])
    assert error["code"] == "context_length_exceeded"
    huge = server.refusal(messages=[{"role": "user", "content": "a" * 3_000_000}])
    assert huge["code"] == "context_length_exceeded"


def a_refused_stream_has_a_status_of_its_own(server: Server) -> None:
    with pytest.raises(openai.BadRequestError):
        server.chat([{"role": "user", "content": "Is it so? " * 40_000}], stream=True)


def other_methods_and_paths_are_refused(server: Server) -> None:
    assert CLIENT.get(f"{server.url}/chat/completions").status_code == 405
    assert CLIENT.put(f"{server.url}/models", content=b"{}").status_code == 405
    for path in ("/embeddings", "/chat/completions/", "/files", "//models"):
        response = CLIENT.get(server.url + path)
        assert response.status_code == 404 and response.json()["error"]["message"], path


def a_body_that_is_too_large_is_413(server: Server) -> None:
    host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
    head = (
        b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head)
        reply = connection.makefile().read(1_000)
    assert reply.startswith("HTTP/1.1 413 ") and '"code":"too_large"' in reply


def another_site_cannot_ask(server: Server) -> None:
    response = CLIENT.post(
        f"{server.url}/chat/completions", json=server.body(), headers={"origin": "https://evil.test"}
    )
    assert response.status_code == 403


def a_refusal_leaves_nothing_behind(server: Server) -> None:
    metrics = CLIENT.get(server.url.removesuffix("/v1") + "/metrics").text
    for line in ("benchside_running 0.0", "benchside_waiting 0.0", "benchside_kv_blocks_used 0.0"):
        assert line in metrics
    assert 'benchside_http_refusals_total{reason="unsupported_parameter"}' in metrics
    assert "benchside_http_requests_open 0.0" in metrics


CHECKS = (
    an_unknown_model_is_404,
    a_missing_model_is_refused,
    unknown_fields_are_refused_by_name,
    unknown_fields_inside_are_refused_by_place,
    numbers_out_of_range_are_refused,
    stop_texts_are_bounded,
    a_bias_is_for_tokens_that_exist,
    top_logprobs_go_with_logprobs,
    two_numbers_of_tokens_must_agree,
    two_wishes_about_thinking_must_agree,
    stream_options_go_with_a_stream,
    an_empty_question_is_refused,
    roles_are_known,
    names_are_refused_with_the_reason,
    an_answer_cannot_be_the_last_turn,
    what_is_not_json_is_refused,
    half_a_character_is_refused,
    a_number_too_large_for_a_float_is_refused,
    a_prompt_that_does_not_fit_is_refused_by_its_length,
    a_refused_stream_has_a_status_of_its_own,
    other_methods_and_paths_are_refused,
    a_body_that_is_too_large_is_413,
    another_site_cannot_ask,
    a_refusal_leaves_nothing_behind,
)
