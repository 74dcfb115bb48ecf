"""The engine holds answers to forms: beside others, in small steps, put back and read again, and when forms break."""

import pytest

from engine.dialects import intern_s1_pro
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.pieces import Text
from engine.grammar import compiled
from engine.grammar.structure import JsonSchema, Regex, ToolCalls
from engine.media import Prompt
from engine.messages import ToolCall
from engine.restricted_choice import FORM_FAILED
from engine.sampling_params import SamplingParams
from tests.engine.fakes import ScriptedRunner
from tests.engine.grammar.random_model import RandomModel, ask, compiler_for, make_engine, run
from tests.engine.grammar.schemas import HAND_WRITTEN
from tests.engine.tiny_tokenizer import write_tokenizer

NAMES = ["nested four deep", "odd names", "tree", "text of 3 to 5", "point", "enum of odd texts"]
TOOLS = [{"type": "function", "function": {"name": "draw", "parameters": HAND_WRITTEN["point"]}}]


@pytest.fixture(autouse=True)
def without_trials(monkeypatch):
    monkeypatch.setattr(compiled, "try_grammar", lambda source: None)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return write_tokenizer(tmp_path_factory.mktemp("tokenizer"), (('"', "}"), ("}", "}"), ('"', ":"), (",", '"')))


@pytest.fixture(scope="module")
def compiler(tokenizer):
    return compiler_for(tokenizer, intern_s1_pro.TAGS)


class BrokenForm:
    """Breaks at the call of this number."""

    def __init__(self, first_broken_call):
        self.calls_left = first_broken_call
        self.is_finished = False

    def begin(self):
        return self

    def allowed(self):
        return self._call()

    def accept(self, token_id):
        return self._call()

    def ahead(self):
        return self

    def _call(self):
        self.calls_left -= 1
        if self.calls_left < 0:
            raise ZeroDivisionError("a bug in a form")


def mixed_answers(tokenizer, compiler, num_blocks=512, **config):
    """Of six requests with a form and two without."""
    runner = RandomModel(tokenizer, num_blocks=num_blocks)
    engine = make_engine(tokenizer, runner, **config)
    for i, name in enumerate(NAMES):
        ask(engine, i, compiler.form(JsonSchema.of(HAND_WRITTEN[name])))
    for i in (10, 11):
        ask(engine, i, None, max_tokens=50)
    answers = run(engine)
    stats = engine.stats()
    assert stats.num_free_blocks == stats.num_blocks
    return answers.token_ids, stats.num_preemptions


def test_a_form_binds_its_own_answer_only(tokenizer, compiler):
    token_ids, _ = mixed_answers(tokenizer, compiler)

    alone = make_engine(tokenizer, RandomModel(tokenizer))
    ask(alone, 10, None, max_tokens=50)
    assert run(alone).token_ids[10] == token_ids[10]


@pytest.mark.parametrize(
    "circumstances",
    [
        pytest.param({"max_num_batched_tokens": 2}, id="small-steps"),
        pytest.param({"max_num_seqs": 1}, id="one-at-a-time"),
        pytest.param({"num_blocks": 10}, id="preemption"),
    ],
)
def test_circumstances_change_no_token_of_an_answer_with_a_form(tokenizer, compiler, circumstances):
    expected, _ = mixed_answers(tokenizer, compiler)

    token_ids, num_preemptions = mixed_answers(tokenizer, compiler, **circumstances)

    assert token_ids == expected
    assert num_preemptions > 0 or "num_blocks" not in circumstances


def test_drafts_change_no_answer_with_a_form(tokenizer, compiler):
    begin, end = tokenizer.control_id("<tool_call>"), tokenizer.control_id("</tool_call>")
    (stop,) = tokenizer.eos_token_ids
    forms = [compiler.form(JsonSchema.of(HAND_WRITTEN[name])) for name in NAMES]
    forms += [compiler.form(Regex(pattern)) for pattern in ("(ab){10}c", "(ab){10}", "(ab)*", "[ab]{30}")]
    forms += [compiler.form(ToolCalls("auto", max_calls=3), TOOLS)] * 3

    def answers(speculation):
        runner = RandomModel(tokenizer, wishes={begin: 4.0, end: -50.0, stop: 2.0})
        engine = make_engine(tokenizer, runner, speculation=speculation)
        for i, form in enumerate(forms):
            ask(engine, i, form, max_tokens=120)
            ask(engine, 100 + i, form, max_tokens=120, temperature=0.0)
        outcome = run(engine)
        assert not outcome.failures
        return outcome.token_ids, {i: finish.reason for i, finish in outcome.finishes.items()}, engine.stats()

    token_ids, reasons, before = answers(speculation=0)
    guessed_ids, guessed_reasons, after = answers(speculation=15)

    assert guessed_ids == token_ids and guessed_reasons == reasons
    assert before.num_drafted_tokens == 0 < after.num_accepted_tokens < after.num_drafted_tokens


def test_a_finished_form_ends_the_answer_without_a_stop_token(tokenizer, compiler):
    engine = make_engine(tokenizer, RandomModel(tokenizer))
    ask(engine, 0, compiler.form(Regex("[0-9]{4}")))

    answers = run(engine)

    assert answers.finishes[0].reason == "stop"
    assert len(tokenizer.decode(answers.token_ids[0])) == 4


def test_a_form_that_may_end_ends_with_a_stop_token(tokenizer, compiler):
    (end,) = tokenizer.eos_token_ids
    engine = make_engine(tokenizer, RandomModel(tokenizer, wishes={end: 50.0}))
    ask(engine, 0, compiler.form(Regex("[0-9]{2,}")))

    answers = run(engine)

    assert answers.finishes[0].reason == "stop"
    assert len(answers.token_ids[0]) == 3 and answers.token_ids[0][-1] == end


def test_max_tokens_cuts_an_answer_and_says_so(tokenizer, compiler):
    engine = make_engine(tokenizer, RandomModel(tokenizer))
    ask(engine, 0, compiler.form(Regex("[0-9]{40}")), max_tokens=7)

    answers = run(engine)

    assert (answers.finishes[0].reason, len(answers.token_ids[0])) == ("length", 7)


def test_an_answer_that_is_complete_at_max_tokens_counts_as_stop(tokenizer, compiler):
    engine = make_engine(tokenizer, RandomModel(tokenizer))
    ask(engine, 0, compiler.form(Regex("[0-9]{7}")), max_tokens=7)

    assert run(engine).finishes[0].reason == "stop"


def test_bias_and_penalties_bring_back_no_token_that_is_not_allowed(tokenizer, compiler):
    engine = make_engine(tokenizer, RandomModel(tokenizer))
    bias = {ord("x"): 100.0, ord("1"): -100.0}
    ask(engine, 0, compiler.form(Regex("[01]{20}")), logit_bias=bias, repetition_penalty=1.5, frequency_penalty=-2.0)

    assert tokenizer.decode(run(engine).token_ids[0]) == "0" * 20


def test_greedy_and_cut_samplings_keep_to_the_form(tokenizer, compiler):
    engine = make_engine(tokenizer, RandomModel(tokenizer))
    form = compiler.form(Regex("(ab){10}"))
    for i, params in enumerate(({"temperature": 0.0}, {"top_k": 1}, {"top_p": 0.1}, {"min_p": 0.9})):
        ask(engine, i, form, **params)

    assert {tokenizer.decode(ids) for ids in run(engine).token_ids.values()} == {"ab" * 10}


def test_calls_in_a_free_answer_are_whole_and_of_known_tools(tokenizer, compiler):
    begin, end = tokenizer.control_id("<tool_call>"), tokenizer.control_id("</tool_call>")
    engine = make_engine(tokenizer, RandomModel(tokenizer, wishes={begin: 4.0, end: -50.0}))
    for i in range(8):
        ask(engine, i, compiler.form(ToolCalls("auto", max_calls=3), TOOLS), max_tokens=2000)

    answers = run(engine)

    parser = InternS1ProDialect().parser(starts_thinking=False)
    assert {finish.reason for finish in answers.finishes.values()} == {"stop"}
    pieces = [piece for ids in answers.token_ids.values() for piece in parser.feed(tokenizer.decode(ids))]
    calls = [piece for piece in pieces if not isinstance(piece, Text)]
    assert len(calls) > 8
    for call in calls:
        assert isinstance(call, ToolCall) and call.name == "draw" and call.arguments.keys() == {"x", "y"}


@pytest.mark.parametrize("first_broken_call", [0, 1, 2, 5])
def test_a_bug_in_a_form_fails_its_own_request(tokenizer, first_broken_call):
    engine = make_engine(tokenizer, RandomModel(tokenizer))
    ask(engine, 0, BrokenForm(first_broken_call))
    ask(engine, 1, None, max_tokens=20)

    answers = run(engine)

    assert answers.failures == {0: FORM_FAILED}
    assert len(answers.token_ids[1]) in range(1, 21) and 1 in answers.finishes
    assert engine.stats().num_free_blocks == engine.stats().num_blocks


def test_a_model_that_says_what_is_not_allowed_loses_its_answer_only(tokenizer, compiler):
    engine = make_engine(tokenizer, ScriptedRunner([ord("x")] * 3))
    engine.add(0, Prompt([1], form=compiler.form(Regex("[0-9]+"))), SamplingParams(), submitted_at=0.0)
    engine.add(1, Prompt([1]), SamplingParams(max_tokens=3), submitted_at=0.0)

    answers = run(engine)

    assert answers.failures[0].startswith("The answer cannot be held to the form that was asked for any longer: ")
    assert answers.token_ids[1] == [ord("x")] * 3
