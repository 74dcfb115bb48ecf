"""/v1/completions: text and token ids, continued in no chat format."""

from tests.openai_checks.server import Server


def a_text_is_continued(server: Server) -> None:
    answer = server.complete()
    assert answer.object == "text_completion" and answer.id.startswith("cmpl-")
    assert answer.choices[0].text and answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.completion_tokens <= 8


def a_stream_continues_it_the_same_way(server: Server) -> None:
    chunks = list(server.complete(stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == server.complete().choices[0].text
    assert chunks[-1].choices[0].finish_reason


def several_texts_are_continued(server: Server) -> None:
    prompts = ["Water boils at", "Iron melts at"]
    together = server.complete(prompts, n=2, max_tokens=4)
    assert [choice.index for choice in together.choices] == [0, 1, 2, 3]
    apart = [server.complete(prompt, max_tokens=4).choices[0].text for prompt in prompts]
    assert [together.choices[0].text, together.choices[2].text] == apart


def token_ids_are_continued(server: Server) -> None:
    answer = server.complete([100, 200, 300], max_tokens=3)
    assert answer.usage.prompt_tokens == 3
    several = server.complete([[100, 200, 300], [5]], max_tokens=3)
    assert len(several.choices) == 2 and several.usage.prompt_tokens == 4
    assert several.choices[0].text == answer.choices[0].text


def tokens_have_logprobs_and_places(server: Server) -> None:
    answer = server.complete(logprobs=2, max_tokens=4)
    found = answer.choices[0].logprobs
    assert len(found.tokens) == len(found.token_logprobs) == len(found.text_offset) == answer.usage.completion_tokens
    assert all(len(likely) == 2 for likely in found.top_logprobs)
    assert found.text_offset[:2] == [0, len(found.tokens[0])]


def without_a_number_sixteen_tokens_are_made(server: Server) -> None:
    answer = server.client.completions.create(model=server.model, prompt="Water", temperature=0)
    assert answer.usage.completion_tokens <= 16


def usage_comes_last_in_a_stream(server: Server) -> None:
    *_, last = server.complete(stream=True, stream_options={"include_usage": True})
    assert last.choices == [] and last.usage.prompt_tokens > 0


def echo_and_suffix_are_refused(server: Server) -> None:
    body = {"model": server.model, "prompt": "Water"}
    for field, value in (("echo", True), ("suffix", "."), ("best_of", 3)):
        assert server.refused(body | {field: value}, "/completions")["param"] == field


def an_empty_prompt_is_refused(server: Server) -> None:
    for prompt in ("", [], [""], [[]], None, [1, "a"], 5):
        error = server.refused({"model": server.model, "prompt": prompt}, "/completions")
        assert error["param"] == "prompt", prompt


def token_ids_that_do_not_exist_are_refused(server: Server) -> None:
    for ids in ([10**9], [-1], [2**70]):
        assert "oken id" in server.refused({"model": server.model, "prompt": ids}, "/completions")["message"]


CHECKS = (
    a_text_is_continued,
    a_stream_continues_it_the_same_way,
    several_texts_are_continued,
    token_ids_are_continued,
    tokens_have_logprobs_and_places,
    without_a_number_sixteen_tokens_are_made,
    usage_comes_last_in_a_stream,
    echo_and_suffix_are_refused,
    an_empty_prompt_is_refused,
    token_ids_that_do_not_exist_are_refused,
)
