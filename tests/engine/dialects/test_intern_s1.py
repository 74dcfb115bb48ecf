import json

import pytest

from engine.dialects.chat import chat_of
from engine.dialects.intern_s1 import REASONER, TOOLS_HEADER, InternS1Dialect
from engine.dialects.prompt import render_prompt
from engine.dialects.segments import Control, segments_text
from engine.errors import InvalidRequest
from engine.messages import Conversation, Message, ToolCall
from engine.tokenizer import Tokenizer
from tests.engine.dialects.media import picture, signal, video
from tests.golden import GOLDEN, needs_golden

S1 = InternS1Dialect()
QUESTION = Message("user", "What is 2+2?")
ANSWER_START = "<|im_start|>assistant\n<think>"
WEATHER = {"type": "function", "function": {"name": "weather", "description": "天气", "parameters": {}}}
# The ids of Intern-S1's own tokens (family page, section 5.2); what is common to the family has Pro's ids.
S1_IDS = {"<IMG_CONTEXT>": 152_957, "<img>": 152_958, "</img>": 152_959}


class InternS1Tokenizer:
    """Intern-S1's files are not among the golden data: Pro's text encoding with Intern-S1's control tokens."""

    def __init__(self) -> None:
        self._pro = Tokenizer.from_checkpoint(GOLDEN / "pro-tiny" / "checkpoint")

    def encode(self, text: str) -> list[int]:
        return self._pro.encode(text)

    def control_id(self, text: str) -> int | None:
        return S1_IDS.get(text) or self._pro.control_id(text)


def rendered(*messages: Message, dialect: InternS1Dialect = S1, **options) -> str:
    return segments_text(dialect.render(chat_of(Conversation(messages, **options))))


@needs_golden
def test_pictures_and_videos_become_the_ids_of_the_reference():
    golden = json.loads((GOLDEN / "s1-tiny" / "inputs.json").read_text())
    tokenizer, dialect = InternS1Tokenizer(), InternS1Dialect(default_system="")
    contents = {
        "image_single": (picture(256), "Describe it."),
        "image_multi": (picture(768), "Describe it."),
        "video": (video(768, 0.0, 1.0, 2.0), "Describe it."),
    }

    for name, content in contents.items():
        prompt = render_prompt(Conversation((Message("user", content),)), dialect, tokenizer)

        assert prompt.token_ids == golden[name]["input_ids"], name
        assert [span.first_feature for span in prompt.spans] == ([0, 256, 512] if name == "video" else [0])


def test_a_question_comes_after_the_default_system_text_and_ends_in_the_thinking():
    assert rendered(QUESTION) == (
        f"<|im_start|>system\n{REASONER}<|im_end|>\n<|im_start|>user\nWhat is 2+2?<|im_end|>\n{ANSWER_START}"
    )


def test_without_thinking_nothing_is_added():
    assert rendered(QUESTION, enable_thinking=False) == (
        "<|im_start|>user\nWhat is 2+2?<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize(
    ("dialect", "system"),
    [
        (S1, "Be brief."),
        (InternS1Dialect(keeps_default_system=True), f"{REASONER}\n\nBe brief."),
        (InternS1Dialect(default_system="", keeps_default_system=True), "Be brief."),
    ],
)
def test_a_system_text_of_the_conversation_stands_alone_or_after_the_default(dialect, system):
    text = rendered(Message("system", "Be brief."), QUESTION, dialect=dialect)

    assert text.startswith(f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n")


@pytest.mark.parametrize(
    ("dialect", "header"), [(S1, "system"), (InternS1Dialect(names_plugin=True), "system name=<|plugin|>")]
)
def test_tools_are_listed_after_the_system_text(dialect, header):
    text = rendered(Message("system", "Be brief."), QUESTION, dialect=dialect, tools=(WEATHER,), enable_thinking=False)

    listing = json.dumps([WEATHER], indent=2, ensure_ascii=False)
    assert text.startswith(f"<|im_start|>{header}\nBe brief.\n\n{TOOLS_HEADER}{listing}<|im_end|>\n<|im_start|>user\n")


def test_without_tools_the_system_header_names_no_plugin():
    text = rendered(QUESTION, dialect=InternS1Dialect(names_plugin=True))

    assert text.startswith("<|im_start|>system\nYou are")


def test_tools_without_any_system_text_have_a_turn_of_their_own():
    text = rendered(QUESTION, tools=(WEATHER,), enable_thinking=False)

    assert text.startswith("<|im_start|>system\nYour response should consist")


def test_calls_and_results_are_written_as_the_model_writes_them():
    calls = (ToolCall("weather", {"city": "Köln"}), ToolCall("now", {}))
    history = (Message("assistant", "I look.", "secret", calls), Message("tool", "21"), Message("tool", "noon"))

    assert rendered(QUESTION, *history).endswith(
        "<|im_start|>assistant\nI look.<|action_start|><|plugin|>\n"
        '{"name": "weather", "parameters": {"city": "Köln"}}\n<|action_end|>'
        '<|action_start|><|plugin|>\n{"name": "now", "parameters": {}}\n<|action_end|><|im_end|>\n'
        "<|im_start|>environment name=<|plugin|>\n\n21<|im_end|>\n"
        "<|im_start|>environment name=<|plugin|>\n\nnoon<|im_end|>\n" + ANSWER_START
    )


def test_the_tags_in_the_dialects_own_words_are_control_tokens():
    segments = S1.render(chat_of(Conversation((QUESTION,), (WEATHER,))))

    controls = [segment.text for segment in segments if isinstance(segment, Control)]
    assert controls[:3] == ["<|im_start|>", "<think>", "</think>"]
    assert controls.count("<|action_start|>") == controls.count("<|action_end|>") == controls.count("<|plugin|>") == 2


def test_pictures_stand_between_tags_and_frames_are_numbered():
    text = rendered(Message("user", (picture(2), "and", video(4, 0.0, 1.0), "?")), enable_thinking=False)

    assert text == (
        "<|im_start|>user\n<img><IMG_CONTEXT><IMG_CONTEXT></img>\nand"
        "Frame1: <img><IMG_CONTEXT><IMG_CONTEXT></img>\nFrame2: <img><IMG_CONTEXT><IMG_CONTEXT></img>\n?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_a_signal_is_refused():
    with pytest.raises(InvalidRequest, match="Intern-S1 does not read signals"):
        rendered(Message("user", (signal(3), "?")))
