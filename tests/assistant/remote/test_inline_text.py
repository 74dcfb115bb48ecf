import pytest

from assistant.remote.inline_text import InlineText
from engine.dialects.intern_s1 import InternS1Dialect
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.pieces import Text, TextWasThinking, Thinking
from engine.messages import ToolCall

CALL = ToolCall("draw", {"x": 1})


def pieces(text, size, starts_thinking=False, dialect=None):
    """The same with every size of chunks; neighbours joined."""
    reader = InlineText(dialect or InternS1ProDialect(), starts_thinking)
    found = [piece for start in range(0, len(text), size) for piece in reader.feed(text[start : start + size])]
    joined = []
    for piece in [*found, *reader.finish()]:
        if joined and type(joined[-1]) is type(piece) and isinstance(piece, Text | Thinking):
            joined[-1] = type(piece)(joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


def as_seen_at_the_end(found):
    """Texts that turned out to be thinking are thinking."""
    if TextWasThinking() not in found:
        return found
    place = found.index(TextWasThinking())
    thought = "".join(piece.text for piece in found[:place])
    rest = found[place + 1 :]
    if rest and isinstance(rest[0], Thinking):
        thought, rest = thought + rest[0].text, rest[1:]
    return [Thinking(thought), *rest]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain answer.", [Text("Plain answer.")]),
        ("<think>\nHm.\n</think>\n\nYes.", [Thinking("Hm."), Text("Yes.")]),
        ("Hm.\n</think>\n\nYes.", [Thinking("Hm."), Text("Yes.")]),
        ("</think>Yes.", [Text("Yes.")]),
        ('Hm.</think>\n<tool_call>\n{"name": "draw", "arguments": {"x": 1}}\n</tool_call>', [Thinking("Hm."), CALL]),
        ("a < b and 2 <", [Text("a < b and 2 <")]),
    ],
)
def test_thinking_is_told_apart_with_and_without_its_opening_tag(text, expected, size):
    assert as_seen_at_the_end(pieces(text, size)) == expected


@pytest.mark.parametrize("size", [1, 1000])
def test_an_answer_that_is_known_to_begin_with_thinking_does(size):
    assert pieces("Hm.</think>Yes.", size, starts_thinking=True) == [Thinking("Hm."), Text("Yes.")]


def test_calls_of_intern_s1_are_read():
    text = '<|action_start|><|plugin|>{"name": "draw", "parameters": {"x": 1}}<|action_end|>'

    assert pieces(text, 5, dialect=InternS1Dialect()) == [CALL]
