"""A copied request, read by the API that it is sent to, asks for what the page asked for."""

import json

import pytest

from assistant.attachments.attachment import Question
from assistant.handover.request import request_of
from assistant.handover.request_text import as_curl
from assistant.stored_turn import StoredTurn
from assistant.turn_settings import LIMITS, TurnSettings
from engine.messages import Message, ToolCall
from tests.assistant.handover.test_request import FAMILY, SEQUENCES, desk

__all__ = ["desk"]
chat_request = pytest.importorskip("assistant.openai_api.chat_request")
CALLED = Message("assistant", "I weigh.", "It wants a weight.", (ToolCall("weigh", {"smiles": "[O-]\\画<b>"}),))
SETTINGS = TurnSettings(enable_thinking=False, temperature=0.0, top_p=0.5, top_k=0, min_p=0.1, max_tokens=9, seed=7)


def test_the_api_reads_the_same_messages_settings_and_tools(desk):
    turns = [
        StoredTurn(Question("Weigh $(it)", (SEQUENCES,)), (CALLED, Message("tool", "17"), Message("assistant", "17."))),
        StoredTurn(Question("And 'now'?"), settings=SETTINGS),
    ]

    text = as_curl(request_of(desk, desk.slot.agent, "conversation", turns), "http://127.0.0.1:7860")
    body = json.loads(text.partition("<<'END_OF_REQUEST'\n")[2].removesuffix("END_OF_REQUEST\n"))
    read = chat_request.read_chat_request(body, FAMILY)

    assert [message.message.role for message in read.messages] == [
        *("system", "user", "assistant", "tool", "assistant", "user")
    ]
    calling = read.messages[2]
    assert (calling.message.reasoning, calling.message.tool_calls) == (CALLED.reasoning, CALLED.tool_calls)
    assert [message.content[0] for message in read.messages[2:]] == ["I weigh.", "17", "17.", "And 'now'?"]
    for name in LIMITS:
        assert getattr(read.params, name) == getattr(SETTINGS.params(FAMILY), name), name
    assert not read.enable_thinking
    assert [tool["function"]["name"] for tool in body["tools"]] == ["weigh"]
