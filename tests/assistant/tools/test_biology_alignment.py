import json
from itertools import product

import pytest

from assistant.tools.biology import align_sequences as module
from assistant.tools.biology.align_sequences import align_sequences
from assistant.tools.result import ToolError
from tests.assistant.tools import proteins


def rows_of(result) -> list[str]:
    return json.loads(result.artifacts[0].data)["rows"]


def test_the_globins_align_as_in_the_manual_of_needle():
    # EMBOSS needle's manual, HBA_HUMAN and HBB_HUMAN with EBLOSUM62, 10 and 0.5
    result = align_sequences(proteins.ALPHA_GLOBIN, proteins.BETA_GLOBIN, gap_open=10, gap_extend=0.5)

    assert "score 292.5" in result.summary
    assert "Identity 65/149 = 43.6%" in result.summary
    assert "Similarity 90/149 = 60.4%" in result.summary
    assert "Gaps 9/149 = 6.0%" in result.summary


def test_identity_is_defined_in_words():
    summary = align_sequences(proteins.ALPHA_GLOBIN, proteins.BETA_GLOBIN).summary

    assert "Identity 65/149 = 43.6% (identical pairs / alignment columns, gaps counted)" in summary
    assert "65/142 = 45.8% of the shorter sequence" in summary
    assert "BLOSUM62; a gap of n costs 11 + (n - 1) x 1" in summary
    assert len(summary) <= 1_500


def test_a_sequence_scores_against_itself_what_the_matrix_says():
    # the diagonal of BLOSUM62: W 11, C 9, H 8, P 7 (Henikoff and Henikoff 1992)
    assert "score 35 " in align_sequences("WCHP", "WCHP").summary
    # and of PAM250: W 17, C 12, H 6, P 6 (Dayhoff 1978)
    assert "score 41 " in align_sequences("WCHP", "WCHP", matrix="PAM250").summary


def test_heagawghee_and_pawheae_align_as_in_durbin():
    # Durbin et al., Biological Sequence Analysis (1998): AWGHE over AW-HE is the best local alignment,
    # there with BLOSUM50
    result = align_sequences("HEAGAWGHEE", "PAWHEAE", mode="local", gap_open=8, gap_extend=8)

    assert rows_of(result) == ["AWGHE", "AW-HE"]
    assert "Aligned part: seq_a 5-9, seq_b 2-5." in result.summary
    assert json.loads(result.artifacts[0].data)["starts"] == [5, 2]


def test_a_score_is_the_sum_of_pairs_and_gaps():
    result = align_sequences("MKWVTFISLL", "MKWISLL", gap_open=5, gap_extend=2)

    (a, b), runs = rows_of(result), 1
    matrix = module.substitution_matrix("BLOSUM62")
    pairs = [matrix[pair] for pair in zip(a, b, strict=True) if "-" not in pair]
    assert f"score {sum(pairs) - 5 * runs - 2 * (b.count('-') - runs):g} " in result.summary
    assert a.replace("-", "") == "MKWVTFISLL" and b.replace("-", "") == "MKWISLL"
    assert "Gaps 3/10 = 30.0% in 1 place." in result.summary


def test_no_global_alignment_of_short_peptides_scores_more():
    def best(a: str, b: str, gap: float) -> float:
        """By trying every alignment, linear gap costs."""
        if not a or not b:
            return -gap * (len(a) + len(b))
        matrix = module.substitution_matrix("BLOSUM62")
        return max(matrix[a[0], b[0]] + best(a[1:], b[1:], gap), best(a[1:], b, gap) - gap, best(a, b[1:], gap) - gap)

    for a, b in product(("MKV", "WWLH", "PGE"), ("KV", "WLHH", "EGP")):
        summary = align_sequences(a, b, gap_open=3, gap_extend=3).summary
        assert f"score {best(a, b, 3):g} " in summary


def test_dna_and_rna_align_with_each_other():
    result = align_sequences("acguacgu", "ACGTACGT", kind="dna")

    assert "Global DNA alignment" in result.summary
    assert "Identity 8/8 = 100.0%" in result.summary
    assert "score 40 " in result.summary  # EDNAFULL: 5 a match


def test_ambiguous_letters_never_count_as_identical():
    assert "Identity 4/5" in align_sequences("MKXVL", "MKXVL").summary
    assert "Identity 4/6" in align_sequences("ACNNGT", "ACNNGT", kind="dna").summary


def test_selenocysteine_is_kept_in_the_rows_and_told():
    result = align_sequences("MKUV", "MKUV")

    assert rows_of(result) == ["MKUV", "MKUV"]
    assert any("U scored as X" in warning for warning in result.warnings)


def test_what_does_not_resemble_gives_no_local_alignment():
    result = align_sequences("WWWW", "PPPP", mode="local")

    assert "nothing scores above 0" in result.summary
    assert result.artifacts == ()


def test_free_gaps_are_allowed():
    assert "Identity 2/" in align_sequences("MK", "WMWK", gap_open=0, gap_extend=0).summary


def test_distant_proteins_come_with_a_warning():
    result = align_sequences(proteins.UBIQUITIN, proteins.THIOREDOXIN)

    assert any("25 % identity" in warning for warning in result.warnings)


def test_titles_name_the_rows():
    result = align_sequences(">one\nMKV", ">two\nMKL")

    assert json.loads(result.artifacts[0].data)["names"] == ["one", "two"]
    assert ">one\nMKV\n>two\nMKL\n" in result.artifacts[1].data


def test_more_pairs_than_fit_in_memory_are_refused():
    with pytest.raises(ToolError) as caught:
        align_sequences("MK" * 5_001, "MK" * 5_000)

    assert caught.value.code == "TOO_LONG"
    assert "10,002" in str(caught.value) and "100,000,000" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({"seq_a": "ACGTACGT", "seq_b": "MKV"}, "LOOKS_LIKE_DNA", "seq_a looks like DNA"),
        ({"seq_a": "ACGT", "seq_b": "MKVLQ", "kind": "dna"}, "NOT_DNA", "position 4 of seq_b"),
        ({"seq_a": "MKV", "seq_b": "M1?"}, "INVALID_RESIDUE", "'?' at position 2 of seq_b"),
    ],
)
def test_the_wrong_alphabet_is_refused(arguments, code, said):
    with pytest.raises(ToolError) as caught:
        align_sequences(**arguments)

    assert caught.value.code == code
    assert said in str(caught.value)
