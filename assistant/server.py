"""The web server's routes: our own few, then Gradio's page at "/"."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import gradio as gr
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.routing import Route

from assistant.agent import Tools
from assistant.attachments.file_name import shown_name
from assistant.attachments.store import UploadRefused
from assistant.cancel import CancelToken
from assistant.child.runner import ToolOutcome, ToolRunner
from assistant.conversation_routes import add_conversation_routes
from assistant.engine_view import add_engine_view
from assistant.events import Artifact
from assistant.handover.routes import add_handover_routes
from assistant.hosting.guards import add_guards
from assistant.hosting.hosting import Hosting
from assistant.mcp_server import PATH, McpEndpoint
from assistant.model_routes import add_model_routes
from assistant.openai_api.routes import add_openai_api
from assistant.prompt_check import check_kind
from assistant.sessions import COOKIE, is_session_id
from assistant.structure_page import structure_page
from assistant.tools.result import ToolError
from assistant.ui.chat import Desk
from assistant.ui.composer import file_chip
from assistant.ui.dark_picture import for_dark_page
from assistant.ui.example_cards import FOLDER as EXAMPLES
from assistant.ui.page import build_page, page_theme
from assistant.ui.render import error_code, file_size
from assistant.ui.strings import Language, Words, preferred_language

WEB = Path(__file__).parent.parent / "assets/web"
STYLES = (  # in this order
    "vendor/uPlot.min.css",
    "page.css",
    "desk.css",
    "viewers.css",
    "answer_footer.css",
    "account.css",
    "engine_view.css",
    "code.css",
    "touch.css",
    "handover.css",
)
SCRIPTS = (  # in this order
    "steady.js",
    "names.js",
    "sciview.js",
    "desk.js",
    "model_facts.js",
    "turn_actions.js",
    "answer_footer.js",
    "engine_view.js",
    "attach.js",
    "sidebar.js",
    "address.js",
    "turn_settings.js",
    "keyboard.js",
    "examples.js",
    "capture.js",
    "handover.js",
    "page.js",
    "account.js",
    "language.js",
    "follow.js",
    "phone.js",
    "colours.js",
    "structure_looks.js",
    "viewer3d.js",
    "molecule.js",
    "picture.js",
    "table.js",
    "heat_map.js",
    "plot_numbers.js",
    "plot_marks.js",
    "plot_data.js",
    "plot.js",
    "sequence.js",
)
LOOPBACK_ONLY = Hosting()
# A picture that is opened by itself may hold styles and nothing else.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
FILE_HEADERS = {"Content-Security-Policy": FILE_POLICY, "Cache-Control": "private, max-age=3600, immutable"}
FILE_TYPES = {
    "image/svg+xml",
    "image/png",
    "text/csv",
    "application/json",
    "chemical/x-mdl-sdfile",
    "chemical/x-pdb",
    "chemical/x-cif",
}


def build_app(
    desk: Desk,
    tools: Tools,
    language: Language | None = None,
    all_tools: ToolRunner | None = None,
    allow_media_urls: tuple[str, ...] = (),
    hosting: Hosting = LOOPBACK_ONLY,
) -> FastAPI:
    """tools must be started; the model may come later, into the desk's slot. all_tools: for MCP clients.
    allow_media_urls: hosts that files of API requests may be fetched from."""
    mcp = McpEndpoint(all_tools) if all_tools else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.janitor.start()
        async with mcp.running() if mcp else nullcontext():
            yield
        desk.close()

    app = FastAPI(title="Benchside", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.add_middleware(CORSMiddleware, allow_origins=[])  # with one of our own, Gradio adds none that reflects origins
    gradio_page = build_page(desk, language)
    add_guards(app, gradio_page, hosting, language, desk.attachments.max_bytes)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive"}

    def words_for(request: Request) -> Words:
        return Words(language or preferred_language(request.headers))

    @app.get("/ready")
    def ready(request: Request) -> JSONResponse:
        status, body = desk.slot.readiness()
        if "detail" in body:
            body["detail"] = words_for(request).sentence(body["detail"])
        return JSONResponse(body, status)

    add_engine_view(app, desk.slot, language)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response((WEB / "favicon.svg").read_bytes(), media_type="image/svg+xml")

    @app.get("/files/{file_id}")
    def file(file_id: str, request: Request, theme: Literal["light", "dark"] = "light") -> Response:
        artifact = _artifact(file_id, request, desk)
        if artifact is None:
            return _no_file(words_for(request))
        data = artifact.data
        if theme == "dark" and artifact.kind == "svg" and isinstance(data, str):
            data = for_dark_page(data)
        return _file_response(artifact, data)

    @app.get("/files/{file_id}/page")
    def page(file_id: str, request: Request) -> Response:
        """A 3D view as one HTML file to keep, or a sentence that says what it needs."""
        artifact = _artifact(file_id, request, desk)
        if artifact is None or artifact.kind not in ("mol3d", "structure3d"):
            return _no_file(words_for(request))
        try:
            text = structure_page(artifact, (WEB / "vendor/3Dmol-min.js").read_text())
        except ToolError as error:
            return PlainTextResponse(words_for(request).refused(error.code, str(error)), 422)
        headers = {"Content-Disposition": f'attachment; filename="{artifact.id}.html"'}
        return Response(text, media_type="application/octet-stream", headers=FILE_HEADERS | headers)

    @app.post("/files/{file_id}/3d")
    def conformer(file_id: str, request: Request) -> Response:
        """The molecule of a picture as an SDF block, or a sentence that says why there is none."""
        artifact = _artifact(file_id, request, desk)
        if artifact is None or "smiles" not in artifact.meta:
            return _no_file(words_for(request))
        return _conformer(artifact, tools, words_for(request))

    @app.post("/molecule")
    async def molecule(request: Request) -> Response:
        """The picture of a SMILES that stands in an answer, or a sentence that says why there is none."""
        if not is_session_id(request.cookies.get(COOKIE)):
            return _no_file(words_for(request))
        smiles = (await request.body()).decode(errors="replace")
        return await asyncio.to_thread(_drawn, smiles, tools, words_for(request))

    @app.post("/attachments/{address}")
    async def attach(address: str, name: str, request: Request) -> Response:
        """Keep a file for the next question of a conversation: what the page shows of it, or one sentence why not."""
        return await _receive(address, name, request, desk, words_for(request))

    @app.get("/attachments/{address}/{reading_id}")
    def preview(address: str, reading_id: str, request: Request, theme: Literal["light", "dark"] = "light") -> Response:
        conversation_id = _conversation_id(address, request, desk)
        found = desk.attachments.preview(conversation_id, reading_id) if conversation_id else None
        if found is None:
            return _no_file(words_for(request))
        picture, media_type = found
        if theme == "dark" and media_type == "image/svg+xml":
            picture = for_dark_page(picture.decode()).encode()
        return Response(picture, media_type=media_type, headers=FILE_HEADERS)

    add_conversation_routes(app, desk, language)
    add_model_routes(app, desk.slot)
    add_handover_routes(app, desk, language)
    if mcp:
        app.router.routes += [Route(PATH, mcp), Route(f"{PATH}/", mcp)]
    runners = [runner for runner in dict.fromkeys((tools, all_tools)) if isinstance(runner, ToolRunner)]
    add_openai_api(app, desk, runners, allow_media_urls)
    app.mount("/web", StaticFiles(directory=WEB))
    app.mount("/examples", StaticFiles(directory=EXAMPLES))
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        gradio_page,
        path="/",
        theme=page_theme(),
        head=_head(hosting.root_path),
        footer_links=[],
        favicon_path=str(WEB / "favicon.svg"),
        run_history=False,
        ssr_mode=False,
        show_error=False,
        enable_monitoring=False,
    )
    return mounted


def _head(root_path: str) -> str:
    """The page's own style and scripts. The address changes with the content, so no browser keeps an old one."""

    def address(name: str) -> str:
        return f"{root_path}/web/{name}?v={hashlib.sha256((WEB / name).read_bytes()).hexdigest()[:8]}"

    style = "".join(f'<link rel="stylesheet" href="{address(name)}">' for name in STYLES)
    icon = f'<link rel="icon" href="{root_path}/favicon.ico">'
    return icon + style + "".join(f'<script src="{address(name)}"></script>' for name in SCRIPTS)


def _artifact(file_id: str, request: Request, desk: Desk) -> Artifact | None:
    artifact_id = desk.links.artifact_id(request.cookies.get(COOKIE, ""), file_id)
    return desk.store.artifact(artifact_id) if artifact_id else None


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


def _file_response(artifact: Artifact, data: str | bytes) -> Response:
    media_type = artifact.media_type if artifact.media_type in FILE_TYPES else "application/octet-stream"
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(artifact.name, safe='')}"}
    return Response(data, media_type=media_type, headers=FILE_HEADERS | headers)


def _conformer(artifact: Artifact, tools: Tools, words: Words) -> Response:
    outcome = tools.call("molecule_3d", {"smiles": artifact.meta["smiles"]}, CancelToken())
    if not outcome.ok:
        return _refused(outcome, words)
    return Response(outcome.artifacts[0].data, media_type=outcome.artifacts[0].media_type)


def _drawn(smiles: str, tools: Tools, words: Words) -> Response:
    outcome = tools.call("render_molecule", {"smiles": smiles}, CancelToken())
    if not outcome.ok:
        return _refused(outcome, words)
    return Response(outcome.artifacts[0].data, media_type="image/svg+xml", headers=FILE_HEADERS)


def _refused(outcome: ToolOutcome, words: Words) -> Response:
    return PlainTextResponse(words.refused(error_code(outcome.summary), outcome.summary), 422)


def _no_file(words: Words) -> Response:
    return PlainTextResponse(words("no_file"), 404)
