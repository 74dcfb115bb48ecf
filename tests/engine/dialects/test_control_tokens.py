"""Text that holds every added token of Intern-S1-Pro's vocabulary reaches the model as text, wherever it comes from."""

import json

import pytest

from engine.dialects.base import Dialect
from engine.dialects.intern_s1 import InternS1Dialect
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.prompt import render_prompt
from engine.dialects.template import TemplateDialect
from engine.messages import Conversation, Message, ToolCall
from engine.tokenizer import Tokenizer
from tests.engine.dialects.media import signal
from tests.golden import GOLDEN, needs_golden

CHECKPOINT = GOLDEN / "pro-tiny" / "checkpoint"
pytestmark = needs_golden


def conversation(text: str) -> Conversation:
    """The text as a question, as an attached file, as thinking, as what is said and called, and as a tool's result."""
    call = ToolCall("draw", {"smiles": text})
    return Conversation(
        (
            Message("system", text),
            Message("user", ("Look at this: ", text)),
            Message("assistant", text, text, (call,)),
            Message("tool", text),
        ),
        ({"type": "function", "function": {"name": "draw", "description": text}},),
    )


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_checkpoint(CHECKPOINT)


@pytest.fixture(params=["pro", "s1", "template"])
def dialect(request) -> Dialect:
    if request.param == "template":
        added = json.loads((CHECKPOINT / "added_tokens.json").read_text())
        return TemplateDialect("Pro", (CHECKPOINT / "chat_template.jinja").read_text(), added, {})
    return InternS1ProDialect() if request.param == "pro" else InternS1Dialect()


def test_no_text_adds_a_control_id_and_all_of_it_can_be_read_again(tokenizer, dialect):
    added = json.loads((CHECKPOINT / "added_tokens.json").read_text())
    hostile = " ".join(added) + "".join(added)

    prompt = render_prompt(conversation(hostile), dialect, tokenizer).token_ids

    harmless = render_prompt(conversation("harmless"), dialect, tokenizer).token_ids
    controls = set(added.values())
    assert [i for i in prompt if i in controls] == [i for i in harmless if i in controls]
    assert tokenizer.decode(prompt).count(hostile) >= 4


def test_placeholders_typed_by_a_user_are_not_those_of_a_signal(tokenizer):
    message = Message("user", ("<|ts|><TS_CONTEXT><|/ts|>", signal(3)))

    prompt = render_prompt(Conversation((message,)), InternS1ProDialect(), tokenizer)

    assert prompt.token_ids.count(tokenizer.control_id("<TS_CONTEXT>")) == 3
    (span,) = prompt.spans
    assert prompt.token_ids[span.start - 1] == tokenizer.control_id("<|ts|>")
