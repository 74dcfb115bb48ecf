"""What a server says of itself: its models, how much they read, which media; and whether it answers at all."""

import json
from dataclasses import dataclass
from typing import Any, get_args

import httpx

from assistant.remote.errors import RemoteError, detail, seconds_text
from assistant.remote.exchange import client
from assistant.remote.refusals import Refused, refusal
from assistant.remote.server_address import ServerAddress
from engine.processors.settings import Kind

TIMEOUT_S = 5.0
MAX_NAMED = 8
# The media under the names that vLLM, llama.cpp, OpenRouter and we give them.
MEDIA_NAMES: dict[str, tuple[Kind, ...]] = {
    "image": ("image", "video"),  # a video is sent as pictures
    "video": ("image", "video"),
    "multimodal": ("image", "video"),
    "vision": ("image", "video"),
    "signal": ("signal",),
    "time_series": ("signal",),
}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """media: what the model reads besides text. None where the server does not say it."""

    name: str
    max_model_len: int | None = None
    media: tuple[Kind, ...] | None = None


def find_model(address: ServerAddress, wanted: str | None) -> ServedModel:
    """The wanted model, else the server's first. A server without a list of models is taken at the user's word."""
    try:
        entries = served_models(address)
    except Refused as error:
        if wanted and error.status in (404, 405, 501):
            return ServedModel(wanted)
        raise
    names = [str(entry["id"]) for entry in entries]
    if not names:
        if wanted:
            return ServedModel(wanted)
        raise RemoteError("no_models", server=address.name)
    if wanted and wanted not in names:
        listed = detail(", ".join(names[:MAX_NAMED]), address.key)
        raise RemoteError("other_models", server=address.name, model=wanted, models=listed)
    entry = entries[names.index(wanted) if wanted else 0]
    return ServedModel(str(entry["id"]), _max_model_len(entry), _media(entry))


def served_models(address: ServerAddress) -> list[dict[str, Any]]:
    """GET /models. RemoteError when there is no answer, or none of a model server."""
    try:
        with client(address) as http:
            response = http.get(f"{address.url}/models", timeout=TIMEOUT_S)
    except httpx.TimeoutException as error:
        code = "connect_timeout" if isinstance(error, httpx.ConnectTimeout) else "silent"
        raise RemoteError(code, server=address.name, seconds=seconds_text(TIMEOUT_S)) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = detail(error, address.key) or type(error).__name__
        raise RemoteError("unreachable", server=address.name, reason=reason) from error
    if response.status_code != 200:
        raise refusal(response, response.content, address, "list")
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        found = None
    entries = found.get("data") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        content_type = response.headers.get("content-type", "nothing").partition(";")[0]
        raise RemoteError(
            "not_a_model_server", server=address.name, content_type=content_type, status=response.status_code
        )
    return [entry for entry in entries if isinstance(entry, dict) and entry.get("id")]


def _max_model_len(entry: dict[str, Any]) -> int | None:
    meta = entry.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    given = (
        entry.get("max_model_len"),
        meta.get("n_ctx"),
        meta.get("n_ctx_train"),
        entry.get("context_length"),
        entry.get("max_context_length"),
    )
    return next((value for value in given if isinstance(value, int) and value > 0), None)


def _media(entry: dict[str, Any]) -> tuple[Kind, ...] | None:
    """A list of capabilities need not hold what the model reads; a list of what it reads is whole."""
    architecture = entry.get("architecture")
    inner = architecture.get("input_modalities") if isinstance(architecture, dict) else None
    modalities = [listed for listed in (entry.get("input_modalities"), inner) if isinstance(listed, list)]
    capabilities = [listed for listed in (entry.get("capabilities"),) if isinstance(listed, list)]
    said = {str(name) for listed in (*modalities, *capabilities) for name in listed}
    kinds = {kind for name in said for kind in MEDIA_NAMES.get(name, ())}
    if not kinds and not any(modalities):
        return None
    return tuple(kind for kind in get_args(Kind) if kind in kinds)
