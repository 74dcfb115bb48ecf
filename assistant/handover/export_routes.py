"""The routes of the export dialog: what it says, the formats, and one turn as a request."""

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from assistant.attachments.attachment import AttachmentError
from assistant.handover.callers import PRIVATE, Callers, NotHandedOver, server_of
from assistant.handover.file_names import attachment_header, stem_of
from assistant.handover.formats import FORMATS, written
from assistant.handover.gather import record_of
from assistant.handover.request import request_of
from assistant.handover.request_text import as_curl, as_python
from assistant.handover.share_view import dialog_view
from assistant.ui.chat import Desk

CALLS = {"curl": as_curl, "python": as_python}


def add_export_routes(app: FastAPI, desk: Desk, callers: Callers) -> None:
    @app.get("/conversations/{address}/handover")
    def dialogs(address: str, request: Request) -> JSONResponse:
        """What the dialogs say, in the reader's language."""
        record = record_of(desk, callers.begun_conversation(address, request))
        return JSONResponse(dialog_view(record, callers.words(request)), headers=PRIVATE)

    @app.get("/conversations/{address}/export")
    def export(address: str, request: Request, form: Annotated[str, Query(alias="format")] = "") -> Response:
        words, conversation_id = callers.words(request), callers.begun_conversation(address, request)
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
        words, conversation_id = callers.words(request), callers.conversation(address, request)
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
            raise NotHandedOver(409, words.sentence(str(error))) from error
        return PlainTextResponse(CALLS[form](asked_again, server_of(request)), headers=PRIVATE)
