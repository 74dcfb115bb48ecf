"""Fetch a file from a host on the list that whoever runs the app has given. Without a list nothing is ever fetched.

An address is parsed once, its host resolved once, and the connection goes to what was resolved. No redirect is
followed, no proxy asked, and no host that resolves into a private network is connected to unless it stands on the list
as that very address.
"""

import http.client
import ipaddress
import re
import socket
import ssl
from time import monotonic

from assistant.openai_api.errors import ApiError, refused

TIMEOUT_S = 10.0
CHUNK_BYTES = 2**16
PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(/[!-~]*)?", re.ASCII)


class MediaFetcher:
    """hosts: HOST, or HOST:PORT for another port than http's and https's own."""

    def __init__(self, hosts: tuple[str, ...] = ()) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)

    def fetch(self, url: str, place: str, max_bytes: int) -> bytes:
        """Raises ApiError. place: of the address in the request."""
        if not self._hosts:
            raise refused(
                place,
                f"{place} is a web address, and this server fetches none; send a data: URL, or start it with "
                "--allow-media-urls HOST.",
                "url_not_allowed",
            )
        scheme, host, port, path = self._parsed(url, place)
        try:
            address = self._resolved(host, port, place)
            return _get(scheme, host, port, address, path, place, max_bytes)
        except (OSError, http.client.HTTPException) as error:
            raise refused(
                place, f"{place} could not be fetched from {host} within {TIMEOUT_S:g} s.", "fetch_failed"
            ) from error

    def _parsed(self, url: str, place: str) -> tuple[str, str, int, str]:
        match = _URL.fullmatch(url)
        if match is None or (match[3] and not 0 < int(match[3]) < 65_536):
            raise refused(place, f"{place} is not a plain http or https address.", "invalid_url")
        scheme, host, path = match[1], match[2].lower().rstrip("."), match[4] or "/"
        port = int(match[3] or PORTS[scheme])
        listed = f"{host}:{port}" if port != PORTS[scheme] else host
        if listed not in self._hosts:
            raise refused(
                place, f"{place}: {listed[:100]} is not among the hosts of --allow-media-urls.", "url_not_allowed"
            )
        return scheme, host, port, path.partition("#")[0]

    def _resolved(self, host: str, port: int, place: str) -> str:
        name = host.strip("[]")
        addresses = [str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
        if name not in addresses and not all(ipaddress.ip_address(address).is_global for address in addresses):
            raise refused(place, f"{place}: {host[:100]} is inside a private network.", "url_not_allowed")
        return addresses[0]


def _get(scheme: str, host: str, port: int, address: str, path: str, place: str, max_bytes: int) -> bytes:
    deadline = monotonic() + TIMEOUT_S
    with _connected(scheme, host, port, address) as channel:
        connection = http.client.HTTPConnection(host, port)
        connection.sock = channel
        connection.request("GET", path, headers={"Accept": "*/*", "Accept-Encoding": "identity"})
        with connection.getresponse() as response:
            if response.status != 200:
                raise refused(place, f"{place}: {host} answered {response.status}, not 200.", "fetch_failed")
            return _read(response, channel, deadline, place, max_bytes)


def _connected(scheme: str, host: str, port: int, address: str) -> socket.socket:
    plain = socket.create_connection((address, port), timeout=TIMEOUT_S)
    if scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host.strip("[]"))
    except OSError:
        plain.close()
        raise


def _read(
    response: http.client.HTTPResponse, channel: socket.socket, deadline: float, place: str, max_bytes: int
) -> bytes:
    content = b""
    while True:
        left_s = deadline - monotonic()
        if left_s <= 0:
            raise TimeoutError
        channel.settimeout(left_s)
        chunk = response.read1(CHUNK_BYTES)
        if not chunk:
            return content
        content += chunk
        if len(content) > max_bytes:
            raise ApiError(
                400, f"{place} holds more than {max_bytes:,} bytes, the limit of one file.", "too_large", place
            )
