"""An HTTP status other than 200, and what the server says with it."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from assistant.remote.errors import RemoteError, detail, seconds_text
from assistant.remote.server_address import ServerAddress

PASSING = (500, 502, 503, 504)
RETRY_AFTER_S = 5.0  # where the server does not say
MAX_RETRY_AFTER_S = 24 * 3600.0


class Refused(RemoteError):
    """status: HTTP's. words: all that the server says, which may name the field that it does not know."""

    def __init__(self, code: str, words: str, *, status: int, **values: object) -> None:
        super().__init__(code, is_passing=status in PASSING, status=status, **values)
        self.status = status
        self.words = words


def refusal(response: httpx.Response, content: bytes, address: ServerAddress, model: str) -> Refused:
    status = response.status_code
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower() or "nothing"
    words = said(content)
    values: dict[str, Any] = {"server": address.name, "status": status}
    if content_type == "text/html" or 300 <= status < 400:
        return Refused("not_a_model_server", "", content_type=content_type, **values)
    match status:
        case 401 | 403:
            return Refused("key_refused", words, **values)
        case 404:
            return Refused("not_found", words, model=model, **values)
        case 429:
            return Refused("busy", words, seconds=seconds_text(_retry_after(response)), **values)
    code = "failed" if status >= 500 else "refused"
    return Refused(code, words, detail=detail(words, address.key) or "it does not say why", **values)


def said(content: bytes) -> str:
    """The sentence of OpenAI's error object, of FastAPI's `detail`, or the body itself."""
    text = content.decode(errors="replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(found, dict):
        found = found.get("error") or found.get("detail") or found.get("message") or found
    if isinstance(found, dict):
        param = found.get("param")
        message = found.get("message") or json.dumps(found)
        return f"{message} ({param})" if param and str(param) not in str(message) else str(message)
    return found if isinstance(found, str) else json.dumps(found)


def _retry_after(response: httpx.Response) -> float:
    """Seconds, or the moment until which to wait."""
    value = response.headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return RETRY_AFTER_S
    return min(max(1.0, round(seconds)), MAX_RETRY_AFTER_S) if seconds == seconds else RETRY_AFTER_S
