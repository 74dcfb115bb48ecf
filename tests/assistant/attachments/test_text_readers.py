"""Molecules, sequences, structures, crystals and texts: what is understood, and what exactly is wrong with them."""

import sys
from pathlib import Path

import pytest

from assistant.attachments.file_text import FileText, file_text, load_text, save_text
from assistant.attachments.readers.crystals import read_crystal
from assistant.attachments.readers.molecules import NotMolecules, read_molecules
from assistant.attachments.readers.sequences import read_sequences
from assistant.attachments.readers.structures import read_structure
from assistant.attachments.readers.texts import read_plain
from assistant.tools.result import ToolError
from tests.assistant.attachments.hostile import FONT, HELLO, pdb_atom, pdf
from tests.assistant.tools.shared_files import DATA, needs_shared

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"  # C9H8O4 (PubChem CID 2244)
GENBANK = """LOCUS       X1  20 bp DNA
FEATURES             Location/Qualifiers
     source          1..20
     CDS             1..9
                     /gene="x"
ORIGIN
        1 acgtacgtac gtacgtacgt
//
"""
CIF = """data_x
_publ_section_title 'A long story'
_chemical_formula_sum 'Cl Na'
_cell_length_a 5.64
_cell_length_b 5.64
_cell_length_c 5.64
_space_group_name_H-M_alt 'F m -3 m'
loop_
_space_group_symop_operation_xyz
x,y,z
-x,-y,z
loop_
_atom_site_label
_atom_site_fract_x
Na 0
Cl 0.5
"""


def understood(read, folder: Path, content: str | bytes):
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (f"{ASPIRIN} aspirin\n", "1 molecule, C9H8O4, 13 heavy atoms"),
        ("[Na+].[Cl-] salt\n", "1 molecule, ClNa, 2 heavy atoms"),
        ("C methane\n", "1 molecule, CH4, 1 heavy atom"),
        (f"smiles name\n{ASPIRIN} a\nCCO b\n", "2 molecules, 3-13 heavy atoms"),
        (
            f"{ASPIRIN}\nCCO\nc1cccc1 broken\n",
            "2 molecules, 3-13 heavy atoms; 1 entry could not be read, the first is line 3: no",
        ),
        ("CCO\n" * 5_001, "5,001 molecules, 3 heavy atoms in the first 5,000"),
    ],
)
def test_lists_of_smiles(tmp_path, content, says):
    reading = understood(read_molecules, tmp_path, content)

    assert reading.text.understood.startswith(says)
    assert reading.svg.startswith("<svg")


def test_a_smiles_that_only_rdkit_would_accept_is_refused_with_its_place(tmp_path):
    full_width = "C[C@H](N)C(=O)\N{FULLWIDTH LATIN CAPITAL LETTER O}"  # RDKit drops it and reads the aldehyde

    with pytest.raises(ToolError, match="Line 1: .* at character 15 does not belong in a SMILES"):
        understood(read_molecules, tmp_path, full_width)


def test_a_list_that_only_looks_like_molecules_is_read_as_text(tmp_path):
    with pytest.raises(NotMolecules):
        understood(read_molecules, tmp_path, "c1cccc1\nF=F=F\nO=O=O\nCC\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (">a\nMVLSPADK\n>b\nMVLSPADKTN\n", "2 protein sequences, 8-10 residues"),
        (">a\nACGTACGTNN\n", "1 DNA sequence, 10 bases"),
        (">a\nACGUACGU\n", "1 RNA sequence, 8 bases"),
        (">a\nMVLSPADK\n>b\nACGTACGTACGT\n", "1 protein sequence, 8 residues and 1 DNA sequence, 12 bases"),
        ("MVLSPADKTN\nVKAAW GKVG\n", "1 protein sequence, 19 residues"),
        ("1 acgtacgtac\n11 acgtacgtac\n", "1 DNA sequence, 20 bases"),
        (">a\r\nMV-LS.PADK*\r\n\r\n", "1 protein sequence, 8 residues"),
        (GENBANK, "1 DNA sequence, 20 bases, 2 features, GenBank X1"),
    ],
)
def test_sequences(tmp_path, content, says):
    assert understood(read_sequences, tmp_path, content).text.understood == says


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (">a\nMVLS\nPA1DK\n", "Line 3, character 3 holds '1', which is no residue"),
        (">a\n>b\nMVLS\n", "The sequence 'a' that ends in line 1 has no letters"),
        (">a\nMVLS\n>b\n", "The sequence 'b' that ends in line 3 has no letters"),
        (GENBANK[:-3], "no end"),
        ("LOCUS X\nORIGIN\n 1 ac<t\n//\n", "Line 3, character 6 holds '<'"),
    ],
)
def test_a_wrong_sequence_says_where(tmp_path, content, complaint):
    with pytest.raises(ToolError, match=complaint):
        understood(read_sequences, tmp_path, content)


@needs_shared
@pytest.mark.parametrize(("name", "says"), [("1ubi_ubiquitin.pdb", "1 chain, 76 residues, 81 waters, 1.8 Å X-ray")])
def test_a_pdb_file_is_read_without_gemmi_as_well(monkeypatch, name, says):
    monkeypatch.setitem(sys.modules, "gemmi", None)

    reading = read_structure(DATA / name)

    assert reading.text.understood == says
    assert reading.svg.count("<polyline") == 1


@pytest.mark.parametrize(("read", "content"), [(read_crystal, CIF), (read_structure, "data_x\n_entry.id x\n")])
def test_cif_files_say_that_they_need_gemmi(monkeypatch, tmp_path, read, content):
    monkeypatch.setitem(sys.modules, "gemmi", None)

    with pytest.raises(ToolError, match=r"need the package gemmi, which is not installed.*benchside\[science\]"):
        understood(read, tmp_path, content)


@pytest.mark.parametrize("has_gemmi", [True, False])
@pytest.mark.parametrize("x", ["     nan", "     inf", "   ?.???", "        "])
def test_atoms_without_a_place_are_refused(monkeypatch, tmp_path, has_gemmi, x):
    if not has_gemmi:
        monkeypatch.setitem(sys.modules, "gemmi", None)

    with pytest.raises(
        ToolError, match="Line 2 has (no coordinates in columns 31 to 54|coordinates that are not finite)"
    ):
        understood(read_structure, tmp_path, pdb_atom(1) + pdb_atom(2, x) + pdb_atom(3))


def test_a_structure_of_small_molecules_only_is_counted_in_atoms(tmp_path):
    reading = understood(read_structure, tmp_path, pdb_atom(1).replace("ATOM  ", "HETATM").replace("GLY", "XK2"))

    assert reading.text.understood == "1 atom, ligand XK2"


def test_a_crystal_is_told_without_its_publication(tmp_path):
    reading = understood(read_crystal, tmp_path, CIF)

    assert reading.text.understood == "ClNa, Fm-3m, a = 5.64, b = 5.64, c = 5.64 Å, 2 atom sites"
    assert "_publ" not in "\n".join(reading.text.lines) and "# 2 symmetry operations" in reading.text.lines
    assert reading.text.lines[-2:] == ("Na 0", "Cl 0.5")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("one\ntwo\n", "text, 2 lines, 8 characters"),
        ("name,mass\nwater,18.02\nethanol,46.07\n", "table, 2 rows of 2 columns: name, mass"),
        ('a;b\n"x;y";z\n', "table, 1 row of 2 columns: a, b"),
        ("\N{GREEK SMALL LETTER MU}m".encode("utf-16"), "text, 1 line, 2 characters"),
        (pdf(FONT, HELLO), "PDF, 1 page"),
    ],
)
def test_texts_and_tables_of_words(tmp_path, content, says):
    assert understood(read_plain, tmp_path, content).text.understood == says


def test_the_text_of_a_pdf_is_told(tmp_path):
    assert understood(read_plain, tmp_path, pdf(FONT, HELLO)).text.lines == ("Hello from a page",)


def test_a_pdf_says_that_it_needs_pypdf(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pypdf", None)

    with pytest.raises(ToolError, match=r"needs the package pypdf, which is not installed.*benchside\[science\]"):
        understood(read_plain, tmp_path, pdf(FONT, HELLO))


def test_a_text_beyond_the_limit_is_refused_by_its_size(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(20_000_001)

    with pytest.raises(ToolError, match=r"The text file has 20.0 MB; at most 20 can be read"):
        read_plain(tmp_path / "large")


def test_a_short_text_is_told_whole_and_a_long_one_from_its_beginning():
    text = file_text("text", "text", [f"line {number}" for number in range(1_000)])

    whole = FileText("text", "text", ("a", "b"), 2).part("x.txt")
    cut = text.part("x.txt", 60)

    assert whole == "[File x.txt: text]\na\nb\n[end of x.txt]"
    assert cut.endswith("line 7\n[... 992 more lines; tools can read the whole file by its name]")
    assert (text.seen(60), FileText("text", "text", ("a",), 1).seen()) == (
        "the model reads the first 8 of 1,000 lines",
        "the model reads all of it",
    )


def test_one_long_line_is_cut_and_says_so():
    text = file_text("sequence", "1 protein", ["M" * 50_000])

    assert text.lines == (f"{'M' * 1_500}… (48,500 more characters)",)
    assert len(text.part("x", 500)) < 600


def test_what_is_invisible_or_turns_the_text_around_is_left_out():
    text = file_text("text", "text", ["a\N{RIGHT-TO-LEFT OVERRIDE}b\N{ZERO WIDTH SPACE}c\x1b[2J"])

    assert text.lines == ("abc[2J",)


def test_a_prepared_text_comes_back_from_disk_or_not_at_all(tmp_path):
    text = FileText("molecule", "2 molecules", ("C", "CC"), 2, "molecule")
    save_text(text, tmp_path / "text.json")
    assert load_text(tmp_path / "text.json") == text

    for broken in ("", "{}", '{"kind": "image", "understood": "", "lines": [], "num_units": 1, "unit": ""}'):
        (tmp_path / "text.json").write_text(broken)
        with pytest.raises(Exception, match="cannot be used"):
            load_text(tmp_path / "text.json")
