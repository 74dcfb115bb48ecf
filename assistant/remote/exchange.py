"""One question to a server and the chunks of its answer, as JSON objects, with an end to every wait."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from assistant.remote.cable import Cable, Deadline
from assistant.remote.errors import RemoteError, detail, seconds_text
from assistant.remote.event_stream import MAX_EVENT_BYTES, EventTooLong, event_data
from assistant.remote.refusals import refusal
from assistant.remote.server_address import ServerAddress

DONE = "[DONE]"
MAX_WHOLE_BYTES = 64 * 2**20  # of an answer, or of an error, that comes in one piece


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. first_token: from the question to the first chunk, which holds reading a long prompt and queueing.
    idle: between two chunks; comments that keep a connection open count for neither."""

    connect: float = 5.0
    first_token: float = 300.0
    idle: float = 60.0


class Cancelled(Exception):
    """Somebody has cut the cable: there is nothing to tell."""


class NotDone(Exception):
    """The stream ended without the word that says so."""


def client(address: ServerAddress) -> httpx.Client:
    """A connection of its own for every request, so that it can be cut. What is on this machine needs no proxy."""
    return httpx.Client(
        headers=address.headers,
        trust_env=not address.is_loopback,
        follow_redirects=False,
        verify=address.url.startswith("https:"),  # else certificates are read that nothing is checked with
    )


def answer_chunks(
    address: ServerAddress, body: dict[str, Any], patience: Patience, cable: Cable
) -> Iterator[dict[str, Any]]:
    """Ends in RemoteError, of which Refused is one, in Cancelled or in NotDone where it does not end as it should."""
    deadline = Deadline(cable, patience.connect + patience.first_token)
    deadline.start()
    try:
        with _translated(address, patience, cable, deadline), client(address) as http:
            request = http.build_request(
                "POST",
                f"{address.url}/chat/completions",
                json=body,
                timeout=httpx.Timeout(None, connect=patience.connect),
                extensions={"trace": cable.trace},
            )
            response = http.send(request, stream=True)
            try:
                yield from _chunks(response, address, body["model"], patience, deadline)
            finally:
                response.close()
    finally:
        deadline.close()


def _chunks(
    response: httpx.Response, address: ServerAddress, model: str, patience: Patience, deadline: Deadline
) -> Iterator[dict[str, Any]]:
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.status_code != 200:
        raise refusal(response, _whole(response, address), address, model)
    if content_type == "application/json":  # a server that does not stream
        yield _parsed(_whole(response, address).decode(errors="replace"), address)
        return
    if content_type not in ("text/event-stream", "application/x-ndjson", "text/plain", ""):
        raise RemoteError("not_a_model_server", server=address.name, content_type=content_type, status=200)
    is_first = True
    for data in event_data(response.iter_bytes()):
        if data is None or not data.strip():
            continue
        if data.strip() == DONE:
            return
        chunk = _parsed(data, address)
        if error := _error(chunk):
            code = "failed" if is_first else "failed_midway"
            raise RemoteError(
                code, is_passing=is_first, server=address.name, status=200, detail=detail(error, address.key)
            )
        is_first = False
        if deadline.has_moved or _says_something(chunk):
            deadline.move(patience.idle)
        yield chunk
    raise NotDone


def _parsed(text: str, address: ServerAddress) -> dict[str, Any]:
    try:
        chunk = json.loads(text)
    except (ValueError, RecursionError):
        chunk = None
    if not isinstance(chunk, dict):
        raise RemoteError("unreadable", server=address.name, detail=detail(repr(text[:100]), address.key))
    return chunk


def _says_something(chunk: dict[str, Any]) -> bool:
    """Some servers begin with an empty chunk long before the first token."""
    choices = chunk.get("choices")
    delta = choices[0].get("delta") if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
    return isinstance(delta, dict) and any(value for name, value in delta.items() if name != "role")


def _error(chunk: dict[str, Any]) -> str:
    """What an error in the middle of a stream says: OpenAI's object, a text, or vLLM's older form."""
    error = chunk.get("error")
    if error is None and (chunk.get("object") == "error" or ("choices" not in chunk and "message" in chunk)):
        error = chunk
    if isinstance(error, dict):
        error = error.get("message") or json.dumps(error)
    return str(error) if error else ""


def _whole(response: httpx.Response, address: ServerAddress) -> bytes:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > MAX_WHOLE_BYTES:
            raise RemoteError("answer_too_long", server=address.name, limit=MAX_WHOLE_BYTES)
    return bytes(content)


@contextmanager
def _translated(address: ServerAddress, patience: Patience, cable: Cable, deadline: Deadline) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, EventTooLong, RemoteError, NotDone) as error:
        is_connected = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        if deadline.has_passed and is_connected:  # a cut cable looks like a broken one, or like the answer's end
            raise _silence(address, patience, deadline) from error
        if cable.is_cut and not deadline.has_passed:
            raise Cancelled from error
        if isinstance(error, RemoteError | NotDone):
            raise
        raise _as_remote(error, address, patience) from error


def _as_remote(error: Exception, address: ServerAddress, patience: Patience) -> RemoteError:
    match error:
        case EventTooLong():
            return RemoteError("event_too_long", server=address.name, limit=MAX_EVENT_BYTES)
        case httpx.ConnectTimeout():
            return RemoteError("connect_timeout", server=address.name, seconds=seconds_text(patience.connect))
        case httpx.ConnectError() | httpx.ProxyError() | httpx.UnsupportedProtocol():
            reason = detail(error, address.key) or type(error).__name__
            return RemoteError("unreachable", is_passing=True, server=address.name, reason=reason)
    return RemoteError("broke_off", is_passing=True, server=address.name)


def _silence(address: ServerAddress, patience: Patience, deadline: Deadline) -> RemoteError:
    if deadline.has_moved:
        return RemoteError("idle_timeout", server=address.name, seconds=seconds_text(patience.idle))
    return RemoteError("first_token_timeout", server=address.name, seconds=seconds_text(patience.first_token))
