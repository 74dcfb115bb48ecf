import asyncio
import threading

import pytest

from assistant.agent import Agent
from assistant.attachments.attachment import Question
from assistant.events import Failed, Finished
from assistant.model_slot import ModelSlot
from assistant.sessions import new_session_id
from assistant.tools.result import ToolArtifact
from assistant.ui.chat import Chat, Desk
from assistant.ui.live_turn import STOP_GRACE_S, LiveTurn
from assistant.ui.strings import Words
from assistant.ui.turn_reader import TurnReader
from engine.errors import PromptTooLong
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools, ScriptedModel, Stall, StallingTools, outcome

EN = Words("en")
CALL = '</think>\n\n<tool_call>\n{"name": "%s", "arguments": {}}\n</tool_call>'
PICTURE = ToolArtifact("svg", "structure.svg", "image/svg+xml", "<svg/>", "2D structure of CCO", {"smiles": "CCO"})


def desk_with(model, tools=None, **options):
    slot = ModelSlot("scripted")
    slot.fill(Agent(model, tools or FakeTools(), "You help.", SamplingParams()))
    return Desk(slot, **options)


def chat_with(model, tools=None, **options):
    return Chat(desk_with(model, tools, **options), new_session_id())


async def answer(chat, question):
    """All that the page gets to see while one question is answered."""
    chat.ask(Question(question), EN)
    return [messages async for messages in chat.answer(EN)]


def contents(messages):
    """Role and text or kind of every message."""
    found = []
    for message in messages:
        content = message["content"][0]
        found.append((message["role"], content.get("text") or content["value"]["kind"]))
    return found


def last_view(messages):
    return messages[-1]["content"][0]["value"]


def test_a_question_is_shown_at_once_and_then_its_answer():
    chat = chat_with(ScriptedModel("Hm.</think>\n\nHello."))

    chat.ask(Question("Hi"), EN)
    at_once = contents(chat.messages)
    updates = asyncio.run(drain(chat))

    assert at_once == [("user", "question"), ("assistant", "status")]
    assert contents(updates[-1]) == [
        ("user", "question"),
        ("assistant", "thinking"),
        ("assistant", "Hello."),
        ("assistant", "footer"),
    ]
    assert not chat.is_busy


async def drain(chat):
    return [messages async for messages in chat.answer(EN)]


def test_who_sees_the_end_of_an_answer_may_ask_again_at_once():
    chat = chat_with(ScriptedModel("Hm.</think>\n\nHello.", "</think>\n\nBye."))

    async def ask_at_the_footer():
        chat.ask(Question("Hi"), EN)
        first = chat.answer(EN)
        async for messages in first:
            if contents(messages)[-1] == ("assistant", "footer"):
                break
        assert not chat.is_busy
        chat.ask(Question("Bye"), EN)
        second = chat.answer(EN)
        await anext(second)
        await first.aclose()  # the page lets go of the first answer after the second one has begun
        async for _ in second:
            pass
        return chat.messages

    assert contents(asyncio.run(ask_at_the_footer()))[-2] == ("assistant", "Bye.")


def test_the_model_is_told_what_was_said_before():
    model = ScriptedModel("</think>\n\nHello.", "</think>\n\nAgain.")
    chat = chat_with(model)

    asyncio.run(answer(chat, "Hi"))
    asyncio.run(answer(chat, "And?"))

    told = [(message.role, message.content) for message in model.conversations[-1].messages]
    assert told[1:] == [("user", "Hi"), ("assistant", "Hello."), ("user", "And?")]


def test_what_was_taken_back_is_forgotten_by_page_and_model():
    model = ScriptedModel("</think>\n\nOne.", "</think>\n\nTwo.", "</think>\n\nThree.")
    chat = chat_with(model)
    asyncio.run(answer(chat, "first"))
    asyncio.run(answer(chat, "second"))

    question = asyncio.run(chat.take_back())
    asyncio.run(answer(chat, "third"))

    assert question == Question("second")
    assert [message.content for message in model.conversations[-1].messages][1:] == ["first", "One.", "third"]
    assert [content[1] for content in contents(chat.messages)].count("question") == 2


def test_every_question_can_be_taken_back_and_then_there_is_none():
    chat = chat_with(ScriptedModel("</think>\n\nOne.", "</think>\n\nTwo."))
    asyncio.run(answer(chat, "first"))
    asyncio.run(answer(chat, "second"))

    questions = [asyncio.run(chat.take_back()) for _ in range(3)]

    assert questions == [Question("second"), Question("first"), None]
    assert chat.messages == []


def test_a_question_that_failed_is_not_told_to_the_model_again():
    model = ScriptedModel([PromptTooLong(5000, 4096)], "</think>\n\nFine.")
    chat = chat_with(model)

    updates = asyncio.run(answer(chat, "too long"))
    asyncio.run(answer(chat, "short"))

    assert last_view(updates[-1])["text"].startswith("The conversation is 5,000 tokens long")
    assert [message.content for message in model.conversations[-1].messages][1:] == ["short"]


@pytest.mark.parametrize("script", [["Hm", Stall()], ["Hm.</think>\n\nHel", Stall()]], ids=["thinking", "answering"])
def test_a_stop_ends_the_answer_and_keeps_what_there_was(script):
    model = ScriptedModel(script, "</think>\n\nNext.")
    chat = chat_with(model)

    async def stop_when_it_stalls():
        chat.ask(Question("Hi"), EN)
        stopping = asyncio.create_task(stop_after(script[-1].is_reached, chat))
        updates = await drain(chat)
        await stopping
        return updates

    updates = asyncio.run(stop_when_it_stalls())
    asyncio.run(answer(chat, "next"))

    assert last_view(updates[-1])["stopped"]
    assert len(updates[-1]) > 2, "the partial answer is still there"
    assert model.num_running == 0
    assert contents(chat.messages)[-2] == ("assistant", "Next.")


async def stop_after(event, chat):
    await asyncio.to_thread(event.wait)
    chat.stop(EN)


def test_a_stop_reaches_a_running_tool():
    tools = StallingTools()
    chat = chat_with(ScriptedModel(CALL % "wait"), tools)

    async def stop_in_the_tool():
        chat.ask(Question("Wait"), EN)
        stopping = asyncio.create_task(stop_after(tools.is_reached, chat))
        updates = await drain(chat)
        await stopping
        return updates

    updates = asyncio.run(stop_in_the_tool())

    assert last_view(updates[-1])["stopped"]


def test_a_stopped_chat_takes_the_next_question_at_once():
    tools = StallingTools()
    chat = chat_with(ScriptedModel(CALL % "wait"), tools)

    async def stop_and_ask():
        chat.ask(Question("Wait"), EN)
        reading = asyncio.create_task(drain(chat))
        await stop_after(tools.is_reached, chat)
        await chat.has_stopped()
        is_busy = chat.is_busy
        await reading
        return is_busy

    assert asyncio.run(stop_and_ask()) is False


def test_a_stop_before_the_answer_began_is_a_stopped_answer():
    chat = chat_with(ScriptedModel())

    chat.ask(Question("Hi"), EN)
    chat.stop(EN)
    updates = asyncio.run(drain(chat))

    assert updates == []
    assert last_view(chat.messages)["stopped"]
    assert not chat.is_busy


def test_an_answer_that_nobody_comes_back_to_is_stopped_after_a_while():
    stall = Stall()
    model = ScriptedModel(["Hm.</think>\n\nHel", stall])
    chat = chat_with(model, unread_grace_s=0.05)

    async def leave_at_the_first_update():
        await leave_when_it_stalls(chat, stall)
        await asyncio.to_thread(chat._desk.turns.wait_for_none, 10)

    asyncio.run(leave_at_the_first_update())

    assert model.num_running == 0
    assert not chat.is_busy
    (turn,) = chat._desk.store.turns(chat.conversation_id)
    assert turn.events[-1].reason == "stopped"


async def leave_when_it_stalls(chat, stall):
    """As a closed tab does."""
    chat.ask(Question("Hi"), EN)
    updates = chat.answer(EN)
    await anext(updates)
    await asyncio.to_thread(stall.is_reached.wait)
    await updates.aclose()


def test_who_comes_back_in_time_reads_on_from_where_it_is():
    stall = Stall()
    desk = desk_with(ScriptedModel(["Hm.</think>\n\nHel", stall, "lo."]))
    chat = Chat(desk, new_session_id())

    async def reload():
        await leave_when_it_stalls(chat, stall)
        again = Chat(desk, chat._session_id, chat.conversation_id)
        again.refresh(EN)
        at_once = contents(again.messages)
        updates = again.answer(EN)
        first = contents(await anext(updates))
        again.stop(EN)
        return at_once, first, [messages async for messages in updates][-1]

    at_once, first, last = asyncio.run(reload())

    assert at_once == first
    assert at_once[:3] == [("user", "question"), ("assistant", "thinking"), ("assistant", "Hel")]
    assert last_view(last)["stopped"]


def test_two_tabs_read_one_answer_and_either_may_stop_it():
    stall = Stall()
    desk = desk_with(ScriptedModel(["Hm.</think>\n\nHel", stall]))
    first = Chat(desk, new_session_id())

    async def read_twice():
        first.ask(Question("Hi"), EN)
        second = Chat(desk, first._session_id, first.conversation_id)
        reading = [asyncio.create_task(drain(chat)) for chat in (first, second)]
        await asyncio.to_thread(stall.is_reached.wait)
        second.stop(EN)
        return [contents((await task)[-1]) for task in reading]

    one, other = asyncio.run(read_twice())

    assert one == other
    assert one[-1] == ("assistant", "footer")


def test_an_old_chat_shows_nothing_more_once_another_took_its_place():
    stall = Stall()
    chat = chat_with(ScriptedModel(["Hm.</think>\n\nHel", stall]))

    async def leave():
        chat.ask(Question("Hi"), EN)
        updates = chat.answer(EN)
        await anext(updates)
        await asyncio.to_thread(stall.is_reached.wait)
        chat.leave()
        shown = [messages async for messages in updates]
        chat.stop(EN)
        return shown

    assert asyncio.run(leave()) == []


def test_a_picture_opens_under_its_address_before_the_answer_is_over():
    model = ScriptedModel(CALL % "draw", "</think>\n\nThere.")
    desk = desk_with(model, FakeTools(draw=outcome("Drawn.", PICTURE)))
    session_id = new_session_id()
    chat = Chat(desk, session_id)

    updates = asyncio.run(answer(chat, "Draw"))

    address = next(m["content"][0]["value"] for m in updates[-1] if contents([m])[0][1] == "svg")["url"]
    artifact_id = desk.links.artifact_id(session_id, address.removeprefix("/files/"))
    assert desk.store.artifact(artifact_id).data == "<svg/>"
    assert desk.links.artifact_id(new_session_id(), address.removeprefix("/files/")) is None


class BrokenTurn:
    new_messages = ()

    def __iter__(self):
        yield from ()
        raise RuntimeError("a bug")

    def cancel(self):
        pass

    def progress(self):
        return None


class DeafTurn(BrokenTurn):
    """Never listens to cancel()."""

    def __init__(self):
        self.release = threading.Event()

    def __iter__(self):
        self.release.wait()
        yield Finished("stop", (), 1.0)


class NoLog:
    def add(self, at_s, event):
        return event

    def end(self, at_s, event, replies):
        pass


def test_a_bug_in_the_agent_ends_the_turn_with_a_sentence(caplog):
    async def run():
        live = LiveTurn(BrokenTurn(), NoLog(), "It broke.")
        live.start()
        return [answer.end async for answer in TurnReader(live).updates()]

    assert asyncio.run(run())[-1] == Failed("It broke.")
    assert "a bug" in caplog.text


def test_a_stop_does_not_wait_for_a_turn_that_does_not_listen():
    turn, is_over = DeafTurn(), threading.Event()

    async def run():
        live = LiveTurn(turn, NoLog(), "", on_over=is_over.set)
        live.start()
        started_at = asyncio.get_running_loop().time()
        live.stop()
        ends = [answer.end async for answer in TurnReader(live).updates()]
        seconds = asyncio.get_running_loop().time() - started_at
        assert not is_over.is_set()
        turn.release.set()
        await TurnReader(live).over()
        assert is_over.is_set()
        return ends, seconds

    ends, seconds = asyncio.run(run())

    assert ends[-1].reason == "stopped"
    assert seconds < STOP_GRACE_S + 1
