"""Values a chemist can check by hand, and every refusal."""

import xml.etree.ElementTree as ElementTree

import pytest
from rdkit import Chem

from assistant.tools.nano.lookup_compound import lookup_compound
from assistant.tools.nano.molecular_properties import molecular_properties
from assistant.tools.nano.molecule_3d import molecule_3d
from assistant.tools.nano.render_molecule import render_molecule
from assistant.tools.result import ToolError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
READERS = [render_molecule, molecule_3d, lambda smiles: molecular_properties([smiles])]
READER_NAMES = ["render_molecule", "molecule_3d", "molecular_properties"]


def refusal(function, *arguments) -> str:
    with pytest.raises(ToolError) as error:
        function(*arguments)
    return error.value.text


@pytest.mark.parametrize("read", READERS, ids=READER_NAMES)
@pytest.mark.parametrize(
    ("smiles", "sentence"),
    [
        ("", "Error EMPTY: The SMILES is empty. Give one SMILES string, for example CCO."),
        ("  ", "Error EMPTY: The SMILES is empty. Give one SMILES string, for example CCO."),
        (
            "CC(C",
            "Error INVALID_SMILES: 'CC(C' is not a valid SMILES: extra open parentheses. Check it and try again.",
        ),
        ("C1CC", "Error INVALID_SMILES: 'C1CC' is not a valid SMILES: unclosed ring. Check it and try again."),
        (
            "C[N+](C)(C)(C)C",
            "Error INVALID_SMILES: 'C[N+](C)(C)(C)C' is not a valid SMILES: Explicit valence for atom # 1 N, 5, "
            "is greater than permitted. Check it and try again.",
        ),
        (
            "c1cccc1",
            "Error INVALID_SMILES: 'c1cccc1' is not a valid SMILES: Can't kekulize mol. Unkekulized atoms: 0 1 2 3 4. "
            "Check it and try again.",
        ),
        (
            "CCO ethanol",
            "Error INVALID_SMILES: 'CCO ethanol' is not a valid SMILES: ' ' at character 4 does not belong in one. "
            "Check it and try again.",
        ),
        (
            "CCO。",
            "Error INVALID_SMILES: 'CCO。' is not a valid SMILES: '。' at character 4 does not belong in one. "
            "Check it and try again.",
        ),
        (
            "C" * 2_001,
            "Error TOO_LONG: The SMILES is 2,001 characters long; the limit is 2,000. Give a smaller molecule.",
        ),
        ("C" * 301, "Error TOO_LARGE: The molecule has 301 heavy atoms; the limit is 300. Give a smaller molecule."),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) and not value.startswith("Error") else "",
)
def test_what_is_no_smiles_is_refused_with_the_reason(read, smiles, sentence):
    assert refusal(read, smiles) == sentence


def test_a_long_smiles_is_shortened_in_the_refusal():
    assert "'" + "C" * 57 + "...'" in refusal(render_molecule, "C" * 500 + "(")


def test_a_refusal_prints_nothing(capfd):
    refusal(render_molecule, "CC(C")

    assert capfd.readouterr() == ("", "")


# render_molecule


def test_a_picture_has_formula_size_alt_text_and_valid_markup():
    result = render_molecule(ASPIRIN)

    assert result.text == "2D structure drawn. Formula: C9H8O4. Size: 13 heavy atoms."
    (picture,) = result.artifacts
    assert (picture.kind, picture.media_type) == ("svg", "image/svg+xml")
    assert picture.alt == f"2D structure of {ASPIRIN} (C9H8O4)"
    assert picture.meta == {"smiles": ASPIRIN, "formula": "C9H8O4"}
    assert ElementTree.fromstring(picture.data).get("width") == "450px"


def test_one_atom_is_not_called_atoms():
    assert render_molecule(" C ").text == "2D structure drawn. Formula: CH4. Size: 1 heavy atom."


@pytest.mark.parametrize("smiles", ["[H][H]", "*", "[U]", "[2H]O[2H]", "[Na+].[Cl-]", "[He]", "C~C", "[CH3:1][OH:2]"])
def test_unusual_molecules_are_drawn_built_and_measured(smiles):
    assert render_molecule(smiles).artifacts
    assert molecule_3d(smiles).artifacts
    assert molecular_properties([smiles]).summary


# molecule_3d


def test_a_conformer_has_all_hydrogens_and_three_dimensions():
    result = molecule_3d("CCO")

    assert result.text.startswith("3D conformer built with ETKDGv3 and MMFF94s. Formula: C2H6O. Atoms: 9. Energy: ")
    (conformer,) = result.artifacts
    assert (conformer.kind, conformer.media_type) == ("mol3d", "chemical/x-mdl-sdfile")
    assert conformer.alt == "3D structure of CCO (C2H6O)"
    assert conformer.data.endswith("M  END\n$$$$\n")
    molecule = Chem.MolFromMolBlock(conformer.data.removesuffix("$$$$\n"), removeHs=False)
    assert molecule.GetNumAtoms() == 9
    positions = molecule.GetConformer().GetPositions()
    assert (positions.max(axis=0) - positions.min(axis=0)).min() > 1  # angstrom, along every axis
    assert distance(positions, 0, 1) == pytest.approx(1.52, abs=0.03)  # C-C
    assert distance(positions, 1, 2) == pytest.approx(1.42, abs=0.03)  # C-O


def distance(positions, i: int, j: int) -> float:
    return float(((positions[i] - positions[j]) ** 2).sum() ** 0.5)


def test_a_conformer_keeps_the_stereochemistry():
    for smiles in ("N[C@@H](C)C(=O)O", "N[C@H](C)C(=O)O", "F/C=C/F", "F/C=C\\F"):
        block = molecule_3d(smiles).artifacts[0].data.removesuffix("$$$$\n")

        molecule = Chem.MolFromMolBlock(block)
        Chem.AssignStereochemistryFrom3D(molecule)

        assert Chem.MolToSmiles(molecule) == Chem.CanonSmiles(smiles)


def test_the_same_molecule_gets_the_same_conformer():
    assert molecule_3d(ASPIRIN).artifacts[0].data == molecule_3d(ASPIRIN).artifacts[0].data


def test_a_molecule_outside_mmff94_says_which_force_field_was_used():
    result = molecule_3d("O=O")

    assert "ETKDGv3 and UFF" in result.summary
    assert result.text.endswith("\nNote: MMFF94s has no parameters for this molecule; UFF was used.")


def test_a_molecule_outside_every_force_field_says_that_it_was_not_optimised():
    result = molecule_3d("FS(F)(F)(F)(F)F")

    assert result.text == (
        "3D conformer built with ETKDGv3 and no force field. Formula: F6S. Atoms: 7.\n"
        "Note: No force field has parameters for this molecule; it was not optimised."
    )


def test_too_many_atoms_for_a_conformer_are_refused_with_both_numbers():
    assert refusal(molecule_3d, "C" * 83) == (
        "Error TOO_LARGE: The molecule has 251 atoms with hydrogens; a 3D conformer is limited to 250. "
        "Use render_molecule for a 2D picture."
    )


def test_a_shape_that_cannot_exist_is_refused():
    trans_bicyclobutane = "C1[C@H]2[C@H]1C2"

    assert refusal(molecule_3d, trans_bicyclobutane) == (
        "Error EMBED_FAILED: No 3D conformer was found within 16 s for 10 atoms. Use render_molecule for a 2D picture."
    )


# molecular_properties


def test_ethanol():
    assert molecular_properties(["CCO"]).text == (
        "formula C2H6O; molecular weight 46.07 g/mol; exact mass 46.0419 Da; logP 0.00 (Crippen model); TPSA 20.2 A^2; "
        "H-bond donors 1; H-bond acceptors 1; rotatable bonds 0; rings 0; QED 0.41; Lipinski violations 0"
    )


def test_aspirin():
    facts = molecular_properties([ASPIRIN]).text.split("; ")

    # C9H8O4: 9 x 12.011 + 8 x 1.008 + 4 x 15.999; TPSA (Ertl): 17.07 + 9.23 + 17.07 + 20.23
    assert facts[:2] == ["formula C9H8O4", "molecular weight 180.16 g/mol"]
    assert {"exact mass 180.0423 Da", "TPSA 63.6 A^2", "H-bond donors 1", "rotatable bonds 2", "rings 1"} <= set(facts)


def test_a_fat_breaks_two_of_lipinskis_rules():
    tristearin = "CCCCCCCCCCCCCCCCCC(=O)OCC(COC(=O)CCCCCCCCCCCCCCCCC)OC(=O)CCCCCCCCCCCCCCCCC"

    assert molecular_properties([tristearin]).text.endswith("Lipinski violations 2")


def test_several_molecules_get_a_line_each_and_a_salt_a_note():
    lines = molecular_properties(["C", "[Na+].[Cl-]"]).text.splitlines()

    assert lines[0].startswith("Molecule 1: formula CH4; molecular weight 16.04 g/mol;")
    assert lines[1].startswith("Molecule 2: formula ClNa; molecular weight 58.44 g/mol;")
    assert lines[2] == "Note: Molecule 2 has several components; the values are for the whole mixture or salt."


@pytest.mark.parametrize("number", [0, 11])
def test_too_many_molecules_or_none_are_refused_with_both_numbers(number):
    sentence = refusal(molecular_properties, ["C"] * number)

    assert sentence == f"Error TOO_MANY: smiles_list holds {number} molecules; 1 to 10 are allowed."


# lookup_compound

CAFFEINE = (
    "caffeine. SMILES: CN1C=NC2=C1C(=O)N(C(=O)N2C)C; formula: C8H10N4O2; CAS: 58-08-2; melting point: 238.0 C; "
    "InChIKey: RYYVLZVUVIJVGH-UHFFFAOYSA-N"
)


@pytest.mark.parametrize("query", ["caffeine", " Caffeine ", "58-08-2", "RYYVLZVUVIJVGH-UHFFFAOYSA-N", "咖啡因"])
def test_a_compound_is_found_by_name_number_key_and_chinese_name(query):
    assert lookup_compound(query).text == CAFFEINE


def test_water_melts_at_0_and_boils_at_100():
    assert "melting point: 0.0 C; boiling point: 100.0 C" in lookup_compound("water").text


def test_an_estimated_boiling_point_is_not_passed_off_as_measured():
    assert "boiling point" not in lookup_compound("caffeine").text  # the table has a Joback estimate only


def test_a_formula_with_isomers_carries_a_note():
    assert lookup_compound("C2H6O").text.endswith("\nNote: Other compounds may have the formula C2H6O.")


@pytest.mark.parametrize("query", ["NaCl", "H2O", "CO2", "DMSO", "ASPIRIN"])
def test_a_name_or_a_formula_without_isomers_carries_none(query):
    assert "Note" not in lookup_compound(query).text


@pytest.mark.parametrize("query", ["unobtainium", "1", "-", "11-11-1", "smiles=C(", "pubchem=abc", "InChIKey=", "("])
def test_what_is_not_in_the_table_is_refused(query):
    assert refusal(lookup_compound, query) == (
        f"Error COMPOUND_NOT_FOUND: No compound named '{query}' in the offline table. "
        "Give another name, a CAS number or a SMILES."
    )


def test_an_empty_name_is_refused():
    assert refusal(lookup_compound, " ") == (
        "Error EMPTY: The name is empty. Give a compound name, for example caffeine."
    )
