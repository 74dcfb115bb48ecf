"""The routes of what leaves the page. All but a shared page are for the browser that the conversation belongs to."""

from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool

from assistant.attachments.attachment import AttachmentError
from assistant.attachments.room import NoRoom
from assistant.handover.file_names import attachment_header, stem_of
from assistant.handover.formats import FORMATS, as_bytes, written
from assistant.handover.gather import record_of
from assistant.handover.html_export import html_export
from assistant.handover.record import without_files, without_thinking
from assistant.handover.request import request_of
from assistant.handover.request_text import as_curl, as_python
from assistant.handover.share_store import (
    MAX_LINKS,
    MAX_SESSION_BYTES,
    LinkEnded,
    ShareStore,
    TooManyLinks,
    TooMuchShared,
)
from assistant.handover.share_view import dialog_view, link_view
from assistant.handover.share_wish import BadWish, ShareWish, share_wish
from assistant.sessions import COOKIE
from assistant.ui.chat import Desk
from assistant.ui.render import file_size
from assistant.ui.strings import Language, Words, preferred_language

MAX_PAGE_BYTES = 32 * 2**20  # of a shared page
PRIVATE = {"Cache-Control": "private, no-store"}
# The page runs in an origin of its own, so it can reach nothing of the app; its own policy, inside it, is stricter yet
# and names its scripts.
SHARED_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; connect-src data:; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
SHARED = {"Content-Security-Policy": SHARED_POLICY, "X-Robots-Tag": "noindex, nofollow"} | PRIVATE
CALLS = {"curl": as_curl, "python": as_python}


def add_handover_routes(app: FastAPI, desk: Desk, language: Language | None) -> None:
    shares = ShareStore(desk.database, desk.attachments.shared_pages)
    shares.drop_ended()

    def words_of(request: Request) -> Words:
        return Words(language or preferred_language(request.headers))

    def found(address: str, request: Request) -> str:
        """The conversation behind an address of this browser. NotHandedOver."""
        session_id = request.cookies.get(COOKIE, "")
        conversation_id = desk.links.artifact_id(session_id, address)
        if conversation_id is None or desk.store.owner(conversation_id) != session_id:
            raise NotHandedOver(404, words_of(request)("handover_none"))
        return conversation_id

    def asked(address: str, request: Request) -> str:
        """The same of one in which something was asked."""
        conversation_id = found(address, request)
        if not desk.store.turns(conversation_id):
            raise NotHandedOver(409, words_of(request)("export_empty"))
        return conversation_id

    @app.exception_handler(NotHandedOver)
    async def refuse(request: Request, refusal: NotHandedOver) -> Response:
        return PlainTextResponse(refusal.sentence, refusal.status)

    @app.get("/conversations/{address}/handover")
    def dialogs(address: str, request: Request) -> JSONResponse:
        """What the dialogs say, in the reader's language."""
        view = dialog_view(record_of(desk, asked(address, request)), words_of(request))
        return JSONResponse(view, headers=PRIVATE)

    @app.get("/conversations/{address}/export")
    def export(address: str, request: Request, form: Annotated[str, Query(alias="format")] = "") -> Response:
        words, conversation_id = words_of(request), asked(address, request)
        if form not in FORMATS:
            sentence = words("export_which", format=form[:40] or '""', formats=", ".join(FORMATS))
            raise NotHandedOver(400, sentence)
        record = record_of(desk, conversation_id)
        header = attachment_header(f"{stem_of(record.title)}.{FORMATS[form].suffix}")
        headers = {"Content-Disposition": header} | PRIVATE
        return Response(written(record, FORMATS[form], words), media_type=FORMATS[form].media_type, headers=headers)

    @app.get("/conversations/{address}/turns/{number}/request")
    def turn_request(
        address: str, number: str, request: Request, form: Annotated[str, Query(alias="as")] = ""
    ) -> Response:
        words, conversation_id = words_of(request), found(address, request)
        turns = desk.store.turns(conversation_id)
        if form not in CALLS:
            raise NotHandedOver(400, words("request_which", value=form[:40] or '""'))
        if not (number.isascii() and number.isdecimal() and len(number) < 10 and int(number) < len(turns)):
            raise NotHandedOver(404, words("request_no_turn", number=number[:20], count=len(turns)))
        if desk.slot.agent is None:
            raise NotHandedOver(503, words("request_not_ready"))
        try:
            asked_again = request_of(desk, desk.slot.agent, conversation_id, turns[: int(number) + 1])
        except AttachmentError as error:
            raise NotHandedOver(409, str(error)) from error
        return PlainTextResponse(CALLS[form](asked_again, _server(request)), headers=PRIVATE)

    @app.get("/conversations/{address}/share")
    def links(address: str, request: Request) -> JSONResponse:
        words, conversation_id = words_of(request), found(address, request)
        return JSONResponse([link_view(share, words) for share in shares.links(conversation_id)], headers=PRIVATE)

    @app.post("/conversations/{address}/share")
    async def share(address: str, request: Request) -> Response:
        """Publish the conversation as it is now. The link is in this answer and never again."""
        words, conversation_id = words_of(request), asked(address, request)
        try:
            wish = share_wish(await request.body(), words)
        except BadWish as error:
            raise NotHandedOver(400, str(error)) from error
        return await run_in_threadpool(publish, conversation_id, wish, words, _server(request))

    def publish(conversation_id: str, wish: ShareWish, words: Words, server: str) -> Response:
        record = record_of(desk, conversation_id)
        record = record if "thinking" in wish.includes else without_thinking(record)
        record = record if "files" in wish.includes else without_files(record)
        page = as_bytes(html_export(record, words))
        if len(page) > MAX_PAGE_BYTES:
            sizes = {"size": file_size(len(page)), "limit": file_size(MAX_PAGE_BYTES)}
            raise NotHandedOver(413, words("share_too_large", **sizes))
        try:
            desk.attachments.make_room(conversation_id, len(page))
            token, made = shares.publish(conversation_id, page, wish.days, wish.includes)
        except NoRoom as error:
            raise NotHandedOver(507, words("share_disk_full", size=file_size(len(page)))) from error
        except TooMuchShared as error:
            limit = file_size(MAX_SESSION_BYTES)
            raise NotHandedOver(413, words("share_too_much", limit=limit)) from error
        except TooManyLinks as error:
            raise NotHandedOver(409, words("share_too_many", limit=MAX_LINKS)) from error
        body: dict[str, Any] = {"url": f"{server}/s/{token}", **link_view(made, words)}
        return JSONResponse(body, 201, headers=PRIVATE)

    @app.delete("/conversations/{address}/share/{share_id}")
    def revoke(address: str, share_id: str, request: Request) -> Response:
        if not shares.revoke(found(address, request), share_id):
            raise NotHandedOver(404, words_of(request)("share_not_there"))
        return Response(status_code=204)

    @app.get("/s/{token}")
    def shared(token: str, request: Request) -> Response:
        """For whoever has the link."""
        try:
            page = shares.page(token)
        except LinkEnded as error:
            raise NotHandedOver(410, words_of(request)("share_gone")) from error
        if page is None:
            raise NotHandedOver(404, words_of(request)("share_unknown"))
        return Response(page, media_type="text/html", headers=SHARED)


class NotHandedOver(Exception):
    """Why not, in one sentence for a person."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def _server(request: Request) -> str:
    """The address that the browser knows this server by."""
    return str(request.base_url).rstrip("/")
