"""Conversations as the released Intern-S1-Pro template renders them: by our dialect, and by itself in our sandbox.

Exact, as meta.json asks. What the reference cannot render must be refused.
"""

from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import TemplateError

from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.openai import render_openai
from engine.dialects.sandbox import ChatTemplate
from engine.errors import InvalidRequest
from engine.parity.case import Case
from engine.parity.check import Check, exact, skipped

_TEMPLATE = "chat_template.jinja"
_REFUSALS = (InvalidRequest, TemplateError, TypeError)  # a template has no types, so it stumbles where we refuse


def check_chat_template(case: Case) -> Iterator[Check]:
    conversations: list[dict[str, Any]] = case.json("cases.json")
    yield exact(case.name, "renderings", _differences(conversations, _render), len(conversations))
    path = case.beside(_TEMPLATE)
    if path is None:
        yield skipped(case.name, "renderings by the template", f"no case beside it has a {_TEMPLATE}")
        return
    template = ChatTemplate(path.read_text(encoding="utf-8"))

    def render(conversation: dict[str, Any]) -> str:
        values = {"messages": conversation["messages"], "tools": conversation.get("tools")}
        return template.render(values | conversation["kwargs"])

    yield exact(case.name, "renderings by the template", _differences(conversations, render), len(conversations))


def _render(conversation: dict[str, Any]) -> str:
    messages, tools = conversation["messages"], conversation.get("tools")
    return render_openai(InternS1ProDialect(), messages, tools, **conversation["kwargs"])


def _differences(conversations: list[dict[str, Any]], render: Callable[[dict[str, Any]], str]) -> list[str]:
    return [text for text in (_difference(conversation, render) for conversation in conversations) if text]


def _difference(conversation: dict[str, Any], render: Callable[[dict[str, Any]], str]) -> str:
    """Empty: none."""
    name, theirs = conversation["name"], conversation.get("text")
    try:
        ours = render(conversation)
    except _REFUSALS as error:
        return f"{name} is refused: {error}" if theirs is not None else ""
    if theirs is None:
        return f"{name} is rendered, and should be refused"
    if ours == theirs:
        return ""
    pairs = enumerate(zip(ours, theirs, strict=False))
    position = next((i for i, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    end = position + 30
    return f"{name} from character {position}: {ours[position:end]!r}, not {theirs[position:end]!r}"
