"""What a reverse proxy says of the browser behind it: its address, its scheme, the host that it asked for.

Anybody can send such headers, so they are believed only when they come from an address that was named, and taken off
every request, because Gradio would believe them from anybody.
"""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

_HEADERS = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-prefix", "forwarded")
_GRADIO_SERVER = "x-gradio-server"  # Gradio takes its value for its own address


class TrustedProxies:
    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks = [ipaddress.ip_network(network) for network in networks]

    def seen_through(self, scope: Scope) -> Scope:
        """The request as the browser sent it, without the headers of proxies."""
        headers = Headers(scope=scope)
        if not any(name in headers for name in (*_HEADERS, _GRADIO_SERVER)):
            return scope
        client = scope.get("client") or ("", 0)
        seen = {**scope, "headers": list(scope["headers"])}
        if self._is_trusted(client[0]):
            seen["client"] = (self._browser(headers, client[0]), 0)
            if (scheme := _last(headers, "x-forwarded-proto")) in ("http", "https"):
                seen["scheme"] = scheme
        mutable = MutableHeaders(scope=seen)
        if self._is_trusted(client[0]) and (host := _last(headers, "x-forwarded-host")):
            mutable["host"] = host
        for name in (*_HEADERS, _GRADIO_SERVER):
            del mutable[name]
        return seen

    def _browser(self, headers: Headers, peer: str) -> str:
        """The last address that no trusted proxy has: what stands before it the browser may have made up."""
        addresses = [text.strip() for text in headers.get("x-forwarded-for", "").split(",") if text.strip()]
        return next((address for address in reversed(addresses) if not self._is_trusted(address)), peer)

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in self._networks)
        except ValueError:
            return False


def _last(headers: Headers, name: str) -> str:
    """What the nearest proxy added."""
    return headers.get(name, "").rpartition(",")[2].strip().lower()
