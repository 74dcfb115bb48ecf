import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.stop_strings import StopStrings


def show(pieces, *stop):
    """All that is shown of a text that comes in pieces, and whether it ended in a stop text."""
    strings = StopStrings(stop)
    shown = "".join([strings.push(piece) for piece in pieces]) + strings.rest()
    return shown, strings.is_found


@pytest.mark.parametrize(
    ("text", "stop", "shown"),
    [
        ("abc", (), "abc"),
        ("abc", ("x",), "abc"),
        ("abc", ("b",), "a"),
        ("abc", ("abc",), ""),
        ("abc", ("abcd",), "abc"),
        ("aab", ("ab",), "a"),
        ("a##b###", ("###",), "a##b"),
        ("abcd", ("abcd", "b"), "a"),  # ends first
        ("abcd", ("bc", "abc", "c"), ""),  # of those that end together the longest
        ("日本語", ("本語",), "日"),
    ],
)
def test_the_text_ends_before_the_stop_text_that_ends_first(text, stop, shown):
    for pieces in ([text], list(text)):
        assert show(pieces, *stop) == (shown, shown != text)


def test_what_may_become_a_stop_text_is_held_back():
    strings = StopStrings(("###", "#!"))

    assert [strings.push(text) for text in ("a", "b#", "#", "#")] == ["a", "b", "", ""]
    assert strings.is_found
    assert strings.push("more") == "" and strings.rest() == ""


def by_definition(text, stop):
    """Look after every character."""
    for end in range(1, len(text) + 1):
        starts = [end - len(one) for one in stop if text[:end].endswith(one)]
        if starts:
            return text[: min(starts)], True
    return text, False


@given(
    pieces=st.lists(st.text("ab", max_size=4), max_size=8),
    stop=st.lists(st.text("ab", min_size=1, max_size=5), max_size=3),
)
@settings(max_examples=500, deadline=None)
def test_how_the_text_is_cut_into_pieces_makes_no_difference(pieces, stop):
    assert show(pieces, *stop) == by_definition("".join(pieces), stop)
