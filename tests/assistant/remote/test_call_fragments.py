import pytest

from assistant.remote.call_fragments import CallFragments
from engine.dialects.pieces import MalformedCall
from engine.messages import ToolCall


def fragment(name=None, arguments=None, **fields):
    return {**fields, "function": {"name": name, "arguments": arguments}}


def calls(*fragments):
    collected = CallFragments()
    for given in fragments:
        collected.add(given)
    return collected.finish()


def test_a_name_that_is_repeated_with_every_piece_is_one_call():
    pieces = [fragment("draw", part, index=0, id="a") for part in ('{"x"', ": 1", "}", "")]

    assert calls(*pieces) == [ToolCall("draw", {"x": 1})]


def test_an_id_that_changes_with_every_piece_is_one_call():
    first = fragment("draw", "", index=0, id="a")
    rest = [fragment(None, part, index=0, id=part) for part in ('{"x"', ": 1}")]

    assert calls(first, *rest) == [ToolCall("draw", {"x": 1})]


def test_two_whole_calls_of_the_same_tool_with_the_same_index_are_two():
    assert calls(fragment("draw", '{"x": 1}', index=0, id="a"), fragment("draw", '{"x": 2}', index=0, id="b")) == [
        ToolCall("draw", {"x": 1}),
        ToolCall("draw", {"x": 2}),
    ]


def test_ids_alone_tell_calls_apart():
    assert calls(fragment("a", "{", id="1"), fragment("b", "{", id="2"), fragment(None, "}", id="1")) == [
        ToolCall("a", {}),
        MalformedCall(
            "b {",
            "its arguments are not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(None, {}), ("", {}), ("{}", {}), ({"x": [1]}, {"x": [1]}), ('"{\\"x\\": 1}"', {"x": 1})],
    ids=["none", "empty", "text", "object", "text-of-a-text"],
)
def test_arguments_come_in_several_forms(arguments, expected):
    assert calls(fragment("draw", arguments, index=0)) == [ToolCall("draw", expected)]


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("draw", "[1]", 'its "arguments" are not a JSON object'),
        ("draw", '{"x": NaN}', "NaN is not a JSON number"),
        ("draw", '{"x": "\\ud800"}', "it holds half of a character"),
        ("draw", "[" * 100_000, "its arguments are not JSON"),
        ("", "{}", 'it has no "name"'),
    ],
)
def test_what_is_no_call_is_said(name, arguments, reason):
    (call,) = calls(fragment(name, arguments, index=0))

    assert isinstance(call, MalformedCall)
    assert reason in call.reason


def test_the_layer_around_a_function_may_be_missing():
    assert calls({"name": "draw", "arguments": {"x": 1}}) == [ToolCall("draw", {"x": 1})]
