"""A checkpoint's Jinja chat template, run with little trust: no attributes of Python, no endless loop, no endless text.

Facts: the filters, functions and blocks that transformers gives chat templates. What is not bounded is the size of one
value that a template builds without looping, apart from repetition by `*`.
"""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from jinja2 import TemplateError, TemplateRuntimeError, nodes
from jinja2.environment import Template
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_CHARACTERS = 50_000_000
MAX_LOOP_TURNS = 1_000_000  # empty ones take about 2 s on a busy server core
MAX_REPEATS = 1_000_000


class ChatTemplate:
    """Compiled once, rendered from any thread. Raises jinja2.TemplateError, and whatever else foreign code may."""

    def __init__(self, source: str) -> None:
        environment = _Environment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _GenerationBlock]
        )
        environment.filters["tojson"] = _to_json
        environment.globals |= {"raise_exception": _raise_exception, "strftime_now": _strftime_now}
        self._tick_name = f"tick_{secrets.token_hex(8)}"  # a name that the template cannot have taken
        tree = _Ticking(self._tick_name).visit(environment.parse(source)).set_environment(environment)
        code = environment.compile(tree)
        self._template = Template.from_code(environment, code, environment.make_globals(None))

    def render(self, values: dict[str, Any]) -> str:
        pieces: list[str] = []
        num_characters = 0
        for piece in self._template.generate(values | {self._tick_name: _counter()}):
            num_characters += len(piece)
            if num_characters > MAX_CHARACTERS:
                raise TemplateRuntimeError(f"it writes more than {MAX_CHARACTERS:,} characters")
            pieces.append(piece)
        return "".join(pieces)


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or any(isinstance(side, int) and abs(side) > MAX_REPEATS for side in (left, right)):
            raise TemplateRuntimeError(f"{operator} is allowed for repeats and products up to {MAX_REPEATS:,} only")
        return super().call_binop(context, operator, left, right)


class _GenerationBlock(Extension):
    """{% generation %} marks an assistant's words for training; here its body is all that counts."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Ticking(NodeTransformer):
    """Counts every turn of a loop and every call of a macro."""

    def __init__(self, tick_name: str) -> None:
        self._tick_name = tick_name

    def visit_For(self, node: nodes.For) -> nodes.Node:
        return self._ticking(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:
        return self._ticking(node)

    def _ticking(self, node: nodes.For | nodes.Macro) -> nodes.Node:
        self.generic_visit(node)
        call = nodes.Call(nodes.Name(self._tick_name, "load"), [], [], None, None)
        node.body.insert(0, nodes.ExprStmt(call).set_lineno(node.lineno))
        return node


def _counter() -> Callable[[], None]:
    num_turns = 0

    def tick() -> None:
        nonlocal num_turns
        num_turns += 1
        if num_turns > MAX_LOOP_TURNS:
            raise TemplateRuntimeError(f"its loops take more than {MAX_LOOP_TURNS:,} turns")

    return tick


def _to_json(value: Any, ensure_ascii: bool = False, **options: Any) -> str:
    """Unlike Jinja's own, which escapes for HTML."""
    return json.dumps(value, ensure_ascii=ensure_ascii, **options)


def _raise_exception(message: str) -> None:
    raise TemplateError(message)


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)
