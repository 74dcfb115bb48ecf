"""What may come next, token by token, in a vocabulary of bytes, a few merges and control tokens."""

import numpy as np
import pytest

from engine.dialects import intern_s1, intern_s1_pro
from engine.dialects.stream_parser import Tags
from engine.errors import InvalidRequest
from engine.grammar.matcher import FormLost
from engine.grammar.structure import JsonObject, JsonSchema, Regex, ToolCalls
from tests.engine.grammar.random_model import compiler_for
from tests.engine.tiny_tokenizer import CONTROLS, write_tokenizer

NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
TOOLS = [
    {"type": "function", "function": {"name": "draw", "parameters": {"$defs": {"n": NUMBER}, "$ref": "#/$defs/n"}}},
    {"type": "function", "function": {"name": "wait"}},
]
DRAW, WAIT = '{"name": "draw", "arguments": {"n": 7}}', '{"name": "wait", "arguments": {}}'


class Speaker:
    """Says texts and control tokens to a form, and asks what may follow."""

    def __init__(self, tokenizer, matcher):
        self.tokenizer = tokenizer
        self.matcher = matcher

    def say(self, *texts):
        for text in texts:
            for token_id in self.tokenizer.encode_with_control(text):
                assert self.may(token_id), (text, token_id)
                self.matcher.accept(token_id)
        return self

    def may(self, *what):
        """Whether each of the ids or texts of one token may come next."""
        allowed = self.matcher.allowed()
        ids = [self.tokenizer.encode_with_control(w)[0] if isinstance(w, str) else w for w in what]
        if allowed is None:
            return True
        bits = np.unpackbits(np.frombuffer(allowed, np.uint8), bitorder="little")
        return all(bits[token_id] for token_id in ids)

    def choices(self):
        """Texts of all tokens that may come next."""
        bits = np.unpackbits(np.frombuffer(self.matcher.allowed(), np.uint8), bitorder="little")
        return {self.tokenizer.decode([int(i)]) for i in np.flatnonzero(bits)}

    def may_end(self):
        return self.may("<|im_end|>")

    @property
    def is_finished(self):
        return self.matcher.is_finished


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    return write_tokenizer(folder, (('"', "}"), ("Ċ", "Ċ"), ("}", "}"), ("}}", "Ċ")))


@pytest.fixture(scope="module")
def compiler(tokenizer):
    return compiler_for(tokenizer, intern_s1_pro.TAGS)


@pytest.fixture
def speaker(tokenizer, compiler):
    return lambda *args, **options: Speaker(tokenizer, compiler.form(*args, **options).begin())


# schemas, objects, patterns


def test_an_answer_ends_with_its_last_possible_token(speaker):
    answer = speaker(JsonSchema.of(NUMBER)).say('{"n": 12')

    assert answer.choices() >= {"}", "0", "9"} and not answer.may_end()
    assert answer.say("}").is_finished


def test_an_answer_that_could_go_on_may_end(speaker):
    answer = speaker(JsonSchema.of({"type": "integer"})).say("4")

    assert not answer.is_finished
    assert answer.choices() == {*"0123456789", "<|im_end|>"}


def test_no_control_token_stands_in_a_text(speaker):
    answer = speaker(JsonSchema.of({"type": "string"})).say('"<')

    assert not any(answer.may(control) for control in CONTROLS)
    assert answer.may("|")


def test_a_pattern_is_that_of_the_whole_answer(speaker):
    answer = speaker(Regex("(ab|cd)+"))

    assert answer.choices() == {"a", "c"}
    assert answer.say("abc").choices() == {"d"}
    assert answer.say("d").may_end()


def test_a_pattern_may_match_nothing(speaker):
    answer = speaker(Regex(""))

    assert answer.choices() == {"<|im_end|>"}


def test_any_object_is_an_object(speaker):
    answer = speaker(JsonObject())

    assert answer.choices() == {"{"}
    assert answer.say('{"é": [1, {"b": null}], "c": "x"').say("}").is_finished


def test_space_between_values_is_bounded(speaker):
    answer = speaker(JsonObject()).say("{\n" + 32 * " ")

    assert not answer.may(" ") and not answer.may("\n")


def test_tokens_that_cross_borders_are_allowed(speaker):
    answer = speaker(JsonSchema.of({"type": "object", "properties": {"a": {"type": "string"}}})).say('{"a": "x')

    assert answer.may('"}')


def test_a_token_that_is_not_allowed_loses_the_form(speaker):
    answer = speaker(JsonSchema.of(NUMBER))

    with pytest.raises(FormLost, match="^The answer cannot be held to the form that was asked for any longer: "):
        answer.matcher.accept(ord("x"))


def test_two_answers_of_one_form_do_not_meet(compiler):
    form = compiler.form(JsonSchema.of({"enum": ["a", "b"]}))
    first, second = form.begin(), form.begin()

    first.accept(ord('"'))

    assert first.allowed() != second.allowed()


# thinking


def test_the_form_begins_after_the_thinking(speaker, tokenizer):
    answer = speaker(JsonSchema.of(NUMBER), starts_thinking=True).say("Let me see: {")

    assert answer.may("}", "<tool_response>", "</think>")
    assert not answer.may_end() and not answer.may("<tool_call>")
    assert answer.say("</think>").choices() == {"\n", "\n\n", "{"}
    assert answer.say('\n\n{"n": 3}').is_finished


def test_thinking_needs_a_token_that_ends_it(tokenizer):
    compiler = compiler_for(tokenizer, Tags("<tool_call>", "</tool_call>", ("arguments",), end_think="</thought>"))

    with pytest.raises(InvalidRequest, match="^This model has no token for </thought>, so that form cannot be asked"):
        compiler.form(JsonObject(), starts_thinking=True)


# tool calls


@pytest.mark.parametrize("call", [DRAW, WAIT, '{"name":"draw",\n  "arguments":{"n":-1}}'])
def test_required_calls_are_of_known_tools(speaker, call):
    answer = speaker(ToolCalls("required"), TOOLS)

    assert answer.choices() == {"<tool_call>", "\n", "\n\n"}
    answer.say("<tool_call>", "\n", call, "\n", "</tool_call>")
    assert answer.choices() == {"<tool_call>", "\n", "\n\n", "<|im_end|>"}
    answer.say("\n", "<tool_call>", WAIT, "</tool_call>")
    assert answer.may_end() and not answer.is_finished


def test_a_call_cannot_end_early_or_name_another_tool(speaker):
    call = speaker(ToolCalls("required"), TOOLS).say("<tool_call>", "\n")

    assert not call.may("</tool_call>") and not call.may_end()
    assert call.say('{"name": "').choices() == {"d", "w"}
    assert call.say('draw", "arguments": {"n').choices() == {'"'}


def test_a_named_tool_is_the_only_one(speaker):
    answer = speaker(ToolCalls("required", "wait"), TOOLS).say("<tool_call>", '{"name": "')

    assert answer.choices() == {"w"}


def test_one_call_may_be_all(speaker):
    answer = speaker(ToolCalls("required", max_calls=1), TOOLS).say("<tool_call>", WAIT, "</tool_call>")

    assert answer.is_finished


def test_required_calls_come_after_the_thinking(speaker):
    answer = speaker(ToolCalls("required"), TOOLS, starts_thinking=True).say("Hm.")

    assert not answer.may("<tool_call>")
    assert answer.say("</think>").choices() == {"<tool_call>", "\n", "\n\n"}


def test_auto_leaves_everything_but_calls_to_the_model(speaker):
    answer = speaker(ToolCalls("auto"), TOOLS, starts_thinking=True)

    assert answer.matcher.allowed() is None
    answer.say("text", "</think>", "\n\n", "more", "<tool_call>")
    assert answer.choices() == {" ", "\n", "\n\n", "{"}
    answer.say(DRAW, "\n", "</tool_call>")
    assert answer.matcher.allowed() is None and not answer.is_finished


def test_the_answer_ends_with_the_last_call_allowed(speaker):
    answer = speaker(ToolCalls("auto", max_calls=2), TOOLS).say("a", "<tool_call>", WAIT, "</tool_call>")

    assert not answer.is_finished
    assert answer.say("b", "<tool_call>", DRAW, "</tool_call>").is_finished


def test_intern_s1_has_a_second_tag_and_parameters(tokenizer, compiler):
    tags = Tags("<tool_call>", "</tool_call>", intern_s1.TAGS.arguments_keys, call_prefix="<think>")
    s1 = Speaker(tokenizer, compiler_for(tokenizer, tags).form(ToolCalls("required"), TOOLS).begin())

    assert s1.say("<tool_call>").choices() == {"<think>"}
    s1.say("<think>", '\n{"name": "draw", "parameters": {"n": 1}}\n', "</tool_call>")
    assert s1.may_end()


@pytest.mark.parametrize(
    ("structure", "tools", "message"),
    [
        (ToolCalls("required"), (), "Tool calls were asked for, but the conversation offers no tools."),
        (ToolCalls("auto", "fly"), TOOLS, "There is no tool named fly; the tools are: draw, wait."),
        (
            ToolCalls("auto"),
            [{"name": "draw"}],
            'A tool must have the form {"type": "function", "function": {"name": ..., ...}}.',
        ),
        (
            ToolCalls("auto"),
            [{"function": {"name": "draw", "parameters": {"type": "array"}}}],
            "The parameters of the tool draw must be a JSON schema of type object.",
        ),
        (
            ToolCalls("auto"),
            [{"function": {"name": "draw", "parameters": {"not": {}}}}],
            "The tool draw cannot be held to its parameters. #/not of the JSON schema is not supported. Leave not out.",
        ),
        (
            ToolCalls("auto"),
            [{"function": {"name": "draw", "description": "x" * 200_000}}],
            "The tools are 200,051 characters long; they may have at most 131,072.",
        ),
    ],
)
def test_tools_are_refused_in_words(compiler, structure, tools, message):
    with pytest.raises(InvalidRequest) as error:
        compiler.form(structure, tools)

    assert str(error.value) == message


def test_calls_need_the_tags_of_the_dialect(tokenizer):
    compiler = compiler_for(tokenizer, intern_s1.TAGS)

    with pytest.raises(InvalidRequest, match=r"^This model has no token for <\|"):
        compiler.form(ToolCalls("auto"), TOOLS)
