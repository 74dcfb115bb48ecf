import csv
import io
import json
import random
import re
from time import perf_counter

import pytest

from assistant.tools.biology.find_motifs import MOTIFS, find_motifs
from assistant.tools.biology.prosite import find_matches, parse_pattern
from assistant.tools.result import ToolError
from tests.assistant.tools import proteins


def hits_of(sequence: str, name: str) -> list[str]:
    """Places, as 10-17."""
    tables = [item.data for item in find_motifs(sequence, motifs=[name]).artifacts if item.kind == "table"]
    return [f"{row['start']}-{row['end']}" for table in tables for row in csv.DictReader(io.StringIO(table))]


def places(pattern: str, sequence: str) -> list[tuple[int, int]]:
    return [(start + 1, end) for start, end in find_matches(parse_pattern(pattern), sequence)]


@pytest.mark.parametrize(
    ("sequence", "name", "expected"),
    [
        (proteins.HRAS, "p_loop", ["10-17"]),  # UniProt P01112, binding site GTP 10-17; PS00017
        (proteins.HRAS, "caax", ["186-189"]),  # CVLS, farnesylated at C186; P01112
        (proteins.RIBONUCLEASE, "n_glycosylation", ["34-37"]),  # ribonuclease B carries a glycan on N34; PS00001
        (proteins.CALMODULIN, "ef_hand", ["21-32", "57-68", "94-105", "130-141"]),  # P0DP23, calcium D21 to E141
        (proteins.CHYMOTRYPSINOGEN, "serine_protease_his", ["53-58"]),  # H57, P00766
        (proteins.CHYMOTRYPSINOGEN, "serine_protease_ser", ["193-197"]),  # S195, P00766
        (proteins.THIOREDOXIN, "cys_motif_cxxc", ["33-36"]),  # disulfide C33-C36, P0AA25
        (proteins.ZIF268_FINGERS, "zinc_finger_c2h2", ["7-29", "37-57", "65-85"]),  # PDB 1ZAA, C7 to H85
        ("VTGRGDSPASSKP", "rgd", ["4-6"]),  # fibronectin, Pierschbacher and Ruoslahti 1984; PS00016
        ("PKKKRKV", "nls_monopartite", ["2-5", "3-6"]),  # SV40 large T, Kalderon 1984; both fit K-[KR]-x-[KR]
        # GCN4 249-281, P03069: zipper 253-274
        ("RMKQLEDKVEELLSKNYHLENEVARLKKLVGER", "leucine_zipper", ["5-26"]),
        ("EEEDDKDEL", "er_retention_kdel", ["6-9"]),  # BiP, P11021, 651-654
        ("LRRASLG", "pka_site", ["2-5"]),  # kemptide, Kemp 1977
        ("RRRDDDSDDD", "ck2_site", ["7-10"]),  # the peptide substrate of casein kinase 2
        ("GLLKSEDK", "sumoylation", ["3-6"]),  # RanGAP1, K524 in P46060
        (proteins.UBIQUITIN, "rgd", []),
    ],
)
def test_motifs_are_where_the_entry_has_them(sequence, name, expected):
    assert hits_of(sequence, name) == expected


def test_the_ends_of_the_chain_hold():
    assert hits_of("KDELA", "er_retention_kdel") == []
    assert places("<M-x", "MKMK") == [(1, 2)]
    assert places("K>", "KMK") == [(3, 3)]
    assert places("<A>", "AA") == []
    assert places("F-G-[G>]", "FGGFG") == [(1, 3), (4, 5)]


def test_overlapping_sites_are_all_found():
    assert places("A-x-A", "AAAAA") == [(1, 3), (2, 4), (3, 5)]
    assert hits_of("NNSSA", "n_glycosylation") == ["1-4", "2-5"]


def test_the_longest_match_of_a_start_is_taken():
    assert places("A-x(1,3)-B", "ACDNCDD") == [(1, 4), ]  # fmt: skip
    assert places("M-A(2,4)", "MAAAAAA") == [(1, 5)]


def test_proline_kills_a_sequon():
    assert hits_of("ANPTA", "n_glycosylation") == []
    assert hits_of("ANATPA", "n_glycosylation") == []
    assert hits_of("ANATAA", "n_glycosylation") == ["2-5"]


def test_an_own_pattern_is_searched_alone_or_beside_motifs():
    assert "pattern W-x(2)-W: 1 hit at 2-5 WAAW." in find_motifs("MWAAWRGD", pattern="W-x(2)-W.").summary
    both = find_motifs("MWAAWRGD", motifs=["rgd"], pattern="WxxW").summary
    assert "rgd R-G-D: 1 hit at 6-8 RGD." in both and "pattern WxxW: 1 hit" in both


def test_ambiguous_letters_match_x_only():
    result = find_motifs("NXTANATB", motifs=["n_glycosylation"])

    assert places("N-{P}-[ST]", "NXT") == []
    assert places("N-x-[ST]", "NXT") == [(1, 3)]
    assert "such a letter matches x only" in " ".join(result.warnings)


def test_no_hit_is_a_result():
    result = find_motifs("GGG", motifs=["rgd"])

    assert result.summary.startswith("0 motif hits") and "No hit: rgd." in result.summary
    assert [item.kind for item in result.artifacts] == ["sequence"]


def test_short_motifs_come_with_a_caution_and_long_ones_do_not():
    assert "by chance" in find_motifs("ARGDA", motifs=["rgd"]).warnings[0]
    assert find_motifs(proteins.HRAS, motifs=["p_loop"]).warnings == ()


def test_hits_are_features_of_the_sequence():
    view = json.loads(find_motifs(proteins.HRAS, motifs=["p_loop"]).artifacts[-1].data)

    assert view["features"] == [{"start": 10, "end": 17, "label": "p_loop", "kind": "motif"}]


def test_the_summary_of_many_hits_stays_short():
    result = find_motifs("NASRGDKKSTEE" * 800)

    assert len(result.summary) <= 1_500
    assert "more." in result.summary


@pytest.mark.parametrize(
    ("pattern", "position", "said"),
    [
        ("N-{P}-[ST", 7, "unclosed bracket"),
        ("N-{P", 3, "unclosed bracket"),
        ("A-x(3", 4, "unclosed bracket"),
        ("A-x(3,1)", 4, "from the smaller to the larger"),
        ("A-x(a)", 4, "a repeat is (3) or (2,4)"),
        ("N[^P]", 2, "'none of' is written {..}"),
        ("N.*T", 2, "any residue is x"),
        ("A-<M", 3, "< stands only at the start"),
        ("A-7", 3, "'7' is not expected here"),
        ("A-[AC1]", 3, "'[' is not expected here"),
        ("A-é", 3, "not expected here"),
        ("x(0,5)", 6, "no residue at all"),
        ("<>", 2, "no residue at all"),
        ("x(1001)", 1, "limit is 1,000"),
        ("[G>]-A", 3, "must come last"),
    ],
)
def test_a_bad_pattern_is_refused_at_its_character(pattern, position, said):
    with pytest.raises(ToolError) as caught:
        find_motifs("MKV", pattern=pattern)

    assert caught.value.code == "BAD_PATTERN"
    assert f"at character {position} of" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [
        "-".join(["x(0,45)"] * 20) + "-A(0,90)-W",
        "-".join(["A(0,9)"] * 30) + "-C",
        "A(1,1000)",
        "A" * 299 + "C",
    ],
)
def test_no_pattern_is_slow(pattern):
    start = perf_counter()

    find_motifs("A" * 10_000, pattern=pattern)

    assert perf_counter() - start < 5  # 0.5 s alone; a backtracking regex would not end


def test_matches_are_those_of_a_regular_expression():
    rng = random.Random(5)
    sequence = "".join(rng.choices("ACDE", k=100))
    for _ in range(40):
        parts, regex = [], ""
        for _ in range(rng.randint(1, 5)):
            part, source = rng.choice((("A", "A"), ("[CD]", "[CD]"), ("{E}", "[^E]"), ("x", ".")))
            low = rng.randint(0, 2)
            high = low + rng.randint(0 if low else 1, 2)
            parts.append(f"{part}({low},{high})")
            regex += f"{source}{{{low},{high}}}"
        parts.append("C")
        # all ends of a start: the longest of them
        expected = [
            (i + 1, max(ends))
            for i in range(len(sequence))
            if (ends := [j for j in range(i + 1, min(i + 23, 100) + 1) if re.fullmatch(regex + "C", sequence[i:j])])
        ]

        assert places("-".join(parts), sequence) == expected


def test_every_motif_has_a_pattern_that_parses():
    assert all(parse_pattern(motif.pattern).span >= 3 for motif in MOTIFS.values())


def test_dna_is_refused():
    with pytest.raises(ToolError) as caught:
        find_motifs("ATGGCCATTGTA")

    assert caught.value.code == "LOOKS_LIKE_DNA"
