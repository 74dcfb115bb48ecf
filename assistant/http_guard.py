"""What stands before every route: the hosts, origins and paths served, the session cookie, the browser's rules."""

import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.sessions import COOKIE, is_session_id, new_session_id
from assistant.settings import LOOPBACK
from assistant.ui.strings import preferred_language

# Our routes, and of Gradio's only those that the page uses: no uploads, no files by path, no proxy, no deep links.
SERVED = re.compile(
    r"/|/(health|ready|model|molecule|conversations|favicon\.ico|theme\.css)|/(web|files|attachments|conversations|examples|assets|static)/.*"
    r"|/engine"
    r"|/gradio_api/mcp/?"
    r"|/gradio_api/(queue/join|queue/data|run/predict|heartbeat/\w+)"
)
UPLOADS = "/attachments/"
MAX_BODY_BYTES = 2 * 2**20  # of everything but uploads
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

# 'unsafe-eval': Gradio compiles its HTML component's template, here always our constant one, with new Function.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; frame-src 'self'; frame-ancestors 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(self), payment=(), usb=()",
}


class HttpGuard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, language: str | None, max_upload_bytes: int) -> None:
        self._app = app
        self._language = language
        self._max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        respond = _Response(send, self._language or preferred_language(headers), _new_cookie(headers))
        max_bytes = self._max_upload_bytes if scope["path"].startswith(UPLOADS) else MAX_BODY_BYTES
        if refusal := _refusal(scope, headers, max_bytes):
            await refusal(scope, receive, respond.send)
            return
        await self._app(scope, receive, respond.send)


def _refusal(scope: Scope, headers: Headers, max_bytes: int) -> PlainTextResponse | None:
    if urlsplit(f"//{headers.get('host', '')}").hostname not in LOOPBACK:
        return PlainTextResponse("This address is not served here.", 421)
    if not SERVED.fullmatch(scope["path"]):
        return PlainTextResponse("There is nothing here.", 404)
    if scope["method"] in SAFE_METHODS:
        return None
    if "origin" in headers and urlsplit(headers["origin"]).netloc != headers.get("host"):
        return PlainTextResponse("Requests from other sites are refused.", 403)
    if not headers.get("content-length", "").isdecimal():
        return PlainTextResponse("The request does not say how long it is.", 411)
    if int(headers["content-length"]) > max_bytes:
        return PlainTextResponse(f"The request is larger than {max_bytes:,} bytes.", 413)
    return None


def _new_cookie(headers: Headers) -> str | None:
    """A Set-Cookie value for a browser that has no session yet."""
    if is_session_id(cookie_parser(headers.get("cookie", "")).get(COOKIE)):
        return None
    return f"{COOKIE}={new_session_id()}; HttpOnly; SameSite=Lax; Path=/"


class _Response:
    """Adds the headers to one response. A page is held back until it is whole, because its scripts get a nonce."""

    def __init__(self, send: Send, language: str, new_cookie: str | None) -> None:
        self._send = send
        self._language = language
        self._new_cookie = new_cookie
        self._nonce = secrets.token_urlsafe(16)
        self._page_start: Message | None = None
        self._page = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY.format(nonce=self._nonce))
            if headers.get("content-type", "").startswith("text/html"):
                self._page_start = message
                return
        elif self._page_start is not None:
            self._page += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._page_start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        page = re.sub(rb"<script(?=[\s>])", f'<script nonce="{self._nonce}"'.encode(), self._page)
        page = page.replace(b'lang="en"', f'lang="{self._language}"'.encode(), 1)
        headers = MutableHeaders(scope=start)
        headers["Cache-Control"] = "no-store"
        if "content-length" in headers:
            headers["Content-Length"] = str(len(page))
        if self._new_cookie:
            headers["Set-Cookie"] = self._new_cookie
        await self._send(start)
        await self._send({"type": "http.response.body", "body": page})
