"""Read the JSON object that a model writes between its tool-call tags."""

import json
from typing import Any

from engine.dialects.pieces import MalformedCall
from engine.messages import ToolCall


def read_call(raw: str, arguments_keys: tuple[str, ...]) -> ToolCall | MalformedCall:
    """arguments_keys: names under which the arguments may stand; the first one is the dialect's own."""
    try:
        call = json.loads(raw, parse_constant=_refuse_constant)
        json.dumps(call, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return MalformedCall(raw, "it holds half of a character")
    except json.JSONDecodeError as error:
        return MalformedCall(raw, f"it is not JSON: {error.msg} at character {error.pos + 1}")
    except (ValueError, RecursionError) as error:
        return MalformedCall(raw, f"it is not JSON: {error}")
    return _as_call(raw, call, arguments_keys)


def _as_call(raw: str, call: Any, arguments_keys: tuple[str, ...]) -> ToolCall | MalformedCall:
    if not isinstance(call, dict):
        return MalformedCall(raw, "it is not a JSON object")
    if not isinstance(call.get("name"), str) or not call["name"]:
        return MalformedCall(raw, 'it has no "name"')
    key = next((key for key in arguments_keys if key in call), arguments_keys[0])
    if not isinstance(call.get(key), dict):
        return MalformedCall(raw, f'its "{key}" are not a JSON object')
    return ToolCall(call["name"], call[key])


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
