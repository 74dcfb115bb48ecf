"""Chat answers: their shape, their stream, how tokens are chosen, thinking."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.openai_checks.server import CLIENT, QUESTION, Server, chunks_by_choice, joined

THINKING = {"enable_thinking": True}


def the_model_is_listed(server: Server) -> None:
    assert [model.id for model in server.client.models.list()] == [server.model]


def the_model_is_found_by_its_name(server: Server) -> None:
    assert server.client.models.retrieve(server.model).object == "model"


def an_answer_has_openais_shape(server: Server) -> None:
    answer = server.chat()
    assert (answer.object, answer.model) == ("chat.completion", server.model)
    assert answer.id.startswith("chatcmpl-") and answer.created > 1_700_000_000
    (choice,) = answer.choices
    assert (choice.index, choice.message.role, choice.message.tool_calls) == (0, "assistant", None)
    assert choice.message.content and choice.finish_reason in ("stop", "length")


def two_answers_have_two_ids(server: Server) -> None:
    assert server.chat(max_tokens=1).id != server.chat(max_tokens=1).id


def usage_adds_up(server: Server) -> None:
    usage = server.chat(max_tokens=3).usage
    assert 0 < usage.completion_tokens <= 3 < usage.prompt_tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def a_stream_says_the_same_as_one_object(server: Server) -> None:
    (choices,) = chunks_by_choice(server.chat(stream=True)).values()
    whole = server.chat().choices[0]
    assert joined(choices) == whole.message.content
    assert choices[0].delta.role == "assistant" and choices[-1].finish_reason == whole.finish_reason
    assert all(choice.finish_reason is None for choice in choices[:-1])


def a_stream_ends_in_done(server: Server) -> None:
    with CLIENT.stream("POST", f"{server.url}/chat/completions", json=server.body(stream=True)) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]" and all(line.startswith("data: {") for line in lines[:-1])
    assert len({json.loads(line[6:])["id"] for line in lines[:-1]}) == 1


def usage_of_a_stream_is_its_last_event(server: Server) -> None:
    *others, last = server.chat(stream=True, stream_options={"include_usage": True})
    assert last.choices == [] and last.usage.completion_tokens > 0
    assert all(chunk.usage is None and chunk.choices for chunk in others)


def a_stream_has_no_usage_unless_asked(server: Server) -> None:
    assert all(chunk.usage is None and chunk.choices for chunk in server.chat(stream=True))


def thinking_is_told_apart(server: Server) -> None:
    answer = server.chat(extra_body=THINKING, max_tokens=10)
    assert answer.choices[0].message.model_extra["reasoning_content"]
    assert answer.usage.completion_tokens_details.reasoning_tokens > 0


def thinking_is_on_by_default(server: Server) -> None:
    assert server.chat(extra_body={}, max_tokens=6).usage.completion_tokens_details.reasoning_tokens > 0


def thinking_is_streamed_before_the_answer(server: Server) -> None:
    (choices,) = chunks_by_choice(server.chat(stream=True, extra_body=THINKING)).values()
    thinking = [choice.delta.model_extra.get("reasoning_content") for choice in choices]
    assert any(thinking)
    assert joined(choices[: max(i for i, text in enumerate(thinking) if text)]) == ""


def thinking_is_off_by_a_field(server: Server) -> None:
    _has_no_thinking(server, {"enable_thinking": False})


def thinking_is_off_by_a_template_argument(server: Server) -> None:
    _has_no_thinking(server, {"chat_template_kwargs": {"enable_thinking": False}})


def _has_no_thinking(server: Server, fields: dict[str, Any]) -> None:
    answer = server.chat(extra_body=fields)
    assert answer.usage.completion_tokens_details.reasoning_tokens == 0
    assert not (answer.choices[0].message.model_extra or {}).get("reasoning_content")


def several_answers_come_in_one_object(server: Server) -> None:
    answer = server.chat(n=3, temperature=1.0, max_tokens=4)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert 3 <= answer.usage.completion_tokens <= 12


def several_answers_are_streamed_side_by_side(server: Server) -> None:
    choices = chunks_by_choice(server.chat(n=2, stream=True, temperature=1.0, max_tokens=6))
    assert set(choices) == {0, 1}
    for of_one in choices.values():
        assert of_one[0].delta.role == "assistant" and of_one[-1].finish_reason


def a_seed_gives_the_same_answer_again(server: Server) -> None:
    first, second = (
        server.chat(seed=7, temperature=1.5, n=2, max_tokens=8, extra_body={"enable_thinking": False}) for _ in range(2)
    )
    assert [c.message.content for c in first.choices] == [c.message.content for c in second.choices]


def any_whole_number_is_a_seed(server: Server) -> None:
    for seed in (-1, 2**70):
        assert server.post(server.body(seed=seed, temperature=1.0)).status_code == 200


def a_stop_text_ends_the_answer_before_it(server: Server) -> None:
    whole = server.chat().choices[0].message.content
    stop = whole[len(whole) // 2 :][:3]
    answer = server.chat(stop=stop).choices[0]
    assert answer.message.content == whole[: whole.index(stop)] and answer.finish_reason == "stop"


def one_of_several_stop_texts_ends_a_stream(server: Server) -> None:
    whole = server.chat().choices[0].message.content
    stop = whole[len(whole) // 2 :][:3]
    (choices,) = chunks_by_choice(server.chat(stream=True, stop=["never said \u2603", stop])).values()
    assert joined(choices) == whole[: whole.index(stop)]


def max_tokens_ends_the_answer(server: Server) -> None:
    answer = server.chat(max_tokens=2)
    assert (answer.usage.completion_tokens, answer.choices[0].finish_reason) == (2, "length")


def max_completion_tokens_means_the_same(server: Server) -> None:
    body = server.body(max_completion_tokens=2, enable_thinking=False)
    del body["max_tokens"]
    assert server.post(body).json()["usage"]["completion_tokens"] == 2


def more_tokens_than_fit_are_as_many_as_fit(server: Server) -> None:
    assert server.chat(max_tokens=32_768, stop=[" ", "e", "a", "i"]).choices[0].finish_reason == "stop"


def a_choice_among_one_is_greedy(server: Server) -> None:
    greedy = server.chat().choices[0].message.content
    for one in ({"top_k": 1}, {"min_p": 1.0}, {"top_p": 1e-6}):
        chosen = server.chat(temperature=1.0, extra_body={"enable_thinking": False} | one)
        assert chosen.choices[0].message.content == greedy, one


def a_temperature_close_to_zero_is_greedy(server: Server) -> None:
    assert server.chat(temperature=5e-324).choices[0].message.content == server.chat().choices[0].message.content


def a_bias_forces_a_token(server: Server) -> None:
    answer = server.chat(logit_bias={"100": 100}, logprobs=True, max_tokens=4)
    said = {tuple(token.bytes) for token in answer.choices[0].logprobs.content}
    assert len(said) == 1 and answer.usage.completion_tokens == 4


def penalties_change_an_answer(server: Server) -> None:
    def said(**penalties: float) -> set[str]:
        bias = {"100": 100, "200": 100, "300": 100}
        answer = server.chat(logit_bias=bias, max_tokens=12, logprobs=True, **penalties)
        return {token.token for token in answer.choices[0].logprobs.content}

    assert len(said(frequency_penalty=-2, presence_penalty=-2)) < len(said(frequency_penalty=2, presence_penalty=2))
    assert server.post(server.body(repetition_penalty=1.5)).status_code == 200


def every_token_has_its_logprob(server: Server) -> None:
    answer = server.chat(logprobs=True)
    tokens = answer.choices[0].logprobs.content
    assert len(tokens) == answer.usage.completion_tokens
    assert all(token.logprob <= 0 and token.top_logprobs == [] for token in tokens)


def the_likeliest_tokens_come_in_order(server: Server) -> None:
    for token in server.chat(logprobs=True, top_logprobs=3).choices[0].logprobs.content:
        values = [likely.logprob for likely in token.top_logprobs]
        assert len(values) == 3 and values == sorted(values, reverse=True)
        assert token.top_logprobs[0].token == token.token  # greedy


def the_bytes_of_the_tokens_are_the_answer(server: Server) -> None:
    choice = server.chat(logprobs=True, extra_body={"enable_thinking": False, "skip_special_tokens": False}).choices[0]
    said = b"".join(bytes(token.bytes) for token in choice.logprobs.content)
    assert choice.message.content.strip() in said.decode(errors="replace")


def a_stream_has_the_logprobs_too(server: Server) -> None:
    (choices,) = chunks_by_choice(server.chat(stream=True, logprobs=True)).values()
    streamed = [token.logprob for choice in choices if choice.logprobs for token in choice.logprobs.content]
    assert streamed == [token.logprob for token in server.chat(logprobs=True).choices[0].logprobs.content]


def a_developer_is_the_system(server: Server) -> None:
    asked = [[{"role": role, "content": "Be brief."}, *QUESTION] for role in ("system", "developer")]
    first, second = (server.chat(messages) for messages in asked)
    assert first.choices[0].message.content == second.choices[0].message.content
    assert first.usage.prompt_tokens == second.usage.prompt_tokens > server.chat().usage.prompt_tokens


def text_in_parts_is_one_text(server: Server) -> None:
    parts = [{"type": "text", "text": "What is the boiling "}, {"type": "text", "text": "point of water?"}]
    assert server.chat([{"role": "user", "content": parts}]).usage.prompt_tokens == server.chat().usage.prompt_tokens


def earlier_turns_are_read(server: Server) -> None:
    messages = [
        *QUESTION,
        {"role": "assistant", "content": "100 degrees."},
        {"role": "user", "content": "And of iron?"},
    ]
    assert server.chat(messages).usage.prompt_tokens > server.chat().usage.prompt_tokens


def an_answer_can_be_sent_back_as_it_came(server: Server) -> None:
    answer = server.chat(extra_body={"enable_thinking": True}, max_tokens=4).choices[0].message
    if not answer.content:
        answer.content = "Well."
    assert server.chat([*QUESTION, answer, {"role": "user", "content": "Go on."}]).choices


def a_prompt_that_was_read_is_cached(server: Server) -> None:
    messages = [{"role": "user", "content": "Count: " + ", ".join(map(str, range(60)))}]
    server.chat(messages, max_tokens=1)
    usage = server.chat(messages, max_tokens=1).usage
    assert usage.prompt_tokens_details.cached_tokens >= 32


def another_user_does_not_see_by_the_clock_what_was_read(server: Server) -> None:
    messages = [{"role": "user", "content": "Secret: " + ", ".join(map(str, range(60)))}]
    server.chat(messages, max_tokens=1, user="one")
    assert server.chat(messages, max_tokens=1, user="two").usage.prompt_tokens_details.cached_tokens == 0


def what_asks_for_nothing_else_is_taken(server: Server) -> None:
    fields = {
        "n": 1,
        "stop": None,
        "store": False,
        "tools": None,
        "audio": None,
        "modalities": ["text"],
        "spaces_between_special_tokens": False,
        "skip_special_tokens": True,
        "response_format": {"type": "text"},
    }
    assert server.post(server.body(**fields)).status_code == 200


def many_ask_at_once(server: Server) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: server.chat(max_tokens=4).choices[0].message.content, range(6)))
    assert len(set(answers)) == 1


CHECKS = (
    the_model_is_listed,
    the_model_is_found_by_its_name,
    an_answer_has_openais_shape,
    two_answers_have_two_ids,
    usage_adds_up,
    a_stream_says_the_same_as_one_object,
    a_stream_ends_in_done,
    usage_of_a_stream_is_its_last_event,
    a_stream_has_no_usage_unless_asked,
    thinking_is_told_apart,
    thinking_is_on_by_default,
    thinking_is_streamed_before_the_answer,
    thinking_is_off_by_a_field,
    thinking_is_off_by_a_template_argument,
    several_answers_come_in_one_object,
    several_answers_are_streamed_side_by_side,
    a_seed_gives_the_same_answer_again,
    any_whole_number_is_a_seed,
    a_stop_text_ends_the_answer_before_it,
    one_of_several_stop_texts_ends_a_stream,
    max_tokens_ends_the_answer,
    max_completion_tokens_means_the_same,
    more_tokens_than_fit_are_as_many_as_fit,
    a_choice_among_one_is_greedy,
    a_temperature_close_to_zero_is_greedy,
    a_bias_forces_a_token,
    penalties_change_an_answer,
    every_token_has_its_logprob,
    the_likeliest_tokens_come_in_order,
    the_bytes_of_the_tokens_are_the_answer,
    a_stream_has_the_logprobs_too,
    a_developer_is_the_system,
    text_in_parts_is_one_text,
    earlier_turns_are_read,
    an_answer_can_be_sent_back_as_it_came,
    a_prompt_that_was_read_is_cached,
    another_user_does_not_see_by_the_clock_what_was_read,
    what_asks_for_nothing_else_is_taken,
    many_ask_at_once,
)
