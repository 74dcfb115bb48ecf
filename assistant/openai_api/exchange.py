"""One request and its reply. Whoever hangs up, before the first token or after, is not answered any further."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from assistant.cancel import CancelToken
from assistant.model_slot import ModelSlot
from assistant.openai_api.answers import Answers
from assistant.openai_api.body import HungUp, parse_body, read_body
from assistant.openai_api.errors import RETRY_AFTER_S, ApiError, api_error
from assistant.openai_api.job import Asker, Job
from assistant.openai_api.media import MediaReader
from assistant.openai_api.sending import EventStream, error_response, hung_up, json_response
from assistant.openai_api.served_model import ServedModel
from assistant.openai_api.tally import Tally

MAX_REQUESTS = 128  # at once; more would each keep a body and a thread
MAX_LARGE_REQUESTS = 2  # at once, of those that hold files; others wait
LARGE_BYTES = 4 * 2**20
START_AFTER_S = 1.0  # a refusal that comes within it has a status of its own; later ones are events of the stream
KEEP_ALIVE_S = 15.0

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Exchange:
    """An ASGI application for one path. make_job: reads a body, in a thread."""

    def __init__(
        self,
        make_job: Callable[[dict[str, Any], Asker], Job],
        slot: ModelSlot,
        media: MediaReader,
        max_bytes: int,
        executor: Executor,
        tally: Tally,
    ) -> None:
        self._make_job = make_job
        self._slot = slot
        self._media = media
        self._max_bytes = max_bytes
        self._executor = executor
        self._tally = tally
        self._large = asyncio.Semaphore(MAX_LARGE_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, events = Request(scope, receive), EventStream(send)
        try:
            with self._tally.counted(MAX_REQUESTS):
                asker = self._asker(request)
                await self._answer(asker, request, receive, send, events)
            self._tally.end(scope["path"], 200)
        except ClientDisconnect:
            logger.info("%s 499: the client hung up", scope["path"])
            self._tally.end(scope["path"], 499)
        except Exception as problem:
            error = api_error(problem)
            self._tally.end(scope["path"], error.status, error.code)
            with suppress(HungUp):
                if events.is_started:
                    await events.fail(error)
                else:
                    await error_response(error)(scope, receive, send)

    async def _answer(self, asker: Asker, request: Request, receive: Receive, send: Send, events: EventStream) -> None:
        is_large = int(request.headers.get("content-length", "0")) > LARGE_BYTES
        try:
            if is_large:
                async with self._large:
                    job = await self._job(asker, request, receive)
            else:
                job = await self._job(asker, request, receive)
            await _unless_hung_up(receive, self._reply(job, request, send, events))
        finally:
            asker.cancel.cancel()

    async def _job(self, asker: Asker, request: Request, receive: Receive) -> Job:
        body = await read_body(request, self._max_bytes)

        def make() -> Job:
            return self._make_job(parse_body(body), asker)

        loop = asyncio.get_running_loop()

        async def made() -> Job:
            return await loop.run_in_executor(self._executor, make)

        return await _unless_hung_up(receive, made())

    async def _reply(self, job: Job, request: Request, send: Send, events: EventStream) -> None:
        with Answers(job.model, job.prompts, job.params, job.session) as answers:
            if job.delivery.is_stream:
                await _send_events(job, answers, events)
                return
            async for number, delta in answers:
                for _ in job.reply.feed(number, delta):
                    pass
        whole = await asyncio.get_running_loop().run_in_executor(
            self._executor, lambda: json_response(job.reply.whole())
        )
        await whole(request.scope, request.receive, send)

    def _asker(self, request: Request) -> Asker:
        agent = self._slot.agent
        if agent is None or self._slot.is_draining:
            why = "is being shut down" if agent else "is still being loaded"
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            raise ApiError(503, f"The model {why}. Try again in a moment.", "not_ready", headers=headers)
        if not isinstance(agent.model, ServedModel):
            raise ApiError(
                501, "The model runs on another server, which has an address like this one: ask there.", "remote_model"
            )
        key = request.headers.get("authorization", "")
        return Asker(agent, agent.model, self._slot.name, key, self._media, CancelToken())


async def _unless_hung_up(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, or HungUp as soon as the client has gone."""
    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(hung_up(receive))
    try:
        await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HungUp
        return working.result()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _send_events(job: Job, answers: Answers, events: EventStream) -> None:
    deltas = aiter(answers)
    arriving = asyncio.ensure_future(anext(deltas, None))
    try:
        await asyncio.wait([arriving], timeout=START_AFTER_S)
        if arriving.done() and (error := arriving.exception()):
            raise error
        await events.start()
        await events.send(job.reply.opening())
        while True:
            await asyncio.wait([arriving], timeout=KEEP_ALIVE_S)
            if not arriving.done():
                await events.keep_alive()
                continue
            if (item := arriving.result()) is None:
                break
            await events.send(job.reply.feed(*item))
            arriving = asyncio.ensure_future(anext(deltas, None))
        await events.send(job.reply.closing())
        await events.end()
    finally:
        arriving.cancel()
        await asyncio.gather(arriving, return_exceptions=True)
