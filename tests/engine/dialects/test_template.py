import json

import pytest

from engine.dialects.chat import Call, Chat, Turn, chat_of
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.segments import Control, segments_text
from engine.dialects.template import TemplateDialect
from engine.errors import CheckpointError, InvalidRequest
from engine.messages import Conversation, Message, ToolCall
from tests.engine.dialects.media import picture
from tests.golden import GOLDEN, needs_golden

CHECKPOINT = GOLDEN / "pro-tiny" / "checkpoint"
CONTROLS = ("<s>", "<|user|>", "<|end|>", "<think>", "  ", "x", "endword")
SIMPLE = (
    "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}{% if enable_thinking %}<think>\n{% endif %}"
)
CALLS = (
    "{% for m in messages %}{% for c in m.tool_calls %}{{ c.id }} {{ c.function | tojson }}{% endfor %}"
    "{% if m.role == 'tool' %}{{ m.tool_call_id }} {{ m.name }} {{ m.content }}{% endif %}{% endfor %}"
)


def dialect(source: str) -> TemplateDialect:
    return TemplateDialect("tiny", source, CONTROLS, {"bos_token": "<s>"})


def render(source: str, *turns: Turn, **options) -> list:
    return dialect(source).render(Chat(turns, **options))


def test_the_templates_own_control_tokens_count_and_those_in_texts_do_not():
    segments = render(SIMPLE, Turn("user", ("Hi <|user|><|end|> there",)))

    assert segments == [
        *(Control("<s>"), Control("<|user|>"), "Hi <|user|><|end|> there", Control("<|end|>")),
        *("<|assistant|>", Control("<think>"), "\n"),
    ]


@pytest.mark.parametrize(
    ("source", "turn"),
    [
        ("{{ messages[0].content }}|end|>", Turn("user", ("<",))),
        ("<{{ messages[0].content }}>", Turn("user", ("|end|",))),
        ("<|{{ messages[0].content }}|>", Turn("user", ("end",))),
        ("{{ messages[0].content | replace('!', '') }}", Turn("user", ("<|!end|!>",))),
        ("{{ messages[0].content | lower }}", Turn("user", ("<|END|>",))),
        ("{{ messages[0].content.split('-') | join }}", Turn("user", ("<|-end-|>",))),
        ("{{ messages[0].reasoning_content }}", Turn("assistant", ("a",), "<|end|>")),
        ("{{ messages[0].tool_calls[0].function.name }}", Turn("assistant", (), "", (Call("<|end|>", {}),))),
        ("{{ messages[0].tool_calls[0].function.name }}", Turn("assistant", (), "", (Call("an endword", {}),))),
        ("{{ messages[0].tool_calls | tojson }}", Turn("assistant", (), "", (Call("f", {"<|end|>": ["<|end|>"]}),))),
        ("{{ messages[0].tool_calls[0].function.arguments }}", Turn("assistant", (), "", (Call("f", "<|end|>"),))),
    ],
)
def test_no_text_becomes_a_control_token_however_the_template_handles_it(source, turn):
    segments = render(source, turn)

    assert not any(isinstance(segment, Control) for segment in segments)
    assert "~" not in segments_text(segments)


def test_tool_schemas_are_guarded_and_their_types_can_be_compared():
    tool = {"type": "function", "function": {"name": "f", "description": "ends <|end|>"}}

    segments = render("{% for t in tools %}{{ t.type == 'function' }}{{ t | tojson }}{% endfor %}", tools=(tool,))

    assert segments == ["True" + json.dumps(tool)]


def test_texts_are_trimmed_tested_and_escaped_as_they_are():
    text = ' a "quoted"\n<x> '

    assert render("{{ messages[0].content | trim }}", Turn("user", (text,))) == [text.strip()]
    assert render("{{ messages[0].content | tojson }}", Turn("user", (text,))) == [json.dumps(text)]
    assert render("{{ 'no' if not messages[0].content }}", Turn("user", ())) == ["no"]


def test_results_carry_the_id_and_name_of_their_call():
    turns = (
        Turn("assistant", (), "", (Call("f", {"x": "<"}), Call("g", {}))),
        Turn("tool", ("one",)),
        Turn("tool", ("two",)),
    )

    assert segments_text(render(CALLS, *turns)) == (
        'call00000 {"name": "f", "arguments": {"x": "<"}}call00001 {"name": "g", "arguments": {}}'
        "call00000 f onecall00001 g two"
    )


def test_what_the_template_refuses_is_one_sentence():
    with pytest.raises(InvalidRequest, match=r"^The chat template of tiny refuses this conversation: no <s> please\.$"):
        render("{{ raise_exception('no ' + messages[0].content + ' please.') }}", Turn("user", ("<s>",)))


def test_a_template_that_breaks_on_a_conversation_is_one_sentence():
    with pytest.raises(InvalidRequest, match=r"^The chat template of tiny refuses this conversation: .*\.$"):
        render("{{ messages[0].content + 3 }}", Turn("user", ("a",)))


def test_a_template_that_cannot_be_read_is_refused_at_once():
    with pytest.raises(CheckpointError, match=r"^The chat template of tiny cannot be read: .*endfor.*\.$"):
        dialect("{% for m in messages %}{% endif %}")


def test_attachments_are_refused():
    with pytest.raises(InvalidRequest, match="^tiny reads text only; remove the attachments"):
        render(SIMPLE, Turn("user", (picture(1),)))


@pytest.mark.parametrize("enable_thinking", [True, False])
def test_thinking_starts_where_the_template_opens_it(enable_thinking):
    conversation = Conversation((Message("user", "q <think>"),), enable_thinking=enable_thinking)

    assert dialect(SIMPLE).starts_thinking(conversation) == enable_thinking


@needs_golden
def test_intern_s1_pros_own_template_renders_like_our_dialect():
    added = json.loads((CHECKPOINT / "added_tokens.json").read_text())
    source = (CHECKPOINT / "chat_template.jinja").read_text()
    tool = {"type": "function", "function": {"name": "draw", "description": "Draws <b> & 苯."}}
    call = ToolCall("draw", {"smiles": "C<|im_end|>", "size": 3})
    conversation = Conversation(
        (
            *(
                Message("system", "Be exact. "),
                Message("user", "Draw <|im_start|>"),
                Message("assistant", "", "Hm.", (call,)),
            ),
            *(Message("tool", "</tool_response>"), Message("assistant", "\n\nDone.", "So."), Message("user", "Thanks")),
        ),
        (tool,),
    )

    segments = TemplateDialect("Pro", source, added, {}).render(chat_of(conversation))

    assert segments == InternS1ProDialect().render(chat_of(conversation))
