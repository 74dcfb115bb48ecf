"""What stands between the network and the app, from the outside in: the guard, then a look at what Gradio is asked."""

from functools import partial

import gradio as gr
from fastapi import FastAPI

from assistant.hosting.gradio_calls import GradioCalls
from assistant.hosting.hosting import Hosting
from assistant.hosting.login_routes import add_login_routes
from assistant.hosting.page_state import bound_pages, forget_page
from assistant.hosting.visitors import Visitors
from assistant.http_guard import HttpGuard
from assistant.ui.strings import Language


def add_guards(app: FastAPI, page: gr.Blocks, hosting: Hosting, language: Language | None, max_upload: int) -> None:
    """Before the page is mounted. max_upload: bytes of one file."""
    bound_pages(page, hosting.max_sessions)
    app.add_middleware(
        GradioCalls,
        visitors=Visitors(hosting.max_sessions),
        is_call=page.fns.__contains__,
        forget_page=partial(forget_page, page),
        page_grace_s=hosting.page_grace_s,
        language=language,
    )
    app.add_middleware(HttpGuard, language=language, max_upload_bytes=max_upload, hosting=hosting)
    add_login_routes(app, hosting, language)
