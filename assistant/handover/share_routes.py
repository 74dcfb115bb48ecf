"""The routes of links to read-only pages: made, listed and ended by their owner, opened by whoever has one."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from assistant.attachments.room import NoRoom
from assistant.handover.callers import PRIVATE, Callers, NotHandedOver, server_of
from assistant.handover.formats import as_bytes
from assistant.handover.gather import record_of
from assistant.handover.html_export import html_export
from assistant.handover.record import without_files, without_thinking
from assistant.handover.share_store import (
    MAX_LINKS,
    MAX_SESSION_BYTES,
    LinkEnded,
    Share,
    ShareStore,
    TooManyLinks,
    TooMuchShared,
)
from assistant.handover.share_view import link_view
from assistant.handover.share_wish import BadWish, ShareWish, share_wish
from assistant.ui.chat import Desk
from assistant.ui.render import file_size
from assistant.ui.strings import Words

MAX_PAGE_BYTES = 32 * 2**20  # of a shared page
# The page runs in an origin of its own, so it can reach nothing of the app; its own policy, inside it, is stricter yet
# and names its scripts.
SHARED_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; connect-src data:; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
SHARED = {"Content-Security-Policy": SHARED_POLICY, "X-Robots-Tag": "noindex, nofollow"} | PRIVATE


def add_share_routes(app: FastAPI, desk: Desk, callers: Callers) -> None:
    shares = ShareStore(desk.database, desk.attachments.shared_pages)
    shares.drop_ended()

    @app.get("/conversations/{address}/share")
    def links(address: str, request: Request) -> JSONResponse:
        words, conversation_id = callers.words(request), callers.conversation(address, request)
        return JSONResponse([link_view(share, words) for share in shares.links(conversation_id)], headers=PRIVATE)

    @app.post("/conversations/{address}/share")
    async def share(address: str, request: Request) -> Response:
        """Publish the conversation as it is now. The link is in this answer and never again."""
        words, conversation_id = callers.words(request), callers.begun_conversation(address, request)
        try:
            wish = share_wish(await request.body(), words)
        except BadWish as error:
            raise NotHandedOver(400, str(error)) from error
        token, made = await run_in_threadpool(_publish, desk, shares, conversation_id, wish, words)
        body: dict[str, Any] = {"url": f"{server_of(request)}/s/{token}", **link_view(made, words)}
        return JSONResponse(body, 201, headers=PRIVATE)

    @app.delete("/conversations/{address}/share/{share_id}")
    def revoke(address: str, share_id: str, request: Request) -> Response:
        if not shares.revoke(callers.conversation(address, request), share_id):
            raise NotHandedOver(404, callers.words(request)("share_not_there"))
        return Response(status_code=204)

    @app.get("/s/{token}")
    def shared(token: str, request: Request) -> Response:
        """For whoever has the link."""
        try:
            page = shares.page(token)
        except LinkEnded as error:
            raise NotHandedOver(410, callers.words(request)("share_gone")) from error
        if page is None:
            raise NotHandedOver(404, callers.words(request)("share_unknown"))
        return Response(page, media_type="text/html", headers=SHARED)


def _publish(desk: Desk, shares: ShareStore, conversation_id: str, wish: ShareWish, words: Words) -> tuple[str, Share]:
    """The token of the link and what its owner is told of it. NotHandedOver."""
    record = record_of(desk, conversation_id)
    record = record if "thinking" in wish.includes else without_thinking(record)
    record = record if "files" in wish.includes else without_files(record)
    page = as_bytes(html_export(record, words))
    if len(page) > MAX_PAGE_BYTES:
        sizes = {"size": file_size(len(page)), "limit": file_size(MAX_PAGE_BYTES)}
        raise NotHandedOver(413, words("share_too_large", **sizes))
    try:
        desk.attachments.make_room(conversation_id, len(page))
        return shares.publish(conversation_id, page, wish.days, wish.includes)
    except NoRoom as error:
        raise NotHandedOver(507, words("share_disk_full", size=file_size(len(page)))) from error
    except TooMuchShared as error:
        raise NotHandedOver(413, words("share_too_much", limit=file_size(MAX_SESSION_BYTES))) from error
    except TooManyLinks as error:
        raise NotHandedOver(409, words("share_too_many", limit=MAX_LINKS)) from error
