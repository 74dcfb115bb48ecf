"""A reply on its way: as one JSON object, or as server-sent events. A client that does not read is given up."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Send

from assistant.openai_api.body import HungUp
from assistant.openai_api.errors import ApiError

UNREAD_S = 30.0  # how long a client may leave what it is sent unread
EVENT_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy in between passes on what comes when it comes
]


def json_response(body: dict[str, Any], status: int = 200, error: ApiError | None = None) -> Response:
    headers = {"Cache-Control": "no-store"} | dict(error.headers if error else {})
    content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(content, status, headers, "application/json")


def error_response(error: ApiError) -> Response:
    return json_response(error.body, error.status, error)


class EventStream:
    """Server-sent events of one response. start() comes first; end() says [DONE], fail() why there is none."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_started = False

    async def start(self) -> None:
        self.is_started = True
        await self._out({"type": "http.response.start", "status": 200, "headers": EVENT_HEADERS})

    async def send(self, events: Iterable[dict[str, Any]]) -> None:
        lines = "".join(f"data: {json.dumps(event, ensure_ascii=False, allow_nan=False)}\n\n" for event in events)
        if lines:
            await self._body(lines)

    async def keep_alive(self) -> None:
        await self._body(": alive\n\n")

    async def end(self) -> None:
        await self._body("data: [DONE]\n\n", is_last=True)

    async def fail(self, error: ApiError) -> None:
        await self._body(f"data: {json.dumps(error.body, ensure_ascii=False)}\n\n", is_last=True)

    async def _body(self, text: str, is_last: bool = False) -> None:
        await self._out({"type": "http.response.body", "body": text.encode(), "more_body": not is_last})

    async def _out(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(UNREAD_S):  # wait_for may swallow a cancel before Python 3.12
                await self._send(message)
        except TimeoutError as error:
            raise HungUp from error


async def hung_up(receive: Receive) -> None:
    """Returns when the client has gone. To be asked only after the body has been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
