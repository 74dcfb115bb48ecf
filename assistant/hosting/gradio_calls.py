"""What the page asks of Gradio's own routes is looked at first: whose page it is, whether the call exists, a place.

Gradio itself serves a page to whoever knows its hash, and answers a strange call with an internal error.
"""

import asyncio
import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.hosting.visitors import Visitors
from assistant.sessions import COOKIE, is_session_id
from assistant.ui.strings import Language, Words, preferred_language

CALLS = ("/gradio_api/queue/join", "/gradio_api/run/predict")
STREAM = "/gradio_api/queue/data"
HEARTBEAT = "/gradio_api/heartbeat/"
PAGE_HASH = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)
RETRY_AFTER = {"Retry-After": "120"}


class GradioCalls:
    """ASGI middleware, behind the guard, which has seen to the sizes.

    is_call: whether a number is a handler's. forget_page: let go of what is held for a page that was left page_grace_s
    ago; until then a connection that broke may come back.
    """

    def __init__(
        self,
        app: ASGIApp,
        visitors: Visitors,
        is_call: Callable[[int], bool],
        forget_page: Callable[[str], None],
        page_grace_s: float,
        language: Language | None,
    ) -> None:
        self._app = app
        self._visitors = visitors
        self._is_call = is_call
        self._forget_page = forget_page
        self._page_grace_s = page_grace_s
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        request = Request(scope, receive)
        if path == "/":
            await (self._full(request) or self._app)(scope, receive, send)
        elif path in CALLS:
            body = await request.body()
            await (self._refused_call(request, body) or self._app)(scope, _once(body, receive), send)
        elif path == STREAM:
            page_hash = parse_qs(request.url.query).get("session_hash", [""])[0]
            await (self._not_theirs(request, page_hash) or self._app)(scope, receive, send)
        elif path.startswith(HEARTBEAT):
            await self._hold(request, path.removeprefix(HEARTBEAT), send)
        else:
            await self._app(scope, receive, send)

    async def _hold(self, request: Request, page_hash: str, send: Send) -> None:
        if refusal := self._not_theirs(request, page_hash):
            await refusal(request.scope, request.receive, send)
            return
        try:
            with self._visitors.present(request.cookies[COOKIE], page_hash):
                await self._app(request.scope, request.receive, send)
        finally:
            asyncio.get_running_loop().call_later(self._page_grace_s, self._forget_left, page_hash)

    def _forget_left(self, page_hash: str) -> None:
        if not self._visitors.is_open(page_hash):
            self._forget_page(page_hash)

    def _refused_call(self, request: Request, body: bytes) -> Response | None:
        try:
            call = json.loads(body)
        except (ValueError, RecursionError):
            return self._told(request, "The request is not JSON.", 400)
        if not isinstance(call, dict) or not isinstance(call.get("data"), list):
            return self._told(request, "The request is not a call.", 400)
        number = call.get("fn_index")
        if type(number) is not int or not self._is_call(number):
            return self._told(request, "There is no such call.", 404)
        page_hash = call.get("session_hash")
        return self._not_theirs(request, page_hash if isinstance(page_hash, str) else "") or self._full(request)

    def _not_theirs(self, request: Request, page_hash: str) -> Response | None:
        if not PAGE_HASH.fullmatch(page_hash):
            return self._told(request, "The request does not say which page it is from.", 400)
        session_id = request.cookies.get(COOKIE, "")
        if not is_session_id(session_id) or not self._visitors.owns(session_id, page_hash):
            return self._told(request, "This page belongs to another browser.", 403)
        return None

    def _full(self, request: Request) -> Response | None:
        if self._visitors.has_place(request.cookies.get(COOKIE, "")):
            return None
        sentence = self._words(request)("house_full", count=len(self._visitors))
        return PlainTextResponse(sentence, 503, RETRY_AFTER)

    def _told(self, request: Request, sentence: str, status: int) -> Response:
        return PlainTextResponse(self._words(request).sentence(sentence), status)

    def _words(self, request: Request) -> Words:
        return Words(self._language or preferred_language(request.headers))


def _once(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body, which has been read, and then what comes after it."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
