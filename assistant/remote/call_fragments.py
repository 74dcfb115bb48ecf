"""Tool calls put together from what servers send of them: whole or in pieces, in turns, with or without ids."""

import json
from dataclasses import dataclass, field
from typing import Any

from engine.dialects.pieces import MalformedCall
from engine.dialects.tool_calls import read_call
from engine.messages import ToolCall

MAX_CALLS = 32


@dataclass(slots=True)
class _Call:
    key: Any  # its index or id, whichever the server gives
    id: Any
    name: str = ""
    text: list[str] = field(default_factory=list)  # of the arguments
    arguments: dict[str, Any] | None = None  # from a server that sends an object in place of its text


class CallFragments:
    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def __bool__(self) -> bool:
        return bool(self._calls)

    def add(self, fragment: dict[str, Any]) -> int:
        """How many characters it brought."""
        function = fragment.get("function")
        if not isinstance(function, dict):
            function = fragment  # {"name": ..., "arguments": ...} without the layer between
        name, arguments = function.get("name"), function.get("arguments")
        call = self._call(fragment, name)
        if isinstance(name, str) and name and not call.name:
            call.name = name
        if isinstance(arguments, dict):
            call.arguments = arguments
            return len(json.dumps(arguments))
        text = arguments if isinstance(arguments, str) else ""
        call.text.append(text)
        return len(text)

    def finish(self) -> list[ToolCall | MalformedCall]:
        return [_complete(call) for call in self._calls[:MAX_CALLS]]

    def _call(self, fragment: dict[str, Any], name: Any) -> _Call:
        """The one that a fragment belongs to. Without index and id: a name begins a call, all else goes on with one."""
        call_id = fragment.get("id") or None
        key = call_id if fragment.get("index") is None else fragment["index"]
        if key is None:
            known = None if name or not self._calls else self._calls[-1]
        else:
            known = next((call for call in reversed(self._calls) if call.key == key), None)
        if known is not None and not (name and _is_another(known, call_id, name)):
            return known
        call = _Call(key, call_id)
        self._calls.append(call)
        return call


def _is_another(known: _Call, call_id: Any, name: Any) -> bool:
    """Ollama gives every call of an answer the index 0, and each of them whole."""
    return _is_complete(known) and (name != known.name or (call_id is not None and call_id != known.id))


def _is_complete(call: _Call) -> bool:
    if call.arguments is not None:
        return True
    try:
        return isinstance(json.loads("".join(call.text)), dict)
    except (ValueError, RecursionError):
        return False


def _complete(call: _Call) -> ToolCall | MalformedCall:
    text = "".join(call.text)
    try:
        arguments = call.arguments if call.arguments is not None else json.loads(text or "{}")
        if isinstance(arguments, str):  # written as JSON twice
            arguments = json.loads(arguments)
        whole = json.dumps({"name": call.name, "arguments": arguments}, ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        return MalformedCall(f"{call.name} {text}", f"its arguments are not JSON: {error}")
    return read_call(whole, ("arguments",))
