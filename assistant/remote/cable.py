"""The connection under one request, which any thread may cut; whoever reads from it then sees it end at once."""

import socket
import threading
from contextlib import suppress
from time import monotonic
from typing import Any

CHECK_INTERVAL_S = 0.25


class Cable:
    """trace() is the request's httpx extension of that name: it tells of each socket as it is connected."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_cut = False

    def trace(self, event: str, info: dict[str, Any]) -> None:
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        with self._lock:
            self._socket = info["return_value"].get_extra_info("socket")
            if self.is_cut:
                self._shut()

    def cut(self) -> None:
        with self._lock:
            self.is_cut = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it has been closed
                # of the plain class: ssl's own forgets its state, which a reading thread still needs
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Deadline(threading.Thread):
    """Cuts a cable when nothing has been heard for too long. has_passed tells that it did, has_moved
    whether something had been heard before."""

    def __init__(self, cable: Cable, seconds: float) -> None:
        super().__init__(name="remote deadline", daemon=True)
        self._cable = cable
        self._at = monotonic() + seconds
        self._over = threading.Event()
        self.has_passed = False
        self.has_moved = False

    def move(self, seconds: float) -> None:
        """That long from now."""
        self.has_moved = True
        self._at = monotonic() + seconds

    def close(self) -> None:
        self._over.set()

    def run(self) -> None:
        while (left := self._at - monotonic()) > 0:
            if self._over.wait(min(left, CHECK_INTERVAL_S)):
                return
        self.has_passed = True
        self._cable.cut()
