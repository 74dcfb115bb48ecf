import re
from pathlib import Path
from typing import get_args

import pytest

from assistant.attachments.attachment import Attachment, MediaCount, Question, Understood
from assistant.events import (
    Artifact,
    AttachmentRead,
    Failed,
    Finished,
    PromptMedia,
    Reading,
    Text,
    TextWasThinking,
    Thinking,
    ToolFinished,
    ToolStarted,
)
from assistant.tools.result import ArtifactKind
from assistant.ui.answer import Answer
from assistant.ui.footer import footer_line
from assistant.ui.render import CONSTANT_VIEW, answer_messages, file_size, question_message
from assistant.ui.strings import Words, preferred_language
from engine.messages import Usage

WEB = Path(__file__).parents[2] / "assets/web"
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
    assert shown([]) == [{"kind": "status", "text": "Reading", "numbers": ""}]


def test_thinking_is_open_while_it_runs_and_merged():
    thinking, status = shown([Thinking("Let me "), Thinking("see.")])

    assert thinking == {"kind": "thinking", "title": "Thinking", "text": "Let me see.", "running": True}
    assert status["text"] == "Thinking"


def test_text_that_turns_out_to_be_thinking_is_folded_with_the_time_it_took():
    thinking, answer, _ = shown([Text("Hm. "), Text("Ah."), TextWasThinking(), Text("So.")])

    assert (thinking["title"], thinking["text"], thinking["running"]) == ("Thought for 2.0 s", "Hm. Ah.", False)
    assert answer == "So."


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

    assert (picture["kind"], picture["url"], picture["meta"]) == ("svg", "/files/a1", {"smiles": "CCO"})
    assert picture["alt"] == "2D structure of CCO (C2H6O)"


def figure(kind, meta=None, data="x" * 2_500, words=EN):
    artifact = Artifact("a1", kind, "result", "application/octet-stream", data, "A result", meta or {})
    _, value, _ = shown([ToolStarted("c1", "tool", {}), ToolFinished("c1", True, "Done.", (artifact,), 0.1)], words)
    return value


@pytest.mark.parametrize("kind", get_args(ArtifactKind))
@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_every_kind_of_result_comes_with_its_name_its_size_and_the_words_of_its_viewer(kind, words):
    value = figure(kind, words=words)

    assert (value["kind"], value["name"], value["size"]) == (kind, "result", "2 kB")
    assert value["words"]["download"] == words("download")
    assert all(value["words"].values())


def test_the_bytes_of_a_picture_stay_on_the_server():
    value = figure("png", {"boxes": [{"x": 1, "y": 2, "width": 3, "height": 4, "label": "a"}]}, data=b"\x89PNG")

    assert value["size"] == "4 B"
    assert value["meta"]["boxes"][0]["label"] == "a"
    assert "data" not in value


def test_a_viewer_gets_only_the_facts_that_it_reads():
    meta = {"format": "pdb", "style": "cartoon", "formula": "C2H6O", "secret": "no"}

    assert figure("structure3d", meta)["meta"] == {"format": "pdb", "style": "cartoon"}


def test_what_the_page_fills_in_itself_is_left_open():
    assert figure("table")["words"]["show_all"] == "Show all {number}"
    assert figure("svg")["words"]["atom"] == "atom {index}"


OTHER_WORDS = ("attach.js", "answer_footer.js", "handover.js")  # of files, of footers and of dialogs


def test_the_words_that_a_viewer_asks_for_are_the_ones_it_gets():
    scripts = "".join(path.read_text() for path in WEB.glob("*.js") if path.name not in OTHER_WORDS)
    asked = set(re.findall(r"\bwords\.(\w+)", scripts))
    given = {word for kind in get_args(ArtifactKind) for word in figure(kind)["words"]}

    assert asked - given <= {"retry", "edit", "copy"}


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


@pytest.mark.parametrize(
    ("counts", "words", "beginning"),
    [
        ((MediaCount("image", 1, 768),), EN, "1,234 prompt tokens (768 from 1 picture) · "),
        ((MediaCount("image", 2, 768),), EN, "1,234 prompt tokens (768 from 2 pictures) · "),
        (
            (MediaCount("video", 1, 700), MediaCount("signal", 3, 90)),
            EN,
            "1,234 prompt tokens (700 from 1 video, 90 from 3 signals) · ",
        ),
        ((MediaCount("image", 1, 768),), ZH, "提示 1,234 个 token（1 张图片占 768） · "),
    ],
)
def test_with_media_the_footer_line_begins_with_the_length_of_the_prompt(counts, words, beginning):
    usages = (Usage(1_000, 5, 0.3, 0.4), Usage(1_234, 101, 0.31, 2.0))

    line = footer_line(Finished("stop", usages, 3.2), words, counts)

    assert line.startswith(beginning + "106 tok")


def test_the_media_of_the_prompt_reach_the_footer():
    footer = shown([PromptMedia((MediaCount("image", 1, 40),)), Text("A gel."), Finished("stop", (USAGE,), 1.0)])[-1]

    assert footer["text"].startswith("50 prompt tokens (40 from 1 picture) · ")


def test_while_a_file_is_read_its_name_is_shown():
    (reading,) = shown([Reading("gel.png")])
    (after,) = shown([Reading("gel.png"), PromptMedia((MediaCount("image", 1, 40),))])

    assert reading == {"kind": "status", "text": "Reading gel.png …", "numbers": ""}
    assert after["text"] == "Reading"


def test_a_question_shows_its_files_and_then_what_was_understood():
    attachment = Attachment("1" * 64, "gel.png", "image", 2_500)
    understood = Understood(attachment.id, "reading-1", "320 x 200 picture, 77 tokens", 77)
    answer = Answer.of([(0.0, AttachmentRead(understood))])

    before, after = (
        question_message(Question("What?", (attachment,)), known, EN, lambda understood: f"/at/{understood.reading_id}")
        for known in ({}, answer.understood)
    )

    (waiting,) = before["content"][0]["value"]["files"]
    (read,) = after["content"][0]["value"]["files"]
    assert waiting == {
        "kind": "image",
        "name": "gel.png",
        "size": "2 kB",
        "description": "",
        "preview": "",
        "alt": "What the model sees of gel.png",
    }
    assert (read["description"], read["preview"]) == ("320 x 200 picture, 77 tokens", "/at/reading-1")


@pytest.mark.parametrize(
    ("num_bytes", "text"),
    [(0, "0 B"), (1_023, "1023 B"), (1_024, "1 kB"), (200 * 2**20, "200 MB"), (3 * 2**19, "1.5 MB")],
)
def test_sizes_are_written_for_people(num_bytes, text):
    assert file_size(num_bytes) == text


def test_what_people_and_models_write_is_never_part_of_a_template():
    hostile = "<img src=x onerror=alert(1)>${alert(1)}{{x}}"
    events = [
        Thinking(hostile),
        ToolStarted("c1", hostile, {hostile: hostile}),
        ToolFinished("c1", False, hostile, (), 0.1),
        Failed(hostile),
    ]
    answer = Answer.of((0.0, event) for event in events)

    asked = Question(hostile, (Attachment("1" * 64, hostile, "image", 1),))
    question = question_message(asked, {}, EN, lambda understood: hostile)
    messages = [question, *answer_messages(answer, EN, lambda artifact: "")]

    assert all(message["content"][0]["props"] is CONSTANT_VIEW for message in messages)
    assert all(message["content"][0]["constructor_args"] == {} for message in messages)


def test_the_page_speaks_chinese():
    thinking, _, footer = shown([Thinking("嗯。"), Text("好。"), Finished("stopped", (USAGE,), 3.2)], ZH)

    assert thinking["title"] == "思考了 1.0 秒"
    assert footer["text"] == "101 tok · 50.0 tok/s · 首个 token 0.31 s · 3.2 s · 已停止"


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh-CN,zh;q=0.9", "zh"), ("ZH", "zh"), ("en-GB", "en"), ("fr,zh;q=0.5", "en"), ("", "en")],
)
def test_the_language_is_the_browsers_first_choice(header, language):
    assert preferred_language({"accept-language": header}) == language
