"""Which kind of text a token belongs to, by the text around it."""

import pytest

from engine.token_kinds import KINDS, TokenKinds

BYTES = TokenKinds({i: bytes([i]) for i in range(256)})


def marked(text, num_prompt_bytes):
    """The first letter of each byte's kind."""
    kinds = BYTES.of(list(text.encode()), num_prompt_bytes)
    return "".join(KINDS[kind][0] for kind in kinds)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Draw it|yes", "qqqqqqq" + "aaaa"),
        ("is CCO ok?|It is CC(=O)O.", "qqqmmmqqqq" + "aaaaaaammmmmmma"),
        ("8.3*(2+4)|= 52", "qqqqqqqqq" + "aaaaa"),
        ("x|<SMILES>C1CC1</SMILES>", "q" + "a" * 9 + "mmmmm" + "a" * 9),
        ("x|<FASTA>MQIF", "q" + "a" * 8 + "ssss"),
        (f"see {'MQIFVKTLTGKTITLEVEPSDTIENVKAK'} now|", "qqqq" + "s" * 29 + "qqqqa"),
        ("Grüße|für CCO", "qqqqqqqaaaaaammm"[:7] + "aaaaaa" + "mmm"),
    ],
)
def test_molecules_and_sequences_are_found_in_the_question_and_in_the_answer(text, kinds):
    assert marked(text, len(text.partition("|")[0].encode())) == kinds


def test_a_token_with_the_space_before_a_molecule_is_the_molecules():
    kinds = TokenKinds({0: b"Draw", 1: b" CC", 2: b"O", 3: b" now", 4: b"Sure"}).of([0, 1, 2, 3, 4], 4)

    assert [KINDS[kind] for kind in kinds] == ["question", "molecule", "molecule", "question", "answer"]


def test_without_a_tokenizer_there_are_questions_and_answers():
    assert [KINDS[kind] for kind in TokenKinds({}).of([7, 8, 9], 2)] == ["question", "question", "answer"]
