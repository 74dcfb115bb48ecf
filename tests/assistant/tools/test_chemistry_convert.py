"""convert_molecule against PubChem, and every way in which a molecule may be written wrongly."""

import subprocess

import pytest
from rdkit import Chem

from assistant.cancel import CancelToken
from assistant.child.runner import ToolRunner
from assistant.tools.chemistry import iupac_names
from assistant.tools.chemistry.convert_molecule import convert_molecule
from assistant.tools.result import ToolError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
ASPIRIN_INCHI = "InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)"  # PubChem 2244
needs_java = pytest.mark.skipif(iupac_names.shutil.which("java") is None, reason="no Java runtime")


def converted(molecule: str, to_format: str, from_format: str = "smiles") -> str:
    """The first line of the summary, without its label."""
    return convert_molecule(molecule, to_format, from_format).summary.splitlines()[0].split(": ", 1)[1]


# InChIKeys of PubChem, by CID.
@pytest.mark.parametrize(
    ("smiles", "key"),
    [
        (ASPIRIN, "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"),  # 2244
        ("C[C@H](N)C(=O)O", "QNAYBMKLOCPYGJ-REOHCLBHSA-N"),  # L-alanine, 5950
        ("C[C@@H](N)C(=O)O", "QNAYBMKLOCPYGJ-UWTATZPHSA-N"),  # D-alanine, 71080
        ("CC(C)Cc1ccc(cc1)C(C)C(=O)O", "HEFNNWSXXWATRW-UHFFFAOYSA-N"),  # ibuprofen, 3672
        ("C/C=C/C", "IAQRGUVFOMOMEM-ONEGZZNKSA-N"),  # (E)-but-2-ene, 62695
        ("C/C=C\\C", "IAQRGUVFOMOMEM-ARJAWSKDSA-N"),  # (Z)-but-2-ene, 5287573
        ("[Na+].CC(=O)[O-]", "VMHLLURERBWHNL-UHFFFAOYSA-M"),  # sodium acetate, 517045
        ("[2H]O[2H]", "XLYOFNOQVPJJNP-ZSJDYOACSA-N"),  # heavy water, 24602
    ],
)
def test_inchikeys_are_pubchems(smiles, key):
    assert converted(smiles, "inchikey") == key


def test_an_inchi_goes_both_ways():
    assert converted(ASPIRIN, "inchi") == ASPIRIN_INCHI
    assert converted(ASPIRIN_INCHI, "canonical_smiles", "inchi") == ASPIRIN


def test_a_formula_comes_with_both_masses():
    lines = convert_molecule(ASPIRIN, "formula").summary.splitlines()

    assert lines[:2] == ["formula: C9H8O4", "molecular weight 180.16 g/mol; exact mass 180.0423 Da"]


def test_the_atoms_of_the_picture_are_those_of_the_smiles_it_names():
    (given,) = convert_molecule("OCC", "formula").artifacts
    (read,) = convert_molecule("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "formula", "inchi").artifacts

    assert [given.meta["smiles"], read.meta["smiles"]] == ["OCC", "CCO"]
    assert given.meta["atoms"][0][0] != read.meta["atoms"][0][0]


def test_a_salt_is_kept_whole():
    assert converted("[Na+].CC(=O)[O-]", "canonical_smiles") == "CC(=O)[O-].[Na+]"
    assert converted("[Na+].CC(=O)[O-]", "selfies").count(".") == 1
    assert converted("[Na+].CC(=O)[O-]", "formula") == "C2H3NaO2"


@pytest.mark.parametrize("smiles", [ASPIRIN, "C[C@H](N)C(=O)O", "C/C=C\\C", "C[N+](=O)[O-]", "c1ccc2[nH]ccc2c1"])
def test_selfies_and_mol_blocks_read_back_as_the_same_molecule(smiles):
    assert converted(converted(smiles, "selfies"), "canonical_smiles", "selfies") == Chem.CanonSmiles(smiles)
    (_, file) = convert_molecule(smiles, "molblock").artifacts
    assert (file.kind, file.name) == ("file", "molecule.mol")
    assert converted(file.data, "canonical_smiles", "molblock") == Chem.CanonSmiles(smiles)


def test_a_v3000_block_is_read():
    block = Chem.MolToV3KMolBlock(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))

    assert converted(block, "inchikey", "molblock") == "QNAYBMKLOCPYGJ-REOHCLBHSA-N"


def test_a_peptide_is_made_of_l_amino_acids():
    # glutathione's isopeptide bond apart, alanyl-glycine: PubChem 6998029
    assert converted("AG", "canonical_smiles", "peptide") == Chem.CanonSmiles("C[C@@H](C(=O)NCC(=O)O)N")
    # crambin, 46 residues without its disulphides
    assert (
        "C202H321N55O64S6"
        in convert_molecule("TTCCPSIVARSNFNVCRLPGTPEALCATYTGCIIIPGATCPGDYAN", "inchikey", "peptide").summary
    )


@pytest.mark.parametrize(
    ("molecule", "from_format", "to_format", "code", "words"),
    [
        ("CC(C", "smiles", "inchi", "INVALID_SMILES", "extra open parentheses"),
        ("C[N+](C)(C)(C)C", "smiles", "inchi", "INVALID_SMILES", "valence for atom # 1 N, 5"),
        ("c1cccc1", "smiles", "inchi", "INVALID_SMILES", "Can't kekulize mol. Unkekulized atoms: 0 1 2 3 4"),
        ("BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "inchi", "formula", "INVALID_INCHI", "use lookup_compound"),
        ("InChI=1S/nonsense", "inchi", "formula", "INVALID_INCHI", "InChI=1S/nonsense"),
        ("CCO", "selfies", "inchi", "INVALID_SELFIES", "'CCO' stands outside of [brackets]"),
        ("[C][Foo]", "selfies", "inchi", "INVALID_SELFIES", "[Foo]"),
        ("[nop]", "selfies", "inchi", "EMPTY", "no atoms"),
        ("x\ny", "molblock", "inchi", "INVALID_MOLBLOCK", "M  END"),
        ("\n\n\nnonsense\nM  END\n", "molblock", "inchi", "INVALID_MOLBLOCK", "cannot be read"),
        ("ACBZ", "peptide", "inchi", "INVALID_SEQUENCE", "'B' at position 3"),
        ("A" * 251, "peptide", "inchi", "TOO_LARGE", "251 residues; the limit is 250"),
        ("C" * 301, "smiles", "inchi", "TOO_LARGE", "301 heavy atoms; the limit is 300"),
        (" \n", "smiles", "inchi", "EMPTY", "empty"),
        ("*", "smiles", "inchi", "NO_INCHI", "cannot describe"),
        ("*", "smiles", "selfies", "NO_SELFIES", "cannot describe"),
        ("[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "smiles", "iupac_name", "NO_NAME", "openclatura has no name"),
    ],
)
def test_what_cannot_be_read_or_written_is_refused_with_the_reason(molecule, from_format, to_format, code, words):
    with pytest.raises(ToolError) as error:
        convert_molecule(molecule, to_format, from_format)

    assert error.value.code == code
    assert words in error.value.text


def test_atom_maps_that_the_format_loses_are_named():
    assert convert_molecule("[CH3:1][OH:2]", "inchi").warnings == ("Atom map numbers are not part of the InChI.",)


def test_a_long_result_is_never_quoted_in_part_and_whole_in_the_file():
    result = convert_molecule("G" * 60, "selfies", "peptide")

    assert "too long to quote; it is in the file molecule.txt" in result.summary
    assert "[N]" not in result.summary
    assert result.artifacts[-1].data.count("[N]") == 60


# Names as PubChem gives them.
@needs_java
@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("2-acetyloxybenzoic acid", ASPIRIN),
        ("1,3,7-trimethylpurine-2,6-dione", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"),
        ("(2S)-2-aminopropanoic acid", "C[C@H](N)C(=O)O"),
        ("sodium acetate", "CC(=O)[O-].[Na+]"),
    ],
)
def test_an_iupac_name_is_read_as_pubchems_structure(name, smiles):
    assert converted(name, "canonical_smiles", "iupac_name") == Chem.CanonSmiles(smiles)


@needs_java
def test_a_trivial_name_is_refused_with_what_was_not_understood():
    with pytest.raises(ToolError) as error:
        convert_molecule("gleevec", "inchi", "iupac_name")

    assert error.value.code == "NAME_NOT_PARSED"
    assert "not understood: gleevec" in error.value.text
    assert "lookup_compound" in error.value.text


@needs_java
def test_a_name_is_written_and_checked():
    summary = convert_molecule("C[C@H](N)C(=O)O", "iupac_name").summary

    assert summary.startswith("IUPAC name: (2S)-2-aminopropanoic acid\nround-trip checked with OPSIN: yes\n")


def test_a_name_that_opsin_reads_otherwise_is_flagged(monkeypatch):
    monkeypatch.setattr(iupac_names, "smiles_of_name", lambda name: "CCN")
    result = convert_molecule("CCO", "iupac_name")

    assert "round-trip checked with OPSIN: no" in result.summary
    assert result.warnings == ("OPSIN does not read this name as the same molecule: do not rely on it.",)


def test_without_java_a_name_is_written_unchecked_and_none_is_read(monkeypatch):
    monkeypatch.setattr(iupac_names.shutil, "which", lambda program: None)

    assert "round-trip checked with OPSIN: not available" in convert_molecule("CCO", "iupac_name").summary
    with pytest.raises(ToolError) as error:
        convert_molecule("ethanol", "inchi", "iupac_name")
    assert error.value.code == "NO_JAVA"


@pytest.mark.parametrize("failure", ["late", "dead"])
def test_a_java_that_fails_is_named(monkeypatch, failure):
    def run(command, **_):
        if failure == "late":
            raise subprocess.TimeoutExpired(command, 12)
        return subprocess.CompletedProcess(command, 1, "", "Could not reserve enough space")

    monkeypatch.setattr(iupac_names.subprocess, "run", run)
    monkeypatch.setattr(iupac_names, "_java", lambda: "java")
    with pytest.raises(ToolError) as error:
        convert_molecule("ethanol", "inchi", "iupac_name")

    assert error.value.code == "JAVA_FAILED"


@needs_java
@pytest.mark.timeout(120)
def test_java_runs_within_the_limits_of_a_job():
    runner = ToolRunner("tests.assistant.tools.convert_catalogue")
    runner.start()
    try:
        arguments = {"molecule": "propan-2-ol", "from_format": "iupac_name", "to_format": "canonical_smiles"}
        outcome = runner.call("convert_molecule", arguments, CancelToken())
    finally:
        runner.close()

    assert outcome.ok, outcome.summary
    assert outcome.summary.startswith("canonical SMILES: CC(C)O\n")
