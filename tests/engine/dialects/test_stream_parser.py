import random
from collections.abc import Iterator

import pytest

from engine.dialects.base import Dialect
from engine.dialects.intern_s1 import InternS1Dialect
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.pieces import MalformedCall, Piece, Text, Thinking
from engine.messages import ToolCall

PRO, S1 = InternS1ProDialect(), InternS1Dialect()

DRAW = '<tool_call>\n{"name": "render_molecule", "arguments": {"smiles": "C/C=C\\\\C"}}\n</tool_call>'
DRAW_CALL = ToolCall("render_molecule", {"smiles": "C/C=C\\C"})
ADD = '<tool_call>\n{"name": "calculate", "arguments": {"expression": "1<2"}}\n</tool_call>'
ADD_CALL = ToolCall("calculate", {"expression": "1<2"})


S1_DRAW = '<|action_start|><|plugin|>\n{"name": "render_molecule", "parameters": {"smiles": "CCO"}}\n<|action_end|>'
S1_DRAW_CALL = ToolCall("render_molecule", {"smiles": "CCO"})
S1_ADD = '<|action_start|>\n <|plugin|>{"name": "calculate", "arguments": {"expression": "1<2"}}<|action_end|>'


def parse(chunks: list[str], starts_thinking: bool = True, dialect: Dialect = PRO) -> list[Piece]:
    parser = dialect.parser(starts_thinking)
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


S1_ANSWERS = [
    pytest.param(f"\nDraw.\n</think>\n\nSo:{S1_DRAW}", [Thinking("Draw."), Text("So:"), S1_DRAW_CALL], id="parameters"),
    pytest.param(f"</think>\n\n{S1_ADD}", [ADD_CALL], id="arguments-and-space-between-the-tags"),
    pytest.param(
        f"</think>Both.\n{S1_DRAW}{S1_ADD}\n{S1_DRAW}",
        [Text("Both."), S1_DRAW_CALL, ADD_CALL, S1_DRAW_CALL],
        id="several-blocks",
    ),
    pytest.param(
        f"Draw.\n{S1_DRAW}\nThen see.\n</think>\n\nHere.",
        [Thinking("Draw."), S1_DRAW_CALL, Thinking("\n\nThen see."), Text("Here.")],
        id="a-block-inside-the-thinking",
    ),
    pytest.param(f"</think>{S1_DRAW[:-14]}", [S1_DRAW_CALL], id="a-stop-at-the-closing-tag"),
    pytest.param(f"</think>{S1_DRAW[:-6]}", [S1_DRAW_CALL], id="half-a-closing-tag"),
    pytest.param("</think>A<|action_start|><|plu", [Text("A"), MalformedCall("<|plu", "it breaks off")], id="cut-off"),
    pytest.param("</think>a <| b <|action", [Text("a <| b ")], id="cut-off-in-a-tag"),
    pytest.param("</think>Not one: <tool_call>", [Text("Not one: <tool_call>")], id="the-other-dialects-tag"),
    pytest.param(
        '</think><|action_start|><|plugin|>{"name": "a"}<|action_end|>',
        [MalformedCall('{"name": "a"}', 'its "parameters" are not a JSON object')],
        id="no-parameters",
    ),
]
ALL_ANSWERS = [
    pytest.param(dialect, *case.values, id=f"{dialect.name}-{case.id}")
    for dialect, cases in ((PRO, ANSWERS), (S1, S1_ANSWERS))
    for case in cases
]


def splits(output: str) -> Iterator[list[str]]:
    """Every way to cut an output in two, and its single characters."""
    yield list(output)
    for i in range(len(output) + 1):
        yield [output[:i], output[i:]]


@pytest.mark.parametrize(("dialect", "output", "expected"), ALL_ANSWERS)
def test_an_output_is_cut_into_thinking_answer_and_calls(dialect, output, expected):
    assert parse([output], dialect=dialect) == expected


@pytest.mark.parametrize(("dialect", "output", "expected"), ALL_ANSWERS)
def test_the_pieces_are_the_same_wherever_the_stream_is_cut(dialect, output, expected):
    for chunks in splits(output):
        assert parse(chunks, dialect=dialect) == expected, chunks


@pytest.mark.parametrize(("dialect", "output", "expected"), ALL_ANSWERS)
def test_nothing_is_shown_early_that_a_longer_stream_takes_back(dialect, output, expected):
    """Half a tag that leaked would make the text so far something that the whole text does not begin with."""
    whole = parse([output], dialect=dialect)
    for i in range(len(output)):
        shown = joined(dialect.parser(starts_thinking=True).feed(output[:i]))

        for piece, final in zip(shown, whole, strict=False):
            assert piece == final or (type(piece) is type(final) and final.text.startswith(piece.text)), output[:i]


@pytest.mark.parametrize("dialect", [PRO, S1], ids=lambda dialect: dialect.name)
def test_chunk_borders_do_not_matter(dialect):
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
        "<|action_start|>",
        "<|plugin|>",
        "<|action_end|>",
        "<|",
        S1_DRAW,
    ]

    for _ in range(1_500):
        output = "".join(rng.choices(fragments, k=rng.randrange(12)))
        borders = sorted(rng.choices(range(len(output) + 1), k=rng.randrange(8)))
        chunks = [output[i:j] for i, j in zip([0, *borders], [*borders, len(output)], strict=True)]
        starts_thinking = rng.random() < 0.5

        assert parse(chunks, starts_thinking, dialect) == parse([output], starts_thinking, dialect), chunks


def test_no_piece_ever_holds_a_part_of_a_tag_or_a_newline_before_one():
    parser = PRO.parser(starts_thinking=True)
    output = f"Let me draw it.\n</think>\n\nOne moment.\n{DRAW}\n{ADD}"

    shown = [piece for character in output for piece in parser.feed(character) if isinstance(piece, Text | Thinking)]

    assert all("<" not in piece.text and "\n" not in piece.text for piece in shown)


def test_text_is_given_out_as_soon_as_it_cannot_be_a_tag():
    parser = PRO.parser(starts_thinking=False)

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
