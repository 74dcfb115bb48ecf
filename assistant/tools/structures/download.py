"""Fetch a small file from one of the few servers that a tool may ask."""

import http.client
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, Any, NoReturn

from assistant.tools.result import ToolError

HOSTS = frozenset({"files.rcsb.org", "alphafold.ebi.ac.uk"})
TIMEOUT_S = 10.0
MAX_BYTES = 20 * 2**20
CHUNK_BYTES = 256 * 1024
WAY_OUT = "Attach a PDB or mmCIF file instead."


class _OnlyKnownHosts(urllib.request.HTTPRedirectHandler):
    """A redirect may not lead elsewhere."""

    def redirect_request(self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> Any:
        check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_address(url: str) -> str:
    """The host. ToolError FORBIDDEN_ADDRESS for all but https to a known host on its usual port."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" or parts.netloc not in HOSTS:
        raise ToolError("FORBIDDEN_ADDRESS", f"The server pointed to {url[:80]!r}, which tools do not ask.", WAY_OUT)
    return parts.netloc


def download(url: str) -> bytes:
    """At most 20 MB within 10 s. No proxies, no cookies, no credentials.

    ToolError: FORBIDDEN_ADDRESS, OFFLINE (retryable), NOT_FOUND, SERVER_ERROR (retryable), TOO_LARGE.
    """
    host = check_address(url)
    deadline = time.monotonic() + TIMEOUT_S
    request = urllib.request.Request(url, headers={"User-Agent": "Benchside", "Accept-Encoding": "identity"})
    try:
        with _opened(request) as response:
            return _read(response, deadline, host)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (400, 404, 410):
            raise ToolError("NOT_FOUND", f"{host} has no {url.rsplit('/', 1)[-1]}.", "Check the id.") from error
        hint = "Try again later."
        raise ToolError("SERVER_ERROR", f"{host} answered with status {error.code}.", hint, True) from error
    except (OSError, http.client.HTTPException) as error:
        _offline(host, error)


def _opened(request: urllib.request.Request) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _OnlyKnownHosts())
    return opener.open(request, timeout=TIMEOUT_S)


def _read(response: Any, deadline: float, host: str) -> bytes:
    data = bytearray()
    while chunk := response.read1(CHUNK_BYTES):
        data += chunk
        if len(data) > MAX_BYTES:
            limit = f"{MAX_BYTES // 2**20} MB"
            raise ToolError("TOO_LARGE", f"{host} sends more than {limit}, the limit.", "Attach the file.")
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(data)


def _offline(host: str, error: Exception) -> NoReturn:
    reason = getattr(error, "reason", error)
    match reason:
        case socket.gaierror():
            words = "name resolution failed"
        case TimeoutError():
            words = f"no answer within {TIMEOUT_S:g} s"
        case OSError() if reason.strerror:
            words = reason.strerror.lower()
        case _:
            words = "no connection"
    raise ToolError("OFFLINE", f"This server cannot reach {host} ({words}).", WAY_OUT, True) from error
