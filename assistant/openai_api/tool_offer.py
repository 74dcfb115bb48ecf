"""The caller's tools: what the model is told of them, and how it is held to them. They run where the caller is."""

from dataclasses import dataclass
from typing import Any

from assistant.openai_api.errors import refused
from assistant.openai_api.fields import Fields
from engine.grammar.structure import ToolCalls

MAX_TOOLS = 128


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """tools: in OpenAI's form, as the model reads them. calls: how they may be called; None for not at all."""

    tools: tuple[dict[str, Any], ...] = ()
    calls: ToolCalls | None = None


def read_tool_offer(fields: Fields) -> ToolOffer:
    """Calls always name a tool and follow its parameters, unless the tool says strict: false and may be left alone."""
    tools, loose = _tools(fields)
    choice, is_parallel = _choice(fields, tools), fields.flag("parallel_tool_calls")
    if not tools or choice == "none":
        return ToolOffer()
    max_calls = 1 if is_parallel is False else None
    if choice in ("auto", "required"):
        return ToolOffer(tools, ToolCalls(choice, None, max_calls, loose))  # type: ignore[arg-type]
    return ToolOffer(tools, ToolCalls("required", choice.removeprefix("function "), 1, loose))


def _tools(fields: Fields) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...]]:
    """With the names of those that are loose."""
    tools: list[dict[str, Any]] = []
    loose: list[str] = []
    for tool in fields.each("tools"):
        if tool.choice("type", "function") is None:
            raise refused(tool.param("type"), f"{tool.param('type')} is missing; it must be function.", "missing")
        function = tool.inner("function")
        if function is None:
            raise refused(tool.param("function"), f"{tool.param('function')} is missing.", "missing")
        tool.end()
        name = function.required_text("name")
        described: dict[str, Any] = {"name": name}
        if (description := function.text("description")) is not None:
            described["description"] = description
        if (parameters := function.mapping("parameters")) is not None:
            described["parameters"] = parameters
        if function.flag("strict") is False:
            loose.append(name)
        function.end()
        if not name or name in (told["function"]["name"] for told in tools):
            raise function.refuse("name", name, "a name that no other tool has")
        tools.append({"type": "function", "function": described})
    if len(tools) > MAX_TOOLS:
        raise refused("tools", f"tools has {len(tools)} entries; it may have at most {MAX_TOOLS}.")
    return tuple(tools), tuple(loose)


def _choice(fields: Fields, tools: tuple[dict[str, Any], ...]) -> str:
    """auto, none, required, or `function NAME`."""
    given = fields.take("tool_choice")
    if given is None:
        return "auto"
    if given in ("none", "auto") or (given == "required" and tools):
        return str(given)
    if given == "required":
        raise refused("tool_choice", "tool_choice is 'required', but there are no tools.")
    if not isinstance(given, dict):
        raise fields.refuse("tool_choice", given, "auto, none, required, or {type: function, function: {name: ...}}")
    choice = Fields(given, "tool_choice.")
    choice.choice("type", "function")
    function = choice.inner("function")
    choice.end()
    if function is None:
        raise refused("tool_choice.function", "tool_choice.function is missing.", "missing")
    name = function.required_text("name")
    function.end()
    known = [tool["function"]["name"] for tool in tools]
    if name not in known:
        raise function.refuse("name", name, f"one of the tools ({', '.join(known)[:200] or 'there are none'})")
    return f"function {name}"
