"""The share link's own way in: a second port on loopback, so that what comes through the tunnel can be told apart."""

import socket

from starlette.types import Scope

from assistant.hosting.hosts import host_name


class Tunnel:
    """Serves nobody before the link is known."""

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self._host: str | None = None
        self.is_https = True

    def open(self, link: str) -> None:
        """link: https://NAME, as people are given it."""
        scheme, _, address = link.partition("://")
        self.is_https = scheme == "https"
        self._host = host_name(address.rstrip("/"))

    def carries(self, scope: Scope) -> bool:
        """Whether the connection came in at the tunnel's port, which nobody can feign."""
        server = scope.get("server")
        return server is not None and server[1] == self.port

    def serves(self, host_header: str) -> bool:
        return self._host is not None and host_name(host_header) == self._host
