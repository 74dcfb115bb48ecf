from typing import Annotated, Literal

import pytest

from assistant.tools.base import Schema, Tool
from assistant.tools.nano.catalogue import TOOLS
from assistant.tools.result import ToolError, ToolResult


def dilute(
    solvent: Literal["water", "ethanol"],
    volume_ml: Annotated[float, Schema(exclusiveMinimum=0, maximum=1e4)],
    steps: Annotated[int, Schema(minimum=1)] = 1,
    is_warm: bool = False,
    notes: Annotated[list[Annotated[str, Schema(maxLength=30)]], Schema(maxItems=4, uniqueItems=True)] | None = None,
) -> ToolResult:
    """Prepare a weaker
    solution.

    solvent: What to add
    volume_ml: Final volume
    steps: How often: once or more
    is_warm: Warm it
    notes: What to remember,
        in a few words
    """
    return ToolResult(f"{volume_ml} mL in {solvent}")


DILUTE = Tool.from_function(dilute)


def test_a_typed_function_becomes_a_tool():
    assert DILUTE.name == "dilute"
    assert DILUTE.description == "Prepare a weaker solution."
    assert DILUTE.parameters == {
        "type": "object",
        "properties": {
            "solvent": {"type": "string", "enum": ["water", "ethanol"], "description": "What to add"},
            "volume_ml": {"type": "number", "exclusiveMinimum": 0, "maximum": 1e4, "description": "Final volume"},
            "steps": {"type": "integer", "default": 1, "minimum": 1, "description": "How often: once or more"},
            "is_warm": {"type": "boolean", "default": False, "description": "Warm it"},
            "notes": {
                "type": "array",
                "items": {"type": "string", "maxLength": 30},
                "maxItems": 4,
                "uniqueItems": True,
                "description": "What to remember, in a few words",
            },
        },
        "required": ["solvent", "volume_ml"],
        "additionalProperties": False,
    }


def test_a_parameter_without_a_description_is_no_tool():
    def measure(length: float) -> ToolResult:
        """Measure."""
        return ToolResult(str(length))

    with pytest.raises(KeyError, match="length"):
        Tool.from_function(measure)


@pytest.mark.parametrize(
    "arguments",
    [
        {"solvent": "water", "volume_ml": 5},
        {"solvent": "ethanol", "volume_ml": 0.5, "steps": 2, "is_warm": True, "notes": ["slowly", ""]},
        {"volume_ml": 1e-300, "solvent": "water", "notes": []},
    ],
)
def test_arguments_of_the_right_kind_pass(arguments):
    DILUTE.check_arguments(arguments)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"volume": 3},
            "Error UNKNOWN_ARGUMENT: dilute has no argument 'volume'. "
            "Its arguments are: solvent, volume_ml, steps, is_warm, notes.",
        ),
        ({"volume_ml": "5"}, "Error WRONG_TYPE: volume_ml is '5'; it must be a number."),
        ({"volume_ml": True}, "Error WRONG_TYPE: volume_ml is true; it must be a number."),
        ({"volume_ml": None}, "Error WRONG_TYPE: volume_ml is null; it must be a number."),
        ({"volume_ml": float("inf")}, "Error WRONG_TYPE: volume_ml is inf; it must be a number."),
        ({"steps": 1.0}, "Error WRONG_TYPE: steps is 1.0; it must be a whole number."),
        ({"is_warm": 1}, "Error WRONG_TYPE: is_warm is 1; it must be true or false."),
        ({"notes": "slowly"}, "Error WRONG_TYPE: notes is 'slowly'; it must be a list."),
        ({"notes": ["slowly", 3]}, "Error WRONG_TYPE: value 2 of notes is 3; it must be a text."),
        ({"notes": {"a": 1}}, "Error WRONG_TYPE: notes is {'a': 1}; it must be a list."),
        ({"notes": ["a"] * 5}, "Error TOO_LONG: notes holds 5 values; the limit is 4."),
        ({"notes": ["a", "b", "a"]}, "Error WRONG_VALUE: notes holds 'a' twice; give each value once."),
        ({"notes": ["a" * 31]}, "Error TOO_LONG: value 1 of notes is 31 characters long; the limit is 30."),
        ({"steps": 0}, "Error OUT_OF_RANGE: steps is 0; it must be at least 1."),
        ({"volume_ml": 0}, "Error OUT_OF_RANGE: volume_ml is 0; it must be greater than 0."),
        ({"volume_ml": 10001}, "Error OUT_OF_RANGE: volume_ml is 10001; it must be at most 10000."),
        ({"solvent": "oil"}, "Error WRONG_VALUE: solvent is 'oil'; it must be one of: water, ethanol."),
        ({"solvent": ["water"]}, "Error WRONG_TYPE: solvent is ['water']; it must be a text."),
    ],
)
def test_other_arguments_are_refused_by_name_value_and_rule(changes, sentence):
    with pytest.raises(ToolError) as refusal:
        DILUTE.check_arguments({"solvent": "water", "volume_ml": 5} | changes)

    assert refusal.value.text == sentence


def test_a_missing_argument_is_refused_with_its_description():
    with pytest.raises(ToolError) as refusal:
        DILUTE.check_arguments({"solvent": "water"})

    assert refusal.value.text == "Error MISSING_ARGUMENT: dilute needs 'volume_ml'. volume_ml: Final volume."


def test_a_long_value_is_shortened():
    with pytest.raises(ToolError) as refusal:
        DILUTE.check_arguments({"solvent": "water", "volume_ml": "5" * 1_000})

    assert len(refusal.value.text) < 150


def test_every_tool_describes_itself_and_its_arguments():
    assert [tool.name for tool in TOOLS] == [
        "render_molecule",
        "molecule_3d",
        "molecular_properties",
        "lookup_compound",
        "calculate",
    ]
    for tool in TOOLS:
        assert tool.description.endswith(".")
        assert tool.parameters["required"]
        assert all(parameter["description"] for parameter in tool.parameters["properties"].values())
