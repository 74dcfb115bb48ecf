import asyncio
from types import SimpleNamespace

import gradio as gr
import pytest

from assistant.agent import Agent
from assistant.model_slot import ModelSlot
from assistant.sessions import COOKIE, new_session_id
from assistant.ui.chat import Desk
from assistant.ui.handlers import Handlers
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools, ScriptedModel

SKIP = gr.skip()


def desk_with(*scripts):
    slot = ModelSlot("scripted")
    slot.fill(Agent(ScriptedModel(*scripts), FakeTools(), "You help.", SamplingParams()))
    return Desk(slot)


def browser(language="en", session_id=None):
    """A request as Gradio hands it to a handler."""
    return SimpleNamespace(cookies={COOKIE: session_id or new_session_id()}, headers={"accept-language": language})


def send(handlers, text, request, chat=None):
    return asyncio.run(handlers.send({"text": text, "files": []}, chat, request))


@pytest.mark.parametrize(
    ("text", "language", "notice"),
    [
        ("", "en", "The message is empty. Type a question."),
        (" \n", "zh-CN", "消息为空，请输入问题。"),
        ("word " * 5_000, "en", "The message is 24,999 characters long and at most 20,000 are read."),
    ],
)
def test_what_cannot_be_sent_gets_one_sentence_and_stays_in_the_box(text, language, notice):
    handlers = Handlers(desk_with(), None)

    chat, log, box, shown = send(handlers, text, browser(language))

    assert shown.startswith(notice)
    assert log == box == SKIP
    assert chat.messages == []


def test_before_the_model_is_there_the_text_stays_in_the_box():
    handlers = Handlers(Desk(ModelSlot("nano")), None)

    _, log, box, shown = send(handlers, "Hi", browser())

    assert shown.startswith("The model is still loading.")
    assert log == box == SKIP


def test_a_second_question_waits_until_the_first_is_answered():
    handlers = Handlers(desk_with("</think>\n\nHello."), None)
    request = browser()
    chat, *_ = send(handlers, "Hi", request)

    same, log, box, _ = send(handlers, "And?", request, chat)

    assert same is chat
    assert log == box == SKIP
    assert len(chat.messages) == 2


def test_a_chat_belongs_to_the_browser_that_began_it():
    handlers = Handlers(desk_with(), None)
    chat, *_ = send(handlers, "Hi", browser())

    for use in (handlers.stop, handlers.settle, handlers.retry, handlers.edit, handlers.new_chat):
        with pytest.raises(gr.Error, match="belongs to another browser"):
            asyncio.run(use(chat, browser()))


def test_a_browser_without_a_session_is_told_to_reload():
    handlers = Handlers(desk_with(), None)
    stranger = SimpleNamespace(cookies={}, headers={})

    with pytest.raises(gr.Error, match="Reload the page"):
        send(handlers, "Hi", stranger)


def test_a_chat_that_the_store_forgot_begins_anew_and_says_so():
    desk = desk_with()
    handlers = Handlers(desk, None)
    request = browser()
    chat = asyncio.run(handlers.open(request))
    for conversation_id in list(desk.store._entries):
        desk.store.forget(conversation_id)

    new, _, _, notice = send(handlers, "Hi", request, chat)

    assert new is not chat
    assert notice.startswith("This chat was forgotten")


def test_a_language_chosen_at_the_start_wins_over_the_browsers():
    assert Handlers(desk_with(), "zh").words(browser("en")).language == "zh"
    assert Handlers(desk_with(), None).words(browser("zh")).language == "zh"
