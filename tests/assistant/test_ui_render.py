import pytest

from assistant.events import Artifact, Failed, Finished, Text, Thinking, ToolFinished, ToolStarted
from assistant.ui.answer import Answer
from assistant.ui.render import CONSTANT_VIEW, answer_messages, footer_line, question_message
from assistant.ui.strings import EXAMPLES, STRINGS, Words, preferred_language
from engine.messages import Usage

EN, ZH = Words("en"), Words("zh")
USAGE = Usage(prompt_tokens=50, completion_tokens=101, time_to_first_token_s=0.31, decode_s=2.0)
PICTURE = Artifact(
    "a1", "svg", "structure.svg", "image/svg+xml", "<svg/>", "2D structure of CCO (C2H6O)", {"smiles": "CCO"}
)
NITRO = "C1=CC=C(C=C1)[N+](=O)[O-]"


def shown(events, words=EN):
    """The values that the browser gets: a dict per view, a str per Markdown text."""
    answer = Answer.of((float(at_s), event) for at_s, event in enumerate(events))
    messages = answer_messages(answer, words, lambda artifact: f"/files/{artifact.id}")
    contents = [message["content"][0] for message in messages]
    return [content["text"] if content["type"] == "text" else content["value"] for content in contents]


def test_nothing_has_come_yet():
    assert shown([]) == [{"kind": "status", "text": "Reading"}]


def test_thinking_is_open_while_it_runs_and_merged():
    thinking, status = shown([Thinking("Let me "), Thinking("see.")])

    assert thinking == {"kind": "thinking", "title": "Thinking", "text": "Let me see.", "running": True}
    assert status["text"] == "Thinking"


def test_thinking_is_over_when_the_answer_starts():
    thinking, answer, status = shown([Thinking("Hm."), Thinking("Ah."), Text("It is "), Text("so.")])

    assert (thinking["title"], thinking["running"]) == ("Thought for 2.0 s", False)
    assert answer == "It is so."
    assert status["text"] == "Answering"


def test_the_parts_of_an_answer_keep_their_order():
    events = [
        Thinking("First."),
        ToolStarted("c1", "render_molecule", {"smiles": "CCO"}),
        ToolFinished("c1", True, "Drawn.", (PICTURE,), 0.31),
        Thinking("Then."),
        Text("Here it is."),
        Finished("stop", (USAGE,), 3.2),
    ]

    views = shown(events)

    kinds = [view if isinstance(view, str) else view["kind"] for view in views]
    assert kinds == ["thinking", "tool", "svg", "thinking", "Here it is.", "footer"]


def test_a_tool_card_has_name_arguments_state_seconds_and_result():
    started = ToolStarted("c1", "molecular_properties", {"smiles_list": ["F/C=C\\F", "CCO"], "atom_numbers": True})

    running, status = shown([started])
    done, _ = shown([started, ToolFinished("c1", True, "logP 0.6", (), 0.314)])

    assert (running["name"], running["state"], running["seconds"]) == ("molecular_properties", "running", "")
    assert status["text"] == "Running molecular_properties"
    assert (done["state"], done["seconds"], done["summary"]) == ("done", "0.31 s", "logP 0.6")
    assert done["arguments"] == [["smiles_list", "F/C=C\\F\nCCO"], ["atom_numbers", "true"]]


def test_a_tool_that_failed_says_so_in_its_own_sentence():
    tool, _ = shown([ToolStarted("c1", "render_molecule", {}), ToolFinished("c1", False, "Error X: no.", (), 0.1)])

    assert (tool["state"], tool["summary"]) == ("failed", "Error X: no.")


def test_a_tool_that_was_stopped_does_not_run_for_ever():
    tool, footer = shown([ToolStarted("c1", "wait", {}), Finished("stopped", (), 1.0)])

    assert tool["state"] == "stopped"
    assert footer["text"] == "1.0 s · stopped"


def test_a_tool_that_the_reader_stopped_has_not_failed():
    stopped = ToolFinished("c1", False, "Error cancelled: The user stopped wait.", (), 3.0)

    tool, _ = shown([ToolStarted("c1", "wait", {}), stopped, Finished("stopped", (), 3.1)])

    assert tool["state"] == "stopped"


def test_results_of_two_calls_go_to_their_own_cards():
    events = [
        ToolStarted("c1", "calculate", {"expression": "1+1"}),
        ToolFinished("c1", True, "2", (), 0.1),
        ToolStarted("c2", "calculate", {"expression": "2+2"}),
        ToolFinished("c2", True, "4", (), 0.1),
    ]

    first, second, _ = shown(events)

    assert (first["summary"], second["summary"]) == ("2", "4")


def test_a_picture_has_an_address_an_alternative_text_and_the_exact_smiles():
    _, picture, _ = shown(
        [ToolStarted("c1", "render_molecule", {}), ToolFinished("c1", True, "Drawn.", (PICTURE,), 0.1)]
    )

    assert (picture["kind"], picture["url"], picture["smiles"]) == ("svg", "/files/a1", "CCO")
    assert picture["alt"] == "2D structure of CCO (C2H6O)"


def test_the_answer_is_markdown_in_which_molecules_survive_and_the_copy_is_what_the_model_wrote():
    text, footer = shown([Text(f"It is {NITRO}, a<b."), Finished("stop", (USAGE,), 3.2)])

    assert text == f"It is `{NITRO}`, a&lt;b."
    assert footer["copy"] == f"It is {NITRO}, a<b."


def test_blank_text_between_tools_is_not_a_message():
    assert shown([Text("\n\n"), Failed("No.")])[0]["kind"] == "failure"


def test_a_failure_is_one_sentence():
    (failure,) = shown([Failed("The conversation is 5,000 tokens long.")])

    assert (failure["kind"], failure["text"]) == ("failure", "The conversation is 5,000 tokens long.")


@pytest.mark.parametrize(
    ("end", "line"),
    [
        (Finished("stop", (USAGE,), 3.24), "101 tok · 50.0 tok/s · first token 0.31 s · 3.2 s · stop"),
        (Finished("stop", (USAGE, USAGE), 6.0), "202 tok · 50.0 tok/s · first token 0.31 s · 6.0 s · stop"),
        (
            Finished("length", (USAGE,), 3.2),
            "101 tok · 50.0 tok/s · first token 0.31 s · 3.2 s · cut at the length limit",
        ),
        (Finished("stopped", (), 0.14), "0.1 s · stopped"),
        (Finished("tool_limit", (USAGE,), 9), "101 tok · 50.0 tok/s · first token 0.31 s · 9.0 s · tool limit reached"),
        (Finished("stop", (Usage(5, 1, 0.2, 0.0),), 0.2), "1 tok · first token 0.20 s · 0.2 s · stop"),
    ],
)
def test_the_footer_line(end, line):
    assert footer_line(end, EN) == line


def test_what_people_and_models_write_is_never_part_of_a_template():
    hostile = "<img src=x onerror=alert(1)>${alert(1)}{{x}}"
    events = [
        Thinking(hostile),
        ToolStarted("c1", hostile, {hostile: hostile}),
        ToolFinished("c1", False, hostile, (), 0.1),
        Failed(hostile),
    ]
    answer = Answer.of((0.0, event) for event in events)

    messages = [question_message(hostile), *answer_messages(answer, EN, lambda artifact: "")]

    assert all(message["content"][0]["props"] is CONSTANT_VIEW for message in messages)
    assert all(message["content"][0]["constructor_args"] == {} for message in messages)


def test_the_page_speaks_chinese():
    thinking, _, footer = shown([Thinking("嗯。"), Text("好。"), Finished("stopped", (USAGE,), 3.2)], ZH)

    assert thinking["title"] == "思考了 1.0 秒"
    assert footer["text"] == "101 tok · 50.0 tok/s · 首个 token 0.31 s · 3.2 s · 已停止"


def test_every_string_is_there_in_both_languages():
    assert all(len(texts) == 2 and all(texts) for texts in STRINGS.values())
    assert len(EXAMPLES["en"]) == len(EXAMPLES["zh"]) == 4


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh-CN,zh;q=0.9", "zh"), ("ZH", "zh"), ("en-GB", "en"), ("fr,zh;q=0.5", "en"), ("", "en")],
)
def test_the_language_is_the_browsers_first_choice(header, language):
    assert preferred_language({"accept-language": header}) == language
