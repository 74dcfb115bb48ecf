"""Conformers: geometry that a textbook gives, and what cannot be built."""

import numpy as np
import pytest
from rdkit import Chem

from assistant.tools.chemistry import conformer as conformers
from assistant.tools.chemistry import molecule_3d as tool
from assistant.tools.chemistry.molecule_3d import molecule_3d
from assistant.tools.result import ToolError, ToolResult

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def positions(result: ToolResult) -> np.ndarray:
    block = result.artifacts[0].data.removesuffix("$$$$\n")
    return Chem.MolFromMolBlock(block, removeHs=False).GetConformer().GetPositions()


def distance(xyz: np.ndarray, i: int, j: int) -> float:
    return float(np.linalg.norm(xyz[i] - xyz[j]))


# Bond lengths in angstrom from the CRC Handbook of Chemistry and Physics, section 9.
@pytest.mark.parametrize(
    ("smiles", "length"),
    [("CC", 1.535), ("C=C", 1.339), ("C#C", 1.203), ("CO", 1.425), ("C=O", 1.203), ("CCl", 1.785), ("c1ccccc1", 1.399)],
)
def test_bond_lengths_are_those_of_the_handbook(smiles, length):
    assert distance(positions(molecule_3d(smiles)), 0, 1) == pytest.approx(length, abs=0.03)


def test_water_has_its_angle():
    oxygen, first, second = positions(molecule_3d("O"))
    a, b = first - oxygen, second - oxygen

    angle = np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))

    assert angle == pytest.approx(104.5, abs=1.5)  # CRC Handbook


def test_the_summary_names_energy_method_and_seed_and_the_artifact_its_style():
    result = molecule_3d(ASPIRIN, style="stick", seed=7)

    assert result.summary.startswith(
        "3D conformer built with ETKDGv3 (seed 7) and MMFF94s. Formula: C9H8O4. Atoms: 21 with hydrogens. Energy: "
    )
    assert "kcal/mol (MMFF94s; comparable only between its conformers)" in result.summary
    assert result.artifacts[0].kind == "mol3d"
    assert result.artifacts[0].meta == {"smiles": ASPIRIN, "formula": "C9H8O4", "style": "stick"}


def test_the_lowest_of_several_conformers_is_shown():
    one, ten = molecule_3d("CCCCCCO"), molecule_3d("CCCCCCO", n_conformers=10)

    def energy(result):
        return float(result.summary.split("Energy: ")[1].split(" ")[0])

    assert energy(ten) <= energy(one)
    assert "Lowest of 10 conformers, which span " in ten.summary
    assert ten.artifacts[0].data == molecule_3d("CCCCCCO", n_conformers=10).artifacts[0].data


@pytest.mark.parametrize("force_field", ["MMFF94s", "MMFF94", "UFF"])
def test_the_force_field_is_the_one_asked_for(force_field):
    assert f"and {force_field}." in molecule_3d("CCO", force_field=force_field).summary


def test_without_a_force_field_there_is_no_energy():
    result = molecule_3d("CCO", force_field="none", n_conformers=3)

    assert result.summary.endswith("and no force field. Formula: C2H6O. Atoms: 9 with hydrogens. "
                                   "Conformers built: 3; the first is shown.")  # fmt: skip
    assert result.warnings == ()


def test_an_element_that_mmff_does_not_know_is_named():
    (warning,) = molecule_3d("OB(O)c1ccccc1").warnings

    assert warning == "MMFF94s has no parameters for B; UFF was used."


def test_stereochemistry_survives():
    for smiles in ("N[C@@H](C)C(=O)O", "N[C@H](C)C(=O)O", "F/C=C/F", "F/C=C\\F"):
        block = molecule_3d(smiles, n_conformers=2).artifacts[0].data.removesuffix("$$$$\n")
        molecule = Chem.MolFromMolBlock(block)
        Chem.AssignStereochemistryFrom3D(molecule)

        assert Chem.MolToSmiles(molecule) == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize(
    ("smiles", "code", "words"),
    [
        ("C" * 200, "TOO_LARGE", "602 atoms with hydrogens; a 3D conformer is limited to 250"),
        ("CC(=O)N" * 120, "TOO_LARGE", "480 heavy atoms; the limit is 300"),
        ("C1[C@H]2[C@H]1C2", "EMBED_FAILED", "No 3D conformer was found within 16 s for 10 atoms"),
        ("C1CC", "INVALID_SMILES", "unclosed ring"),
        (" ", "EMPTY", "The SMILES is empty"),
    ],
)
def test_what_cannot_be_built_is_refused(smiles, code, words):
    with pytest.raises(ToolError) as error:
        molecule_3d(smiles)

    assert error.value.code == code
    assert words in error.value.text


def test_a_peptide_of_46_residues_is_too_large():
    crambin = Chem.MolFromSequence("TTCCPSIVARSNFNVCRLPGTPEALCATYTGCIIIPGATCPGDYAN")

    with pytest.raises(ToolError) as error:
        molecule_3d(Chem.MolToSmiles(crambin))

    assert error.value.code == "TOO_LARGE"


def test_time_that_runs_out_leaves_the_conformers_there_are(monkeypatch):
    monkeypatch.setattr(tool, "MORE_CONFORMERS_UNTIL_S", -1.0)
    result = molecule_3d("CCO", n_conformers=5)

    assert result.artifacts
    assert result.warnings == ("Only 1 of 5 conformers were built: a large molecule takes too long for more.",)


def test_an_optimiser_that_is_not_done_says_so(monkeypatch):
    monkeypatch.setattr(conformers, "MAX_OPTIMISER_STEPS", 1)

    assert molecule_3d(ASPIRIN).warnings == ("The optimiser had not converged after 1 steps.",)
