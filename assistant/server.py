"""The web server's routes: our own few, then Gradio's page at "/"."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import gradio as gr
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.routing import Route

from assistant.agent import Tools
from assistant.attachment_routes import add_attachment_routes
from assistant.child.runner import ToolRunner
from assistant.conversation_routes import add_conversation_routes
from assistant.engine_view import add_engine_view
from assistant.file_routes import add_file_routes
from assistant.handover.routes import add_handover_routes
from assistant.hosting.guards import add_guards
from assistant.hosting.hosting import Hosting
from assistant.mcp_server import PATH, McpEndpoint
from assistant.model_routes import add_model_routes
from assistant.model_slot import ModelSlot
from assistant.openai_api.routes import add_openai_api
from assistant.ui.chat import Desk
from assistant.ui.example_cards import FOLDER as EXAMPLES
from assistant.ui.page import build_page, page_theme
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

    _add_state_routes(app, desk.slot, language)
    add_engine_view(app, desk.slot, language)
    add_file_routes(app, desk, tools, language)
    add_attachment_routes(app, desk, language)
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


def _add_state_routes(app: FastAPI, slot: ModelSlot, language: Language | None) -> None:
    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready")
    def ready(request: Request) -> JSONResponse:
        status, body = slot.readiness()
        if "detail" in body:
            words = Words(language or preferred_language(request.headers))
            body["detail"] = words.sentence(body["detail"])
        return JSONResponse(body, status)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response((WEB / "favicon.svg").read_bytes(), media_type="image/svg+xml")


def _head(root_path: str) -> str:
    """The page's own style and scripts. The address changes with the content, so no browser keeps an old one."""

    def address(name: str) -> str:
        return f"{root_path}/web/{name}?v={hashlib.sha256((WEB / name).read_bytes()).hexdigest()[:8]}"

    style = "".join(f'<link rel="stylesheet" href="{address(name)}">' for name in STYLES)
    icon = f'<link rel="icon" href="{root_path}/favicon.ico">'
    return icon + style + "".join(f'<script src="{address(name)}"></script>' for name in SCRIPTS)
