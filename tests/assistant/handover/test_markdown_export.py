from markdown_it import MarkdownIt

from assistant.events import Text
from assistant.handover.markdown_export import markdown_export
from assistant.handover.places import Folder, embedded
from assistant.ui.strings import Words
from tests.assistant.handover.records import ALANINE, FORMULA, abroad, artifact, hostile, ordinary, record, tool, turn

EN, ZH = Words("en"), Words("zh")


def headings(text):
    tokens = MarkdownIt("commonmark", {"html": True}).parse(text)
    opened = [i for i, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0]
    return [tokens[i + 1].content for i in opened]


def test_a_conversation_reads_from_top_to_bottom():
    text = markdown_export(ordinary(), EN, embedded)

    assert text.startswith("# Draw alanine\n\n*Kept from Benchside on ")
    order = ["## Question 1", "temperature 0.5 · seed 7", "gel.png", "> Draw", "## Answer 1", "<summary>Thinking"]
    order += ["`render_molecule`", '"smiles"', "Drawn.", "![ethanol.svg]", "Alanine is"]
    order += ["And then?", "cut off", "And now?", "The prompt is too long"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_molecules_and_formulas_stay_what_they_are():
    text = markdown_export(ordinary(), EN, embedded)

    assert f"`{ALANINE}`" in text
    assert FORMULA in text


def test_labels_are_in_the_readers_language():
    text = markdown_export(ordinary(), ZH, embedded)

    assert "## 问题 1" in text
    assert "思考过程" in text


def test_tools_figures_files_and_failures_are_named_in_the_readers_language():
    text = markdown_export(abroad(), ZH, embedded)

    assert "**绘制分子** `render_molecule`" in text
    assert "CCO（C2H6O）的二维结构" in text
    assert "2 行" in text
    assert "模型已关闭。" in text
    assert "**Draw a molecule** `render_molecule`" in markdown_export(abroad(), EN, embedded)


def test_what_others_wrote_is_no_part_of_the_pages_structure():
    text = markdown_export(hostile(), EN, embedded)

    assert headings(text)[1:] == ["Question 1", "Answer 1"]
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<img src=x" not in rendered
    assert "<script" not in rendered
    assert 'href="javascript' not in rendered
    assert 'src="https' not in rendered


def test_a_fence_that_an_answer_left_open_ends_with_it():
    text = markdown_export(record(turn(Text("````py\nx = 1\n```")), turn(Text("Next"))), EN, embedded)

    assert headings(text)[-1] == "Answer 2"


def test_an_answer_that_has_no_end_says_why():
    answers = [turn(Text("Half"), end=False, state=state) for state in ("running", "broken")]

    text = markdown_export(record(*answers), EN, embedded)

    assert text.index("still being written") < text.index("cut off")


def test_figures_stand_in_the_text_or_beside_it():
    inside = markdown_export(ordinary(), EN, embedded)
    folder = Folder("files")
    beside = markdown_export(ordinary(), EN, folder)

    assert "](data:image/svg+xml;base64," in inside
    assert "](files/ethanol.svg)" in beside
    assert "data:" not in beside
    assert folder.files["files/gel.png"].read().startswith(b"\x89PNG")


def test_what_is_too_large_for_the_text_is_named_in_it():
    large = artifact("file", "large.bin", b"x" * (4 * 2**20 + 1))

    text = markdown_export(record(turn(*tool(artifacts=(large,)))), EN, embedded)

    assert "**large.bin** A result (too large to stand in this file)" in text


def test_a_long_table_ends_with_how_much_more_there_is():
    rows = "\n".join(f"{i},x|y" for i in range(120))
    table = artifact("table", "t.csv", f"n,what\n{rows}\n", "text/csv")

    text = markdown_export(record(turn(*tool(artifacts=(table,)))), EN, embedded)

    assert "| 99 | x\\|y |" in text
    assert "| 100 |" not in text
    assert "20 more rows" in text
