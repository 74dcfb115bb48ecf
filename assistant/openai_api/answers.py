"""Several answers at once, each read in a thread of its own and handed to the event loop in the order of arrival."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from assistant.openai_api.served_model import ServedModel
from engine.media import Prompt
from engine.messages import Delta, TextStream
from engine.sampling_params import SamplingParams


@dataclass(frozen=True, slots=True)
class _Ended:
    """One answer is complete, or has failed."""

    error: Exception | None = None


Item = tuple[int, Delta | _Ended]


class Answers:
    """Used in one event loop, as a context: entering asks, leaving in any way stops what is not complete. Iterate once
    inside, for (number of the answer, its next delta); it raises the first error.

    The params.n answers to the first prompt come first in the numbering, then those to the next. All of one prompt but
    the first wait until that has begun: the prompt is in the prefix cache then.
    """

    def __init__(self, model: ServedModel, prompts: Sequence[Prompt], params: SamplingParams, session: str) -> None:
        self._model = model
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._arrived: asyncio.Queue[Item] = asyncio.Queue()
        self._lock = threading.Lock()
        self._streams: list[TextStream] = []
        self._is_stopped = False
        self._asked = [(prompt, sample) for prompt in prompts for sample in params.samples()]
        self._num_samples = params.n
        self._prompts_read = [threading.Event() for _ in prompts]

    def __enter__(self) -> Self:
        for number in range(len(self._asked)):
            threading.Thread(target=self._run, args=[number], name=f"answer-{number}", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._is_stopped = True
            streams = list(self._streams)
        for stream in streams:
            stream.cancel()
        for is_read in self._prompts_read:
            is_read.set()

    async def __aiter__(self) -> AsyncIterator[tuple[int, Delta]]:
        num_open = len(self._asked)
        while num_open:
            number, item = await self._arrived.get()
            if isinstance(item, Delta):
                yield number, item
                continue
            num_open -= 1
            if item.error is not None:
                raise item.error

    def _run(self, number: int) -> None:
        is_read = self._prompts_read[number // self._num_samples]
        if number % self._num_samples:
            is_read.wait()
        try:
            for delta in self._begin(number) or ():
                is_read.set()
                self._send(number, delta)
            self._send(number, _Ended())
        except Exception as error:  # raised again where the answers are waited for
            self._send(number, _Ended(error))
        finally:
            is_read.set()

    def _begin(self, number: int) -> TextStream | None:
        """None when nobody waits any more."""
        prompt, sample = self._asked[number]
        with self._lock:
            if self._is_stopped:
                return None
            stream = self._model.begin(prompt, sample, self._session)
            self._streams.append(stream)
        return stream

    def _send(self, number: int, item: Delta | _Ended) -> None:
        with suppress(RuntimeError):  # the loop is closed: the app has ended, and nobody waits
            self._loop.call_soon_threadsafe(self._arrived.put_nowait, (number, item))
