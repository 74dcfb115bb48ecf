"""Answers of a random model through the real engine, held to many schemas, checked by an independent validator."""

import json

import pytest
from jsonschema import Draft202012Validator

from engine.dialects import intern_s1_pro
from engine.grammar import compiled
from engine.grammar.structure import JsonSchema
from engine.tokenizer import Tokenizer
from tests.engine.grammar.random_model import RandomModel, ask, compiler_for, make_engine, run
from tests.engine.grammar.schemas import HAND_WRITTEN, made_schema
from tests.engine.tiny_tokenizer import write_tokenizer
from tests.golden import GOLDEN, needs_golden

NUM_MADE = 260
SCHEMAS = [*HAND_WRITTEN.values(), *map(made_schema, range(NUM_MADE))]
CHECKPOINT = GOLDEN / "pro-tiny/checkpoint"
pytestmark = [needs_golden, pytest.mark.timeout(300)]  # 8 s on an idle machine


@pytest.fixture
def without_trials(monkeypatch):
    """A process for each schema would take a minute."""
    monkeypatch.setattr(compiled, "try_grammar", lambda source: None)


@pytest.fixture(scope="module")
def short_tokenizer(tmp_path_factory):
    """The first 2,000 merges of Intern-S1-Pro: a row of its whole vocabulary costs the test a hundred times as much."""
    lines = (CHECKPOINT / "merges.txt").read_text(encoding="utf-8").splitlines()
    merges = [tuple(line.split(" ")) for line in lines if not line.startswith("#version")]
    return write_tokenizer(tmp_path_factory.mktemp("short"), tuple(merges[:2000]))


@pytest.fixture(scope="module")
def pro_tokenizer():
    """Intern-S1-Pro's: 154,766 tokens."""
    return Tokenizer.from_checkpoint(CHECKPOINT, uses_rdkit=False)


def answer_all(tokenizer, schemas):
    """Index of the schema -> its answer's text, where it is complete."""
    compiler = compiler_for(tokenizer, intern_s1_pro.TAGS)
    engine = make_engine(tokenizer, RandomModel(tokenizer, num_blocks=20_000), max_num_seqs=32)
    for i, schema in enumerate(schemas):
        ask(engine, i, compiler.form(JsonSchema.of(schema)))
    answers = run(engine)
    assert not answers.failures
    complete = [i for i, finish in answers.finishes.items() if finish.reason == "stop"]
    return {i: tokenizer.decode(answers.token_ids[i], skips_special=True) for i in complete}


def test_there_are_three_hundred_schemas():
    assert len({json.dumps(schema) for schema in SCHEMAS}) >= 300


def test_every_complete_answer_is_valid(short_tokenizer, without_trials):
    texts = answer_all(short_tokenizer, SCHEMAS)

    assert len(texts) > 0.9 * len(SCHEMAS)
    for i, text in texts.items():
        Draft202012Validator(SCHEMAS[i]).validate(json.loads(text))


def test_answers_in_the_whole_vocabulary_are_valid(pro_tokenizer, without_trials):
    schemas = SCHEMAS[::40]

    texts = answer_all(pro_tokenizer, schemas)

    assert len(texts) >= 0.7 * len(schemas)
    for i, text in texts.items():
        Draft202012Validator(schemas[i]).validate(json.loads(text))
