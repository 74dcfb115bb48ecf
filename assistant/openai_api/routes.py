"""Where the model answers over HTTP: /v1 in OpenAI's shapes, and /metrics."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import time

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from assistant.child.runner import ToolRunner
from assistant.model_slot import ModelSlot
from assistant.openai_api.body import max_body_bytes
from assistant.openai_api.errors import ApiError, api_error
from assistant.openai_api.exchange import Exchange
from assistant.openai_api.job import chat_job, completion_job
from assistant.openai_api.media import MediaReader
from assistant.openai_api.media_fetch import MediaFetcher
from assistant.openai_api.metrics import new_registry
from assistant.openai_api.sending import error_response, json_response
from assistant.openai_api.tally import Tally
from assistant.ui.chat import Desk

NUM_THREADS = 4  # that make prompts of requests; the engine has its own


def add_openai_api(
    app: FastAPI, desk: Desk, tools: Sequence[ToolRunner] = (), allow_media_urls: tuple[str, ...] = ()
) -> None:
    """allow_media_urls: hosts that files may be fetched from."""
    max_file_bytes = desk.attachments.max_bytes
    registry = new_registry(desk.slot, tools)
    tally = Tally(registry)
    media = MediaReader(desk.reader, MediaFetcher(allow_media_urls), max_file_bytes)
    executor = ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="openai-api")
    exchanges = {
        "/chat/completions": Exchange(chat_job, desk.slot, media, max_body_bytes(max_file_bytes), executor, tally),
        "/completions": Exchange(completion_job, desk.slot, media, max_body_bytes(max_file_bytes), executor, tally),
    }
    models = _Models(desk.slot)
    routes = [Route(path, exchange, methods=["POST"]) for path, exchange in exchanges.items()]
    routes += [Route("/models", models.all), Route("/models/{name:path}", models.one)]
    v1 = Starlette(routes=routes, exception_handlers={HTTPException: _http_error, ApiError: _error, Exception: _error})
    v1.router.redirect_slashes = False
    app.router.routes.append(Mount("/v1", v1))

    async def metrics(_: Request) -> Response:
        return Response(await asyncio.to_thread(generate_latest, registry), media_type=CONTENT_TYPE_LATEST)

    app.router.routes.append(Route("/metrics", metrics))


class _Models:
    """The one model there is."""

    def __init__(self, slot: ModelSlot) -> None:
        self._slot = slot
        self._created = int(time())

    async def all(self, _: Request) -> Response:
        return json_response({"object": "list", "data": [self._described()]})

    async def one(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name != self._slot.name:
            message = f"There is no model {name[:100]!r}; the one that is served is {self._slot.name}."
            return error_response(ApiError(404, message, "model_not_found", "model"))
        return json_response(self._described())

    def _described(self) -> dict[str, object]:
        agent = self._slot.agent
        if agent is None:
            raise ApiError(503, "The model is still being loaded. Try again in a moment.", "not_ready")
        described = {"id": self._slot.name, "object": "model", "created": self._created, "owned_by": "benchside"}
        media = agent.model.media
        return described | {
            "max_model_len": agent.model.max_model_len,
            "input_modalities": ["text", *(media.kinds if media else ())],
        }


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {404: "There is nothing here. See /v1/models.", 405: "This path does not take that method."}
    return error_response(ApiError(error.status_code, known.get(error.status_code, error.detail), "not_found"))


async def _error(_: Request, error: Exception) -> Response:
    return error_response(api_error(error))
