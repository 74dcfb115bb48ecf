"""The JSON of a request: read in time and up to a size, then parsed apart from the event loop."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from starlette.requests import ClientDisconnect, Request

from assistant.openai_api.errors import ApiError, refused

IDLE_S = 10.0  # the longest wait for the next piece
MAX_TEXT_BYTES = 8 * 2**20  # of a request, besides its files


def max_body_bytes(max_upload_bytes: int) -> int:
    """Text, and files of that size together, in base64."""
    return MAX_TEXT_BYTES + max_upload_bytes * 4 // 3


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Raises ClientDisconnect, or ApiError for a body that is too large or does not come."""
    chunks: list[bytes] = []
    num_bytes, stream = 0, request.stream()
    while True:
        try:
            async with asyncio.timeout(IDLE_S):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise ApiError(408, f"Nothing of the request came for {IDLE_S:g} s.", "timeout") from error
        if chunk is None:
            return b"".join(chunks)
        num_bytes += len(chunk)
        if num_bytes > max_bytes:
            raise too_large(max_bytes)
        chunks.append(chunk)


def too_large(max_bytes: int) -> ApiError:
    return ApiError(413, f"The request is larger than {max_bytes:,} bytes. Send less, or smaller files.", "too_large")


def parse_body(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(
            body.decode(), parse_constant=_refuse_constant, object_pairs_hook=_without_repeats, parse_int=_whole
        )
        if b"\\ud" in body or b"\\uD" in body:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise refused(
            None, f"The request is not UTF-8: byte {error.start + 1:,} cannot be read.", "bad_json"
        ) from error
    except UnicodeEncodeError as error:
        raise refused(None, "The request holds half of a character (\\ud800 to \\udfff).", "bad_json") from error
    except RecursionError as error:
        raise refused(None, "The request is nested too deep to be read.", "bad_json") from error
    except ValueError as error:
        raise refused(None, f"The request is not JSON: {str(error)[:200]}.", "bad_json") from error
    if not isinstance(value, dict):
        raise refused(None, "The request must be a JSON object.", "bad_json")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _whole(digits: str) -> int:
    if len(digits) > 300:
        raise ValueError(f"a number has {len(digits):,} digits")
    return int(digits)


def _without_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"the field {twice[:40]!r} comes twice in one object")
    return found


class HungUp(ClientDisconnect):
    """The client has gone; nobody reads an answer."""
