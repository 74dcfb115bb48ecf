"""A real model behind the real routes and guard, on a real socket, in a thread of the test's own process."""

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from assistant.agent import Agent
from assistant.attachments.store import AttachmentStore
from assistant.hosting.hosting import Hosting
from assistant.http_guard import HttpGuard
from assistant.model_slot import ModelSlot
from assistant.nano.setup import ensure_nano
from assistant.openai_api.routes import add_openai_api
from assistant.serving import Server, listen, url
from assistant.settings import parse_settings
from assistant.ui.chat import Desk
from engine.config import EngineConfig
from engine.llm import LLM
from engine.messages import ChatModel
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools
from tests.golden import GOLDEN

MAX_UPLOAD_BYTES = 4 * 2**20
PRO_TINY = GOLDEN / "pro-tiny/checkpoint"


@dataclass(slots=True)
class Served:
    """url: without /v1. desk: to look behind the scenes."""

    url: str
    name: str
    model: LLM
    desk: Desk


class _ThreadServer(Server):
    """Signals belong to the main thread."""

    def capture_signals(self):  # type: ignore[no-untyped-def]
        return nullcontext()


@contextmanager
def serving(model: ChatModel | None, name: str, params: SamplingParams, *hosts: str) -> Iterator[tuple[str, Desk]]:
    """Its address. hosts: those that files may be fetched from."""
    slot = ModelSlot(name)
    if model is not None:
        slot.fill(Agent(model, FakeTools(), "You help.", params))
    desk = Desk(slot, AttachmentStore(max_bytes=MAX_UPLOAD_BYTES))
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(HttpGuard, language=None, max_upload_bytes=MAX_UPLOAD_BYTES, hosting=Hosting())
    add_openai_api(app, desk, allow_media_urls=hosts)
    is_up = threading.Event()
    listener = listen("127.0.0.1", 0)
    server = _ThreadServer(app, [listener], is_up.set, on_signal=lambda: None)
    thread = threading.Thread(target=server.serve_until_stopped, daemon=True)
    thread.start()
    try:
        assert is_up.wait(30)
        yield url(listener), desk
    finally:
        server.stop()
        thread.join()
        desk.close()
        listener.close()


@contextmanager
def serving_folder(folder: Path, name: str, params: SamplingParams, **config: object) -> Iterator[Served]:
    model = LLM(EngineConfig(model=folder, **config))  # type: ignore[arg-type]
    try:
        with serving(model, name, params) as (address, desk):
            yield Served(address, name, model, desk)
    finally:
        model.close()


def serving_nano() -> AbstractContextManager[Served]:
    """As app.py serves it. CheckpointError when its parts are not there."""
    folder = ensure_nano(parse_settings([], os.environ).data_dir, lambda what, share: None)
    return serving_folder(folder, "nano", SamplingParams(max_tokens=512))


def serving_pro_tiny() -> AbstractContextManager[Served]:
    """Random weights, but all of Intern-S1-Pro's parts. With speculation its answers would be the same."""
    return serving_folder(PRO_TINY, "pro-tiny", SamplingParams(max_tokens=32), dtype="float32")
