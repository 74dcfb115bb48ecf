"""Bodies that come too slowly, by a clock that nobody waits for."""

import asyncio
import selectors

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from assistant.hosting.hosting import Hosting
from assistant.hosting.timed_body import GRACE_S, IDLE_S, MIN_BYTES_PER_S
from assistant.http_guard import HttpGuard


class SkippedTime(selectors.DefaultSelector):
    """Instead of waiting, it is later at once."""

    now = 0.0

    def select(self, timeout=None):
        self.now += timeout or 0.0
        return super().select(0)


class SkippingLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self._skipped = SkippedTime()
        super().__init__(self._skipped)

    def time(self):
        return self._skipped.now


async def reader(scope, receive, send):
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)


def sent(pieces, path="/attachments/x", language="en", app=reader):
    """Status, headers and text of the answer, and when it came. pieces: seconds before each, and its bytes."""
    headers = {"host": "127.0.0.1", "transfer-encoding": "chunked", "content-length": "9", "accept-language": language}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    coming = iter(pieces)
    messages = []

    async def receive():
        wait_s, body = next(coming, (1e9, b""))
        await asyncio.sleep(wait_s)
        return {"type": "http.request", "body": body, "more_body": body != b""}

    async def send(message):
        messages.append(message)

    async def ask():
        await HttpGuard(app, None, 2**20, Hosting())(scope, receive, send)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        ended_at = runner.run(ask())
    start, *rest = messages
    return start["status"], dict(start["headers"]), b"".join(part["body"] for part in rest).decode(), ended_at


def test_a_body_that_comes_in_time_is_read():
    pieces = [(IDLE_S - 1, b"x" * MIN_BYTES_PER_S * 60)] * 4

    status, _, text, _ = sent([*pieces, (1, b"")])

    assert (status, text) == (200, f"{4 * 60 * MIN_BYTES_PER_S} bytes")


def test_a_body_that_stops_coming_is_refused_and_its_connection_closed():
    status, headers, text, ended_at = sent([(0, b"x")])

    assert (status, headers[b"connection"]) == (408, b"close")
    assert text.startswith("The request came too slowly.")
    assert ended_at == pytest.approx(IDLE_S, abs=1)


def test_a_byte_now_and_then_is_too_slow():
    status, *_, ended_at = sent([(IDLE_S - 5, b"x")] * 100)

    assert status == 408
    assert ended_at <= GRACE_S + IDLE_S


@pytest.mark.parametrize(
    ("path", "language", "said"),
    [
        ("/attachments/x", "zh-CN", "请求传输太慢。请换更快的连接后重试。"),
        ("/v1/completions", "zh-CN", '{"error":{"message":"The request came too slowly.'),
    ],
)
def test_it_is_said_as_any_refusal_is(path, language, said):
    assert sent([], path, language)[2].startswith(said)


def test_after_the_body_an_answer_may_take_its_time():
    async def slow(scope, receive, send):
        await Request(scope, receive).body()
        await asyncio.sleep(3600)
        await PlainTextResponse("At last.")(scope, receive, send)

    assert sent([(0, b"x"), (0, b"")], app=slow)[2] == "At last."


def test_who_waits_for_the_client_to_leave_may_wait():
    async def watching(scope, receive, send):
        await Request(scope, receive).body()
        await receive()
        await PlainTextResponse("Gone.")(scope, receive, send)

    assert sent([(0, b"x"), (0, b""), (3600, b"")], app=watching)[2] == "Gone."
