"""A client that leaves: on a real socket, with a real model, at every stage of its request."""

import json
import socket
import time
from contextlib import contextmanager

import httpx
import pytest

from tests.assistant.openai_api.served import serving_pro_tiny
from tests.golden import needs_golden

pytestmark = needs_golden

IDLE_WITHIN_S = 1.0
FOREVER = {"model": "pro-tiny", "max_tokens": 30_000, "ignore_eos": True, "temperature": 1.0}
CHAT = FOREVER | {"messages": [{"role": "user", "content": "Hi"}]}
LONG = FOREVER | {"messages": [{"role": "user", "content": "Is it so? " * 6_000}]}


@pytest.fixture(scope="module")
def served():
    with serving_pro_tiny() as served:
        yield served


@contextmanager
def asking(served, body, path="/v1/chat/completions"):
    """An open connection on which a request was sent."""
    host, port = served.url.removeprefix("http://").split(":")
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head + content)
        yield connection


def wait_until(condition, timeout_s):
    began_at = time.perf_counter()
    while not condition():
        assert time.perf_counter() - began_at < timeout_s, "it did not come true in time"
        time.sleep(0.002)  # between two looks
    return time.perf_counter() - began_at


def is_idle(served):
    stats = served.model.stats()
    return stats.num_running == stats.num_waiting == 0 and stats.num_free_blocks == stats.num_blocks


def read_until(connection, text):
    seen = b""
    while text not in seen:
        seen += connection.recv(65_536)
    return seen


@pytest.mark.parametrize("n", [1, 3])
def test_a_stream_that_is_left_frees_the_model(served, n):
    for _ in range(5):
        with asking(served, CHAT | {"stream": True, "n": n}) as connection:
            read_until(connection, b"reasoning_content")
            wait_until(lambda: served.model.stats().num_running == n, 30)

        wait_until(lambda: is_idle(served), IDLE_WITHIN_S)


@pytest.mark.parametrize("n", [1, 3])
def test_an_answer_in_one_object_is_given_up_too(served, n):
    with asking(served, CHAT | {"n": n}):
        wait_until(lambda: served.model.stats().num_running == n, 30)

    wait_until(lambda: is_idle(served), IDLE_WITHIN_S)


@pytest.mark.parametrize("is_stream", [True, False])
def test_who_leaves_before_the_first_token_is_not_read_to_the_end(served, is_stream):
    with asking(served, LONG | {"stream": is_stream, "n": 2}):
        wait_until(lambda: served.model.stats().num_running == 1, 30)
        (request,) = served.model.stats().requests
        assert request.num_generated == 0

    wait_until(lambda: is_idle(served), IDLE_WITHIN_S)


def test_plain_completions_are_given_up_as_well(served):
    with asking(served, FOREVER | {"prompt": ["Water", "Iron"], "stream": True}, "/v1/completions") as connection:
        read_until(connection, b'"index": 1')

    wait_until(lambda: is_idle(served), IDLE_WITHIN_S)


def test_a_reset_connection_is_one_that_was_left(served):
    with asking(served, CHAT | {"stream": True}) as connection:
        read_until(connection, b"data: ")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    wait_until(lambda: is_idle(served), IDLE_WITHIN_S)


def test_those_who_leave_are_counted_as_499(served):
    metrics = httpx.get(f"{served.url}/metrics", trust_env=False).text

    assert 'benchside_http_requests_total{path="/v1/chat/completions",status="499"}' in metrics
    assert "benchside_http_requests_open 0.0" in metrics


def test_others_go_on_when_one_leaves(served):
    with asking(served, CHAT | {"stream": True}):
        body = {"model": "pro-tiny", "messages": CHAT["messages"], "max_tokens": 5, "temperature": 0}
        answer = httpx.post(f"{served.url}/v1/chat/completions", json=body, trust_env=False, timeout=60)

    assert answer.json()["usage"]["completion_tokens"] == 5


@pytest.mark.slow
def test_two_hundred_leave_in_a_row(served):
    waits = []
    for i in range(200):
        with asking(served, CHAT | {"stream": True, "n": 1 + i % 3}) as connection:
            if i % 2:
                read_until(connection, b"data: ")
        waits.append(wait_until(lambda: is_idle(served), IDLE_WITHIN_S))

    print(f"idle after {sorted(waits)[100] * 1e3:.1f} ms in the median, {max(waits) * 1e3:.1f} ms at most")
