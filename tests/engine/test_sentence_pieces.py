import random
import tracemalloc

import pytest

from engine import sentence_pieces
from engine.errors import CheckpointError
from engine.sentence_pieces import SentencePieces, read_sentence_pieces
from tests.engine.tiny_intern_tokenizer import SMILES, sentencepiece_model
from tests.golden import GOLDEN, needs_golden


def load(tmp_path, pieces, first_id=0):
    (tmp_path / "tokenizer_X.model").write_bytes(sentencepiece_model(pieces))
    return SentencePieces(*read_sentence_pieces(tmp_path / "tokenizer_X.model"), first_id)


def spell(pieces, items):
    return [item if isinstance(item, str) else pieces.texts[item - pieces.first_id] for item in items]


def merge_step_by_step(text, ranks):
    """The definition, quadratic: join the best pair, the leftmost of equals, until there is none."""
    parts = list(text)
    while True:
        pairs = [(ranks[a + b], i) for i, (a, b) in enumerate(zip(parts, parts[1:], strict=False)) if a + b in ranks]
        if not pairs:
            return parts
        _, i = min(pairs)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


def test_the_best_piece_is_joined_first_and_the_leftmost_of_equals(tmp_path):
    pieces = load(tmp_path, ["a", "b", "ab", "aa", "aab"])

    assert spell(pieces, pieces.encode("aaab")) == ["aa", "ab"]
    assert spell(pieces, pieces.encode("aaaaa")) == ["aa", "aa", "a"]


def test_ids_count_from_the_first_one(tmp_path):
    pieces = load(tmp_path, ["a", "b", "ab"], first_id=1000)

    assert pieces.encode("abb") == [1003, 1002]
    assert pieces.end_id == 1004
    assert pieces.id_of_piece("ab") == 1003
    assert pieces.id_of_piece("<unk>") is None


def test_unknown_characters_stay_text_in_whole_runs(tmp_path):
    pieces = load(tmp_path, ["a", "b", "ab"])

    assert spell(pieces, pieces.encode("ab乙醇 a\nb")) == ["ab", "乙醇▁", "a", "\n", "b"]
    assert pieces.encode("") == []


@needs_golden
@pytest.mark.parametrize("name", ["SMILES", "PROT", "XNA"])
def test_merging_by_heap_is_merging_step_by_step(name):
    texts, ranks = read_sentence_pieces(GOLDEN / "pro-tiny" / "checkpoint" / f"tokenizer_{name}.model")
    pieces = SentencePieces(texts, ranks)
    dice = random.Random(3)

    for _ in range(300):
        text = "".join(dice.choice(texts[1:]) for _ in range(dice.randrange(1, 30)))
        assert spell(pieces, pieces.encode(text)) == merge_step_by_step(text, ranks)


def test_a_long_sequence_does_not_take_quadratic_time(tmp_path):
    pieces = load(tmp_path, ["A", "AA", "AAAA"])

    assert len(pieces.encode("A" * 200_000)) == 50_000  # step by step this is 10^10 steps, far past the time limit


def test_memory_stays_bounded_over_ever_new_text(tmp_path, monkeypatch):
    monkeypatch.setattr(sentence_pieces, "_MAX_CACHED_CHUNKS", 500)
    pieces = load(tmp_path, [*SMILES, "CN"])

    def encode_new(numbers):
        for i in numbers:
            pieces.encode(f"{i:017b}".replace("0", "C").replace("1", "N"))

    tracemalloc.start()
    encode_new(range(1_000))
    filled = tracemalloc.get_traced_memory()[0]
    encode_new(range(1_000, 6_000))
    grown = tracemalloc.get_traced_memory()[0] - filled
    tracemalloc.stop()

    assert filled > 50_000
    assert grown < 0.5 * filled


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(None, "is missing", id="no-file"),
        pytest.param(b"", "not a sentencepiece model", id="empty"),
        pytest.param(b"\x0a\x7fabc", "cannot be read", id="cut-off"),
        pytest.param(b"\xff" * 40, "cannot be read", id="no-protobuf"),
        pytest.param(sentencepiece_model("ab", model_type=1), "BPE kind", id="unigram"),
        pytest.param(sentencepiece_model("ab", adds_prefix=True), "changes text", id="dummy-prefix"),
    ],
)
def test_an_unusable_model_is_refused_by_name(tmp_path, content, complaint):
    path = tmp_path / "tokenizer_SMILES.model"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CheckpointError, match=complaint) as refusal:
        read_sentence_pieces(path)

    assert "tokenizer_SMILES.model" in str(refusal.value)
