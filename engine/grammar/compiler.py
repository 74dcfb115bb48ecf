"""From the form that a caller asks for to one that answers can be held to.

    JSON schema, object, regex:  [thinking </think>] answer
    required calls:              [thinking </think>] <tool_call> call [<tool_call> call ...]
    auto:                        anything, <tool_call> call, anything, ...

The tags are the dialect's control tokens. In thinking that precedes a form, no call begins and the answer cannot end.
"""

from collections.abc import Sequence

from engine.dialects.stream_parser import Tags
from engine.grammar.calls import Tool, call_schema
from engine.grammar.compiled import CompiledGrammars, Part, regex_part, schema_part
from engine.grammar.matcher import Form, Inside, Outside, Phase
from engine.grammar.schema import read_schema
from engine.grammar.structure import JsonObject, JsonSchema, Regex, Structure, ToolCalls
from engine.grammar.vocabulary import GrammarVocabulary

_LINE_ENDS = r"/\n{0,2}/"
_GAP = r"/[ \n]{0,2}/"


class GrammarCompiler:
    """For one model: its vocabulary and the tags of its dialect. Any thread may ask for forms."""

    def __init__(self, vocabulary: GrammarVocabulary, tags: Tags) -> None:
        self._vocabulary = vocabulary
        self._tags = tags
        self._grammars = CompiledGrammars(vocabulary)

    def form(self, structure: Structure, tools: Sequence[Tool] = (), starts_thinking: bool = False) -> Form:
        """tools: what ToolCalls may call. Raises InvalidRequest for what the answer cannot be held to."""
        if isinstance(structure, ToolCalls):
            return self._calls_form(structure, tools, starts_thinking)
        start = f"{_LINE_ENDS} @part" if starts_thinking else "@part"
        answer = Inside(self._grammars.get(start, _answer_part(structure)))
        return self._after_thinking({"answer": answer}, starts_thinking, None)

    def _calls_form(self, calls: ToolCalls, tools: Sequence[Tool], starts_thinking: bool) -> Form:
        if calls.choice == "required":
            phases = self._required(self._call(calls, tools, "after"))
            return self._after_thinking(phases, starts_thinking, calls.max_calls)
        call = self._call(calls, tools, "text")
        return Form({"text": Outside(None, {self._call_id: "call"}), "call": call}, "text", calls.max_calls)

    @property
    def _call_id(self) -> int:
        return self._vocabulary.control_id(self._tags.call)

    def _call(self, calls: ToolCalls, tools: Sequence[Tool], then: str) -> Inside:
        """From behind the opening tag to the closing one."""
        schema = call_schema(tools, calls, self._tags.arguments_keys[0])
        end = f"<[{self._vocabulary.control_id(self._tags.end_call)}]>"
        prefix = self._tags.call_prefix and f"<[{self._vocabulary.control_id(self._tags.call_prefix)}]>"
        return Inside(self._grammars.get(f"{prefix} {_GAP} @part {_GAP} {end}", schema_part(schema)), then)

    def _required(self, call: Inside) -> dict[str, Phase]:
        """One token of line ends may stand before each call, and the answer may end behind each."""
        lines, words = self._vocabulary.newline_ids, self._vocabulary
        begin = {self._call_id: "call"}
        to_line = dict.fromkeys(lines, "line") | begin
        to_next_line = dict.fromkeys(lines, "next line") | begin
        return {
            "start": Outside(words.only(to_line), to_line),
            "line": Outside(words.only(begin), begin),
            "call": call,
            "after": Outside(words.only(to_next_line.keys() | words.end_ids), to_next_line),
            "next line": Outside(words.only(begin.keys() | words.end_ids), begin),
        }

    def _after_thinking(self, phases: dict[str, Phase], starts_thinking: bool, max_rounds: int | None) -> Form:
        first = next(iter(phases))
        if not starts_thinking:
            return Form(phases, first, max_rounds)
        end_id = self._vocabulary.control_id(self._tags.end_think)
        kept_out = self._vocabulary.end_ids | self._vocabulary.control_ids_of(self._tags.call)
        thinking = Outside(self._vocabulary.all_but(kept_out), {end_id: first})
        return Form({"thinking": thinking, **phases}, "thinking", max_rounds)


def _answer_part(structure: JsonSchema | JsonObject | Regex) -> Part:
    match structure:
        case JsonSchema(source):
            return schema_part(read_schema(source))
        case JsonObject():
            return schema_part({"type": "object"})
        case Regex(pattern):
            return regex_part(pattern)
