import pytest

from assistant.attachments.sniff import HEAD_BYTES, file_kind, has_own_rate
from tests.assistant.attachments.files import npy, png

MOLFILE = "ethanol\n  x\n\n  3  2  0  0  0  0            999 V2000\n    0.0 0.0 0.0 C\nM  END\n"
PDB = "ATOM      1  N   MET A   1      27.340  24.430   2.614  1.00  9.67           N\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("CCO ethanol\nCC(=O)O acetic acid\nc1ccccc1\n", "molecule", id="list"),
        pytest.param("CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "molecule", id="one-smiles"),
        pytest.param("smiles name\nCCO ethanol\nCCN ethylamine\n", "molecule", id="list-with-a-header"),
        pytest.param(MOLFILE, "molecule", id="mol"),
        pytest.param(MOLFILE + "$$$$\n" + MOLFILE, "molecule", id="sdf"),
        pytest.param(">sp|P69905\nMVLSPADK\n", "sequence", id="fasta"),
        pytest.param(">a\nACGT ACGT\nACGT\n>b\nAC-GT*\n", "sequence", id="alignment"),
        pytest.param("MVLSPADKTNVKAAWGKVGAHAGEYGAEALERM\n", "sequence", id="plain-protein"),
        pytest.param("1 acgtacgtac gtacgtacgt\n21 acgtacgtac\n", "sequence", id="plain-dna"),
        pytest.param("LOCUS       NC_000913  4641652 bp\n", "sequence", id="genbank"),
        pytest.param(PDB * 3, "structure", id="pdb"),
        pytest.param("HEADER    CHROMOSOMAL PROTEIN\nTITLE     UBIQUITIN\nREMARK   2\n", "structure", id="pdb-header"),
        pytest.param("# x\ndata_1UBI\n#\n_entry.id 1UBI\n", "structure", id="mmcif"),
        pytest.param("#---\ndata_9017338\n_cell_length_a 4.97\n", "crystal", id="cif"),
        pytest.param("# Notes\n\nThe gel ran for 40 min.\n", "text", id="markdown"),
        pytest.param("> a quotation\n> of two lines\n", "text", id="quotation"),
        pytest.param("name,mass\nwater,18.02\n", "text", id="table-of-words"),
        pytest.param("I\nNo\nOn\nSon\n", "text", id="words-that-could-be-atoms"),
        pytest.param("REMARKABLE results\nwere found\n", "text", id="a-sentence"),
        pytest.param("结果：样品已干燥。\n", "text", id="chinese"),
        pytest.param("time,value\n0,1\n1,2\n2,3\n", "signal", id="numbers"),
        pytest.param("%PDF-1.7\n%\u00e2\n", "text", id="pdf"),
        pytest.param("<svg xmlns='x'/>", None, id="svg"),
        pytest.param("<?xml version='1.0'?><a/>", None, id="xml"),
        pytest.param("  \n", None, id="blank"),
        pytest.param("text\0with a zero", None, id="binary"),
    ],
)
def test_kinds_are_known_by_their_content(text, kind):
    assert file_kind(text.encode()) == kind


def test_text_in_utf_16_is_text():
    assert file_kind("CCO ethanol\nc1ccccc1 benzene\nCC=O\n".encode("utf-16")) == "molecule"


def test_a_character_that_the_cut_goes_through_does_not_hide_a_text():
    text = ("\N{GREEK SMALL LETTER MU}m wide\n" * HEAD_BYTES).encode()

    for size in range(HEAD_BYTES - 4, HEAD_BYTES + 1):
        assert file_kind(text[:size]) == "text"


def test_pictures_stay_pictures():
    assert file_kind(png()[:HEAD_BYTES]) == "image"


@pytest.mark.parametrize(
    ("head", "has_rate"),
    [
        (npy(), False),
        (b"1\n2\n3\n", False),
        (b"a,b\n1,2\n3,4\n", False),
        (b"year,count\n1700,5\n1701,11\n", False),
        (b"time (s),u\n0,1\n1,2\n2,1\n", True),
        (b"000001D RJOB   EHZBW\x07\xd9", True),
    ],
)
def test_a_table_says_its_rate_by_a_column_of_times(head, has_rate):
    assert file_kind(head) == "signal"
    assert has_own_rate(head) == has_rate
