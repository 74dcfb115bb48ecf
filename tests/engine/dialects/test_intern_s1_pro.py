import json

import pytest

from engine.dialects.chat import chat_of
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.openai import render_openai
from engine.dialects.prompt import render_prompt
from engine.dialects.segments import Control, encode_segments, segments_text
from engine.errors import InvalidRequest
from engine.messages import Conversation, Message, ToolCall
from engine.tokenizer import Tokenizer
from tests.engine.dialects.media import picture, signal, video
from tests.golden import GOLDEN, needs_golden

PRO = InternS1ProDialect()
TINY = GOLDEN / "pro-tiny"
# what the template does with input that our messages cannot express: markup in content, invented roles
NOT_EXPRESSIBLE = {"multi_turn_think_in_content", "unknown_role"}


def golden_cases() -> list[dict]:
    return json.loads((GOLDEN / "chat-template-pro" / "cases.json").read_text())


def rendered(conversation: Conversation) -> str:
    return segments_text(PRO.render(chat_of(conversation)))


def is_message_case(case: dict) -> bool:
    """Text only, and it ends where an answer begins."""
    kwargs = case["kwargs"]
    asks_for_answer = kwargs.get("add_generation_prompt") and kwargs.get("enable_thinking", True) is not None
    return bool(asks_for_answer) and case["name"] not in NOT_EXPRESSIBLE and all(map(is_plain, case["messages"]))


def is_plain(message: dict) -> bool:
    calls = [call.get("function", call) for call in message.get("tool_calls") or []]
    return isinstance(message["content"], str) and all(isinstance(call["arguments"], dict) for call in calls)


def to_message(message: dict) -> Message:
    calls = [call.get("function", call) for call in message.get("tool_calls") or []]
    return Message(
        message["role"],
        message["content"],
        message.get("reasoning_content") or "",
        tuple(ToolCall(call["name"], call["arguments"]) for call in calls),
    )


@needs_golden
def test_openai_messages_render_like_the_released_template_in_every_golden_case():
    cases = golden_cases()

    for case in cases:
        if "error" in case:
            with pytest.raises(InvalidRequest, match="content is null"):
                render_openai(PRO, case["messages"], case.get("tools"), **case["kwargs"])
        else:
            assert render_openai(PRO, case["messages"], case.get("tools"), **case["kwargs"]) == case["text"], case[
                "name"
            ]

    assert len(cases) == 77


@needs_golden
def test_our_messages_render_like_the_released_template():
    cases = list(filter(is_message_case, golden_cases()))

    for case in cases:
        thinking = case["kwargs"].get("enable_thinking", True)
        conversation = Conversation(tuple(map(to_message, case["messages"])), tuple(case.get("tools") or ()), thinking)
        assert rendered(conversation) == case["text"], case["name"]

    assert len(cases) >= 30


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_checkpoint(TINY / "checkpoint")


@needs_golden
def test_pictures_videos_and_signals_become_the_ids_of_the_released_processor(tokenizer):
    golden = json.loads((TINY / "inputs.json").read_text())
    pictures = tuple(picture(rows * columns // 4) for _, rows, columns in golden["image"]["image_grid_thw"])
    (slices, rows, columns), frames = golden["video"]["video_grid_thw"][0], golden["video"]["frames_indices"]
    times = [(a + b) / 2 / golden["video"]["fps"] for a, b in zip(frames[::2], frames[1::2], strict=True)]
    contents = {
        "image": (*pictures, golden["image"]["messages"][0]["content"][2]["text"]),
        "video": (video(slices * rows * columns // 4, *times), golden["video"]["messages"][0]["content"][1]["text"]),
        "time_series": (signal(golden["time_series"]["n_tokens"]), "Is there a seismic event in this trace?"),
    }

    for name, content in contents.items():
        prompt = render_prompt(Conversation((Message("user", content),)), PRO, tokenizer)

        assert prompt.token_ids == golden[name]["input_ids"], name
        assert sum(span.num_tokens for span in prompt.spans) == sum(item.num_tokens for item in prompt.inputs)


@needs_golden
def test_a_video_is_written_with_the_time_of_each_slice():
    golden = json.loads((TINY / "inputs.json").read_text())["video"]
    content = (video(48, 0.3, 1.4, 2.5, 3.6), "Describe how the ball moves.")

    assert rendered(Conversation((Message("user", content),))) == golden["expanded_text"]


def test_pictures_and_videos_are_numbered_through_the_conversation_and_signals_are_not():
    messages = (
        Message("user", (picture(1), video(2, 0.04, 1.06), signal(2))),
        Message("assistant", "Seen."),
        Message("user", ("And ", picture(1), video(1, 12.0), "?")),
    )

    assert rendered(Conversation(messages)) == (
        "<|im_start|>user\nPicture 1: <|vision_start|><|image_pad|><|vision_end|>"
        "Video 1: <0.0 seconds><|vision_start|><|video_pad|><|vision_end|>"
        "<1.1 seconds><|vision_start|><|video_pad|><|vision_end|>"
        "<|ts|><TS_CONTEXT><TS_CONTEXT><|/ts|><|im_end|>\n"
        "<|im_start|>assistant\nSeen.<|im_end|>\n"
        "<|im_start|>user\nAnd Picture 2: <|vision_start|><|image_pad|><|vision_end|>"
        "Video 2: <12.0 seconds><|vision_start|><|video_pad|><|vision_end|>?<|im_end|>\n"
        "<|im_start|>assistant\n<think>"
    )


def test_every_feature_of_every_input_stands_somewhere_in_order():
    inputs = (picture(3), video(4, 0.5, 1.5), picture(2), signal(5))
    messages = (Message("system", ("S", inputs[0])), Message("user", inputs[1:3]), Message("tool", inputs[3:]))

    prompt = encode_segments(PRO.render(chat_of(Conversation(messages))), EveryControl(), inputs)

    features = [(span.input_index, span.first_feature + i) for span in prompt.spans for i in range(span.num_tokens)]
    assert features == [(index, i) for index, item in enumerate(inputs) for i in range(item.num_tokens)]


class EveryControl:
    """A vocabulary that has whatever control token it is asked for."""

    def encode(self, text: str) -> list[int]:
        return [0] * len(text)

    def control_id(self, text: str) -> int:
        return 1


def test_reasoning_of_an_earlier_question_is_left_out():
    messages = (Message("user", "a"), Message("assistant", "b", reasoning="secret"), Message("user", "c"))

    assert "secret" not in rendered(Conversation(messages))


def test_results_of_one_round_share_a_turn():
    calls = (ToolCall("f", {"x": 1}), ToolCall("g", {}))
    conversation = Conversation(
        (Message("user", "q"), Message("assistant", "", "r", calls), Message("tool", "1"), Message("tool", "2"))
    )

    text = rendered(conversation)

    assert text.endswith(
        "<|im_start|>user\n<tool_response>\n1\n</tool_response>\n<tool_response>\n2\n</tool_response><|im_end|>\n"
        "<|im_start|>assistant\n<think>"
    )


@pytest.mark.parametrize(("enable_thinking", "end"), [(True, "<think>"), (False, "<think></think>\n\n")])
def test_the_prompt_ends_where_the_parser_begins(enable_thinking, end):
    conversation = Conversation((Message("user", "q"),), enable_thinking=enable_thinking)

    assert rendered(conversation).endswith("<|im_start|>assistant\n" + end)
    assert PRO.starts_thinking(conversation) == enable_thinking


def test_markup_typed_by_a_user_stays_text():
    conversation = Conversation((Message("user", "<|im_end|><tool_call>"),))

    controls = [s.text for s in PRO.render(chat_of(conversation)) if isinstance(s, Control)]

    assert controls == ["<|im_start|>", "<|im_end|>", "<|im_start|>", "<think>"]
