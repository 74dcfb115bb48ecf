"""lookup_compound against PubChem, the CRC Handbook and the wwPDB."""

import pytest
from rdkit import Chem

from assistant.tools.chemistry import ccd
from assistant.tools.chemistry.compound_aliases import ALIASES, COMPONENTS
from assistant.tools.chemistry.compound_table import table_entry
from assistant.tools.chemistry.lookup_compound import lookup_compound
from assistant.tools.result import ToolError

# InChIKeys as PubChem states them.
KEYS = {
    "aspirin": "BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
    "caffeine": "RYYVLZVUVIJVGH-UHFFFAOYSA-N",
    "paracetamol": "RZVAJINKPMORJF-UHFFFAOYSA-N",
    "cholesterol": "HVYWMOMLDIMFJA-DPAQBDIFSA-N",
    "sodium chloride": "FAPWRFPIFSIZLT-UHFFFAOYSA-M",
    "imatinib": "KTUFNOKKBVMGRW-UHFFFAOYSA-N",
    "adp": "XTWYTFMLZFPYCI-KQYNXXCUSA-N",
    "STI": "KTUFNOKKBVMGRW-UHFFFAOYSA-N",
    "leucine": "ROHFNLRQFUQHCH-YFKPBYRVSA-N",
    "alanine": "QNAYBMKLOCPYGJ-REOHCLBHSA-N",
    "threonine": "AYFVYJQAPQTCCC-GBXIJSLDSA-N",
    "isoleucine": "AGPKZVBTJJNPAG-WHFBIAKZSA-N",
    "nicotine": "SNICXCGAKADSCV-JTQLQIEISA-N",
    "咖啡因": "RYYVLZVUVIJVGH-UHFFFAOYSA-N",
    "亮氨酸": "ROHFNLRQFUQHCH-YFKPBYRVSA-N",
    "50-78-2": "BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
    "InChIKey=BSYNRYMUTXBXSQ-UHFFFAOYSA-N": "BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
}


@pytest.mark.parametrize("query", KEYS)
def test_a_name_in_any_form_finds_pubchems_compound(query):
    assert f"InChIKey: {KEYS[query]}" in lookup_compound(query).summary


def test_the_summary_has_the_facts_and_the_picture_knows_its_atoms():
    result = lookup_compound("Aspirin")

    assert result.summary.startswith(
        "aspirin. SMILES: CC(=O)Oc1ccccc1C(=O)O; formula: C9H8O4; molar mass: 180.16 g/mol; CAS: 50-78-2; "
        "InChIKey: BSYNRYMUTXBXSQ-UHFFFAOYSA-N; PubChem CID: 2244; melting point: 135.0 C"
    )
    (picture,) = result.artifacts
    assert picture.kind == "svg"
    assert picture.meta["smiles"] == "CC(=O)Oc1ccccc1C(=O)O"
    assert len(picture.meta["atoms"]) == 13


# Melting and boiling points in degrees Celsius from the CRC Handbook of Chemistry and Physics.
@pytest.mark.parametrize(
    ("name", "melting", "boiling"),
    [("water", 0.0, 100.0), ("ethanol", -114.1, 78.3), ("acetone", -94.7, 56.1), ("benzene", 5.5, 80.1)],
)
def test_measured_temperatures_are_those_of_the_handbook(name, melting, boiling):
    facts = dict(fact.split(": ", 1) for fact in lookup_compound(name).summary.split("; ") if ": " in fact)

    assert float(facts["melting point"].split(" C ")[0]) == pytest.approx(melting, abs=0.6)
    assert float(facts["boiling point"].split(" C ")[0]) == pytest.approx(boiling, abs=0.3)


def test_an_estimate_is_never_called_measured():
    summary = lookup_compound("aspirin").summary

    assert "boiling point: 368 C estimated by Joback group contributions, not measured" in summary


def test_missing_stereochemistry_is_said_and_the_component_of_that_name_shown():
    # strychnine has six centres; PDB component SY9 is its natural form
    (warning,) = lookup_compound("strychnine").warnings

    assert "no stereochemistry for 6 centres of strychnine (STEREO_UNDEFINED); PDB component SY9" in warning
    assert "[C@@H]" in warning


def test_a_key_with_stereochemistry_finds_that_isomer_or_says_that_it_did_not():
    assert "PDB component: SY9" in lookup_compound("QMGVPVSNSZLJIA-FVWCLLPLSA-N").summary
    s_ibuprofen_mirrored = lookup_compound("HEFNNWSXXWATRW-SNVBAGLBSA-N")
    assert s_ibuprofen_mirrored.warnings[0].startswith("No entry has the key HEFNNWSXXWATRW-SNVBAGLBSA-N")


def test_a_formula_with_isomers_and_a_smiles_carry_a_note():
    assert lookup_compound("C2H6O").warnings == ("Other compounds may have the formula C2H6O.",)
    assert lookup_compound("CCO").warnings == ("'CCO' was read as a SMILES.",)


@pytest.mark.parametrize(
    "query", ["unobtainium", "1", "-", "11-11-1", "smiles=C(", "pubchem=abc", "x" * 200, "<script>"]
)
def test_what_is_nowhere_is_refused_with_the_tables_named(query):
    with pytest.raises(ToolError) as error:
        lookup_compound(query)

    assert error.value.code == "COMPOUND_NOT_FOUND"
    assert "71,000 PubChem names, 49,000 PDB components" in error.value.text


def test_an_empty_name_is_refused():
    with pytest.raises(ToolError, match="The name is empty"):
        lookup_compound(" ")


def test_every_alias_leads_somewhere():
    for target in ALIASES.values():
        assert table_entry(target) or ccd.find_component(target), target
    for target in COMPONENTS.values():
        assert ccd.find_component(target), target


# Isomeric SMILES as PubChem states them (cocaine 446220, staurosporine 44259).
@pytest.mark.parametrize(
    ("name", "component", "smiles"),
    [
        ("COC", "COC", "CN1[C@H]2CC[C@@H]1[C@H]([C@H](C2)OC(=O)c1ccccc1)C(=O)OC"),
        ("staurosporine", "STO", "C[C@@]12[C@@H]([C@@H](C[C@@H](O1)n1c3ccccc3c3c1c1n2c2ccccc2c1c1c3C(=O)NC1)NC)OC"),
    ],
)
def test_a_component_has_the_published_stereochemistry(name, component, smiles):
    found = ccd.find_component(name)

    assert found and found.id == component
    assert Chem.MolToSmiles(found.molecule) == Chem.CanonSmiles(smiles)


def test_without_biotite_the_table_answers_alone(monkeypatch):
    def not_installed(name):
        raise ToolError("NOT_INSTALLED", "biotite is missing")

    monkeypatch.setattr(ccd, "find_component", not_installed)

    assert "CAS: 57-24-9" in lookup_compound("strychnine").summary
    with pytest.raises(ToolError) as error:
        lookup_compound("imatinib")
    assert error.value.code == "COMPOUND_NOT_FOUND"
