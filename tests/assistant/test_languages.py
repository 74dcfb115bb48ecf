"""Everything that a person can be told is there in both languages: the code is walked for what it may say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.agent import LIMIT_SENTENCE, NO_ANSWER, UNREADABLE_CALLS
from assistant.attachments.reader import _sentence
from assistant.events import Failed, ToolFinished, ToolStarted
from assistant.tools.catalogue import TOOLS
from assistant.tools.nano.catalogue import TOOLS as NANO_TOOLS
from assistant.ui.answer import Answer
from assistant.ui.phrase_book import description_in_chinese, sentence_in_chinese
from assistant.ui.render import answer_messages
from assistant.ui.strings import STRINGS, Words, preferred_language
from assistant.ui.texts.captions import CAPTIONS
from assistant.ui.texts.file_facts import FACTS
from assistant.ui.texts.file_sentences import FILES
from assistant.ui.texts.sentences import DOOR, ENGINE
from assistant.ui.texts.tool_problems import PROBLEMS
from assistant.ui.texts.tools import TITLES
from engine.engine import MEDIA_FAILED
from engine.errors import PromptTooLong, QueueFull
from engine.failing_step import STEP_FAILED
from engine.front_door import TooMuchToRead
from engine.service import CRASHED, CUT_SHORT, DRAINING, SHUT_DOWN

ROOT = Path(__file__).parents[2]
ZH = Words("zh")
RAISED = {"EngineError", "InvalidRequest", "EngineStopped", "AttachmentError", "unreadable"}
# What only whoever starts the app, measures it, or calls the HTTP API is told.
NOT_ON_THE_PAGE = re.compile(
    r"engine/(bench|grammar|parity|ranks/layout|fit|config|model_runner|timeline|sampling_params|llm\.py|engine\.py"
    r"|answer_form|dialects/openai)|assistant/(openai_api|remote)"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def calls(folder: str, names: set[str]) -> Iterator[tuple[Path, ast.Call]]:
    """Calls of functions and classes by these names."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
                yield path.relative_to(ROOT), node


def form(node: ast.expr) -> str | None:
    """A text with {} in the place of every value; None for what is not written out."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(value.value if isinstance(value, ast.Constant) else "{}" for value in values)
    return None


def forms(book: dict[str, str]) -> set[str]:
    return {re.sub(r"\{\w+(:,)?\}", "{}", english) for english in book}


def test_every_sentence_that_an_error_may_say_on_the_page_is_in_the_book():
    book = forms(ENGINE | FILES)
    # counted() writes its own plural; a reader's reason is looked up by itself
    of_other_form = {
        "The {} is not UTF-8 text: {}. Save it as UTF-8 and attach that.",
        "{}: correct it and attach the file again.",
        "{}; save it again and attach that.",
        "The PDF has {} and no text in it, only pictures: attach its pages as pictures.",
        "The structure cannot be shown: {}.",
    }

    missing = [
        f"{path}:{node.lineno} {said}"
        for folder in ("engine", "assistant")
        for path, node in calls(folder, RAISED)
        if not NOT_ON_THE_PAGE.match(path.as_posix()) and (said := form(node.args[0]))
        if said not in book | of_other_form
    ]

    assert missing == []


def test_every_sentence_that_a_visitor_is_refused_with_is_in_the_book():
    only_for_programs = {
        "A key is needed here: Authorization: Bearer KEY. Whoever runs Benchside makes them (--api-keys-file)."
    }

    said = set()
    for name in ("http_guard.py", "hosting/gradio_calls.py", "engine_view.py"):
        for node in ast.walk(ast.parse((ROOT / "assistant" / name).read_text())):
            values = node.args if isinstance(node, ast.Call) else [node.value] if isinstance(node, ast.Assign) else []
            said |= {text for value in values if (text := form(value)) and re.fullmatch(r"[A-Z].* .*\.", text)}

    assert said - only_for_programs == forms(DOOR)


@pytest.mark.parametrize(
    "sentence",
    [
        *(LIMIT_SENTENCE, UNREADABLE_CALLS, NO_ANSWER, STEP_FAILED, MEDIA_FAILED),
        *(SHUT_DOWN, DRAINING, CUT_SHORT, CRASHED, STRINGS["internal"][0]),
        str(PromptTooLong(50_000, 4_096)),
        str(QueueFull(64, 64)),
        str(TooMuchToRead(10, 20, 30)),
        *(
            _sentence("a.csv", f"Error {code}: x")
            for code in ("tool_timeout", "tool_memory", "cancelled", "tool_failed")
        ),
        "a.png: The picture is 40,000 x 3 pixels; a side may have 16,384 and all of it 40 million: make it smaller.",
        "a.csv: Line 3 of the file holds 'a' where a number is needed; correct or remove it.",
        "a.smi: Line 3: 'ä' at character 2 does not belong in a SMILES: correct it and attach the file again.",
        "a.sdf: Molecule 1: its atoms or bonds are not valid; save it again and attach that.",
        "a.pdf: The PDF has 2 pages and no text in it, only pictures: attach its pages as pictures.",
        "a.txt: The text file is not UTF-8 text: byte 4 is no character of it. Save it as UTF-8 and attach that.",
    ],
)
def test_a_failure_is_told_in_chinese(sentence):
    shown = answer_messages(Answer(end=Failed(sentence)), ZH, lambda artifact: "")[-1]["content"][0]["value"]["text"]

    assert CHINESE.search(shown)
    assert not re.search(r"[a-z]{4,} [a-z]{4,} [a-z]{2,}", shown), shown


def test_a_sentence_that_nobody_knows_stays_as_it_is():
    assert sentence_in_chinese("Something else.") == "Something else."
    assert sentence_in_chinese("x: " * 2_000) == "x: " * 2_000


@pytest.mark.parametrize(
    "book", [DOOR, ENGINE, FILES, FACTS, CAPTIONS], ids=["door", "engine", "files", "facts", "captions"]
)
def test_no_chinese_phrase_names_a_value_that_the_english_one_lacks(book):
    places = re.compile(r"\{(\w+)(?::,)?\}")

    wrong = [
        english for english, chinese in book.items() if set(places.findall(chinese)) - set(places.findall(english))
    ]

    assert wrong == []
    assert all(map(CHINESE.search, book.values()))


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "3 components, 100 Hz, 30.0 s, starts 2009-08-24T00:20:03, 75 tokens",
            "3 个分量，100 Hz，30.0 秒，起始于 2009-08-24T00:20:03，75 个 token",
        ),
        (
            "30.0 s, 1,280 x 720 video, 48 frames around 0.1 to 29.5 s, 4,000 tokens",
            "30.0 秒，1,280 × 720 视频，0.1 至 29.5 秒间的 48 帧，4,000 个 token",
        ),
        (
            "4 protein sequences, 141-147 residues; the model reads all of it",
            "4 条蛋白质序列，141-147 个残基；模型读取全部内容",
        ),
    ],
)
def test_what_was_understood_of_a_file_is_told_in_chinese(english, chinese):
    assert description_in_chinese(english) == chinese


def test_every_tool_has_a_title_in_both_languages():
    names = {tool.name for tool in (*TOOLS, *NANO_TOOLS)}

    assert set(TITLES) == names
    assert all(f"title_{name}" in STRINGS for name in names)


def test_every_code_of_a_tool_error_has_a_headline_and_no_headline_is_left_over():
    known = {code for codes in PROBLEMS for code in codes}
    said = {
        constant.value
        for _, node in calls("assistant", {"ToolError", "_refused"})
        for constant in ast.walk(node.args[0])
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    written = "\n".join(path.read_text() for path in (ROOT / "assistant").rglob("*.py") if "texts" not in path.parts)

    assert said - known == set()
    assert [code for code in known if f'"{code}"' not in written] == []


def test_every_caption_of_a_figure_that_is_written_out_is_in_the_book():
    book = forms(CAPTIONS)
    makers = {"svg": 2, "png": 2, "table": 3, "plot": 3, "sequence": 4, "file": 3, "grid": 2, "series_file": 3}
    made_of_names = {"{} over {}", "{} from {}, {}"}  # of channels, axes and units alone
    counted = {"{} with CIP labels", "{} of {}"}  # counted() writes its own plural

    missing = []
    for path, node in calls("assistant/tools", set(makers)):
        assert isinstance(node.func, ast.Name)
        place = makers[node.func.id]
        said = form(node.args[place]) if len(node.args) > place else None
        if said and said not in book | made_of_names | counted and " " in said:
            missing.append(f"{path}:{node.lineno} {said}")

    assert missing == []


def test_the_card_of_a_tool_that_failed_says_why_in_the_language_of_the_reader():
    answer = Answer()
    answer.add(ToolStarted("1", "render_molecule", {"smiles": "C("}), 0.0)
    answer.add(ToolFinished("1", False, "Error INVALID_SMILES: 'C(' is not a valid SMILES.", (), 0.1), 0.1)

    english, chinese = (
        answer_messages(answer, words, lambda artifact: "")[0]["content"][0]["value"] for words in (Words("en"), ZH)
    )

    assert (english["title"], english["problem"]) == ("Draw a molecule", "Not a valid SMILES")
    assert (chinese["title"], chinese["problem"]) == ("绘制分子", "不是有效的 SMILES")
    assert chinese["name"] == "render_molecule"
    assert "is not a valid SMILES" in chinese["summary"]


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept-language": "zh-CN,zh;q=0.9"}, "zh"),
        ({"accept-language": "zh-CN", "cookie": "benchside_language=en"}, "en"),
        ({"accept-language": "en", "cookie": "a=b; benchside_language=zh"}, "zh"),
        ({"accept-language": "en", "cookie": "benchside_language=<script>"}, "en"),
    ],
)
def test_what_was_chosen_on_the_page_goes_before_what_the_browser_prefers(headers, language):
    assert preferred_language(headers) == language
