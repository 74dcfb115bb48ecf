import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine import llm as llm_module
from engine.answer_text import AnswerText
from engine.config import EngineConfig
from engine.delta_stream import DeltaStream
from engine.engine import Finish, Output
from engine.errors import EngineError, EngineStopped, InvalidRequest, PromptTooLong
from engine.grammar.structure import JsonObject, Regex, ToolCalls
from engine.llm import LLM
from engine.messages import Conversation, Delta, Message, Usage
from engine.sampling_params import SamplingParams
from engine.thinking_meter import ThinkingMeter
from tests.engine.fakes import ByteTokenizer, PagedRunner, ScriptedRunner, greedy, logprob

TOKENIZER = ByteTokenizer()
END = TOKENIZER.control_id("<|im_end|>")
END_THINK = TOKENIZER.control_id("</think>")
HELLO = Conversation((Message("user", "Hello"),))
FOREVER = SamplingParams(max_tokens=1_000_000)


def ids(*texts):
    """Token ids of an answer: bytes of the text, control tokens by their name."""
    answer_ids = []
    for text in texts:
        control_id = TOKENIZER.control_id(text)
        answer_ids += TOKENIZER.encode(text) if control_id is None else [control_id]
    return answer_ids


@pytest.fixture
def load(monkeypatch):
    """An LLM around a runner; everything above the runner, tokenizer file aside, is the real thing."""
    loaded = []

    def start(runner, model="models/tiny", has_tokenizer=True, **config):
        monkeypatch.setattr(llm_module, "make_runner", lambda config: runner)
        monkeypatch.setattr(llm_module, "has_tokenizer", lambda path: has_tokenizer)
        monkeypatch.setattr(llm_module.Tokenizer, "from_checkpoint", lambda path: TOKENIZER)
        loaded.append(LLM(EngineConfig(model, **config)))
        return loaded[-1]

    yield start
    for llm in loaded:
        llm.close()


# generate


def test_generate_answers_every_prompt_in_order(load):
    llm = load(PagedRunner())
    prompts = [[1, 2, 3], [4], list(range(50))]

    results = llm.generate([{"prompt_token_ids": p} for p in prompts], SamplingParams(max_tokens=4, ignore_eos=True))

    assert [result.token_ids for result in results] == [greedy(p, 4) for p in prompts]
    assert [result.finish_reason for result in results] == ["length"] * 3
    assert [result.usage.prompt_tokens for result in results] == [3, 1, 50]


def test_generate_takes_plain_text(load):
    llm = load(ScriptedRunner(ids("Hi!", "<|im_end|>")))

    (result,) = llm.generate(["<|im_end|>?"], FOREVER)

    assert result.usage.prompt_tokens == len("<|im_end|>?")  # bytes: what a user types is never a control token
    assert (result.text, result.finish_reason) == ("Hi!", "stop")
    assert result.token_ids == ids("Hi!", "<|im_end|>")


def test_generate_takes_more_prompts_than_may_wait(load):
    llm = load(PagedRunner(), max_num_seqs=2, max_num_waiting=3)
    prompts = [[i] for i in range(20)]

    results = llm.generate([{"prompt_token_ids": p} for p in prompts], SamplingParams(max_tokens=2, ignore_eos=True))

    assert [result.token_ids for result in results] == [greedy(p, 2) for p in prompts]


def test_generate_returns_logprobs_of_the_last_prompt_tokens(load):
    llm = load(PagedRunner())

    (result,) = llm.generate([{"prompt_token_ids": [5, 6, 7]}], SamplingParams(max_tokens=1, prompt_logprobs=64))

    expected = [logprob([5], 6), logprob([5, 6], 7)]
    assert result.prompt_tokens == expected
    assert result.prompt_logprobs == [token.logprob for token in expected]


def test_generate_returns_logprobs_of_every_new_token(load):
    llm = load(PagedRunner())

    (result,) = llm.generate([{"prompt_token_ids": [5, 6]}], SamplingParams(max_tokens=3, logprobs=0))

    history = [5, 6, *greedy([5, 6], 3)]
    assert result.answers[0].logprobs == [logprob(history[:i], history[i]) for i in (2, 3, 4)]


def test_generate_takes_long_prompts_beyond_what_may_wait(load):
    llm = load(PagedRunner(num_blocks=40), max_num_seqs=2, max_num_waiting=64, max_waiting_tokens=100)
    prompts = [
        [i] * length for i, length in enumerate([40, 50, 120, 3, 90, 60, 60, 5])
    ]  # one is longer than all may be

    results = llm.generate([{"prompt_token_ids": p} for p in prompts], SamplingParams(max_tokens=20, ignore_eos=True))

    assert [result.token_ids for result in results] == [greedy(p, 20) for p in prompts]


# several answers


def test_answers_to_one_prompt_differ_and_are_the_same_every_time(load):
    llm = load(PagedRunner(), max_num_waiting=3)
    params = SamplingParams(n=5, temperature=1.0, seed=3, max_tokens=6, ignore_eos=True, prompt_logprobs=2)
    prompts = [{"prompt_token_ids": [1, 2, 3]}, {"prompt_token_ids": [4] * 9}]

    first, second = llm.generate(prompts, params)

    assert [len(first.answers), len(second.answers)] == [5, 5]
    assert len({tuple(answer.token_ids) for answer in first.answers}) == 5
    assert first.token_ids == first.answers[0].token_ids
    assert len(first.prompt_logprobs) == 2
    assert [answer.token_ids for answer in llm.generate(prompts, params)[0].answers] == [
        answer.token_ids for answer in first.answers
    ]
    (alone,) = llm.generate(prompts[:1], SamplingParams(temperature=1.0, seed=3, max_tokens=6, ignore_eos=True))
    assert alone.token_ids == first.token_ids


def test_answers_to_one_prompt_read_it_once(load):
    llm = load(PagedRunner(block_size=4))
    prompt = list(range(17))

    (result,) = llm.generate([{"prompt_token_ids": prompt}], SamplingParams(n=3, max_tokens=4, temperature=1.0))

    assert [answer.usage.cached_tokens for answer in result.answers] == [0, 16, 16]


def test_a_prompt_that_is_too_long_for_several_answers_is_refused(load):
    llm = load(PagedRunner(max_model_len=10))

    with pytest.raises(PromptTooLong):
        llm.generate([{"prompt_token_ids": [1] * 10}], SamplingParams(n=3))


def test_a_stream_holds_one_answer(load):
    llm = load(PagedRunner())

    with pytest.raises(InvalidRequest, match="n is 2; one stream holds 1 answer"):
        llm.stream(HELLO, SamplingParams(n=2))


# stop texts


def test_an_answer_ends_before_a_stop_text_and_frees_its_blocks(load):
    runner = ScriptedRunner(ids("one\nUser: two"))
    llm = load(runner)

    (result,) = llm.generate(["?"], SamplingParams(stop=("User:", "never")))

    assert (result.text, result.finish_reason) == ("one\n", "stop")
    assert result.token_ids == ids("one\nUser:")
    assert result.usage.completion_tokens == len("one\nUser:")
    assert len(runner.plans) == len("one\nUser:")  # no step for a token that nobody sees
    assert llm.stats().num_running == 0 and llm.stats().num_free_blocks == 64


def test_a_streamed_answer_never_shows_what_becomes_a_stop_text(load):
    llm = load(ScriptedRunner(ids("a#b##c###d")))

    deltas = list(llm.stream(HELLO, SamplingParams(stop=("###",))))

    shown = ""
    for delta in deltas:
        shown += delta.text
        assert "a#b##c".startswith(shown)
    assert (shown, deltas[-1].finish_reason) == ("a#b##c", "stop")
    assert deltas[-1].usage.completion_tokens == sum(delta.num_tokens for delta in deltas) == len("a#b##c###")


def test_a_stop_text_across_characters_of_several_tokens(load):
    llm = load(ScriptedRunner(ids("你好世界")))

    (result,) = llm.generate(["?"], SamplingParams(stop=("好世",)))

    assert (result.text, result.finish_reason) == ("你", "stop")
    assert result.token_ids == ids("你好世")


def test_half_a_stop_text_is_shown_when_the_answer_ends(load):
    llm = load(ScriptedRunner(ids("ab##", "<|im_end|>")))

    deltas = list(llm.stream(HELLO, SamplingParams(stop=("###",))))

    assert "".join(delta.text for delta in deltas) == "ab##"


def test_a_stop_text_at_max_tokens_counts_as_stop(load):
    llm = load(ScriptedRunner(ids("ab")))

    (result,) = llm.generate(["?"], SamplingParams(stop=("b",), max_tokens=2))

    assert (result.text, result.finish_reason) == ("a", "stop")


def test_a_stop_text_inside_a_draft_ends_the_answer(load):
    runner = ScriptedRunner(ids("one two three", "<|im_end|>"))
    llm = load(runner)

    (result,) = llm.generate(["Say one two three:"], SamplingParams(stop=("wo t",)))

    assert any("o thr" in TOKENIZER.decode(plan.sequences[0].draft) for plan in runner.plans)
    assert (result.text, result.finish_reason) == ("one t", "stop")
    assert result.token_ids == ids("one two t")
    assert result.usage.completion_tokens == len("one two t")


def test_stop_texts_need_a_tokenizer(load):
    llm = load(PagedRunner(), has_tokenizer=False)

    with pytest.raises(InvalidRequest, match="has no tokenizer"):
        llm.generate([{"prompt_token_ids": [1]}], SamplingParams(stop=("x",)))


@pytest.mark.parametrize(("has_tokenizer", "limit"), [(True, 262), (False, 1000)])
def test_a_bias_for_a_token_that_does_not_exist_is_refused(load, has_tokenizer, limit):
    llm = load(PagedRunner(), has_tokenizer=has_tokenizer)
    prompt = {"prompt_token_ids": [1]}

    llm.generate([prompt], SamplingParams(logit_bias={limit - 1: 1.0}, max_tokens=1))

    with pytest.raises(InvalidRequest, match=f"Token id {limit} in logit_bias is not one of this model's {limit:,}"):
        llm.generate([prompt], SamplingParams(logit_bias={limit: 1.0}))


def test_max_tokens_is_clipped_to_what_still_fits(load):
    llm = load(PagedRunner(max_model_len=10))

    (result,) = llm.generate([{"prompt_token_ids": [1, 2, 3]}], SamplingParams(max_tokens=1_000_000, ignore_eos=True))

    assert (len(result.token_ids), result.finish_reason) == (7, "length")
    assert llm.max_model_len == 10


def test_an_eos_token_in_the_middle_is_not_shown(load):
    llm = load(ScriptedRunner(ids("a", "<|im_end|>", "b")))

    (result,) = llm.generate(["?"], SamplingParams(max_tokens=3, ignore_eos=True))

    assert result.text == "ab"


def ids_of(plan):
    return [part.sequence_id for part in plan.sequences]


def test_one_prompt_that_is_too_long_ends_the_call_and_frees_the_others(load):
    runner = PagedRunner(max_model_len=100)
    has_refused = threading.Event()
    runner.before_step = lambda plan: ids_of(plan) != [2] or has_refused.wait(timeout=30)  # holds the third when alone
    llm = load(runner)

    prompts = [{"prompt_token_ids": [1] * n} for n in (95, 100, 3)]
    with pytest.raises(PromptTooLong) as refusal:
        llm.generate(prompts, SamplingParams(max_tokens=90, ignore_eos=True))

    assert refusal.traceback  # holds the frames, so that no stream is cancelled by losing its last reference
    has_refused.set()
    llm.generate([{"prompt_token_ids": [1]}], SamplingParams(max_tokens=1))
    assert [ids_of(plan) for plan in runner.plans if ids_of(plan) in ([2], [3])] == [[3]]  # the step held was given up
    assert llm.stats().num_free_blocks == 64


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ({"prompt_token_ids": [1, 1000]}, "Token id 1000 is not one of this model's 1,000"),
        ({"prompt_token_ids": [-1]}, "Token id -1 is not"),
        ({"prompt_token_ids": ["1"]}, "Token id '1' is not"),
        ({"prompt_token_ids": []}, "The prompt is empty"),
        ({"prompt_ids": [1]}, r"got the keys \['prompt_ids'\]"),
        ({"prompt_token_ids": [1], "image": ""}, r"got the keys \['image', 'prompt_token_ids'\]"),
        ("", "The prompt is empty"),
    ],
    ids=str,
)
def test_generate_refuses_a_bad_prompt_in_words(load, prompt, message):
    llm = load(PagedRunner())

    with pytest.raises(InvalidRequest, match=message):
        llm.generate([prompt], SamplingParams(max_tokens=1))


def test_a_checkpoint_without_a_tokenizer_reads_token_ids_only(load):
    llm = load(PagedRunner(), has_tokenizer=False)

    (result,) = llm.generate([{"prompt_token_ids": [1, 2]}], SamplingParams(max_tokens=3))

    assert (result.token_ids, result.text) == (greedy([1, 2], 3), "")
    for ask in (
        lambda: llm.generate(["text"], FOREVER),
        lambda: llm.stream(HELLO, FOREVER),
        lambda: llm.count_tokens(HELLO),
    ):
        with pytest.raises(InvalidRequest, match="has no tokenizer"):
            ask()


# stream


def test_a_conversation_is_answered_in_deltas_that_end_in_a_reason_and_usage(load):
    llm = load(ScriptedRunner(ids("Let me see.", "</think>", "Hello, 世界!", "<|im_end|>")))

    deltas = list(llm.stream(HELLO, FOREVER))

    assert "".join(delta.text for delta in deltas) == "Let me see.</think>Hello, 世界!"
    assert all(delta.finish_reason is None and delta.usage is None for delta in deltas[:-1])
    last = deltas[-1]
    assert last.finish_reason == "stop"
    assert last.usage.prompt_tokens == llm.count_tokens(HELLO)
    assert last.usage.completion_tokens == sum(delta.num_tokens for delta in deltas)
    assert last.usage.time_to_first_token_s > 0


def test_the_model_reads_the_conversation_as_the_dialect_writes_it(load):
    runner = ScriptedRunner(ids("<|im_end|>"))
    llm = load(runner)

    list(llm.stream(HELLO, FOREVER))

    prompt = runner.plans[0].sequences[0].token_ids
    assert TOKENIZER.decode(prompt) == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>"


def test_tokens_of_the_thinking_are_counted_with_their_tags(load):
    llm = load(ScriptedRunner(ids("Hm.", "</think>", "Yes", "<think>", "?", "</think>", "No", "<|im_end|>")))

    *_, last = llm.stream(HELLO, FOREVER)

    assert last.usage.reasoning_tokens == len("Hm.") + 1 + len("?") + 2


def test_without_thinking_no_token_is_counted_as_such(load):
    llm = load(ScriptedRunner(ids("Yes", "<|im_end|>")))

    *_, last = llm.stream(replace(HELLO, enable_thinking=False), FOREVER)

    assert last.usage.reasoning_tokens == 0


def test_tokens_that_only_shape_a_prompt_are_left_out_on_request(load):
    llm = load(ScriptedRunner(ids("a", "<|im_start|>", "</think>", "b", "<|im_end|>")))

    texts = [
        "".join(delta.text for delta in llm.stream(HELLO, replace(FOREVER, skip_special_tokens=skips)))
        for skips in (False, True)
    ]

    assert texts == ["a<|im_start|></think>b", "a</think>b"]


def test_several_answers_begin_from_one_prompt(load):
    runner = ScriptedRunner(ids("Yes", "<|im_end|>"))
    llm = load(runner)
    params = replace(FOREVER, n=2, temperature=1.0)

    prompt = llm.conversation_prompt(HELLO, params)
    texts = ["".join(delta.text for delta in llm.begin(prompt, sample)) for sample in params.samples()]

    assert texts == ["Yes", "Yes"]
    assert prompt.token_ids == runner.plans[0].sequences[0].token_ids


def test_plain_text_and_ids_are_streamed_in_no_chat_format(load):
    runner = ScriptedRunner(ids("Yes", "<|im_end|>"))
    llm = load(runner)

    for given in ("Hi", {"prompt_token_ids": ids("Hi")}):
        *_, last = llm.begin(llm.plain_prompt(given, FOREVER), FOREVER)
        assert (last.finish_reason, last.usage.prompt_tokens, last.usage.reasoning_tokens) == ("stop", 2, 0)
    assert runner.plans[0].sequences[0].token_ids == ids("Hi")


def test_a_token_says_its_bytes(load):
    llm = load(PagedRunner())

    assert (llm.token_bytes(ids("a")[0]), llm.token_bytes(END_THINK), llm.token_bytes(10**9)) == (
        b"a",
        b"</think>",
        b"",
    )


def test_many_threads_stream_at_once(load):
    llm = load(ScriptedRunner(ids("Hello", "<|im_end|>")))

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(lambda _: "".join(d.text for d in llm.stream(HELLO, FOREVER)), range(40)))

    assert answers == ["Hello"] * 40


def test_cancel_ends_the_answer_with_reason_abort_and_frees_its_blocks(load):
    runner = ScriptedRunner(ids("x" * 100))
    is_cancelled = threading.Event()
    runner.before_step = lambda plan: plan.sequences[0].start == 0 or is_cancelled.wait(timeout=30)
    llm = load(runner)
    stream = llm.stream(HELLO, FOREVER)

    deltas = []
    for delta in stream:
        deltas.append(delta)
        stream.cancel()
        is_cancelled.set()

    assert [delta.text for delta in deltas] == ["x", ""]
    assert deltas[-1].finish_reason == "abort"
    assert deltas[-1].usage.completion_tokens == sum(delta.num_tokens for delta in deltas)
    list(llm.stream(HELLO, SamplingParams(max_tokens=1)))  # the cancel was handled before this
    assert llm.stats().num_running == 0
    assert llm.stats().num_free_blocks == 64


def test_a_conversation_that_is_too_long_raises_from_the_iteration(load):
    llm = load(PagedRunner(max_model_len=20))
    stream = llm.stream(HELLO, FOREVER)

    with pytest.raises(PromptTooLong, match="this model reads at most 19"):
        list(stream)


def test_a_failing_model_raises_and_answers_the_next_conversation(load):
    runner = ScriptedRunner(ids("fine", "<|im_end|>"))
    llm = load(runner)
    runner.before_step = lambda plan: 1 // 0

    with pytest.raises(EngineError, match="The model failed"):
        list(llm.stream(HELLO, FOREVER))

    runner.before_step = lambda plan: None
    assert "".join(delta.text for delta in llm.stream(HELLO, FOREVER)) == "fine"


def test_closing_ends_streams_and_lets_go_of_the_model(load):
    runner = PagedRunner()
    llm = load(runner)
    stream = llm.stream(HELLO, SamplingParams(max_tokens=1_000_000, ignore_eos=True))

    llm.close()

    assert runner.is_closed
    with pytest.raises(EngineStopped):
        list(stream)
    with pytest.raises(EngineStopped):
        llm.stats()


@pytest.mark.parametrize(("model", "name"), [("models/Intern-S1", "Intern-S1"), ("x/nano-1.2.gguf", "nano-1.2")])
def test_the_name_is_that_of_the_folder_or_file(load, model, name):
    assert load(PagedRunner(), model=model).name == name


# DeltaStream, with tokens that arrive in known batches


# structure

TOOLS = ({"type": "function", "function": {"name": "draw", "parameters": {"type": "object", "maxProperties": 0}}},)


def test_the_answer_is_held_to_its_structure_after_the_thinking(load):
    llm = load(ScriptedRunner(ids("{Hm}", "</think>", "\n\n", '{"a":1}', "!")))

    deltas = list(llm.stream(HELLO, SamplingParams(structure=JsonObject())))

    assert "".join(delta.text for delta in deltas) == '{Hm}</think>\n\n{"a":1}'
    assert deltas[-1].finish_reason == "stop"


def test_calls_are_held_to_the_tools_of_the_conversation(load):
    runner = ScriptedRunner(ids("<tool_call>", '{"name": "fly"'))
    runner.num_blocks = 256
    llm = load(runner)
    conversation = replace(HELLO, tools=TOOLS, enable_thinking=False)

    with pytest.raises(EngineError, match="^The answer cannot be held to the form that was asked for any longer: "):
        list(llm.stream(conversation, SamplingParams(structure=ToolCalls("auto"))))


def test_the_arguments_of_a_loose_tool_may_be_any_object(load):
    runner = ScriptedRunner(ids("<tool_call>", '{"name": "draw", "arguments": {"x": 1}}', "</tool_call>", "<|im_end|>"))
    runner.num_blocks = 256
    llm = load(runner)
    conversation = replace(HELLO, tools=TOOLS, enable_thinking=False)

    deltas = list(llm.stream(conversation, SamplingParams(structure=ToolCalls("required", loose_tools=("draw",)))))

    assert '{"x": 1}' in "".join(delta.text for delta in deltas)


def test_every_answer_to_plain_text_is_held_to_the_structure(load):
    llm = load(ScriptedRunner(ids("42", "<|im_end|>")))

    (result,) = llm.generate(["How many?"], SamplingParams(structure=Regex("[0-9]{2}"), n=2, temperature=1.0))

    assert [(answer.text, answer.finish_reason) for answer in result.answers] == [("42", "stop")] * 2


def test_a_structure_that_cannot_be_held_to_is_refused_before_it_waits(load):
    llm = load(PagedRunner())

    with pytest.raises(InvalidRequest, match="unclosed group"):
        llm.stream(HELLO, SamplingParams(structure=Regex("(")))
    with pytest.raises(InvalidRequest, match="the conversation offers no tools"):
        llm.generate(["Hello"], SamplingParams(structure=ToolCalls("required")))


def test_a_structure_needs_a_tokenizer(load):
    llm = load(PagedRunner(), has_tokenizer=False)

    with pytest.raises(InvalidRequest, match="has no tokenizer"):
        llm.generate([{"prompt_token_ids": [1]}], SamplingParams(structure=JsonObject()))


class Batches:
    """A token stream whose batches are known beforehand."""

    submitted_at = 0.0

    def __init__(self, *batches, usage=None):
        self._outputs = [[Output(0, token) for token in batch] for batch in batches]
        if usage:
            self._outputs[-1][-1] = Output(0, batches[-1][-1], Finish("stop", usage, []))
        self.is_cancelled = False

    def __iter__(self):
        return iter(self._outputs)

    def cancel(self):
        self.is_cancelled = True


USAGE = Usage(prompt_tokens=1, completion_tokens=9, time_to_first_token_s=1.0, decode_s=2.0)


def delta_stream(tokens, num_prompt_tokens, *stop):
    text = AnswerText(TOKENIZER.incremental_decoder(), TOKENIZER.eos_token_ids, stop)
    return DeltaStream(tokens, num_prompt_tokens, text, ThinkingMeter(None, None, is_thinking=False))


def deltas_of(*batches):
    return list(delta_stream(Batches(*batches, usage=USAGE), 1))


def test_tokens_that_arrive_together_are_one_delta():
    assert deltas_of(ids("ab"), ids("c"), ids("d", "<|im_end|>")) == [
        Delta("ab", 2),
        Delta("c", 1),
        Delta("d", 2, "stop", USAGE),
    ]


def test_half_a_character_waits_for_its_other_half():
    first, second, third = "世".encode()

    assert deltas_of([first], [second], [third, END]) == [Delta("世", 4, "stop", USAGE)]
    assert deltas_of(ids("a") + [first], [second], [third], [END]) == [
        Delta("a", 2),
        Delta("世", 2),
        Delta("", 1, "stop", USAGE),
    ]


def test_control_tokens_are_shown_as_text_and_the_end_is_not():
    assert deltas_of([END_THINK], [END]) == [Delta("</think>", 1), Delta("", 1, "stop", USAGE)]


def test_a_character_that_is_never_completed_is_shown_as_unreadable():
    assert deltas_of(["世".encode()[0], END]) == [Delta("\ufffd", 2, "stop", USAGE)]


def test_leaving_the_loop_early_cancels_the_answer():
    tokens = Batches(ids("a"), ids("b"))

    for _ in delta_stream(tokens, 1):
        break

    assert tokens.is_cancelled


def test_an_answer_that_is_cancelled_before_its_first_token_has_no_tokens():
    tokens = Batches()
    tokens.cancel()

    (delta,) = delta_stream(tokens, 3)

    assert (delta.text, delta.num_tokens, delta.finish_reason) == ("", 0, "abort")
    assert (delta.usage.prompt_tokens, delta.usage.completion_tokens, delta.usage.tokens_per_s) == (3, 0, 0.0)
    assert delta.usage.time_to_first_token_s > 0


def test_what_was_held_back_is_shown_when_the_answer_is_cancelled():
    tokens = Batches(ids("a#"))
    stream = delta_stream(tokens, 3, "##")

    deltas = []
    for delta in stream:
        deltas.append(delta)
        stream.cancel()

    assert deltas[0] == Delta("a", 2)
    assert (deltas[1].text, deltas[1].num_tokens, deltas[1].finish_reason) == ("#", 0, "abort")


def test_logprobs_come_with_the_tokens_they_are_of():
    values = [logprob([], i) for i in range(4)]
    tokens = Batches()
    first, second, third = "世".encode()
    tokens._outputs = [
        [Output(0, 97, logprob=values[0])],
        [Output(0, first, logprob=values[1])],
        [Output(0, second, logprob=values[2]), Output(0, third, Finish("length", USAGE, []), values[3])],
    ]

    deltas = list(delta_stream(tokens, 1))

    assert deltas == [
        Delta("a", 1, logprobs=(values[0],)),
        Delta("世", 3, "length", USAGE, tuple(values[1:])),
    ]
