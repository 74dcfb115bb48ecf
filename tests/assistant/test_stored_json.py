from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import stored_json
from assistant.attachments.attachment import Attachment, MediaCount, Question, Understood
from assistant.checked_answer import AnswerCheck, Structure
from assistant.events import (
    Artifact,
    AttachmentRead,
    Checked,
    Event,
    Failed,
    Finished,
    PromptMedia,
    Reading,
    Text,
    Thinking,
    ToolFinished,
    ToolStarted,
)
from assistant.turn_settings import TurnSettings
from engine.messages import Message, ToolCall, Usage

any_text = st.text(st.characters(exclude_categories=()), max_size=40)  # half surrogate pairs as well: a model may err
numbers = st.floats(allow_nan=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)
arguments = st.dictionaries(any_text, json_values, max_size=4)
artifacts = st.builds(
    Artifact, any_text, st.sampled_from(["svg", "table", "file"]), any_text, any_text, st.just(""), any_text, arguments
)
usages = st.builds(Usage, st.integers(0), st.integers(0), numbers, numbers, st.integers(0))
media = st.builds(MediaCount, st.sampled_from(["image", "video", "signal"]), st.integers(0), st.integers(0))
checks = st.builds(
    AnswerCheck,
    st.lists(any_text).map(tuple),
    st.lists(st.tuples(any_text, any_text)).map(tuple),
    st.lists(any_text).map(tuple),
    st.lists(st.builds(Structure, any_text, any_text)).map(tuple),
)
EVENTS = {
    Reading: st.builds(Reading, any_text),
    AttachmentRead: st.builds(AttachmentRead, st.builds(Understood, any_text, any_text, any_text, st.integers(0))),
    PromptMedia: st.builds(PromptMedia, st.lists(media).map(tuple)),
    Thinking: st.builds(Thinking, any_text),
    Text: st.builds(Text, any_text),
    ToolStarted: st.builds(ToolStarted, any_text, any_text, arguments),
    ToolFinished: st.builds(
        ToolFinished, any_text, st.booleans(), any_text, st.lists(artifacts, max_size=3).map(tuple), numbers
    ),
    Checked: st.builds(Checked, checks),
    Finished: st.builds(
        Finished, st.sampled_from(["stop", "length", "stopped", "tool_limit"]), st.lists(usages).map(tuple), numbers
    ),
    Failed: st.builds(Failed, any_text),
}


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_event_comes_back_as_it_was(kind):
    @settings(max_examples=25, deadline=None)
    @given(EVENTS.get(kind, st.from_type(kind)))
    def comes_back(event):
        kept = {artifact.id: artifact for artifact in getattr(event, "artifacts", ())}
        again = stored_json.load_event(stored_json.dump_event(event), kept.get)
        ids = [artifact.id for artifact in getattr(event, "artifacts", ())]
        assert again == event or len(set(ids)) < len(ids), "ids of artifacts are random"

    comes_back()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.builds(
            Message,
            st.sampled_from(["assistant", "tool"]),
            any_text,
            any_text,
            st.lists(st.builds(ToolCall, any_text, arguments), max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple)
)
def test_messages_come_back_as_they_were(messages):
    assert stored_json.load_messages(stored_json.dump_messages(messages)) == messages


def test_questions_and_settings_come_back_as_they_were():
    question = Question("What?", (Attachment("0" * 64, "quake.npy", "signal", 10, True, 12.5),))
    chosen = TurnSettings(enable_thinking=False, temperature=0.5, seed=7)

    assert stored_json.load_question(stored_json.dump_question(question)) == question
    assert stored_json.load_settings(stored_json.dump_settings(chosen)) == chosen


def test_what_another_version_wrote_is_read_as_far_as_it_is_known():
    event = stored_json.load_event('{"event": "Reading", "name": "a.png", "share": 0.5}', {}.get)

    assert event == Reading("a.png")
    assert stored_json.load_settings("{}") == TurnSettings()


def test_a_result_that_is_gone_is_left_out_of_its_event():
    artifact = Artifact("a", "svg", "a.svg", "image/svg+xml", "<svg/>", "", {})
    event = ToolFinished("call-1", True, "Drawn.", (artifact,), 0.1)

    again = stored_json.load_event(stored_json.dump_event(event), {}.get)

    assert again == ToolFinished("call-1", True, "Drawn.", (), 0.1)


def test_what_is_stored_is_plain_ascii():
    assert stored_json.dump_event(Text("画 \ud800")).isascii()
