"""The routes of what leaves the page. All but a shared page are for the browser that the conversation belongs to."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from assistant.handover.callers import Callers, NotHandedOver
from assistant.handover.export_routes import add_export_routes
from assistant.handover.share_routes import add_share_routes
from assistant.ui.chat import Desk
from assistant.ui.strings import Language


def add_handover_routes(app: FastAPI, desk: Desk, language: Language | None) -> None:
    callers = Callers(desk, language)
    add_export_routes(app, desk, callers)
    add_share_routes(app, desk, callers)

    @app.exception_handler(NotHandedOver)
    async def refuse(request: Request, refusal: NotHandedOver) -> Response:
        return PlainTextResponse(refusal.sentence, refusal.status)
