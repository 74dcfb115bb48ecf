import asyncio
from types import SimpleNamespace

import gradio as gr
import pytest

from assistant.agent import Agent
from assistant.attachments.store import AttachmentStore
from assistant.model_slot import ModelSlot
from assistant.sessions import COOKIE, new_session_id
from assistant.ui.chat import Desk
from assistant.ui.handlers import Handlers
from engine.processors.settings import INTERN_S1_PRO
from engine.sampling_params import SamplingParams
from tests.assistant.attachments.files import npy, png
from tests.assistant.fakes import FakeTools, ScriptedModel

SKIP = gr.skip()


def desk_with(*scripts, media=None, folder=None):
    slot = ModelSlot("scripted")
    slot.fill(Agent(ScriptedModel(*scripts, media=media), FakeTools(), "You help.", SamplingParams()))
    return Desk(slot, AttachmentStore(folder))


def browser(language="en", session_id=None):
    """A request as Gradio hands it to a handler."""
    return SimpleNamespace(cookies={COOKIE: session_id or new_session_id()}, headers={"accept-language": language})


def send(handlers, text, request, chat=None, files=None):
    """Chat, log, box, files and notice."""
    return asyncio.run(handlers.send({"text": text, "files": []}, files, chat, request))


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

    chat, log, box, files, shown = send(handlers, text, browser(language))

    assert shown.startswith(notice)
    assert log == box == files == SKIP
    assert chat.messages == []


def test_before_the_model_is_there_the_text_stays_in_the_box():
    handlers = Handlers(Desk(ModelSlot("nano")), None)

    _, log, box, files, shown = send(handlers, "Hi", browser())

    assert shown.startswith("The model is still loading.")
    assert log == box == files == SKIP


def test_a_second_question_waits_until_the_first_is_answered():
    handlers = Handlers(desk_with("</think>\n\nHello."), None)
    request = browser()
    chat, *_ = send(handlers, "Hi", request)

    same, log, box, files, _ = send(handlers, "And?", request, chat)

    assert same is chat
    assert log == box == files == SKIP
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
    chat, _ = asyncio.run(handlers.open(request))
    desk.store.delete(chat.conversation_id)

    new, *_, notice = send(handlers, "Hi", request, chat)

    assert new is not chat
    assert notice.startswith("This chat was forgotten")


def test_a_language_chosen_at_the_start_wins_over_the_browsers():
    assert Handlers(desk_with(), "zh").words(browser("en")).language == "zh"
    assert Handlers(desk_with(), None).words(browser("zh")).language == "zh"


def attach(handlers, chat, content, name):
    """Send a file to a chat, as the page does; its id."""
    desk = handlers._desk
    conversation_id = desk.links.artifact_id(chat._session_id, chat.upload_address.removeprefix("/attachments/"))

    async def chunks():
        yield content

    return asyncio.run(desk.attachments.receive(conversation_id, name, chunks())).id


def row(*files, pending=0):
    return {"files": [{"id": file_id, "sampling_rate": rate} for file_id, rate in files], "pending": pending}


@pytest.fixture
def seeing(tmp_path):
    return Handlers(desk_with(media=INTERN_S1_PRO, folder=tmp_path), None)


def test_files_go_along_with_the_question_and_the_row_is_empty_again(seeing):
    request = browser()
    chat, files = asyncio.run(seeing.open(request))
    picture, signal = attach(seeing, chat, png(), "gel.png"), attach(seeing, chat, npy(), "quake.npy")

    _, log, _, left, notice = send(seeing, "What?", request, chat, row((picture, 5.0), (signal, 100)))

    question = log[0]["content"][0]["value"]
    assert [file["name"] for file in question["files"]] == ["gel.png", "quake.npy"]
    assert left["files"] == [] and left["address"] == files["address"] and notice == ""
    attachments = chat._turns[-1].question.attachments
    assert [attachment.sampling_rate for attachment in attachments] == [None, 100.0]


def test_editing_puts_the_files_back_into_the_row(seeing):
    request = browser()
    chat, _ = asyncio.run(seeing.open(request))
    signal = attach(seeing, chat, npy(), "quake.npy")
    send(seeing, "What?", request, chat, row((signal, 100)))
    chat.stop(seeing.words(request))

    _, log, box, files = asyncio.run(seeing.edit(chat, request))

    assert (log, box) == ([], {"text": "What?", "files": []})
    assert [(file["name"], file["sampling_rate"]) for file in files["files"]] == [("quake.npy", 100.0)]


@pytest.mark.parametrize(
    ("handlers", "files", "notice"),
    [
        pytest.param(desk_with, row((None, None)), "This model reads text only.", id="text-only"),
        pytest.param(
            lambda **options: desk_with(media=INTERN_S1_PRO, **options),
            row((None, None), pending=1),
            "A file is still on its way.",
            id="on-its-way",
        ),
    ],
)
def test_what_cannot_be_sent_with_its_files_stays_as_it_is(handlers, files, notice, tmp_path):
    handlers = Handlers(handlers(folder=tmp_path), None)
    request = browser()
    chat, _ = asyncio.run(handlers.open(request))
    files["files"][0]["id"] = attach(handlers, chat, png(), "gel.png")

    _, log, box, left, shown = send(handlers, "What?", request, chat, files)

    assert shown.startswith(notice)
    assert log == box == left == SKIP


def test_a_file_of_another_conversation_is_not_found(seeing):
    theirs, _ = asyncio.run(seeing.open(browser()))
    picture = attach(seeing, theirs, png(), "gel.png")
    request = browser()
    chat, _ = asyncio.run(seeing.open(request))

    _, log, box, files, notice = send(seeing, "What?", request, chat, row((picture, None)))

    assert notice.startswith("The attached files were forgotten")
    assert log == box == SKIP and files["files"] == []


def test_a_new_chat_has_another_address_for_files(seeing):
    request = browser()
    chat, files = asyncio.run(seeing.open(request))

    *_, new_files = asyncio.run(seeing.new_chat(chat, request))

    assert files["address"] != new_files["address"]
