import random

import pytest

from assistant.events import Text, Thinking
from assistant.stream_parser import MalformedCall, Piece, StreamParser
from engine.messages import ToolCall

DRAW = '<tool_call>\n{"name": "render_molecule", "arguments": {"smiles": "C/C=C\\\\C"}}\n</tool_call>'
DRAW_CALL = ToolCall("render_molecule", {"smiles": "C/C=C\\C"})
ADD = '<tool_call>\n{"name": "calculate", "arguments": {"expression": "1<2"}}\n</tool_call>'
ADD_CALL = ToolCall("calculate", {"expression": "1<2"})


def parse(chunks: list[str], starts_thinking: bool = True) -> list[Piece]:
    parser = StreamParser(starts_thinking)
    pieces = [piece for chunk in chunks for piece in parser.feed(chunk)]
    return joined(pieces + parser.finish())


def joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbouring pieces of one kind as one, since where they are cut does not matter."""
    result: list[Piece] = []
    for piece in pieces:
        last = result[-1] if result else None
        if isinstance(piece, Text | Thinking) and type(last) is type(piece):
            result[-1] = type(piece)(last.text + piece.text)
        else:
            result.append(piece)
    return result


ANSWERS = [
    pytest.param("", [], id="nothing"),
    pytest.param("Hm.</think>\n\nHello.", [Thinking("Hm."), Text("Hello.")], id="thinking-then-answer"),
    pytest.param("\nHm.\n\nWell.\n</think>\n\nA\n\nB\n", [Thinking("Hm.\n\nWell."), Text("A\n\nB")], id="newlines"),
    pytest.param(f"Draw.</think>\n\n{DRAW}", [Thinking("Draw."), DRAW_CALL], id="thinking-then-call"),
    pytest.param(
        f"Both.</think>\n\nLet me see.\n{DRAW}\n{ADD}",
        [Thinking("Both."), Text("Let me see."), DRAW_CALL, ADD_CALL],
        id="text-then-two-calls",
    ),
    pytest.param(f"</think>\n\nA\n{DRAW}\nB", [Text("A"), DRAW_CALL, Text("\n\nB")], id="text-after-a-call"),
    pytest.param(f"</think>\n\n{DRAW}\nB", [DRAW_CALL, Text("B")], id="text-only-after-a-call"),
    pytest.param(f"Draw now. {DRAW}", [Thinking("Draw now. "), DRAW_CALL], id="call-without-end-of-thinking"),
    pytest.param("<think>\nHm.</think>Hi", [Thinking("Hm."), Text("Hi")], id="repeated-opening-tag"),
    pytest.param("</think>\n\nA</think>B</tool_call>", [Text("A\n\nB")], id="stray-closing-tags"),
    pytest.param("</think>\n\na < b, <b>, </ and <tool", [Text("a < b, <b>, </ and ")], id="cut-off-in-a-tag"),
    pytest.param("</think>\n\nif a <", [Text("if a <")], id="ends-in-a-less-than-sign"),
    pytest.param("Still thinking\n</thi", [Thinking("Still thinking")], id="cut-off-while-thinking"),
    pytest.param(f"</think>\n\n{DRAW[:-12]}", [DRAW_CALL], id="call-without-closing-tag"),
    pytest.param(f"</think>\n\n{DRAW[:-4]}", [DRAW_CALL], id="call-with-half-a-closing-tag"),
    pytest.param(
        '</think>\n\nA\n<tool_call>\n{"name": "render',
        [Text("A"), MalformedCall('\n{"name": "render', "it breaks off")],
        id="cut-off-in-a-call",
    ),
    pytest.param(
        f"</think>\n\n<tool_call>\n{{}}\n{ADD}",
        [MalformedCall("\n{}\n", 'it has no "name"'), ADD_CALL],
        id="a-call-inside-a-call",
    ),
]


@pytest.mark.parametrize(("output", "expected"), ANSWERS)
def test_an_output_is_cut_into_thinking_answer_and_calls(output, expected):
    assert parse([output]) == expected


@pytest.mark.parametrize(("output", "expected"), ANSWERS)
def test_one_character_at_a_time_gives_the_same_pieces(output, expected):
    assert parse(list(output)) == expected


def test_chunk_borders_do_not_matter():
    rng = random.Random(0)
    fragments = [
        "<think>",
        "</think>",
        "<tool_call>",
        "</tool_call>",
        "\n",
        "\n\n",
        "<",
        "</",
        "<t",
        "苯",
        "text ",
        DRAW,
    ]

    for _ in range(2_000):
        output = "".join(rng.choices(fragments, k=rng.randrange(12)))
        borders = sorted(rng.choices(range(len(output) + 1), k=rng.randrange(8)))
        chunks = [output[i:j] for i, j in zip([0, *borders], [*borders, len(output)], strict=True)]
        starts_thinking = rng.random() < 0.5

        assert parse(chunks, starts_thinking) == parse([output], starts_thinking), chunks


def test_no_piece_ever_holds_a_part_of_a_tag_or_a_newline_before_one():
    parser = StreamParser(starts_thinking=True)
    output = f"Let me draw it.\n</think>\n\nOne moment.\n{DRAW}\n{ADD}"

    shown = [piece for character in output for piece in parser.feed(character) if isinstance(piece, Text | Thinking)]

    assert all("<" not in piece.text and "\n" not in piece.text for piece in shown)


def test_text_is_given_out_as_soon_as_it_cannot_be_a_tag():
    parser = StreamParser(starts_thinking=False)

    assert parser.feed("Hello <") == [Text("Hello ")]
    assert parser.feed("to") == []
    assert parser.feed("wn>\n") == [Text("<town>")]
    assert parser.feed("x") == [Text("\nx")]


def test_without_thinking_the_output_begins_with_the_answer():
    assert parse(["Hello."], starts_thinking=False) == [Text("Hello.")]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("{'name': 'a'}", "it is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ('{"name": "a", "arguments": {"s": "C\\C"}}', "it is not JSON: Invalid \\escape at character 36"),
        ("", "it is not JSON: Expecting value at character 1"),
        ('["a"]', "it is not a JSON object"),
        ('{"arguments": {}}', 'it has no "name"'),
        ('{"name": 3, "arguments": {}}', 'it has no "name"'),
        ('{"name": "a"}', 'its "arguments" are not a JSON object'),
        ('{"name": "a", "arguments": "{}"}', 'its "arguments" are not a JSON object'),
        ('{"name": "a", "arguments": {"x": NaN}}', "it is not JSON: NaN is not a JSON number"),
        ('{"name": "a", "arguments": {"x": "\\ud800"}}', "it holds half of a character"),
    ],
)
def test_a_call_that_cannot_be_read_says_why(raw, reason):
    output = f"<tool_call>{raw}</tool_call>"

    assert parse([output], starts_thinking=False) == [MalformedCall(raw, reason)]


def test_a_deeply_nested_call_is_malformed_and_does_not_crash():
    (piece,) = parse(["<tool_call>" + "[" * 100_000 + "</tool_call>"], starts_thinking=False)

    assert isinstance(piece, MalformedCall)
