"""Answers held to a form."""

import json
from typing import Any, Literal

import jsonschema
from pydantic import BaseModel

from tests.openai_checks.server import Server, chunks_by_choice, joined
from tests.openai_checks.tools import TOOLS

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"phase": {"enum": ["solid", "liquid", "gas"]}, "sure": {"type": "boolean"}},
    "required": ["phase", "sure"],
    "additionalProperties": False,
}


class Phase(BaseModel):
    phase: Literal["solid", "liquid"]
    charge: Literal[-1, 0, 1]


def form(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "phase", "schema": schema} | more}


def an_answer_keeps_to_a_schema(server: Server) -> None:
    for strict in (True, False):
        choice = server.chat(response_format=form(SCHEMA, strict=strict), max_tokens=60).choices[0]
        assert choice.finish_reason == "stop"
        jsonschema.validate(json.loads(choice.message.content), SCHEMA)


def a_stream_keeps_to_a_schema(server: Server) -> None:
    (choices,) = chunks_by_choice(server.chat(response_format=form(SCHEMA), max_tokens=60, stream=True)).values()
    jsonschema.validate(json.loads(joined(choices)), SCHEMA)


def every_answer_keeps_to_a_schema(server: Server) -> None:
    answer = server.chat(response_format=form(SCHEMA), max_tokens=60, n=2, temperature=1.5)
    for choice in answer.choices:
        jsonschema.validate(json.loads(choice.message.content), SCHEMA)


def a_class_of_pydantic_is_filled(server: Server) -> None:
    answer = server.client.chat.completions.parse(
        model=server.model,
        messages=[{"role": "user", "content": "Ice?"}],
        response_format=Phase,
        max_tokens=60,
        temperature=0,
        extra_body={"enable_thinking": False},
    )
    assert answer.choices[0].message.parsed.charge in (-1, 0, 1)


def a_json_object_begins_as_one(server: Server) -> None:
    choice = server.chat(response_format={"type": "json_object"}, max_tokens=24).choices[0]
    assert choice.message.content.startswith("{")
    assert choice.finish_reason == "length" or isinstance(json.loads(choice.message.content), dict)


def a_schema_that_cannot_be_kept_to_is_refused(server: Server) -> None:
    assert "contains" in server.refusal(response_format=form({"type": "array", "contains": {}}))["message"]


def a_form_without_its_schema_is_refused(server: Server) -> None:
    error = server.refusal(response_format={"type": "json_schema", "json_schema": {"name": "x"}})
    assert error["param"] == "response_format.json_schema.schema"


def an_unknown_form_is_refused(server: Server) -> None:
    assert server.refusal(response_format={"type": "xml"})["param"] == "response_format.type"


def a_form_does_not_go_with_calls(server: Server) -> None:
    assert server.refusal(response_format=form(SCHEMA), tools=TOOLS)["param"] == "response_format"
    fields = {"response_format": form(SCHEMA), "tools": TOOLS, "tool_choice": "none"}
    assert server.post(server.body(**fields)).status_code == 200


CHECKS = (
    an_answer_keeps_to_a_schema,
    a_stream_keeps_to_a_schema,
    every_answer_keeps_to_a_schema,
    a_class_of_pydantic_is_filled,
    a_json_object_begins_as_one,
    a_schema_that_cannot_be_kept_to_is_refused,
    a_form_without_its_schema_is_refused,
    an_unknown_form_is_refused,
    a_form_does_not_go_with_calls,
)
