from assistant.agent import Agent
from assistant.events import Text, Thinking, ToolFinished, ToolStarted
from assistant.stored_replies import CUT_OFF, replies_of
from engine.messages import Message, ToolCall
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools, ScriptedModel, outcome

CALLS = (
    'Hm.</think>\n\nLet me see.<tool_call>\n{"name": "draw", "arguments": {"smiles": "CCO"}}\n</tool_call>'
    '<tool_call>\n{"name": "weigh", "arguments": {}}\n</tool_call>'
)


def test_the_events_of_a_whole_answer_give_what_the_agent_kept():
    tools = FakeTools(draw=outcome("Drawn."), weigh=outcome("46.07"))
    agent = Agent(ScriptedModel(CALLS, "So.</think>\n\nIt weighs 46.07."), tools, "You help.", SamplingParams())
    turn = agent.run((Message("user", "Weigh ethanol"),), enable_thinking=True)

    events = list(turn)

    assert replies_of(events) == turn.new_messages
    assert len(turn.new_messages) == 4


def test_a_call_that_was_cut_off_has_a_result_that_says_so():
    events = [Thinking("Hm."), ToolStarted("call-1", "draw", {}), ToolFinished("call-1", True, "Drawn.", (), 0.1)]

    replies = replies_of([*events, ToolStarted("call-2", "weigh", {})])

    called = Message("assistant", "", "Hm.", (ToolCall("draw", {}), ToolCall("weigh", {})))
    assert replies == (called, Message("tool", "Drawn."), Message("tool", CUT_OFF.text))


def test_words_that_were_cut_off_are_told_as_far_as_they_go():
    assert replies_of([Text("Hel")]) == (Message("assistant", "Hel"),)
    assert replies_of([]) == ()
