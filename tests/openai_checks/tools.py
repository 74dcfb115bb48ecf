"""The caller's tools: when they are called, in what form, and how results go back."""

import json
from typing import Any

import jsonschema

from tests.openai_checks.server import Server, chunks_by_choice

QUESTION = [{"role": "user", "content": "Which units are used?"}]
UNITS: dict[str, Any] = {
    "type": "object",
    "properties": {"unit": {"enum": ["kelvin", "celsius"]}, "digits": {"type": "integer", "minimum": 0, "maximum": 9}},
    "required": ["unit", "digits"],
    "additionalProperties": False,
}
NAMES: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"enum": ["water", "iron"]}},
    "required": ["name"],
    "additionalProperties": False,
}


def tool(name: str, parameters: Any, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters} | more}


TOOLS = [tool("set_unit", UNITS), tool("look_up", NAMES)]
SCHEMAS = {"set_unit": UNITS, "look_up": NAMES}
ONE_CALL: dict[str, Any] = {"tools": TOOLS, "tool_choice": "required", "parallel_tool_calls": False, "max_tokens": 80}


def check_call(call: Any) -> None:
    assert call.type == "function" and call.id.startswith("call_")
    jsonschema.validate(json.loads(call.function.arguments), SCHEMAS[call.function.name])


def a_required_call_is_made(server: Server) -> None:
    choice = server.chat(QUESTION, **ONE_CALL).choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    check_call(choice.message.tool_calls[0])


def one_call_at_a_time_is_one_call(server: Server) -> None:
    for _ in range(2):
        assert len(server.chat(QUESTION, **ONE_CALL, seed=1).choices[0].message.tool_calls) == 1


def several_calls_are_all_well_formed(server: Server) -> None:
    choice = server.chat(QUESTION, **ONE_CALL | {"parallel_tool_calls": True, "max_tokens": 120}).choices[0]
    assert choice.message.tool_calls and len({call.id for call in choice.message.tool_calls}) >= 1
    for call in choice.message.tool_calls:
        check_call(call)


def a_named_tool_is_called(server: Server) -> None:
    for name in SCHEMAS:
        chosen = {"type": "function", "function": {"name": name}}
        (call,) = server.chat(QUESTION, **ONE_CALL | {"tool_choice": chosen}).choices[0].message.tool_calls
        assert call.function.name == name
        check_call(call)


def none_means_no_call(server: Server) -> None:
    answer = server.chat(QUESTION, tools=TOOLS, tool_choice="none")
    assert answer.choices[0].message.tool_calls is None and answer.choices[0].finish_reason != "tool_calls"
    assert answer.usage.prompt_tokens == server.chat(QUESTION).usage.prompt_tokens


def auto_leaves_it_to_the_model(server: Server) -> None:
    choice = server.chat(QUESTION, tools=TOOLS, max_tokens=40).choices[0]
    for call in choice.message.tool_calls or ():
        check_call(call)
    assert choice.message.tool_calls or choice.message.content


def the_model_is_told_of_the_tools(server: Server) -> None:
    alone = server.chat(QUESTION, max_tokens=1).usage.prompt_tokens
    assert server.chat(QUESTION, tools=TOOLS, max_tokens=1).usage.prompt_tokens > alone + 50


def a_call_is_streamed_in_pieces(server: Server) -> None:
    (choices,) = chunks_by_choice(server.chat(QUESTION, stream=True, **ONE_CALL)).values()
    pieces = [call for choice in choices for call in choice.delta.tool_calls or ()]
    assert {piece.index for piece in pieces} == {0} and choices[-1].finish_reason == "tool_calls"
    first, *others = pieces
    assert first.id and first.type == "function" and first.function.name in SCHEMAS
    assert all(piece.id is None and piece.function.name is None for piece in others)
    arguments = "".join(piece.function.arguments or "" for piece in pieces)
    jsonschema.validate(json.loads(arguments), SCHEMAS[first.function.name])


def a_streamed_call_is_the_same_call(server: Server) -> None:
    with server.client.chat.completions.stream(
        model=server.model, messages=QUESTION, temperature=0, extra_body={"enable_thinking": False}, **ONE_CALL
    ) as stream:
        (streamed,) = stream.get_final_completion().choices[0].message.tool_calls
    (whole,) = server.chat(QUESTION, **ONE_CALL).choices[0].message.tool_calls
    assert (streamed.function.name, json.loads(streamed.function.arguments)) == (
        whole.function.name,
        json.loads(whole.function.arguments),
    )


def a_call_follows_thinking(server: Server) -> None:
    bias = {"logit_bias": {}, "extra_body": {"enable_thinking": True}, "max_tokens": 150}
    choice = server.chat(QUESTION, **ONE_CALL | bias).choices[0]
    for call in choice.message.tool_calls or ():
        check_call(call)
    assert choice.message.tool_calls or choice.finish_reason == "length"  # a random model may think for ever


def results_are_told_in_the_next_turn(server: Server) -> None:
    message = server.chat(QUESTION, **ONE_CALL).choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "Done: kelvin."}
    answer = server.chat([*QUESTION, message, result], tools=TOOLS)
    assert answer.choices[0].finish_reason in ("stop", "length", "tool_calls")
    assert answer.usage.prompt_tokens > server.chat(QUESTION, tools=TOOLS, max_tokens=1).usage.prompt_tokens


def results_may_come_in_any_order(server: Server) -> None:
    ends = [server.chat([*QUESTION, _two_calls(), *order], max_tokens=4) for order in (_results(), _results()[::-1])]
    assert ends[0].usage.prompt_tokens == ends[1].usage.prompt_tokens
    assert ends[0].choices[0].message.content == ends[1].choices[0].message.content


def _two_calls() -> dict[str, Any]:
    function = {"name": "look_up", "arguments": '{"name": "iron"}'}
    calls = [{"id": f"call_{i}", "type": "function", "function": function} for i in (1, 2)]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def _results() -> list[dict[str, Any]]:
    return [{"role": "tool", "tool_call_id": f"call_{i}", "name": "look_up", "content": f"Result {i}"} for i in (1, 2)]


def a_call_without_a_result_is_refused(server: Server) -> None:
    error = server.refusal(messages=[*QUESTION, _two_calls(), _results()[0]])
    assert "call_2" in error["message"]


def a_result_without_a_call_is_refused(server: Server) -> None:
    assert server.refusal(messages=[*QUESTION, _results()[0]])["param"] == "messages[1].tool_call_id"


def a_result_that_comes_twice_is_refused(server: Server) -> None:
    error = server.refusal(messages=[*QUESTION, _two_calls(), _results()[0], _results()[0]])
    assert error["param"] == "messages[3].tool_call_id"


def arguments_that_are_no_object_are_refused(server: Server) -> None:
    calls = _two_calls()
    calls["tool_calls"][1]["function"] = {"name": "look_up", "arguments": "[1]"}
    error = server.refusal(messages=[*QUESTION, calls, *_results()])
    assert error["param"] == "messages[1].tool_calls[1].function.arguments"


def a_tool_that_is_not_there_cannot_be_chosen(server: Server) -> None:
    error = server.refusal(tools=TOOLS, tool_choice={"type": "function", "function": {"name": "fly"}})
    assert error["param"] == "tool_choice.function.name" and "set_unit, look_up" in error["message"]


def no_call_can_be_required_without_tools(server: Server) -> None:
    assert server.refusal(tool_choice="required")["param"] == "tool_choice"


def parameters_that_cannot_be_kept_to_are_refused(server: Server) -> None:
    odd = tool("odd", {"type": "object", "not": {}})
    error = server.refusal(tools=[odd])
    assert "odd" in error["message"] and "not" in error["message"]


def a_tool_that_is_not_strict_may_have_any_parameters(server: Server) -> None:
    odd = tool("odd", {"type": "object", "not": {}}, strict=False)
    assert server.post(server.body(tools=[odd])).status_code == 200


def two_tools_of_one_name_are_refused(server: Server) -> None:
    assert server.refusal(tools=[TOOLS[0], TOOLS[0]])["param"] == "tools[1].function.name"


def a_tool_of_another_kind_is_refused(server: Server) -> None:
    assert server.refusal(tools=[{"type": "web_search"}])["param"] == "tools[0].type"


CHECKS = (
    a_required_call_is_made,
    one_call_at_a_time_is_one_call,
    several_calls_are_all_well_formed,
    a_named_tool_is_called,
    none_means_no_call,
    auto_leaves_it_to_the_model,
    the_model_is_told_of_the_tools,
    a_call_is_streamed_in_pieces,
    a_streamed_call_is_the_same_call,
    a_call_follows_thinking,
    results_are_told_in_the_next_turn,
    results_may_come_in_any_order,
    a_call_without_a_result_is_refused,
    a_result_without_a_call_is_refused,
    a_result_that_comes_twice_is_refused,
    arguments_that_are_no_object_are_refused,
    a_tool_that_is_not_there_cannot_be_chosen,
    no_call_can_be_required_without_tools,
    parameters_that_cannot_be_kept_to_are_refused,
    a_tool_that_is_not_strict_may_have_any_parameters,
    two_tools_of_one_name_are_refused,
    a_tool_of_another_kind_is_refused,
)
