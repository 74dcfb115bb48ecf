"""A request's body within a time: who sends nothing, or a byte now and then, would hold a connection for ever."""

import asyncio

from starlette.types import Message, Receive

IDLE_S = 20.0  # the longest wait for the next piece
GRACE_S = 30.0  # of waiting, after which the average counts
MIN_BYTES_PER_S = 1_000


class TimedBody:
    """receive() stands for the server's own. To the app, a body that is late looks as if the client had gone."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_whole = False
        self._num_bytes = 0
        self._waited_s = 0.0  # for the client; what the app itself takes is not counted
        self.is_late = False

    async def receive(self) -> Message:
        if self.is_late:
            return {"type": "http.disconnect"}
        if self._is_whole:  # what comes now is that the client has gone, whenever that is
            return await self._receive()
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(IDLE_S):
                message = await self._receive()
        except TimeoutError:
            self.is_late = True
            return {"type": "http.disconnect"}
        self._waited_s += clock() - began
        self._num_bytes += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        self.is_late = not self._is_whole and self._is_slow
        return {"type": "http.disconnect"} if self.is_late else message

    @property
    def _is_slow(self) -> bool:
        return self._waited_s > GRACE_S and self._num_bytes < MIN_BYTES_PER_S * self._waited_s
