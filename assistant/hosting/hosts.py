"""The names by which a browser may ask for the page.

A name that somebody else owns may lead to this machine's address at any moment (DNS rebinding), and the browser would
take the page for a part of that site; so only names that were given are served. An address cannot be led astray.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

LOOPBACK_NAMES = ("127.0.0.1", "::1", "localhost")


class ServedHosts:
    def __init__(self, listens_on: str = "127.0.0.1", allowed: Iterable[str] = ()) -> None:
        is_everywhere = listens_on in ("0.0.0.0", "::")
        self._names = {*LOOPBACK_NAMES, listens_on, *allowed}
        if is_everywhere:
            self._names.add(socket.gethostname().lower())
        self._serves_addresses = is_everywhere

    def __contains__(self, host_header: str) -> bool:
        name = host_name(host_header)
        return name is not None and (name in self._names or (self._serves_addresses and _is_address(name)))


def host_name(host_header: str) -> str | None:
    """Without the port; small letters."""
    try:
        return urlsplit(f"//{host_header}").hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
