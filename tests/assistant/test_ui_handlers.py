import asyncio
from types import SimpleNamespace

import gradio as gr
import pytest

from assistant.agent import Agent
from assistant.attachments.attachment import Question
from assistant.attachments.store import AttachmentStore
from assistant.data_folder import DataFolder
from assistant.model_slot import ModelSlot
from assistant.sessions import COOKIE, new_session_id
from assistant.ui.chat import Chat, Desk
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


def browser(language="en", session_id=None, address=None):
    """A request as Gradio hands it to a handler."""
    return SimpleNamespace(
        cookies={COOKIE: session_id or new_session_id()},
        headers={"accept-language": language},
        query_params={"c": address} if address else {},
    )


def send(handlers, text, request, chat=None, files=None, settings=None):
    """Chat, log, box, files, notice and turns."""
    return asyncio.run(handlers.send({"text": text, "files": []}, files, True, settings, chat, request))


def wish(handlers, chat, request, what, settings=None, typed="", **fields):
    """As send(). typed: what is in the box."""
    event = gr.EventData(None, {"what": what, **fields})
    return asyncio.run(handlers.grant({"text": typed, "files": []}, True, settings, chat, event, request))


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

    chat, log, box, files, shown, _ = send(handlers, text, browser(language))

    assert shown.startswith(notice)
    assert log == box == files == SKIP
    assert chat.messages == []


def test_before_the_model_is_there_the_text_stays_in_the_box():
    handlers = Handlers(Desk(ModelSlot("nano")), None)

    _, log, box, files, shown, _ = send(handlers, "Hi", browser())

    assert shown.startswith("The model is still loading.")
    assert log == box == files == SKIP


def test_a_second_question_waits_until_the_first_is_answered():
    handlers = Handlers(desk_with("</think>\n\nHello."), None)
    request = browser()
    chat, *_ = send(handlers, "Hi", request)

    same, log, box, files, *_ = send(handlers, "And?", request, chat)

    assert same is chat
    assert log == box == files == SKIP
    assert len(chat.messages) == 2


def test_a_chat_belongs_to_the_browser_that_began_it():
    handlers = Handlers(desk_with(), None)
    chat, *_ = send(handlers, "Hi", browser())

    for use in (handlers.stop, handlers.settle):
        with pytest.raises(gr.Error, match="belongs to another browser"):
            asyncio.run(use(chat, browser()))
    with pytest.raises(gr.Error, match="belongs to another browser"):
        wish(handlers, chat, browser(), "new")


def test_a_browser_without_a_session_is_told_to_reload():
    handlers = Handlers(desk_with(), None)
    stranger = SimpleNamespace(cookies={}, headers={}, query_params={})

    with pytest.raises(gr.Error, match="Reload the page"):
        send(handlers, "Hi", stranger)


def test_a_chat_that_the_store_forgot_begins_anew_and_says_so():
    desk = desk_with()
    handlers = Handlers(desk, None)
    request = browser()
    chat = asyncio.run(handlers.open_page(request))[0]
    desk.store.delete(chat.conversation_id)

    new, *_, notice, _ = send(handlers, "Hi", request, chat)

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
    chat, _, _, files, *_ = asyncio.run(seeing.open_page(request))
    picture, signal = attach(seeing, chat, png(), "gel.png"), attach(seeing, chat, npy(), "quake.npy")

    _, log, _, left, notice, _ = send(seeing, "What?", request, chat, row((picture, 5.0), (signal, 100)))

    question = log[0]["content"][0]["value"]
    assert [file["name"] for file in question["files"]] == ["gel.png", "quake.npy"]
    assert left["files"] == [] and left["address"] == files["address"] and notice == ""
    attachments = chat._turns[-1].question.attachments
    assert [attachment.sampling_rate for attachment in attachments] == [None, 100.0]


def test_editing_puts_the_files_back_into_the_row(seeing):
    request = browser()
    chat = asyncio.run(seeing.open_page(request))[0]
    signal = attach(seeing, chat, npy(), "quake.npy")
    send(seeing, "What?", request, chat, row((signal, 100)))
    chat.stop(seeing.words(request))

    _, log, box, files, *_ = wish(seeing, chat, request, "edit", turn=0)

    assert (log, box) == (SKIP, {"text": "What?", "files": []})
    assert files["editing"] == 0
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
    chat = asyncio.run(handlers.open_page(request))[0]
    files["files"][0]["id"] = attach(handlers, chat, png(), "gel.png")

    _, log, box, left, shown, _ = send(handlers, "What?", request, chat, files)

    assert shown.startswith(notice)
    assert log == box == left == SKIP


def test_a_file_of_another_conversation_is_not_found(seeing):
    theirs = asyncio.run(seeing.open_page(browser()))[0]
    picture = attach(seeing, theirs, png(), "gel.png")
    request = browser()
    chat = asyncio.run(seeing.open_page(request))[0]

    _, log, box, files, notice, _ = send(seeing, "What?", request, chat, row((picture, None)))

    assert notice.startswith("The attached files were forgotten")
    assert log == box == SKIP and files["files"] == []


def test_a_new_chat_has_another_address_for_files(seeing):
    request = browser()
    chat, _, _, files, *_ = asyncio.run(seeing.open_page(request))

    new_files = wish(seeing, chat, request, "new")[3]

    assert files["address"] != new_files["address"]


HELLO, GOODBYE = "</think>\n\nHello.", "</think>\n\nGoodbye."


def answer(handlers, chat, request):
    async def read():
        return [messages async for messages in handlers.answer(chat, request)]

    return asyncio.run(read())


def talk(*questions, scripts=(HELLO, HELLO, GOODBYE, GOODBYE)):
    """Handlers, a browser, and a chat in which these questions were asked and answered."""
    handlers, request = Handlers(desk_with(*scripts), None), browser()
    chat = None
    for question in questions:
        chat = send(handlers, question, request, chat)[0]
        answer(handlers, chat, request)
    return handlers, request, chat


def questions(log):
    return [message["content"][0]["value"]["text"] for message in log if message["role"] == "user"]


def test_a_retry_of_an_earlier_turn_makes_another_version_of_it():
    handlers, request, chat = talk("One?", "Two?")

    _, log, *_, turns = wish(handlers, chat, request, "retry", turn=0)
    answer(handlers, chat, request)

    assert questions(log) == ["One?"]
    assert [(turn["index"], turn["count"]) for turn in turns["turns"]] == [(1, 2)]
    back = wish(handlers, chat, request, "choose", turn=0, value=-1)
    assert questions(back[1]) == ["One?", "Two?"]


def test_an_edited_question_takes_the_place_of_the_old_one_which_is_kept():
    handlers, request, chat = talk("One?", "Two?")
    files = wish(handlers, chat, request, "edit", turn=0)[3]

    _, log, *_, turns = send(handlers, "Another?", request, chat, files)

    assert questions(log) == ["Another?"]
    assert [(turn["index"], turn["count"]) for turn in turns["turns"]] == [(1, 2)]


def test_undo_takes_a_question_back_into_the_box_with_all_that_follows():
    handlers, request, chat = talk("One?", "Two?", "Three?")

    _, log, box, *_, turns = wish(handlers, chat, request, "undo", turn=1)

    assert questions(log) == ["One?"] and box["text"] == "Two?"
    assert turns["num_turns"] == 1


def opened(handlers, chat, request):
    named = SimpleNamespace(cookies=request.cookies, headers=request.headers, query_params={"c": chat.address})
    return asyncio.run(handlers.open_page(named))


def test_a_conversation_of_which_all_was_taken_back_opens_empty_with_its_question_in_the_box():
    handlers, request, chat = talk("One?", "Two?")
    wish(handlers, chat, request, "undo", turn=0)
    other = wish(handlers, chat, request, "new")[0]

    reloaded = opened(handlers, chat, request)
    from_list = wish(handlers, other, request, "open", conversation=chat.address)
    with_a_draft = wish(handlers, other, request, "open", conversation=chat.address, typed="A draft")

    for again, log, box, _, notice, turns in (reloaded, from_list):
        assert again.conversation_id == chat.conversation_id and log == [] and notice == ""
        assert box.value["text"] == "One?"
        assert turns["is_begun"] and turns["num_turns"] == 0 and not turns["is_busy"]
    assert with_a_draft[2].value["text"] == ""


def test_the_files_of_a_question_that_was_taken_back_are_there_again(seeing):
    request = browser()
    chat = asyncio.run(seeing.open_page(request))[0]
    send(seeing, "What?", request, chat, row((attach(seeing, chat, png(), "gel.png"), None)))
    asyncio.run(seeing.stop(chat, request))
    wish(seeing, chat, request, "undo", turn=0)

    _, _, box, files, *_ = opened(seeing, chat, request)

    assert box.value["text"] == "What?"
    assert [file["name"] for file in files["files"]] == ["gel.png"]


def test_a_new_conversation_is_not_begun():
    handlers = Handlers(desk_with(), None)

    assert not asyncio.run(handlers.open_page(browser()))[-1]["is_begun"]


def test_an_opinion_is_kept_with_its_turn():
    handlers, request, chat = talk("One?", "Two?")

    turns = wish(handlers, chat, request, "like", turn=0, value=-1)[-1]

    assert [turn["feedback"] for turn in turns["turns"]] == [-1, 0]


def test_an_address_opens_the_conversation_in_its_own_browser_only():
    handlers, request, chat = talk("One?")
    named = SimpleNamespace(cookies=request.cookies, headers=request.headers, query_params={"c": chat.address})

    same, log, *_, notice, _ = asyncio.run(handlers.open_page(named))
    new, *_, strange_notice, turns = asyncio.run(handlers.open_page(browser(address=chat.address)))

    assert same.conversation_id == chat.conversation_id and questions(log) == ["One?"] and notice == ""
    assert new.conversation_id != chat.conversation_id and turns["num_turns"] == 0
    assert strange_notice.startswith("This conversation is not here")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"temperature": 11}, "Temperature is 11; it must be 0 to 2. Change it in the settings, or reset it."),
        ({"top_k": 1.5}, "Top-k is 1.5; it must be a whole number from 0 to 100,000."),
        ({"seed": "x"}, "Seed is x; it must be a whole number"),
    ],
)
def test_a_setting_that_makes_no_sense_stops_sending_and_asking_again(settings, sentence):
    handlers, request, chat = talk("One?")

    sent = send(handlers, "Two?", request, chat, settings=settings)
    retried = wish(handlers, chat, request, "retry", settings, turn=0)

    for _, log, box, *_, notice, turns in (sent, retried):
        assert log == box == SKIP and notice.startswith(sentence) and turns["num_turns"] == 1


def test_an_answer_is_as_it_was_set_when_its_question_was_sent_whichever_tab_begins_it():
    handlers, request, chat = talk()
    chat, *_ = send(handlers, "One?", request, chat, settings={"seed": 3})
    another_tab = opened(handlers, chat, request)[0]

    answer(handlers, another_tab, request)

    (turn,) = handlers._desk.store.turns(chat.conversation_id)
    assert turn.settings.seed == 3


def test_settings_reach_the_model_and_are_kept_with_the_turn():
    handlers, request, chat = talk("One?")
    send(handlers, "Two?", request, chat, settings={"temperature": 0.5, "seed": 3})

    answer(handlers, chat, request)

    kept = [turn.settings for turn in handlers._desk.store.turns(chat.conversation_id)]
    assert [(settings.temperature, settings.seed) for settings in kept] == [(None, None), (0.5, 3)]


@pytest.mark.parametrize(
    "given",
    [
        {"what": "retry", "turn": 1},
        {"what": "retry", "turn": -1},
        {"what": "like", "turn": 0, "value": 7},
        {"what": "choose", "turn": 0, "value": 0},
        {"what": "retry", "turn": True},
        {"what": "open", "conversation": 3},
        {"what": "explode"},
        None,
        "retry",
    ],
)
def test_a_wish_that_makes_no_sense_changes_nothing(given):
    handlers, request, chat = talk("One?")

    same, log, box, files, notice, turns = asyncio.run(
        handlers.grant(None, True, None, chat, gr.EventData(None, given), request)
    )

    assert same is chat and log == box == files == SKIP
    assert notice == "" and turns["num_turns"] == 1 and not chat.is_busy


def test_what_a_restart_broke_is_asked_again_when_the_model_is_back(tmp_path):
    request, data = browser(), DataFolder(tmp_path)
    session_id = request.cookies[COOKIE]
    store = Desk(ModelSlot("nano"), AttachmentStore(data.conversations, database=data.database)).store
    conversation_id = store.create(session_id)
    store.ask(conversation_id, Question("Hi"), None)
    slot = ModelSlot("scripted")
    desk = Desk(slot, AttachmentStore(data.conversations, database=data.database))
    handlers, chat = Handlers(desk, None), Chat(desk, session_id, conversation_id)

    too_early = wish(handlers, chat, request, "retry", turn=0)
    slot.fill(Agent(ScriptedModel("</think>\n\nHello."), FakeTools(), "You help.", SamplingParams()))
    in_time = wish(handlers, chat, request, "retry", turn=0)
    states = [desk.store.tree.find(turn_id).state for turn_id in (1, 2)]
    data.close()

    assert too_early[4].startswith("The model is still loading.")
    assert in_time[4] == ""
    assert states == ["broken", "running"]
