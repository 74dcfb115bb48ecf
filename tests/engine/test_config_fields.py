"""Every wrong value of config.json is named with its file, its section and what it must be."""

from pathlib import Path

import pytest

from engine.config_fields import ConfigFields
from engine.errors import CheckpointError

FILE = Path("models/x/config.json")


def fields(**values):
    return ConfigFields(values, FILE)


def test_values_come_as_they_are_asked_for():
    config = fields(a=3, b=0.5, c=False, d="gelu", e={"f": 1}, g=None)

    values = (
        config.integer("a"),
        config.number("b"),
        config.flag("c"),
        config.text("d"),
        config.section("e").integer("f"),
    )

    assert values == (3, 0.5, False, "gelu", 1)
    assert config.optional("g") is None and config.optional("h") is None


def test_the_first_present_name_counts():
    assert fields(new=None, old=7).integer("new", "old") == 7


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (lambda c: c.integer("flag"), "flag in models/x/config.json is True; it must be a whole number of at least 1."),
        (lambda c: c.integer("zero"), "zero in models/x/config.json is 0; it must be a whole number of at least 1."),
        (lambda c: c.number("zero"), "zero in models/x/config.json is 0; it must be a number above 0."),
        (lambda c: c.number("endless"), "endless in models/x/config.json is inf; it must be a number above 0."),
        (lambda c: c.flag("zero"), "zero in models/x/config.json is 0; it must be true or false."),
        (lambda c: c.text("zero"), "zero in models/x/config.json is 0; it must be a text."),
        (lambda c: c.section("zero"), "zero in models/x/config.json is 0; it must be an object."),
        (lambda c: c.integer("a", "b"), "models/x/config.json has no a or b."),
        (lambda c: c.section("part").integer("x"), "models/x/config.json has no part.x."),
        (lambda c: c.section("part").flag("y"), "part.y in models/x/config.json is 'no'; it must be true or false."),
        (
            lambda c: c.require("act", "gelu", "relu"),
            "act in models/x/config.json is 'silu'; this engine supports 'gelu' or 'relu' only.",
        ),
        (
            lambda c: c.require("flag", None, 1),
            "flag in models/x/config.json is True; this engine supports absent or 1 only.",
        ),
        (lambda c: c.require("a", True), "models/x/config.json has no a; this engine supports True only."),
    ],
)
def test_a_wrong_value_is_one_sentence(read, reason):
    config = fields(flag=True, zero=0, endless=float("inf"), act="silu", part={"y": "no"})

    with pytest.raises(CheckpointError) as error:
        read(config)

    assert str(error.value) == reason
