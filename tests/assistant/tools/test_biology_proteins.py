"""Masses in the tests agree to 0.02 %: sources differ in the atomic weight of carbon (12.0107 or 12.011)."""

import csv
import io
import re

import pytest

from assistant.tools.biology.protein_properties import protein_properties
from assistant.tools.result import ToolError
from tests.assistant.tools import proteins


def value_of(name: str, sequence: str, **more: float) -> float:
    table = protein_properties(sequence, **more).artifacts[0].data
    return next(float(row["value"]) for row in csv.DictReader(io.StringIO(table)) if row["property"] == name)


@pytest.mark.parametrize(
    ("sequence", "mass_da"),
    [
        (proteins.UBIQUITIN, 8564.8),  # UniProt P0CG48, chain 1-76: 8,565 Da
        (proteins.ALPHA_GLOBIN, 15_258),  # UniProt P69905
        (proteins.BETA_GLOBIN, 15_998),  # UniProt P68871
        (proteins.LYSOZYME, 14_313.1),  # ExPASy ProtParam on P00698, 19-147
        (proteins.GFP, 26_886),  # UniProt P42212
        (proteins.PREPROINSULIN, 11_981),  # UniProt P01308
        (proteins.HRAS, 21_298),  # UniProt P01112
        (proteins.CALMODULIN, 16_838),  # UniProt P0DP23
        (proteins.CHYMOTRYPSINOGEN, 25_666),  # UniProt P00766
        (proteins.THIOREDOXIN, 11_807),  # UniProt P0AA25
        (proteins.MYOGLOBIN, 16_951.5),  # apomyoglobin of horse, calibrant of electrospray mass spectrometry
        (proteins.RIBONUCLEASE, 13_682.3 + 8 * 1.008),  # ribonuclease A, four disulfides more reduced
    ],
)
def test_the_average_mass_is_the_published_one(sequence, mass_da):
    assert value_of("average mass", sequence) == pytest.approx(mass_da, rel=2e-4)


@pytest.mark.parametrize(
    ("peptide", "mass_of_mh"),
    [  # [M+H]+ of calibrants for MALDI, monoisotopic (Bruker peptide calibration standard II)
        ("RPPGFSP", 757.3992),  # bradykinin 1-7
        ("DRVYIHPF", 1046.5418),  # angiotensin II
        ("DRVYIHPFHL", 1296.6848),  # angiotensin I
        ("SYSMEHFRWGKPVGKKR", 2093.0862),  # ACTH 1-17
        ("RPVKVYPNGAEDESAEAFPLEF", 2465.1983),  # ACTH 18-39
    ],
)
def test_the_monoisotopic_mass_is_that_of_calibrants(peptide, mass_of_mh):
    assert value_of("monoisotopic mass", peptide) + 1.00728 == pytest.approx(mass_of_mh, abs=0.0005)


def test_two_insulin_chains_and_three_disulfides_weigh_what_insulin_weighs():
    chains = value_of("average mass", proteins.INSULIN_A) + value_of("average mass", proteins.INSULIN_B)

    assert chains - 6 * 1.008 == pytest.approx(5807.6, abs=0.2)  # human insulin, C257H383N65O77S6


@pytest.mark.parametrize(
    ("sequence", "ph"),
    [  # ExPASy ProtParam
        (proteins.UBIQUITIN, 6.56),
        (proteins.LYSOZYME, 9.32),
        (proteins.GFP, 5.67),
        (proteins.RIBONUCLEASE, 8.64),
        (proteins.CALMODULIN, 4.09),
    ],
)
def test_the_isoelectric_point_is_that_of_protparam(sequence, ph):
    assert value_of("isoelectric point", sequence) == pytest.approx(ph, abs=0.01)
    assert value_of(f"net charge at pH {ph:g}", sequence, ph=ph) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("sequence", "reduced", "disulfides"),
    [
        (proteins.LYSOZYME, 37_470, 37_970),  # ProtParam on P00698, 19-147
        (proteins.GFP, 21_890, 22_015),  # ProtParam on P42212
        (proteins.RIBONUCLEASE, 8_940, 9_440),  # ProtParam on P61823
        (proteins.UBIQUITIN, 1_490, 1_490),  # one tyrosine, Pace et al. 1995
        ("W", 5_500, 5_500),
    ],
)
def test_the_extinction_coefficient_is_that_of_pace(sequence, reduced, disulfides):
    assert value_of("extinction coefficient at 280 nm, reduced", sequence) == reduced
    assert value_of("extinction coefficient at 280 nm, disulfides", sequence) == disulfides


def test_gravy_is_the_mean_of_kyte_and_doolittle():
    assert value_of("GRAVY", "IR") == 0  # 4.5 and -4.5 in J. Mol. Biol. 157, 105 (1982)
    assert value_of("GRAVY", "VLFCMAGTSW") == pytest.approx(  # the same table, by hand
        (4.2 + 3.8 + 2.8 + 2.5 + 1.9 + 1.8 - 0.4 - 0.7 - 0.8 - 0.9) / 10, abs=5e-4
    )


def test_the_aliphatic_index_is_ikais():
    assert value_of("aliphatic index", "AVIL") == pytest.approx(25 + 2.9 * 25 + 3.9 * 50)  # J. Biochem. 88, 1895 (1980)


def test_the_summary_names_every_value_with_its_unit():
    summary = protein_properties(proteins.UBIQUITIN).summary

    assert "Average mass 8564.74 Da" in summary
    assert "Isoelectric point (pI) 6.56" in summary
    assert "Extinction coefficient at 280 nm 1490 M^-1 cm^-1" in summary
    assert "net charge at pH 7: -0.4" in summary
    assert re.search(r"Composition: A 2, D 5, E 6, F 2", summary)
    assert len(protein_properties("ACDEFGHIKLMNPQRSTVWY" * 500).summary) <= 1_500


def test_a_pasted_record_is_read_and_every_change_is_told():
    pasted = ">sp|P0CG48|UBC_HUMAN Polyubiquitin\n  1 mqifvktltg KTITLEVEPS\n 21 DTIENVKAKI QDKEGIPPDQ*\n"

    result = protein_properties(pasted)

    assert "Protein of 40 residues (sp|P0CG48|UBC_HUMAN Polyubiquitin)" in result.summary
    assert "Digits in sequence were left out." in result.warnings
    assert "Lower-case letters of sequence were read as capitals." in result.warnings
    assert "The stop sign * at the end of sequence was left out." in result.warnings


def test_three_letter_codes_are_read():
    result = protein_properties("Arg-Pro-Pro-Gly-Phe-Ser-Pro-Phe-Arg")

    assert "Protein of 9 residues" in result.summary
    assert "1060.569" in f"{value_of('monoisotopic mass', 'RPPGFSPFR') + 1.00728:.3f}"  # bradykinin, [M+H]+
    assert "read as 9 residues" in result.warnings[0]


def test_selenocysteine_weighs_and_the_rest_says_that_it_does_not_count():
    warnings = protein_properties("GU").warnings

    assert value_of("average mass", "GU") == pytest.approx(75.067 + 168.06 - 18.015, abs=0.1)  # PubChem
    assert "1 selenocysteine (U): in the mass, but not in pI, charge, GRAVY and instability." in warnings


def test_a_chain_without_charged_ends_only_has_a_point_between_them():
    assert value_of("isoelectric point", "G") == pytest.approx((3.55 + 7.5) / 2, abs=0.01)


@pytest.mark.parametrize(
    ("sequence", "code", "said"),
    [
        ("MKVX", "INVALID_RESIDUE", "'X' at position 4 of sequence is not one of the 20 amino acids"),
        ("BMK", "INVALID_RESIDUE", "aspartate or asparagine"),
        ("MK#V", "INVALID_RESIDUE", "'#' at position 3"),
        ("MKΩV", "INVALID_RESIDUE", "'Ω' at position 3"),
        ("MK\x00V", "INVALID_RESIDUE", "'U+0000' at position 3"),
        ("MK\u017fV", "INVALID_RESIDUE", "'\u017f' at position 3"),  # a long s
        ("MK\ud800V", "INVALID_RESIDUE", "'U+D800' at position 3"),
        ("MK*V", "INTERNAL_STOP", "position 3 of 4"),
        ("ATGGTGCATCTGACTCCTGAGGAG", "LOOKS_LIKE_DNA", "looks like DNA, not a protein"),
        ("AUGGUGCAUCUG", "LOOKS_LIKE_DNA", "looks like RNA, not a protein"),
        ("atg gtg cat ctg", "LOOKS_LIKE_DNA", "translate_dna"),
        ("123 \n", "EMPTY", "no letters"),
        ("***", "EMPTY", "only a stop sign"),
        (">only a header", "EMPTY", "line of its own"),
        (">a\nMKV\n>b\nMKV", "TWO_SEQUENCES", "line 3"),
        ("MKV\n>b\nMKV", "TWO_SEQUENCES", "line 2"),
        ("unknown.fasta", "NO_FILE", "unknown.fasta"),
        ("M" * 50_001, "TOO_LONG", "limit is 50,000"),
    ],
)
def test_what_is_no_protein_is_refused_with_its_reason(sequence, code, said):
    with pytest.raises(ToolError) as caught:
        protein_properties(sequence)

    assert caught.value.code == code
    assert said in str(caught.value)


def test_a_short_peptide_of_nucleotide_letters_is_read_with_a_note():
    assert "nucleotide codes too" in protein_properties("GAGAGAGA").warnings[0]
    assert "nucleotide codes too" in protein_properties("TAG").warnings[0]
