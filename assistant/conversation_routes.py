"""The list of a browser's conversations, and what its rows do: search, rename, delete. All by address."""

import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from assistant.sessions import COOKIE, is_session_id
from assistant.ui.chat import Desk
from assistant.ui.strings import Language, Words, preferred_language

MAX_TITLE_LENGTH = 120
MAX_QUERY_LENGTH = 200


def add_conversation_routes(app: FastAPI, desk: Desk, language: Language | None) -> None:
    def words_for(request: Request) -> Words:
        return Words(language or preferred_language(request.headers))

    def found(address: str, request: Request) -> str | None:
        """The conversation behind an address of this browser, while it is there."""
        session_id = request.cookies.get(COOKIE, "")
        conversation_id = desk.links.artifact_id(session_id, address)
        is_theirs = conversation_id is not None and desk.store.owner(conversation_id) == session_id
        return conversation_id if is_theirs else None

    @app.get("/conversations")
    def conversations(request: Request, query: str = "") -> JSONResponse:
        """Newest first. A browser without a session has none."""
        session_id = request.cookies.get(COOKIE)
        held = _rows(desk, session_id, query[:MAX_QUERY_LENGTH]) if session_id and is_session_id(session_id) else []
        return JSONResponse({"conversations": held}, headers={"Cache-Control": "no-store"})

    @app.post("/conversations/{address}")
    async def rename(address: str, request: Request) -> Response:
        """The body is {"title": ...}."""
        words, conversation_id = words_for(request), found(address, request)
        if conversation_id is None:
            return PlainTextResponse(words("no_conversation"), 404)
        title = _title(await request.body())
        if not 1 <= len(title) <= MAX_TITLE_LENGTH:
            return PlainTextResponse(words("title_length", length=len(title), limit=MAX_TITLE_LENGTH), 422)
        desk.store.rename(conversation_id, title)
        return Response(status_code=204)

    @app.delete("/conversations/{address}")
    def delete(address: str, request: Request) -> Response:
        """With its files and results; an answer that is being written is stopped."""
        conversation_id = found(address, request)
        if conversation_id is None:
            return PlainTextResponse(words_for(request)("no_conversation"), 404)
        desk.store.delete(conversation_id)
        return Response(status_code=204)


def _rows(desk: Desk, session_id: str, query: str) -> list[dict[str, Any]]:
    return [
        {
            "address": desk.links.file_id(session_id, summary.id),
            "title": summary.title,
            "updated_at": summary.updated_at,
            "num_turns": summary.num_turns,
            "is_running": any(not turn.has_ended for turn in desk.turns.of_conversation(summary.id)),
        }
        for summary in desk.store.summaries(session_id, query)
    ]


def _title(body: bytes) -> str:
    """On one line; "" for a body that brings none."""
    try:
        given = json.loads(body)
    except ValueError:
        return ""
    title = given.get("title") if isinstance(given, dict) else None
    return " ".join(title.split()) if isinstance(title, str) else ""
