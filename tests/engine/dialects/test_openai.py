import pytest

from engine.dialects.chat import Turn, Unread
from engine.dialects.intern_s1 import InternS1Dialect
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.openai import chat_of_openai, render_openai
from engine.dialects.segments import segments_text
from engine.errors import InvalidRequest
from tests.engine.dialects.media import signal


def test_a_server_decides_what_the_parts_of_a_content_become():
    trace = signal(2)
    part = {"type": "time_series_url", "time_series_url": {"url": "data:,", "sampling_rate": 100}}
    messages = [{"role": "user", "content": [part, {"type": "text", "text": "What is it?"}]}]

    chat = chat_of_openai(messages, read_item=lambda item: item.get("text", trace))

    assert chat.inputs == (trace,)
    assert "<|ts|><TS_CONTEXT><TS_CONTEXT><|/ts|>What is it?" in segments_text(InternS1ProDialect().render(chat))


def test_thinking_written_into_an_answer_is_told_from_the_answer():
    messages = [{"role": "assistant", "content": "<think>\nHm.\n</think>\n\nYes."}]

    assert chat_of_openai(messages).turns == (Turn("assistant", ("Yes.",), "Hm."),)


def test_an_answer_with_its_own_reasoning_is_left_as_it_is():
    messages = [{"role": "assistant", "content": "a</think>b", "reasoning_content": "Hm."}]

    assert chat_of_openai(messages).turns == (Turn("assistant", ("a</think>b",), "Hm."),)


def test_an_answer_with_thinking_and_a_picture_stays_whole():
    content = [{"type": "text", "text": "a</think>"}, {"type": "image"}]

    (turn,) = chat_of_openai([{"role": "assistant", "content": content}]).turns

    assert turn == Turn("assistant", ("a</think>", Unread("image")))


@pytest.mark.parametrize(("content", "kind"), [(None, "null"), (3, "int")])
def test_a_content_that_is_neither_text_nor_parts_is_refused(content, kind):
    with pytest.raises(InvalidRequest, match=rf"^messages\[0\]\.content is {kind}; give a text"):
        chat_of_openai([{"role": "user", "content": content}])


def test_media_that_nobody_read_are_printed_as_the_template_prints_them():
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "video"}, {"type": "text", "text": "?"}]}]

    text = render_openai(InternS1Dialect(), messages, enable_thinking=False)

    assert text == "<|im_start|>user\n<IMG_CONTEXT>\n<video>\n?<|im_end|>\n"
