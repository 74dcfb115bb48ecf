"""What a tool is: a typed function whose signature and docstring are what the model reads.

The first paragraph of the docstring is the description; each following `name: text` line describes a parameter, and an
indented line goes on with the one above. Annotated[T, Schema(maxLength=200)] adds JSON-schema keywords, which are also
what a value is checked against; a default other than None is written into the schema.
"""

import inspect
import math
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

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


class Schema:
    """JSON-schema keywords for Annotated: minimum, exclusiveMinimum, maximum, minLength, maxLength, pattern, minItems,
    maxItems, uniqueItems."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str
    parameters: dict[str, Any]  # JSON schema
    run: Callable[..., ToolResult]
    timeout_s: float = DEFAULT_TIMEOUT_S
    group: str = ""  # the tools that an attachment or a word brings in together

    @classmethod
    def from_function(
        cls, function: Callable[..., ToolResult], timeout_s: float = DEFAULT_TIMEOUT_S, group: str = ""
    ) -> "Tool":
        description, notes = _read_docstring(inspect.getdoc(function) or "")
        hints = typing.get_type_hints(function, include_extras=True)
        properties = {}
        required = []
        for name, parameter in inspect.signature(function).parameters.items():
            properties[name] = {**_json_type(hints[name]), "description": notes[name]}
            if parameter.default is inspect.Parameter.empty:
                required.append(name)
            elif parameter.default is not None:
                properties[name]["default"] = parameter.default
        schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        return cls(function.__name__, description, schema, function, timeout_s, group)

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
    lines = re.sub(r"\n\s+", " ", tail).splitlines()
    notes = dict(line.split(": ", 1) for line in lines if ": " in line)
    return " ".join(head.split()), notes


def _json_type(annotation: Any) -> dict[str, Any]:
    origin, choices = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return {**_json_type(choices[0]), **choices[1].keywords}
    if origin in (typing.Union, types.UnionType):  # X | None: optional, None is never written
        (annotation,) = (choice for choice in choices if choice is not type(None))
        return _json_type(annotation)
    if origin is list:
        return {"type": "array", "items": _json_type(choices[0])}
    if origin is Literal:
        return {"type": _JSON_TYPES[type(choices[0])], "enum": list(choices)}
    return {"type": _JSON_TYPES[annotation]}


def _check_value(name: str, value: Any, schema: dict[str, Any]) -> None:
    kind = schema["type"]
    if not _is_of_kind(value, kind):
        raise ToolError("WRONG_TYPE", f"{name} is {_shown(value)}; it must be {_IN_WORDS[kind]}.")
    if value not in schema.get("enum", (value,)):
        choices = ", ".join(map(str, schema["enum"]))
        raise ToolError("WRONG_VALUE", f"{name} is {_shown(value)}; it must be one of: {choices}.")
    match value:
        case str():
            _check_text(name, value, schema)
        case list():
            _check_list(name, value, schema)
        case int() | float():
            _check_number(name, value, schema)


def _check_text(name: str, value: str, schema: dict[str, Any]) -> None:
    limit = schema.get("maxLength", MAX_TEXT_LENGTH)
    if len(value) > limit:
        raise ToolError("TOO_LONG", f"{name} is {len(value):,} characters long; the limit is {limit:,}.")
    if len(value) < (least := schema.get("minLength", 0)):
        raise ToolError("TOO_SHORT", f"{name} is {len(value)} characters long; it needs at least {least}.")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise ToolError("WRONG_VALUE", f"{name} is {_shown(value)}; it must match {schema['pattern']}.")


def _check_list(name: str, value: list[Any], schema: dict[str, Any]) -> None:
    limit = schema.get("maxItems", MAX_LIST_LENGTH)
    if len(value) > limit:
        raise ToolError("TOO_LONG", f"{name} holds {len(value):,} values; the limit is {limit:,}.")
    if len(value) < (least := schema.get("minItems", 0)):
        raise ToolError("TOO_SHORT", f"{name} holds {len(value)} values; it needs at least {least}.")
    for i, item in enumerate(value, 1):
        _check_value(f"value {i} of {name}", item, schema["items"])
        if schema.get("uniqueItems") and item in value[: i - 1]:
            raise ToolError("WRONG_VALUE", f"{name} holds {_shown(item)} twice; give each value once.")


def _check_number(name: str, value: float, schema: dict[str, Any]) -> None:
    low, high, above = (schema.get(key) for key in ("minimum", "maximum", "exclusiveMinimum"))
    if low is not None and value < low:
        raise ToolError("OUT_OF_RANGE", f"{name} is {_shown(value)}; it must be at least {low:.15g}.")
    if high is not None and value > high:
        raise ToolError("OUT_OF_RANGE", f"{name} is {_shown(value)}; it must be at most {high:.15g}.")
    if above is not None and value <= above:
        raise ToolError("OUT_OF_RANGE", f"{name} is {_shown(value)}; it must be greater than {above:.15g}.")


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
