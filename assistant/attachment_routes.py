"""The routes of what people attach: a file on its way in, and the preview of what was read of it."""

from collections.abc import AsyncIterator
from typing import Literal

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from assistant.attachments.file_name import shown_name
from assistant.attachments.store import UploadRefused
from assistant.file_routes import FILE_HEADERS, no_file
from assistant.prompt_check import check_kind
from assistant.sessions import COOKIE
from assistant.ui.chat import Desk
from assistant.ui.composer import file_chip
from assistant.ui.dark_picture import for_dark_page
from assistant.ui.render import file_size
from assistant.ui.strings import Language, Words, preferred_language


def add_attachment_routes(app: FastAPI, desk: Desk, language: Language | None) -> None:
    def words_for(request: Request) -> Words:
        return Words(language or preferred_language(request.headers))

    @app.post("/attachments/{address}")
    async def attach(address: str, name: str, request: Request) -> Response:
        """Keep a file for the next question of a conversation: what the page shows of it, or one sentence why not."""
        return await _receive(address, name, request, desk, words_for(request))

    @app.get("/attachments/{address}/{reading_id}")
    def preview(address: str, reading_id: str, request: Request, theme: Literal["light", "dark"] = "light") -> Response:
        conversation_id = _conversation_id(address, request, desk)
        found = desk.attachments.preview(conversation_id, reading_id) if conversation_id else None
        if found is None:
            return no_file(words_for(request))
        picture, media_type = found
        if theme == "dark" and media_type == "image/svg+xml":
            picture = for_dark_page(picture.decode()).encode()
        return Response(picture, media_type=media_type, headers=FILE_HEADERS)


def _conversation_id(address: str, request: Request, desk: Desk) -> str | None:
    """The conversation behind an address, when it was made for this browser and is not forgotten."""
    conversation_id = desk.links.artifact_id(request.cookies.get(COOKIE, ""), address)
    return conversation_id if conversation_id and conversation_id in desk.store else None


async def _receive(address: str, name: str, request: Request, desk: Desk, words: Words) -> Response:
    conversation_id = _conversation_id(address, request, desk)
    agent = desk.slot.agent
    content = request.stream()
    if conversation_id is None:
        await _read_to_the_end(content)
        return PlainTextResponse(words("file_gone"), 404)
    desk.reader.start()  # it will be needed
    try:
        attachment = await desk.attachments.receive(conversation_id, name, content)
    except UploadRefused as refusal:
        await _read_to_the_end(content)
        limit, size = desk.attachments.max_bytes, int(request.headers["content-length"])
        sizes = {"size": file_size(size), "limit": file_size(limit), "share": file_size(desk.room.limits.session_bytes)}
        return PlainTextResponse(words(refusal.code, name=shown_name(name), **sizes), 415)
    if agent and (unread := check_kind(attachment.kind, agent.model.media)):
        return PlainTextResponse(words(unread.code), 409)
    return JSONResponse(file_chip(attachment))


async def _read_to_the_end(content: AsyncIterator[bytes]) -> None:
    """A browser that is still sending would not see the answer."""
    async for _ in content:
        pass
