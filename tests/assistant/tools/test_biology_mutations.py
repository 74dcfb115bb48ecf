import json
import re

import pytest

from assistant.tools.biology.mutate_sequence import mutate_sequence
from assistant.tools.result import ToolError
from tests.assistant.tools import proteins


def mutant_of(sequence: str, mutations: list[str], offset: int = 0) -> str:
    view = next(item for item in mutate_sequence(sequence, mutations, offset).artifacts if item.kind == "sequence")
    return json.loads(view.data)["residues"]


def test_the_sickle_cell_mutation_makes_globin_30_da_lighter():
    summary = mutate_sequence(proteins.BETA_GLOBIN, ["E7V"]).summary

    assert "p.Glu7Val (MVHLTPEEKSAVTA -> MVHLTPVEKSAVTA, BLOSUM62 -2)" in summary  # Henikoff 1992: E to V -2
    assert "Mass change -29.98 Da" in summary  # Glu 129.1155, Val 99.1326; HbS is 30 Da lighter in mass spectra
    assert "-29.9742 Da (monoisotopic)" in summary  # 129.04259 - 99.06841
    assert "15998.21 -> 15968.22 Da" in summary


@pytest.mark.parametrize(
    ("mutation", "change_da"),
    [  # from the atoms that differ: C 12, H 1.0078250, N 14.0030740, O 15.9949146
        ("Q2K", 0.03639),  # CH4 for O
        ("I3L", 0.0),
        ("K6R", 28.00615),  # N2
        ("G10A", 14.01565),  # CH2
        ("F4Y", 15.99491),  # O
    ],
)
def test_the_monoisotopic_change_is_that_of_the_atoms(mutation, change_da):
    summary = mutate_sequence(proteins.UBIQUITIN, [mutation]).summary

    (change,) = re.findall(r"([+-][0-9.]+) Da \(monoisotopic\)", summary)
    assert float(change) == pytest.approx(change_da, abs=1e-4)


def test_historic_numbering_is_explained_and_works_with_the_offset():
    with pytest.raises(ToolError) as caught:
        mutate_sequence(proteins.BETA_GLOBIN, ["E6V"])

    assert caught.value.code == "WT_MISMATCH"
    assert "E6V: position 6 is P (Pro), not E (Glu); the nearest E is at 7, 8, 23" in str(caught.value)
    assert "numbering_offset=1 (numbering without the first Met?)" in str(caught.value)
    assert mutant_of(proteins.BETA_GLOBIN, ["E6V"], 1) == mutant_of(proteins.BETA_GLOBIN, ["E7V"])


def test_an_offset_is_suggested_only_where_all_mutations_fit():
    with pytest.raises(ToolError) as caught:
        mutate_sequence("MAAAWAAAA", ["W4A", "M9A"])

    assert caught.value.hint == "Check the numbering and the sequence."


def test_several_mutations_apply_together():
    assert mutant_of("MKVLA", ["M1A", "A5M"]) == "AKVLM"


def test_a_stop_cuts_the_protein_and_says_what_it_loses():
    result = mutate_sequence("MKVLAGG", ["V3*", "A5G"])

    assert "Mutant: MK" in result.summary
    assert "p.Val3Ter (MKVLAGG -> MK*)" in result.summary
    assert "cuts the protein to 2 of 7 residues" in result.warnings[0]
    assert "A5G lies behind the stop" in result.warnings[1]


def test_a_silent_mutation_is_told():
    assert "K2K changes nothing" in mutate_sequence("MKV", ["K2K"]).warnings[0]


def test_the_mutant_is_a_fasta_file():
    fasta = mutate_sequence(">HBB\nMKV", ["K2R"]).artifacts[-1].data

    assert fasta == ">HBB K2R\nMRV\n"


def test_fifty_mutations_keep_the_summary_short():
    sequence = proteins.GFP * 30
    mutations = [f"{sequence[i]}{i + 1}{'G' if sequence[i] != 'G' else 'A'}" for i in range(50)]

    assert len(mutate_sequence(sequence, mutations).summary) <= 1_500


@pytest.mark.parametrize(
    ("sequence", "mutations", "offset", "code", "said"),
    [
        ("MKV", ["K20R"], 0, "OUT_OF_RANGE", "position 20, but the sequence has residues 1-3"),
        ("MKV", ["K2R"], -5, "OUT_OF_RANGE", "position -3"),
        ("MKV", ["M1A", "M1V"], 0, "DUPLICATE", "M1A and M1V change the same residue, 1"),
        ("MKV", ["M1*"], 0, "EMPTY", "leaves no protein"),
        ("MKV", ["W2A"], 0, "WT_MISMATCH", "there is no W"),
        ("MKV", ["p.Lys2Arg"], 0, "WRONG_VALUE", "not a mutation"),
        ("MKXV", ["K2R"], 0, "INVALID_RESIDUE", "'X' at position 3"),
        ("ATGGCCATTG", ["A1G"], 0, "LOOKS_LIKE_DNA", "not a protein"),
    ],
)
def test_what_cannot_be_mutated_is_refused(sequence, mutations, offset, code, said):
    with pytest.raises(ToolError) as caught:
        mutate_sequence(sequence, mutations, offset)

    assert caught.value.code == code
    assert said in str(caught.value)
