import json
import threading
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import pytest

from assistant.agent import LIMIT_SENTENCE, MAX_TOOL_CALLS, NO_ANSWER, UNREADABLE_CALLS, Agent, NoFiles, Turn
from assistant.attachments.room import NoRoom
from assistant.events import Event, Failed, Finished, Text, TextWasThinking, Thinking, ToolFinished, ToolStarted
from assistant.progress import MAX_RELEASE_WAIT_S
from assistant.tools.result import ToolArtifact
from engine.errors import EngineError, PromptTooLong
from engine.messages import Delta, Message, StreamProgress, ToolCall
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import USAGE, FakeTools, ScriptedModel, Stall, StallingTools, outcome

QUESTION = Message("user", "Draw ethanol.")
PICTURE = ToolArtifact("svg", "structure.svg", "image/svg+xml", "<svg/>", "2D structure of CCO", {"smiles": "CCO"})
SERVED_CALL = ToolCall("render", {"smiles": "CCO"})
DRAWN = outcome("2D structure drawn. Formula: C2H6O.", PICTURE)


def start(model: ScriptedModel, tools: FakeTools | StallingTools | None = None, enable_thinking: bool = True) -> Turn:
    agent = Agent(model, tools or FakeTools(), "Be exact.", SamplingParams(max_tokens=64))
    return agent.run((QUESTION,), enable_thinking)


def call(name: str, **arguments: object) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def last_event(turn: Turn) -> Event:
    return list(turn)[-1]


def without_seconds(events: list[Event]) -> list[Event]:
    return [Finished(e.reason, e.usages, 0) if isinstance(e, Finished) else e for e in events]


def test_an_answer_without_tools_streams_thinking_and_text():
    turn = start(ScriptedModel(["Easy", " one.</th", "ink>\n\nHel", "lo."]))

    events = without_seconds(list(turn))

    assert events == [
        Thinking("Easy"),
        Thinking(" one."),
        Text("Hel"),
        Text("lo."),
        Finished("stop", (USAGE,), 0),
    ]
    assert turn.new_messages == (Message("assistant", "Hello.", reasoning="Easy one."),)


def test_the_model_is_given_the_system_prompt_the_conversation_and_the_tools():
    model, tools = ScriptedModel("Hello."), FakeTools(draw=DRAWN)

    list(start(model, tools, enable_thinking=False))

    (conversation,) = model.conversations
    assert conversation.messages == (Message("system", "Be exact."), QUESTION)
    assert conversation.tools == tools.schemas
    assert not conversation.enable_thinking


def test_a_called_tool_runs_and_the_model_goes_on_with_its_result():
    model = ScriptedModel("Draw.</think>\n\nOne moment.\n" + call("draw", smiles="CCO"), "Done.</think>\n\nHere it is.")
    turn = start(model, FakeTools(draw=DRAWN))

    events = list(turn)

    started, finished = events[2:4]
    assert isinstance(started, ToolStarted) and isinstance(finished, ToolFinished)
    assert (started.name, started.arguments) == ("draw", {"smiles": "CCO"})
    assert (finished.call_id, finished.ok, finished.seconds) == (started.call_id, True, 0.01)
    assert finished.summary == "2D structure drawn. Formula: C2H6O."
    assert turn.new_messages == (
        Message("assistant", "One moment.", "Draw.", (ToolCall("draw", {"smiles": "CCO"}),)),
        Message("tool", "2D structure drawn. Formula: C2H6O."),
        Message("assistant", "Here it is.", "Done."),
    )
    assert model.conversations[1].messages[2:] == turn.new_messages[:2]
    assert isinstance(events[-1], Finished) and events[-1].usages == (USAGE, USAGE)


def test_an_artifact_gets_an_unguessable_id():
    turn = start(ScriptedModel("</think>" + call("draw", smiles="CCO"), "</think>Done."), FakeTools(draw=DRAWN))

    (finished,) = (event for event in turn if isinstance(event, ToolFinished))

    (artifact,) = finished.artifacts
    assert len(artifact.id) == 32
    assert (artifact.kind, artifact.data, artifact.alt) == (PICTURE.kind, PICTURE.data, PICTURE.alt)


def test_calls_of_one_answer_run_in_order():
    script = "</think>" + call("add", a=1) + "\n" + call("add", a=2)
    turn = start(ScriptedModel(script, "</think>Done."), FakeTools(add=lambda arguments: outcome(str(arguments["a"]))))

    list(turn)

    assert [message.content for message in turn.new_messages] == ["", "1", "2", "Done."]


def test_a_refusal_of_a_tool_is_told_to_the_model_as_it_is():
    refused = outcome("Error INVALID_SMILES: 'C(' is not a valid SMILES. Check it.", ok=False)
    model = ScriptedModel("</think>" + call("draw", smiles="C("), "</think>It is not valid.")
    turn = start(model, FakeTools(draw=refused))

    events = list(turn)

    assert any(isinstance(event, ToolFinished) and not event.ok for event in events)
    assert turn.new_messages[1] == Message("tool", refused.summary)


def test_a_repeated_call_gets_the_earlier_result_and_is_told_so():
    tools = FakeTools(draw=DRAWN)
    model = ScriptedModel(
        "</think>" + call("draw", smiles="CCO", size=2),
        "</think>" + call("draw", size=2, smiles="CCO"),
        "</think>Done.",
    )
    turn = start(model, tools)

    finished = [event for event in turn if isinstance(event, ToolFinished)]

    assert len(tools.calls) == 1
    assert [len(event.artifacts) for event in finished] == [1, 0]
    assert turn.new_messages[3].content.splitlines() == [
        "2D structure drawn. Formula: C2H6O.",
        "Note: this call was already made in this answer; this is its earlier result.",
    ]


def test_the_same_tool_with_other_arguments_is_no_repetition():
    tools = FakeTools(draw=DRAWN)
    model = ScriptedModel(
        "</think>" + call("draw", smiles="C"), "</think>" + call("draw", smiles="CC"), "</think>Done."
    )

    list(start(model, tools))

    assert len(tools.calls) == 2


def counting_model(num_calls: int, *last: str) -> ScriptedModel:
    return ScriptedModel(*("</think>" + call("add", a=i) for i in range(num_calls)), *last)


def test_six_calls_are_allowed():
    tools = FakeTools(add=outcome("1"))
    turn = start(counting_model(MAX_TOOL_CALLS, "</think>Done."), tools)

    end = last_event(turn)

    assert isinstance(end, Finished) and end.reason == "stop"
    assert len(tools.calls) == 6


def test_a_seventh_call_is_refused_and_the_model_may_answer_once_more():
    tools = FakeTools(add=outcome("1"))
    turn = start(counting_model(MAX_TOOL_CALLS + 1, "</think>That is all I know."), tools)

    end = last_event(turn)

    assert isinstance(end, Finished) and end.reason == "tool_limit"
    assert len(tools.calls) == 6
    assert turn.new_messages[-2].content == (
        "Error tool_limit: The limit of 6 tool calls in one answer is reached. Answer with what you have."
    )
    assert turn.new_messages[-1].content == "That is all I know."


def test_a_model_that_never_stops_calling_is_ended_with_a_sentence():
    tools = FakeTools(add=outcome("1"))
    turn = start(counting_model(MAX_TOOL_CALLS + 2), tools)

    events = list(turn)

    assert events[-2] == Text(LIMIT_SENTENCE)
    assert isinstance(events[-1], Finished) and events[-1].reason == "tool_limit"
    assert turn.new_messages[-1] == Message("assistant", LIMIT_SENTENCE)


def test_seven_calls_in_one_answer_run_six():
    tools = FakeTools(add=outcome("1"))
    script = "</think>" + "\n".join(call("add", a=i) for i in range(7))
    turn = start(ScriptedModel(script, "</think>Done."), tools)

    list(turn)

    assert len(tools.calls) == 6
    assert [message.content for message in turn.new_messages[1:7]] == ["1"] * 6
    assert turn.new_messages[7].content.startswith("Error tool_limit: ")


def test_a_malformed_call_goes_back_to_the_model_once():
    model = ScriptedModel("</think>\n\nLet me see.\n<tool_call>\n{'name'}\n</tool_call>", "</think>Sorry.")
    turn = start(model)

    events = without_seconds(list(turn))

    assert events == [Text("Let me see."), Text("Sorry."), Finished("stop", (USAGE, USAGE), 0)]
    assert turn.new_messages[0] == Message("assistant", "Let me see.")
    assert turn.new_messages[1].content == (
        "Error MALFORMED_CALL: '{'name'}' is not a tool call: it is not JSON: Expecting property name enclosed in "
        'double quotes at character 3. Write one JSON object with "name" and "arguments".'
    )


def test_a_second_malformed_call_ends_the_turn():
    model = ScriptedModel("</think><tool_call>{</tool_call>", "</think><tool_call>[</tool_call>")

    assert last_event(start(model)) == Failed(UNREADABLE_CALLS)


def test_a_good_call_beside_a_malformed_one_runs():
    model = ScriptedModel("</think>" + call("draw", smiles="C") + "<tool_call>{</tool_call>", "</think>Done.")
    turn = start(model, FakeTools(draw=DRAWN))

    list(turn)

    roles = [message.role for message in turn.new_messages]
    assert roles == ["assistant", "tool", "tool", "assistant"]
    assert turn.new_messages[1].content == DRAWN.summary


def test_an_answer_cut_by_the_token_limit_says_so():
    end = last_event(start(ScriptedModel("</think>\n\nIt is", finish_reason="length")))

    assert isinstance(end, Finished) and end.reason == "length"


def test_a_call_cut_by_the_token_limit_is_not_asked_for_again():
    model = ScriptedModel('</think>\n\n<tool_call>\n{"name": "dr', finish_reason="length")

    end = last_event(start(model))

    assert isinstance(end, Finished) and end.reason == "length"


def test_a_wordless_answer_is_a_failure():
    assert last_event(start(ScriptedModel("Hm.</think>\n\n"))) == Failed(NO_ANSWER)


def test_a_tool_result_needs_no_words_after_it():
    model = ScriptedModel("</think>" + call("draw", smiles="C"), "</think>")

    end = last_event(start(model, FakeTools(draw=DRAWN)))

    assert isinstance(end, Finished) and end.reason == "stop"


def test_an_error_of_the_engine_ends_the_turn_with_its_sentence():
    end = last_event(start(ScriptedModel([PromptTooLong(9000, 8192)])))

    assert end == Failed(
        "The conversation is 9,000 tokens long and this model reads at most 8,192. "
        "Start a new chat or shorten the message."
    )


def test_pieces_that_a_server_has_told_apart_are_taken_as_they_are():
    script = [Delta("", 1, pieces=(Thinking("Hm."), Text("I draw <think>."))), Delta("", 1, pieces=(SERVED_CALL,))]
    turn = start(ScriptedModel(script, [Delta("", 1, pieces=(Text("Done."),))]), FakeTools(render=DRAWN))

    events = list(turn)

    assert [type(event) for event in events] == [Thinking, Text, ToolStarted, ToolFinished, Text, Finished]
    assert turn.new_messages[0] == Message("assistant", "I draw <think>.", "Hm.", (SERVED_CALL,))


def test_text_that_turns_out_to_be_thinking_is_no_part_of_the_answer():
    script = [Delta("", 1, pieces=(Text("Hm. "),)), Delta("", 1, pieces=(TextWasThinking(), Text("Yes.")))]
    turn = start(ScriptedModel(script))

    events = list(turn)

    assert events[:-1] == [Text("Hm. "), TextWasThinking(), Text("Yes.")]
    assert turn.new_messages == (Message("assistant", "Yes.", "Hm. "),)


def test_an_error_in_mid_answer_keeps_what_was_said():
    turn = start(ScriptedModel(["</think>\n\nIt is", EngineError("The model was shut down.")]))

    events = list(turn)

    assert events == [Text("It is"), Failed("The model was shut down.")]
    assert turn.new_messages == (Message("assistant", "It is"),)


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        pytest.param([], (), id="before-the-first-token"),
        pytest.param(["Let me"], (Message("assistant", "", "Let me"),), id="thinking"),
        pytest.param(["Hm.</think>\n\nIt is\n"], (Message("assistant", "It is", "Hm."),), id="answering"),
        pytest.param(['</think>\n\nA\n<tool_call>\n{"na'], (Message("assistant", "A"),), id="writing-a-call"),
    ],
)
def test_stop_ends_a_turn_that_waits_for_the_model_and_keeps_what_was_said(script, kept):
    stall = Stall()
    model = ScriptedModel([*script, stall, " never said"])
    turn = start(model)
    with ThreadPoolExecutor() as pool:
        end = pool.submit(last_event, turn)
        stall.is_reached.wait()

        stopped_at = perf_counter()
        turn.cancel()
        event = end.result(timeout=5)

    assert isinstance(event, Finished) and event.reason == "stopped"
    assert perf_counter() - stopped_at < 0.3
    assert turn.new_messages == kept
    assert model.num_running == 0


def test_stop_ends_a_turn_that_waits_for_a_tool():
    tools = StallingTools()
    turn = start(ScriptedModel("</think>\n\nWait.\n" + call("wait") + call("wait", again=True)), tools)
    with ThreadPoolExecutor() as pool:
        future = pool.submit(list, turn)
        tools.is_reached.wait()

        stopped_at = perf_counter()
        turn.cancel()
        events = future.result(timeout=5)

    assert perf_counter() - stopped_at < 0.3
    assert isinstance(events[-2], ToolFinished) and not events[-2].ok
    assert isinstance(events[-1], Finished) and events[-1].reason == "stopped"
    assert [message.content for message in turn.new_messages] == [
        "Wait.",
        "Error cancelled: The user stopped wait.",
        "Error cancelled: The user stopped the answer before this tool ran.",
    ]


def test_a_stop_before_the_start_asks_no_model():
    model = ScriptedModel("Hello.")
    turn = start(model)
    turn.cancel()

    end = last_event(turn)

    assert isinstance(end, Finished) and end.reason == "stopped"
    assert not model.conversations


def test_a_stop_after_the_end_changes_nothing():
    turn = start(ScriptedModel("</think>\n\nHello."))
    list(turn)

    turn.cancel()

    assert turn.new_messages == (Message("assistant", "Hello."),)


def test_leaving_the_iteration_stops_the_model_and_keeps_what_was_said():
    model = ScriptedModel(["</think>\n\nIt is", " never said"])
    turn = start(model)
    events = iter(turn)
    next(events)

    events.close()

    assert model.num_running == 0
    assert turn.new_messages == (Message("assistant", "It is"),)


def test_leaving_the_iteration_at_a_tool_leaves_no_call_without_a_result():
    turn = start(ScriptedModel("</think>" + call("draw", smiles="C")), FakeTools(draw=DRAWN))
    events = iter(turn)
    assert isinstance(next(events), ToolStarted)

    events.close()

    assert [message.role for message in turn.new_messages] == ["assistant", "tool"]


def test_the_new_messages_are_complete_when_the_last_event_arrives():
    turn = start(ScriptedModel("</think>\n\nHello."))

    seen = [turn.new_messages for event in turn if isinstance(event, Finished)]

    assert seen == [(Message("assistant", "Hello."),)]


def test_two_turns_of_one_agent_do_not_share_anything():
    stall = Stall()
    agent = Agent(ScriptedModel([stall], "</think>\n\nHello."), FakeTools(), "Be exact.", SamplingParams())
    first, second = agent.run((QUESTION,), True), agent.run((QUESTION,), True)
    thread = threading.Thread(target=list, args=(first,))
    thread.start()
    stall.is_reached.wait()

    events = list(second)

    first.cancel()
    thread.join()
    assert events[0] == Text("Hello.")
    assert first.new_messages == ()


class FileTools(FakeTools):
    """One tool, which takes the name of a file."""

    schemas = ({"type": "function", "function": {"name": "weigh", "parameters": {"properties": {"file": {}}}}},)


class FullFiles(NoFiles):
    def keep(self, artifact: ToolArtifact) -> str:
        raise NoRoom(is_disk=False)


def test_a_result_that_finds_no_room_is_shown_and_the_model_is_told_that_no_call_can_read_it():
    table = ToolArtifact("table", "masses.csv", "text/csv", "a,b", "Masses")
    tools = FileTools(weigh=outcome("Weighed.", table))
    agent = Agent(ScriptedModel(f"</think>\n\n{call('weigh')}", "</think>\n\nDone."), tools, "", SamplingParams())

    events = list(agent.run((QUESTION,), enable_thinking=True, files=FullFiles()))

    finished = next(event for event in events if isinstance(event, ToolFinished))
    assert [artifact.name for artifact in finished.artifacts] == ["masses.csv"]
    assert finished.summary.startswith(
        "Weighed.\nNote: masses.csv is not kept, the session's share of the disk is used"
    )


def stopped_turn(model, stall):
    """What a turn says at its end that is stopped while the model is silent."""
    turn = start(model)
    with ThreadPoolExecutor() as pool:
        end = pool.submit(last_event, turn)
        stall.is_reached.wait()
        turn.cancel()
        return end.result(timeout=10)


def test_a_stop_tells_when_the_model_said_that_it_had_let_go():
    model = ScriptedModel([stall := Stall()])
    model.progress = StreamProgress("released", released_at=0.0)

    end = stopped_turn(model, stall)

    assert 0 < end.released_s < MAX_RELEASE_WAIT_S
    assert end.context_limit == model.max_model_len


@pytest.mark.parametrize("progress", [None, StreamProgress("writing")], ids=["never-says-anything", "does-not-let-go"])
def test_a_model_that_does_not_say_so_has_let_go_of_nothing(progress, monkeypatch):
    monkeypatch.setattr("assistant.progress.MAX_RELEASE_WAIT_S", 0.02)
    model = ScriptedModel([stall := Stall()])
    model.progress = progress

    end = stopped_turn(model, stall)

    assert (end.reason, end.released_s) == ("stopped", None)


def test_the_progress_of_a_turn_is_that_of_its_latest_stream():
    model = ScriptedModel([stall := Stall()])
    model.progress = StreamProgress("reading", num_done=3, num_total=10)
    turn = start(model)
    before = turn.progress()
    with ThreadPoolExecutor() as pool:
        pool.submit(last_event, turn)
        stall.is_reached.wait()

        now = turn.progress()

        model.progress = None
        turn.cancel()
    assert (before, now) == (None, StreamProgress("reading", num_done=3, num_total=10))
