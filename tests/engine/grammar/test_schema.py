import json

import pytest

from engine.errors import InvalidRequest
from engine.grammar.schema import MAX_DEPTH, MAX_PARTS, MAX_SCHEMA_LENGTH, plain_schema
from engine.grammar.structure import MAX_PATTERN_LENGTH, JsonSchema, Regex, ToolCalls


def nested(depth):
    schema = {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


REFUSED = [
    ({"type": "string", "maxlength": 3}, "#/maxlength of the JSON schema is not supported. Leave maxlength out."),
    (
        {"type": "object", "properties": {"a": {"not": {"type": "string"}}}},
        "#/properties/a/not of the JSON schema is not supported. Leave not out.",
    ),
    ({"uniqueItems": True}, "#/uniqueItems of the JSON schema is not supported. Leave uniqueItems out."),
    ({"x-guidance": {}}, "#/x-guidance of the JSON schema is not supported. Leave x-guidance out."),
    ({"items": [{}]}, "#/items of the JSON schema is [{}]; it must be an object, true or false."),
    ({"properties": []}, "#/properties of the JSON schema is []; it must be an object."),
    ({"anyOf": {}}, "#/anyOf of the JSON schema is {}; it must be a list."),
    ({"$ref": "other.json"}, '#/$ref of the JSON schema is "other.json"; it must begin with #/.'),
    ({"$ref": 3}, "#/$ref of the JSON schema is 3; it must be a text."),
    ("integer", '# of the JSON schema is "integer"; it must be an object, true or false.'),
    (
        {"required": ["a"], "minProperties": 3},
        "#/minProperties of the JSON schema is 3; it must be at most one more than the properties under required, "
        "which are 1.",
    ),
    (nested(MAX_DEPTH + 1), "The JSON schema is nested more than 64 deep. Put parts under $defs."),
    (
        {"anyOf": [{"type": "null"}] * MAX_PARTS},
        "The JSON schema has more than 1,000 parts. Leave out what is not needed.",
    ),
    (
        {"enum": ["x" * MAX_SCHEMA_LENGTH]},
        "The JSON schema is 65,550 characters long; it may have at most 65,536.",
    ),
]


@pytest.mark.parametrize(("schema", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_a_schema_is_refused_with_its_place_and_the_way_out(schema, message):
    with pytest.raises(InvalidRequest) as error:
        JsonSchema.of(schema)

    assert str(error.value) == message


@pytest.mark.parametrize("source", ["{", '{"a": NaN}', "[" * 100_000, ""])
def test_what_is_not_json_is_refused(source):
    with pytest.raises(InvalidRequest, match="^The JSON schema (cannot be read as JSON: |is 100,000 characters long)"):
        JsonSchema(source)


def test_a_schema_that_is_no_json_value_is_refused():
    with pytest.raises(InvalidRequest, match="cannot be written as JSON"):
        JsonSchema.of({"const": {1, 2}})


def test_remarks_are_left_out_and_names_are_not_taken_for_keywords():
    schema = {
        "title": "Thing",
        "x-unit": "m",
        "properties": {"title": {"type": "string", "default": {"not": 1}}, "not": True},
        "const": {"title": 1, "not": 2},
        "uniqueItems": False,
    }

    plain = plain_schema(schema)

    assert plain == {"properties": {"title": {"type": "string"}, "not": True}, "const": {"title": 1, "not": 2}}


def test_references_follow_a_schema_that_moves():
    schema = {"$defs": {"a": {"items": {"$ref": "#"}}}, "$ref": "#/$defs/a"}

    plain = plain_schema(schema, root="#/$defs/3")

    assert plain == {"$defs": {"a": {"items": {"$ref": "#/$defs/3"}}}, "$ref": "#/$defs/3/$defs/a"}


def test_two_ways_to_give_a_schema_are_one():
    schema = {"enum": ["ü"]}

    assert JsonSchema.of(schema) == JsonSchema(json.dumps(schema, ensure_ascii=False))


def test_a_long_pattern_is_refused():
    with pytest.raises(InvalidRequest, match="^The pattern is 4,097 characters long; it may have at most 4,096.$"):
        Regex("a" * (MAX_PATTERN_LENGTH + 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"choice": "none"}, "The choice of tool calls is 'none'; it must be required or auto."),
        ({"choice": "auto", "max_calls": 0}, "max_calls is 0; it must be at least 1, or None for any number."),
    ],
)
def test_tool_calls_are_checked(arguments, message):
    with pytest.raises(InvalidRequest) as error:
        ToolCalls(**arguments)

    assert str(error.value) == message
