"""What a tool is: a typed function whose signature and docstring are what the model reads.

The first paragraph of the docstring is the description; each following `name: text` line describes a parameter.
"""

import inspect
import math
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from assistant.tools.result import ToolError, ToolResult

MAX_TEXT_LENGTH = 20_000  # of one text argument; tools have smaller limits of their own
MAX_LIST_LENGTH = 1_000
DEFAULT_TIMEOUT_S = 10.0

_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_IN_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
}


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str
    parameters: dict[str, Any]  # JSON schema
    run: Callable[..., ToolResult]
    timeout_s: float = DEFAULT_TIMEOUT_S

    @classmethod
    def from_function(cls, function: Callable[..., ToolResult], timeout_s: float = DEFAULT_TIMEOUT_S) -> "Tool":
        description, notes = _read_docstring(inspect.getdoc(function) or "")
        hints = typing.get_type_hints(function)
        properties = {}
        required = []
        for name, parameter in inspect.signature(function).parameters.items():
            properties[name] = {**_json_type(hints[name]), "description": notes[name]}
            if parameter.default is inspect.Parameter.empty:
                required.append(name)
        schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        return cls(function.__name__, description, schema, function, timeout_s)

    @property
    def schema(self) -> dict[str, Any]:
        """OpenAI's function form."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}

    def check_arguments(self, arguments: dict[str, Any]) -> None:
        """ToolError for the first argument that is unknown, missing or of the wrong kind, so worded that the model
        can correct its call."""
        properties = self.parameters["properties"]
        for name in arguments:
            if name not in properties:
                known = f"Its arguments are: {', '.join(properties)}." if properties else "It takes none."
                raise ToolError("UNKNOWN_ARGUMENT", f"{self.name} has no argument '{name[:60]}'.", known)
        for name in self.parameters["required"]:
            if name not in arguments:
                description = properties[name]["description"]
                raise ToolError("MISSING_ARGUMENT", f"{self.name} needs '{name}'.", f"{name}: {description}.")
        for name, value in arguments.items():
            _check_value(name, value, properties[name])


def _read_docstring(text: str) -> tuple[str, dict[str, str]]:
    head, _, tail = text.partition("\n\n")
    notes = dict(line.strip().split(": ", 1) for line in tail.splitlines() if ": " in line)
    return " ".join(head.split()), notes


def _json_type(annotation: Any) -> dict[str, Any]:
    origin, choices = get_origin(annotation), get_args(annotation)
    if origin in (typing.Union, types.UnionType):  # X | None: optional, None is never written
        (annotation,) = (choice for choice in choices if choice is not type(None))
        return _json_type(annotation)
    if origin is list:
        return {"type": "array", "items": _json_type(choices[0])}
    if origin is Literal:
        return {"type": "string", "enum": list(choices)}
    return {"type": _JSON_TYPES[annotation]}


def _check_value(name: str, value: Any, schema: dict[str, Any]) -> None:
    kind = schema["type"]
    if not _is_of_kind(value, kind):
        raise ToolError("WRONG_TYPE", f"{name} is {_shown(value)}; it must be {_IN_WORDS[kind]}.")
    if kind == "string" and len(value) > MAX_TEXT_LENGTH:
        raise ToolError("TOO_LONG", f"{name} is {len(value):,} characters long; the limit is {MAX_TEXT_LENGTH:,}.")
    if value not in schema.get("enum", (value,)):
        raise ToolError("WRONG_VALUE", f"{name} is {_shown(value)}; it must be one of: {', '.join(schema['enum'])}.")
    if kind == "array":
        if len(value) > MAX_LIST_LENGTH:
            raise ToolError("TOO_LONG", f"{name} holds {len(value):,} values; the limit is {MAX_LIST_LENGTH:,}.")
        for i, item in enumerate(value, 1):
            _check_value(f"value {i} of {name}", item, schema["items"])


def _is_of_kind(value: Any, kind: str) -> bool:
    match value:
        case bool():
            return kind == "boolean"
        case int():
            return kind in ("integer", "number")
        case float():
            return kind == "number" and math.isfinite(value)
        case str():
            return kind == "string"
        case list():
            return kind == "array"
    return False


def _shown(value: Any) -> str:
    """The value as a model would write it, in at most 60 characters."""
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
