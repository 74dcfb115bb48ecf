"""A web server that says when it answers, and that ends quickly and cleanly when it is told to."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

GRACE_S = 1  # an open page holds a connection for as long as it is open


class PortInUse(Exception):
    """One line for whoever starts the app."""


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise PortInUse(f"--port {port} on {host} cannot be opened: {reason}. Choose another --port.") from error


def url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """on_signal: called at the first Ctrl-C or SIGTERM; it calls stop() sooner or later. The second stops at once."""

    def __init__(
        self,
        app: FastAPI,
        listeners: list[socket.socket],
        on_start: Callable[[], None],
        on_signal: Callable[[], None],
    ) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            log_config=None,
            timeout_graceful_shutdown=GRACE_S,
            ws="none",
            lifespan="on",  # an app that cannot start must not look as if it had
            proxy_headers=False,  # uvicorn would believe whoever comes from this machine; see hosting/proxies.py
        )
        super().__init__(config)
        self._listeners = listeners
        self._on_start = on_start
        self._on_signal = on_signal
        self._has_signal = False

    def serve_until_stopped(self) -> None:
        """Until stop(), or a second Ctrl-C or SIGTERM."""
        asyncio.run(self.serve(self._listeners))

    def stop(self) -> None:
        """From any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Open pages are cut off after GRACE_S; uvicorn would report each as an error, with a traceback."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise the signal again at the end, and with it end the process before others can close."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)
        yield

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._has_signal:
            self.stop()
        else:
            self._has_signal = True
            self._on_signal()
