import csv
import io
import json
import random
from itertools import product

import pytest

from assistant.tools.biology.genetic_code import code_table, reverse_complement, translate
from assistant.tools.biology.translate_dna import translate_dna
from assistant.tools.result import ToolError

# the start of human beta globin's coding sequence, NCBI NM_000518
GLOBIN = "ATGGTGCATCTGACTCCTGAGGAGAAGTCTGCCGTTACTGCC"
# thrL of E. coli K-12, NCBI NC_000913 190-255, whose protein is NP_414542
THRL = "ATGAAACGCATTAGCACCACCATTACCACCACCATCACCATTACCACAGGTAACGGTGCGGGCTGA"
# the lines "AAs" of NCBI's page on genetic codes, codons in the order TTT TTC TTA TTG TCT ...
AMINO_ACIDS_BY_CODE = {
    1: "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    2: "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG",
    3: "FFLLSSSSYY**CCWWTTTTPPPPHHQQRRRRIIMMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    4: "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    5: "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSSSSVVVVAAAADDEEGGGG",
    6: "FFLLSSSSYYQQCC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    10: "FFLLSSSSYY**CCCWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    11: "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    12: "FFLLSSSSYY**CC*WLLLSPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
}
CODONS = "".join("".join(bases) for bases in product("TCAG", repeat=3))


def protein_of(sequence: str, **more) -> str:
    return translate_dna(sequence, **more).summary.split("Protein: ")[1]


def orfs_of(sequence: str, **more) -> list[dict[str, str]]:
    tables = [item.data for item in translate_dna(sequence, find_orfs=True, **more).artifacts if item.kind == "table"]
    return list(csv.DictReader(io.StringIO(tables[0]))) if tables else []


@pytest.mark.parametrize(("number", "amino_acids"), AMINO_ACIDS_BY_CODE.items())
def test_all_64_codons_mean_what_ncbi_says(number, amino_acids):
    assert translate(CODONS, code_table(number)) == amino_acids
    assert protein_of(CODONS, genetic_code=number) == amino_acids


def test_human_globin_begins_as_its_protein_does():
    assert protein_of(GLOBIN) == "MVHLTPEEKSAVTA"  # UniProt P68871
    assert protein_of(GLOBIN.replace("GAGGAG", "GTGGAG")) == "MVHLTPVEKSAVTA"  # HbS, OMIM 141900.0243


def test_rna_lower_case_numbers_and_headers_are_read():
    pasted = f">NM_000518 part\n 1 {GLOBIN[:21].lower()}\n 22 {GLOBIN[21:].replace('T', 'u')}\n"

    assert protein_of(pasted) == "MVHLTPEEKSAVTA"


def test_a_negative_frame_reads_the_reverse_complement():
    assert protein_of(reverse_complement(GLOBIN), frame=-1) == "MVHLTPEEKSAVTA"
    assert protein_of("CTATCGGGCACCCTTTCAGCGGCCCATTACAATGGCCAT", frame=-1) == "MAIVMGR*KGAR*"


def test_each_frame_starts_one_base_later():
    assert protein_of("A" + GLOBIN, frame=2) == "MVHLTPEEKSAVTA"
    assert protein_of("AA" + GLOBIN, frame=3) == "MVHLTPEEKSAVTA"
    assert protein_of(reverse_complement("AA" + GLOBIN), frame=-3) == "MVHLTPEEKSAVTA"


def test_the_stop_ends_the_protein_when_asked():
    result = translate_dna("ATGAAATAAGGGTGA", to_stop=True)

    assert "2 residues, up to the first stop; 2 stop codons in this frame, the first after residue 2" in result.summary
    assert result.summary.endswith("Protein: MK")
    assert "no stop codon" in translate_dna("ATGAAA", to_stop=True).warnings[0]
    assert "the first codon is a stop" in translate_dna("TAAATG", to_stop=True).summary


def test_a_partial_codon_is_told():
    assert translate_dna("ATGAAAC").warnings == ("1 base after the last whole codon was ignored.",)
    assert translate_dna("ATGAAACC").warnings == ("2 bases after the last whole codon were ignored.",)


@pytest.mark.parametrize(
    ("codon", "residue"),
    [("GCN", "A"), ("YTR", "L"), ("MGR", "R"), ("TAR", "*"), ("RAY", "B"), ("SAR", "Z"), ("NNN", "X"), ("TRA", "*")],
)
def test_ambiguous_bases_mean_what_all_their_codons_share(codon, residue):
    assert protein_of(f"ATG{codon}") == f"M{residue}"


def test_a_codon_that_can_be_a_stop_is_told():
    result = translate_dna("ATGTGATAA", genetic_code=27)

    assert result.summary.endswith("MWQ")
    assert "TGA can be a stop or an amino acid" in result.warnings[0]


def test_the_leader_peptide_of_thr_is_found_as_annotated():
    (orf,) = orfs_of("CC" + THRL + "A", min_orf_aa=20)

    assert (orf["frame"], orf["start"], orf["end"], orf["length (aa)"]) == ("3", "3", "68", "21")
    assert orf["protein"] == "MKRISTTITTTITITTGNGAG"


def test_an_orf_of_the_other_strand_starts_at_its_higher_number():
    (orf,) = orfs_of(reverse_complement(THRL), min_orf_aa=20)

    assert (orf["frame"], orf["start"], orf["end"]) == ("-1", "66", "1")


def test_no_long_orf_is_a_result_that_names_the_longest():
    result = translate_dna(THRL, find_orfs=True, min_orf_aa=100)

    assert "0 open reading frames of at least 100 aa" in result.summary
    assert "The longest is 21 aa, frame +1, bases 1-66" in result.summary
    assert "There is no ATG" in translate_dna("CCCCCCCCC", find_orfs=True).summary


def test_an_orf_that_runs_off_the_end_is_told():
    result = translate_dna("ATG" + "GCC" * 40, find_orfs=True)

    assert "41 aa, frame +1, bases 1-123, no stop" in result.summary
    assert "runs off the end" in result.warnings[0]


def test_every_orf_translates_to_its_protein():
    dna = "".join(random.Random(3).choices("ACGT", k=5_000))

    found = orfs_of(dna, min_orf_aa=10)

    assert len(found) > 50
    for orf in found:
        start, end = int(orf["start"]), int(orf["end"])
        part = dna[start - 1 : end] if start < end else reverse_complement(dna[end - 1 : start])
        assert part.startswith("ATG")
        assert translate(part, code_table(1)).rstrip("*") == orf["protein"]


def test_mitochondrial_ata_starts_no_orf():
    assert [orf["protein"] for orf in orfs_of("ATAATAATGGCCGCCGCCGCCTAA", genetic_code=2, min_orf_aa=5)] == ["MAAAA"]


def test_orfs_are_features_of_the_dna():
    view = json.loads(translate_dna(THRL, find_orfs=True, min_orf_aa=20).artifacts[0].data)

    assert view["alphabet"] == "dna"
    assert view["features"] == [{"start": 1, "end": 66, "label": "frame +1, 21 aa", "kind": "orf"}]


def test_the_longest_input_is_read_and_the_summary_stays_short():
    dna = "".join(random.Random(4).choices("ACGT", k=200_000))

    assert len(translate_dna(dna, find_orfs=True, min_orf_aa=5).summary) <= 1_500
    assert len(translate_dna(dna).summary) <= 1_500


@pytest.mark.parametrize(
    ("sequence", "code", "said"),
    [
        ("MQIFVKTLTGK", "NOT_DNA", "'Q' at position 2 of sequence is not a nucleotide code: it looks like a protein"),
        ("MKVSTHADGN", "NOT_DNA", "Only 4 of the 10 letters"),
        ("ACGT!", "NOT_DNA", "'!' at position 5"),
        ("123", "EMPTY", "no letters"),
        ("A" * 200_001, "TOO_LONG", "limit is 200,000"),
    ],
)
def test_what_is_no_dna_is_refused(sequence, code, said):
    with pytest.raises(ToolError) as caught:
        translate_dna(sequence)

    assert caught.value.code == code
    assert said in str(caught.value)


def test_a_genetic_code_that_ncbi_has_not_is_refused():
    with pytest.raises(ToolError) as caught:
        translate_dna(GLOBIN, genetic_code=7)

    assert caught.value.code == "NO_SUCH_CODE"
    assert "1, 2, 3, 4, 5, 6, 9" in str(caught.value)
