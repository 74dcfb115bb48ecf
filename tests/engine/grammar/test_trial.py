import json

import pytest

from engine.errors import InvalidRequest
from engine.grammar import trial
from engine.grammar.compiled import CompiledGrammars, regex_part, schema_part
from engine.grammar.schema import plain_schema
from engine.grammar.trial import TooManyGrammars, try_grammar
from engine.grammar.vocabulary import GrammarVocabulary
from tests.engine.tiny_tokenizer import write_tokenizer


def source(part):
    return json.dumps({"grammars": [{"lark_grammar": "start: @part\n"}, {"name": "part", **part}]})


def test_a_schema_passes():
    try_grammar(source(schema_part({"type": "object", "properties": {"a": {"type": "integer"}}})))


HOSTILE = [
    pytest.param({"type": "integer", "multipleOf": 10_000_019}, id="a-large-divisor"),
    pytest.param({"allOf": [{"type": "string", "pattern": f"[a-z]{{{i}}}"} for i in range(60)]}, id="many-patterns"),
]


@pytest.mark.parametrize("schema", HOSTILE)
def test_what_takes_too_long_or_too_much_is_ended(schema, monkeypatch):
    monkeypatch.setattr(trial, "MAX_WAIT_S", 60.0)

    with pytest.raises(InvalidRequest) as error:
        try_grammar(source(schema_part(plain_schema(schema))))

    assert str(error.value) == (
        "The form that was asked for takes more than 2 s or 128 MiB to compile. "
        "Simplify its patterns, numbers or unions."
    )


def test_a_busy_machine_is_said_to_be_busy(monkeypatch):
    monkeypatch.setattr(trial, "MAX_WAIT_S", 0.001)

    with pytest.raises(TooManyGrammars, match="Try again in a moment"):
        try_grammar(source(schema_part({"type": "integer"})))


REASONS = [
    (regex_part("foo("), "unclosed group"),
    (regex_part("a(?=b)c"), "look-around"),
    (schema_part({"type": "string", "minLength": 5, "maxLength": 3}), "minLength"),
    (schema_part({"type": "tring"}), "Invalid type: tring"),
    (schema_part({"$ref": "#/$defs/nowhere"}), "does not exist"),
    (schema_part(False), "Unsatisfiable"),
    (schema_part({"oneOf": [{"type": "number"}, {"type": "integer"}]}), "oneOf"),
    (schema_part({"type": "string", "format": "iri-like"}), "Unknown format"),
]


@pytest.mark.parametrize(("part", "reason"), REASONS, ids=[reason for _, reason in REASONS])
def test_the_reason_is_given_in_one_line(part, reason):
    with pytest.raises(InvalidRequest) as error:
        try_grammar(source(part))

    assert str(error.value).startswith("The form that was asked for cannot be held to: ")
    assert reason in str(error.value) and "\n" not in str(error.value)


@pytest.fixture
def vocabulary(tmp_path):
    tokenizer = write_tokenizer(tmp_path)
    return GrammarVocabulary(tokenizer, tokenizer.eos_token_ids)


def test_a_schema_that_only_asks_for_itself_is_refused(vocabulary):
    with pytest.raises(InvalidRequest, match="its beginning asks for itself"):
        CompiledGrammars(vocabulary).get("@part", schema_part({"$ref": "#"}))


def test_a_grammar_is_compiled_once(vocabulary, monkeypatch):
    sources = []
    monkeypatch.setattr("engine.grammar.compiled.try_grammar", sources.append)
    grammars = CompiledGrammars(vocabulary)

    copies = [grammars.get("@part", schema_part({"type": "integer"})) for _ in range(3)]

    assert len(sources) == 1
    copies[0].consume_token(ord("7"))
    assert not copies[1].is_accepting()


def test_the_grammars_used_last_are_kept(vocabulary, monkeypatch):
    sources = []
    monkeypatch.setattr("engine.grammar.compiled.try_grammar", sources.append)
    monkeypatch.setattr("engine.grammar.compiled.MAX_CACHED", 2)
    grammars = CompiledGrammars(vocabulary)

    for value in (1, 2, 1, 3, 1, 2):
        grammars.get("@part", schema_part({"const": value}))

    assert len(sources) == 4  # 1, 2, 3, and 2 again


def test_waiting_for_others_ends(vocabulary, monkeypatch):
    monkeypatch.setattr("engine.grammar.compiled.MAX_WAIT_S", 0.01)
    grammars = CompiledGrammars(vocabulary)

    with grammars._lock, pytest.raises(TooManyGrammars):
        grammars.get("@part", schema_part({"type": "integer"}))


def test_a_model_without_an_end_token_cannot_be_held_to_anything(tmp_path):
    vocabulary = GrammarVocabulary(write_tokenizer(tmp_path), frozenset())

    with pytest.raises(InvalidRequest, match="names no token that ends an answer"):
        CompiledGrammars(vocabulary).get("@part", schema_part({"type": "integer"}))
