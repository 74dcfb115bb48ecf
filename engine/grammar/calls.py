"""The JSON object between a model's call tags: the name of a tool and arguments as its schema says."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import InvalidRequest
from engine.grammar.schema import MAX_SCHEMA_LENGTH, Schema, plain_schema
from engine.grammar.structure import ToolCalls

MAX_TOOLS_LENGTH = 2 * MAX_SCHEMA_LENGTH

Tool = Mapping[str, Any]


def call_schema(tools: Sequence[Tool], calls: ToolCalls, arguments_key: str) -> Schema:
    """tools: in OpenAI's function form."""
    length = len(json.dumps(tools, ensure_ascii=False))
    if length > MAX_TOOLS_LENGTH:
        raise InvalidRequest(f"The tools are {length:,} characters long; they may have at most {MAX_TOOLS_LENGTH:,}.")
    functions, name = [_function(tool) for tool in tools], calls.name
    chosen = [function for function in functions if name in (None, function["name"])]
    if not chosen:
        known = ", ".join(function["name"] for function in functions) or "none"
        raise InvalidRequest(f"There is no tool named {name}; the tools are: {known}." if name else _NO_TOOLS)
    arguments = {
        str(i): {"type": "object"}
        if function["name"] in calls.loose_tools
        else _arguments_schema(function, f"#/$defs/{i}")
        for i, function in enumerate(chosen)
    }
    forms = [_call(function["name"], arguments_key, f"#/$defs/{i}") for i, function in enumerate(chosen)]
    return {"anyOf": forms, "$defs": arguments}


_NO_TOOLS = "Tool calls were asked for, but the conversation offers no tools."


def _function(tool: Tool) -> Mapping[str, Any]:
    function = tool.get("function")
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str) or not function["name"]:
        raise InvalidRequest('A tool must have the form {"type": "function", "function": {"name": ..., ...}}.')
    return function


def _arguments_schema(function: Mapping[str, Any], root: str) -> Schema:
    parameters = function.get("parameters") or {}
    kind = parameters.get("type", "object") if isinstance(parameters, Mapping) else None
    if kind != "object":
        raise InvalidRequest(f"The parameters of the tool {function['name']} must be a JSON schema of type object.")
    try:
        return plain_schema({**parameters, "type": "object"}, root)
    except InvalidRequest as error:
        raise InvalidRequest(f"The tool {function['name']} cannot be held to its parameters. {error}") from error


def _call(name: str, arguments_key: str, arguments: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, arguments_key: {"$ref": arguments}},
        "required": ["name", arguments_key],
        "additionalProperties": False,
    }
