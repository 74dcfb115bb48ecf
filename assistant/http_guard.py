"""What stands before every route: hosts, origins, paths and people that are let in, the cookie, the browser's rules."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.hosting.cookies import set_cookie
from assistant.hosting.hosting import Hosting
from assistant.hosting.proxies import TrustedProxies
from assistant.hosting.rooms import Room, room_of
from assistant.hosting.timed_body import TimedBody
from assistant.openai_api.body import max_body_bytes
from assistant.sessions import COOKIE, is_session_id, new_session_id
from assistant.ui.strings import Language, Words, preferred_language

UPLOADS = "/attachments/"
REQUESTS_WITH_FILES = "/v1/"
MAX_BODY_BYTES = 2 * 2**20  # of everything but uploads
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
RANGE = re.compile(r"bytes=(\d{1,15}-\d{0,15}|-\d{1,15})", re.ASCII)  # one; nobody needs several

# 'unsafe-eval': Gradio compiles its HTML component's template, here always our constant one, with new Function.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; frame-src 'self'; frame-ancestors {ancestors}; object-src 'none'; base-uri 'self'; "
    "form-action 'self'"
)
# Part of a page before any other script; what Gradio calls the head of a page comes after its own.
FIRST_SCRIPT = (Path(__file__).parent.parent / "assets/web/frames.js").read_bytes()
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(self), payment=(), usb=()",
}
TUNNEL_END = TrustedProxies(("127.0.0.1", "::1"))  # what hands on the requests of the share link runs on this machine


@dataclass(frozen=True)
class _Visit:
    """One request. scope: as the app gets it; path: as the app knows it; words: the visitor's."""

    scope: Scope
    path: str
    is_tunnelled: bool
    max_bytes: int
    words: Words

    @cached_property
    def headers(self) -> Headers:
        return Headers(scope=self.scope)

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        return cookie_parser(self.headers.get("cookie", ""))

    @cached_property
    def room(self) -> Room | None:
        return room_of(self.path)

    def refuse(self, sentence: str, status: int, code: str, headers: Mapping[str, str] | None = None) -> Response:
        """In the visitor's words for people, as OpenAI's error object for programs."""
        if self.room is not Room.API:
            return self.tell(sentence, status, headers)
        error = {"message": sentence, "type": "invalid_request_error", "param": None, "code": code}
        return JSONResponse({"error": error}, status, headers)

    def tell(self, sentence: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
        return PlainTextResponse(self.words.sentence(sentence), status, headers)


class HttpGuard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, language: Language | None, max_upload_bytes: int, hosting: Hosting) -> None:
        self._app = app
        self._language = language
        self._max_upload_bytes = max_upload_bytes
        self._hosting = hosting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = self._visit(scope)
        respond = _Response(send, visit.words.language, self._new_cookie(visit), self._hosting.embedded_in)
        if refusal := self._refusal(visit):
            await refusal(visit.scope, receive, respond.send)
            return
        await self._answer(visit, TimedBody(receive), respond)

    async def _answer(self, visit: _Visit, body: TimedBody, respond: "_Response") -> None:
        async def send(message: Message) -> None:
            if not body.is_late:  # else it is about a client that the app takes for gone
                await respond.send(message)

        try:
            await self._app(visit.scope, body.receive, send)
        except ClientDisconnect:
            if not body.is_late:
                raise
        if body.is_late and not respond.has_begun:
            sentence = "The request came too slowly. Send it again over a faster connection."
            refusal = visit.refuse(sentence, 408, "timeout", {"Connection": "close"})
            await refusal(visit.scope, body.receive, respond.send)

    def _visit(self, scope: Scope) -> _Visit:
        """Takes the prefix off that a reverse proxy may have left on the path."""
        tunnel, root = self._hosting.tunnel, self._hosting.root_path
        is_tunnelled = tunnel is not None and tunnel.carries(scope)
        seen = {**(TUNNEL_END if is_tunnelled else self._hosting.proxies).seen_through(scope)}
        if tunnel is not None and is_tunnelled:
            seen["scheme"] = "https" if tunnel.is_https else "http"
        path: str = scope["path"]
        if root and path.startswith(f"{root}/"):
            path = path.removeprefix(root)
            seen["root_path"] = root
        elif root:
            raw_path = root.encode() + scope.get("raw_path", path.encode())
            seen |= {"root_path": root, "path": root + path, "raw_path": raw_path}
        words = Words(self._language or preferred_language(Headers(scope=scope)))
        return _Visit(seen, path, is_tunnelled, self._max_bytes(path), words)

    def _max_bytes(self, path: str) -> int:
        if path.startswith(REQUESTS_WITH_FILES):
            return max_body_bytes(self._max_upload_bytes)
        return self._max_upload_bytes if path.startswith(UPLOADS) else MAX_BODY_BYTES

    def _refusal(self, visit: _Visit) -> Response | None:
        if visit.path == "/health":  # whoever watches over the server may not know its name
            return None
        if visit.path == self._hosting.root_path:
            return RedirectResponse(f"{visit.path}/", 308)
        return self._misplaced(visit) or self._not_let_in(visit) or _malformed(visit)

    def _misplaced(self, visit: _Visit) -> Response | None:
        """What is not served at all, or not here."""
        tunnel = self._hosting.tunnel
        host = visit.headers.get("host", "")
        is_served = tunnel is not None and tunnel.serves(host) if visit.is_tunnelled else host in self._hosting.hosts
        if not is_served:
            sentence = "This address is not served here. Whoever runs Benchside can allow it with --allowed-hosts."
            return visit.refuse(sentence, 421, "host_not_served")
        is_closed = visit.room is Room.LOGIN and not self._hosting.access.needs_password
        if visit.room is None or is_closed or (visit.room is Room.API and visit.is_tunnelled):
            return visit.tell("There is nothing here.", 404)
        return None

    def _not_let_in(self, visit: _Visit) -> Response | None:
        access = self._hosting.access
        if visit.room in (Room.OPEN, Room.LOGIN):
            return None
        has_key = visit.room in (Room.API, Room.STATUS) and access.has_key(visit.headers.get("authorization", ""))
        if visit.room is Room.API:
            return None if has_key or not access.needs_key else _no_key(visit)
        person = access.person(visit.cookies)
        is_known = person is not None and visit.cookies.get(COOKIE) == person.session_id
        if has_key or is_known or not access.needs_password:
            return None
        if visit.path == "/" and visit.scope["method"] == "GET":
            query = visit.scope.get("query_string", b"").decode("latin-1")
            return RedirectResponse(f"{self._hosting.root_path}/login{'?' if query else ''}{query}", 303)
        return visit.tell("Log in first.", 401)

    def _new_cookie(self, visit: _Visit) -> str | None:
        """A Set-Cookie value for a browser that has no session yet. Where there is a password, the login gives it."""
        if self._hosting.access.needs_password or is_session_id(visit.cookies.get(COOKIE)):
            return None
        return set_cookie(COOKIE, new_session_id(), visit.scope, self._hosting)


def _no_key(visit: _Visit) -> Response:
    sentence = "A key is needed here: Authorization: Bearer KEY. Whoever runs Benchside makes them (--api-keys-file)."
    return visit.refuse(sentence, 401, "invalid_api_key", {"WWW-Authenticate": "Bearer"})


def _malformed(visit: _Visit) -> Response | None:
    headers = visit.headers
    if "range" in headers and not RANGE.fullmatch(headers["range"]):
        return visit.refuse("The range asked for is not one range of bytes.", 416, "bad_range")
    if visit.scope["method"] in SAFE_METHODS:
        return None
    if "origin" in headers and _place(headers["origin"]) != headers.get("host"):
        return visit.refuse("Requests from other sites are refused.", 403, "foreign_origin")
    # without either header there is no body
    length = headers.get("content-length", "" if "transfer-encoding" in headers else "0")
    if not (length.isascii() and length.isdecimal()):
        return visit.refuse("The request does not say how long it is.", 411, "length_required")
    if int(length) > visit.max_bytes:
        return visit.refuse(f"The request is larger than {visit.max_bytes:,} bytes.", 413, "too_large")
    return None


def _place(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


class _Response:
    """Adds the headers to one response. A page is held back until it is whole, because its scripts get a nonce."""

    def __init__(self, send: Send, language: str, new_cookie: str | None, embedded_in: tuple[str, ...]) -> None:
        self._send = send
        self._language = language
        self._new_cookie = new_cookie
        self._ancestors = " ".join(("'self'", *embedded_in))
        self._nonce = secrets.token_urlsafe(16)
        self._page_start: Message | None = None
        self._page = b""
        self.has_begun = False

    async def send(self, message: Message) -> None:
        self.has_begun = True
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Referrer-Policy", "no-referrer")
            policy = CONTENT_SECURITY_POLICY.format(nonce=self._nonce, ancestors=self._ancestors)
            headers.setdefault("Content-Security-Policy", policy)
            media_type = headers.get("content-type", "")
            if media_type.startswith("text/event-stream"):
                headers["X-Accel-Buffering"] = "no"  # nginx would hold back what is to be seen as it comes
            if media_type.startswith("text/html"):
                self._page_start = message
                return
        elif self._page_start is not None:
            self._page += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._page_start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        page = self._page.replace(b"<script", b"<script>%s</script><script" % FIRST_SCRIPT, 1)
        page = re.sub(rb"<script(?=[\s>])", f'<script nonce="{self._nonce}"'.encode(), page)
        page = page.replace(b'lang="en"', f'lang="{self._language}"'.encode(), 1)
        headers = MutableHeaders(scope=start)
        headers["Cache-Control"] = "no-store"
        if "content-length" in headers:
            headers["Content-Length"] = str(len(page))
        if self._new_cookie:
            headers.append("Set-Cookie", self._new_cookie)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": page})
