"""A turn as a request: what the model was told, in OpenAI's shapes."""

import json

import pytest

from assistant.agent import Agent
from assistant.attachments.attachment import Attachment, Question, Understood
from assistant.attachments.file_text import FileText
from assistant.attachments.store import AttachmentStore
from assistant.events import AttachmentRead
from assistant.handover.request import MAX_INLINE_BYTES, LargeFile, request_of
from assistant.model_slot import ModelSlot
from assistant.stored_turn import StoredTurn
from assistant.turn_settings import TurnSettings
from assistant.ui.chat import Desk
from engine.messages import Message, ToolCall
from engine.processors.settings import INTERN_S1_PRO
from engine.sampling_params import SamplingParams
from tests.assistant.attachments.files import npy
from tests.assistant.fakes import FakeTools, ScriptedModel, outcome

FAMILY = SamplingParams(max_tokens=2048, temperature=0.8, top_k=50, top_p=0.95)
SEQUENCES = Attachment("4" * 64, "globins.fasta", "sequence", 1000)


class FakeReader:
    def read(self, conversation_id, attachment, settings, cancel):
        return FileText("sequence", "1 protein", (">A", "MVLSPADK"), 2), None

    def close(self):
        pass


@pytest.fixture
def desk():
    slot = ModelSlot("served")
    slot.fill(Agent(ScriptedModel(media=INTERN_S1_PRO), FakeTools(weigh=outcome("1")), "You help.", FAMILY))
    desk = Desk(slot, AttachmentStore())
    desk.reader.close()
    desk.reader = FakeReader()
    yield desk
    desk.close()


def asked(desk, *turns):
    return request_of(desk, desk.slot.agent, "conversation", turns)


def test_settings_are_those_of_the_turn_over_those_of_the_family(desk):
    settings = TurnSettings(enable_thinking=False, temperature=0.0, seed=7, top_k=0)

    request = asked(desk, StoredTurn(Question("Hi"), settings=settings))

    assert request["model"] == "served"  # the name that the API knows; the model's own may be a folder's
    assert request["messages"] == [
        {"role": "system", "content": "You help."},
        {"role": "user", "content": "Hi"},
    ]
    assert {name: request[name] for name in ("temperature", "top_p", "max_tokens", "seed", "enable_thinking")} == {
        "temperature": 0.0,
        "top_p": 0.95,
        "max_tokens": 2048,
        "seed": 7,
        "enable_thinking": False,
    }
    assert "min_p" not in request
    assert request["top_k"] == 0  # the family has another value, and the server would take that


def test_earlier_answers_keep_their_calls_and_results_in_order(desk):
    calls = (ToolCall("weigh", {"smiles": "CCO"}), ToolCall("weigh", {"smiles": "[O-]\\画"}))
    replies = (
        Message("assistant", "", "I weigh.", calls),
        Message("tool", "46"),
        Message("tool", "17"),
        Message("tool", "Error MALFORMED_CALL: '{' is not a tool call."),
        Message("assistant", "46 and 17."),
    )

    request = asked(desk, StoredTurn(Question("Weigh"), replies), StoredTurn(Question("And?")))

    _, _, calling, first, second, answer, question = request["messages"]
    assert [json.loads(call["function"]["arguments"]) for call in calling["tool_calls"]] == [c.arguments for c in calls]
    assert [first["tool_call_id"], second["tool_call_id"]] == [call["id"] for call in calling["tool_calls"]]
    assert (first["content"], second["content"]) == ("46", "17")
    assert calling["reasoning_content"] == "I weigh."
    assert answer == {"role": "assistant", "content": "46 and 17."}
    assert question == {"role": "user", "content": "And?"}


def test_a_file_that_is_text_is_told_as_the_model_was_told_it(desk):
    request = asked(desk, StoredTurn(Question("Compare", (SEQUENCES,))))

    told = request["messages"][-1]["content"]
    assert told == "[File globins.fasta: 1 protein]\n>A\nMVLSPADK\n[end of globins.fasta]\n\nCompare"


@pytest.mark.parametrize("is_large", [False, True], ids=["small", "large"])
def test_a_signal_comes_with_its_rate_and_a_large_one_by_name(desk, is_large):
    data = npy() if not is_large else npy(MAX_INLINE_BYTES)
    signal = Attachment("5" * 64, "quake.npy", "signal", len(data), sampling_rate=100.0)
    path = desk.attachments.path("conversation", signal.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    read = AttachmentRead(Understood(signal.id, "reading", "30 s at 100 Hz", 11))

    request = asked(desk, StoredTurn(Question("Pick", (signal,)), events=(read,), times=(0.1,)))

    name, part, question = request["messages"][-1]["content"]
    assert name["text"] == "[File quake.npy: 30 s at 100 Hz]\n"
    assert part["time_series_url"]["sampling_rate"] == 100.0
    assert isinstance(part["time_series_url"]["url"], LargeFile) == is_large
    assert question["text"] == "Pick"
