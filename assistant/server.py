"""The web server's routes: our own few, then Gradio's page at "/"."""

import hashlib
from pathlib import Path
from typing import Literal

import gradio as gr
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles

from assistant.agent import Tools
from assistant.cancel import CancelToken
from assistant.events import Artifact
from assistant.http_guard import HttpGuard
from assistant.sessions import COOKIE
from assistant.ui.chat import Desk
from assistant.ui.dark_picture import for_dark_page
from assistant.ui.page import build_page, page_theme
from assistant.ui.strings import Language

WEB = Path(__file__).parent.parent / "assets/web"
# A picture that is opened by itself may hold styles and nothing else.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
FILE_TYPES = {"image/svg+xml", "chemical/x-mdl-sdfile"}


def build_app(desk: Desk, tools: Tools, language: Language | None = None) -> FastAPI:
    """tools must be started; the model may come later, into the desk's slot."""
    app = FastAPI(title="Benchside", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(CORSMiddleware, allow_origins=[])  # with one of our own, Gradio adds none that reflects origins
    app.add_middleware(HttpGuard, language=language)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready")
    def ready() -> JSONResponse:
        status, body = desk.slot.readiness()
        return JSONResponse(body, status)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response((WEB / "favicon.svg").read_bytes(), media_type="image/svg+xml")

    @app.get("/files/{file_id}")
    def file(file_id: str, request: Request, theme: Literal["light", "dark"] = "light") -> Response:
        artifact = _artifact(file_id, request, desk)
        if artifact is None:
            return _no_file()
        is_for_dark = theme == "dark" and artifact.kind == "svg"
        return _file_response(artifact, for_dark_page(artifact.data) if is_for_dark else artifact.data)

    @app.post("/files/{file_id}/3d")
    def conformer(file_id: str, request: Request) -> Response:
        """The molecule of a picture as an SDF block, or a sentence that says why there is none."""
        artifact = _artifact(file_id, request, desk)
        if artifact is None or "smiles" not in artifact.meta:
            return _no_file()
        return _conformer(artifact, tools)

    app.mount("/web", StaticFiles(directory=WEB))
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        build_page(desk, language),
        path="/",
        theme=page_theme(),
        head=_head(),
        footer_links=[],
        favicon_path=str(WEB / "favicon.svg"),
        run_history=False,
        ssr_mode=False,
        show_error=False,
        enable_monitoring=False,
    )
    return mounted


def _head() -> str:
    """The page's own style and scripts. The address changes with the content, so no browser keeps an old one."""

    def address(name: str) -> str:
        return f"/web/{name}?v={hashlib.sha256((WEB / name).read_bytes()).hexdigest()[:8]}"

    style = f'<link rel="stylesheet" href="{address("page.css")}">'
    return style + "".join(f'<script src="{address(name)}"></script>' for name in ("sciview.js", "page.js"))


def _artifact(file_id: str, request: Request, desk: Desk) -> Artifact | None:
    artifact_id = desk.links.artifact_id(request.cookies.get(COOKIE, ""), file_id)
    return desk.store.artifact(artifact_id) if artifact_id else None


def _file_response(artifact: Artifact, data: str) -> Response:
    media_type = artifact.media_type if artifact.media_type in FILE_TYPES else "application/octet-stream"
    headers = {
        "Content-Security-Policy": FILE_POLICY,
        "Content-Disposition": f'inline; filename="{artifact.id}"',
        "Cache-Control": "private, max-age=3600, immutable",
    }
    return Response(data, media_type=media_type, headers=headers)


def _conformer(artifact: Artifact, tools: Tools) -> Response:
    outcome = tools.call("molecule_3d", {"smiles": artifact.meta["smiles"]}, CancelToken())
    if not outcome.ok:
        return PlainTextResponse(outcome.summary, 422)
    return Response(outcome.artifacts[0].data, media_type=outcome.artifacts[0].media_type)


def _no_file() -> Response:
    return PlainTextResponse("There is no such file, or it belongs to another browser.", 404)
