"""What form an answer must have, checked at the door: a JSON schema, any JSON object, a regular expression, tool calls.

`max_tokens` still cuts: an answer is sure to have the form only when its finish_reason is "stop".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import InvalidRequest
from engine.grammar.schema import read_schema

MAX_PATTERN_LENGTH = 4_096


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """source: the schema as JSON. Properties come in the schema's order; `of` takes the schema itself."""

    source: str

    def __post_init__(self) -> None:
        read_schema(self.source)

    @classmethod
    def of(cls, schema: Mapping[str, Any] | bool) -> "JsonSchema":
        try:
            return cls(json.dumps(schema, ensure_ascii=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidRequest(f"The JSON schema cannot be written as JSON: {error}.") from error


@dataclass(frozen=True, slots=True)
class JsonObject:
    """Any JSON object."""


@dataclass(frozen=True, slots=True)
class Regex:
    """The whole answer matches pattern, in the syntax of Rust's regex library, which has no look-around."""

    pattern: str

    def __post_init__(self) -> None:
        if len(self.pattern) > MAX_PATTERN_LENGTH:
            raise InvalidRequest(
                f"The pattern is {len(self.pattern):,} characters long; it may have at most {MAX_PATTERN_LENGTH:,}."
            )


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """Calls of the conversation's tools in the model's own syntax, with known names and arguments as their schemas say.

    required: nothing but calls, at least one. auto: text and calls as the model likes. name: of the only tool that may
    be called. max_calls: the answer ends with this one; None for any number. loose_tools: those whose arguments may be
    any object.
    """

    choice: Literal["required", "auto"]
    name: str | None = None
    max_calls: int | None = None
    loose_tools: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.choice not in ("required", "auto"):
            raise InvalidRequest(f"The choice of tool calls is {self.choice!r}; it must be required or auto.")
        if self.max_calls is not None and self.max_calls < 1:
            raise InvalidRequest(f"max_calls is {self.max_calls}; it must be at least 1, or None for any number.")


Structure = JsonSchema | JsonObject | Regex | ToolCalls
