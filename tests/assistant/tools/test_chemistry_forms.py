import csv
import io
from collections import Counter

import pytest
from rdkit import Chem

from assistant.tools.chemistry.enumerate_stereoisomers import enumerate_stereoisomers
from assistant.tools.chemistry.functional_group_table import AROMATIC_RINGS, GROUPS
from assistant.tools.chemistry.functional_groups import functional_groups, groups_of
from assistant.tools.chemistry.protonation_states import protonation_states
from assistant.tools.chemistry.standardize_molecule import standardize_molecule
from assistant.tools.result import ToolError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
ATP = "C1=NC(=C2C(=N1)N(C=N2)C3C(C(C(O3)COP(=O)(O)OP(=O)(O)OP(=O)(O)O)O)O)N"
CHOLESTEROL = "CC(C)CCCC(C)C1CCC2C1(CCC3C2CC=C4C3(CCC(C4)O)C)C"
COCAINE = "CN1C2CCC1C(C(C2)OC(=O)C3=CC=CC=C3)C(=O)OC"


def refusal(function, *arguments, **options) -> ToolError:
    with pytest.raises(ToolError) as caught:
        function(*arguments, **options)
    return caught.value


def rows(artifact) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(artifact.data)))


def count_groups(smiles) -> dict[str, int]:
    return dict(Counter(group.name for group in groups_of(Chem.MolFromSmiles(smiles))))


def isomers(smiles, **options) -> list[dict[str, str]]:
    return rows(enumerate_stereoisomers(smiles, **options).artifacts[0])


def states(smiles, **options) -> set[str]:
    return {row["SMILES"] for row in rows(protonation_states(smiles, **options).artifacts[0])}


def standardized(smiles, **options) -> str:
    return rows(standardize_molecule(smiles, **options).artifacts[0])[-1]["SMILES after it"]


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        # what the systematic or trivial name says (PubChem); sugars and steroids as in Clayden, 2nd ed.
        (ASPIRIN, {"carboxylic acid": 1, "ester": 1}),  # 2-acetyloxybenzoic acid
        ("CC(=O)Nc1ccc(O)cc1", {"secondary amide": 1, "phenol": 1}),  # N-(4-hydroxyphenyl)acetamide
        ("CC(C)=O", {"ketone": 1}),
        ("O=Cc1ccccc1", {"aldehyde": 1}),
        ("OC=O", {"carboxylic acid": 1}),
        ("COC=O", {"ester": 1}),
        ("CN(C)C=O", {"tertiary amide": 1}),
        ("NC(N)=O", {"urea": 1}),
        ("CCOC(N)=O", {"carbamate": 1}),
        ("CCOC(=O)OCC", {"carbonate": 1}),
        ("CC(=O)OC(C)=O", {"acid anhydride": 1}),
        ("CC(=O)Cl", {"acyl halide": 1}),
        ("CC(=O)SC", {"thioester": 1}),
        ("O=C1CCCO1", {"lactone": 1}),
        ("O=C1CCCN1", {"lactam": 1}),
        ("O=C1CCC(=O)N1", {"imide": 1}),  # succinimide
        ("CCC1(CC)C(=O)NC(=O)NC1=O", {"barbiturate": 1}),  # barbital
        ("CC(=O)NO", {"hydroxamic acid": 1}),
        (
            "CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O",  # penicillin G: a beta-lactam
            {"carboxylic acid": 1, "lactam": 1, "secondary amide": 1, "thioether": 1},
        ),
        ("CC12CCC3C(CCC4=CC(=O)CCC34C)C1CCC2O", {"ketone": 1, "secondary alcohol": 1, "alkene": 1}),  # testosterone
        (
            "CC12CC(=O)C3C(CCC4=CC(=O)CCC34C)C1CCC2(O)C(=O)CO",  # cortisone: 17,21-dihydroxypregn-4-ene-3,11,20-trione
            {"ketone": 3, "primary alcohol": 1, "tertiary alcohol": 1, "alkene": 1},
        ),
        ("OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", {"hemiacetal": 1, "primary alcohol": 1, "secondary alcohol": 3}),
        (
            "OC[C@H]1O[C@H](O[C@]2(CO)O[C@H](CO)[C@@H](O)[C@@H]2O)[C@H](O)[C@@H](O)[C@@H]1O",  # sucrose: 8 OH
            {"acetal": 1, "primary alcohol": 3, "secondary alcohol": 5, "ether": 1},
        ),
        ("Cc1c([N+](=O)[O-])cc([N+](=O)[O-])cc1[N+](=O)[O-]", {"nitro": 3}),  # 2,4,6-trinitrotoluene
        ("O=[N+]([O-])OCC(O[N+](=O)[O-])CO[N+](=O)[O-]", {"nitrate ester": 3}),  # nitroglycerin
        (ATP, {"phosphate": 3, "secondary alcohol": 2, "ether": 1, "aromatic amine": 1}),  # adenosine triphosphate
        ("NC(CS)C(=O)O", {"carboxylic acid": 1, "primary amine": 1, "thiol": 1}),  # cysteine
        ("[NH3+]CC(=O)[O-]", {"carboxylate": 1, "ammonium (protonated amine)": 1}),
        ("C[N+](C)(C)CC(=O)[O-]", {"carboxylate": 1, "quaternary ammonium": 1}),  # betaine
        ("Cc1cc(NS(=O)(=O)c2ccc(N)cc2)no1", {"sulfonamide": 1, "aromatic amine": 1}),  # sulfamethoxazole
        ("CS(C)=O", {"sulfoxide": 1}),
        ("O=C1C=CC(=O)C=C1", {"quinone": 1}),
        ("c1ccccc1N=Nc1ccccc1", {"azo": 1}),
        ("CC(C)=NO", {"oxime": 1}),
        ("CN=C=O", {"isocyanate": 1}),
        ("OC(=O)C(F)(F)F", {"carboxylic acid": 1, "trifluoromethyl": 1}),
        ("CC#N", {"nitrile": 1}),
        ("C1CO1", {"epoxide": 1}),
        ("CCN(CC)C(=S)SSC(=S)N(CC)CC", {"dithiocarbamate": 2}),  # disulfiram: bis(diethylthiocarbamoyl) disulfide
        ("CCOC(=S)S", {"xanthate": 1}),  # ethyl xanthic acid
        ("CN(C)C(=N)NC(=N)N", {"biguanide": 1}),  # metformin: dimethylbiguanide
        ("CC(C)=NNc1ccccc1", {"hydrazone": 1}),  # acetone phenylhydrazone
        ("CC(=O)NN", {"hydrazide": 1}),
        ("O", {}),
        ("c1ccccc1", {}),
    ],
)
def test_groups_are_those_of_the_name_and_no_atom_counts_twice(smiles, expected):
    assert count_groups(smiles) == expected


def test_an_atom_belongs_to_one_group_at_most():
    for smiles in (ASPIRIN, ATP, COCAINE, CHOLESTEROL):
        owned = [atom for group in groups_of(Chem.MolFromSmiles(smiles)) for atom in group.atoms]
        assert len(owned) == len(set(owned))


def test_every_pattern_of_the_table_parses():
    assert all(Chem.MolFromSmarts(smarts) is not None for _, smarts in GROUPS)
    assert all(len(elements) in (5, 6) for elements in AROMATIC_RINGS)


@pytest.mark.parametrize(
    ("smiles", "ring"),
    [
        ("c1ccncc1", "pyridine"),
        ("c1cncnc1", "pyrimidine"),
        ("c1c[nH]cn1", "imidazole"),
        ("c1cn[nH]c1", "pyrazole"),
        ("c1ccoc1", "furan"),
        ("c1cscn1", "thiazole"),
        ("c1cocn1", "oxazole"),
        ("c1conc1", "isoxazole"),
        ("c1nn[nH]n1", "tetrazole"),
        ("c1c[nH]nn1", "1,2,3-triazole"),
        ("c1nc[nH]n1", "1,2,4-triazole"),
        ("c1nnco1", "1,3,4-oxadiazole"),
        ("c1ncon1", "1,2,4-oxadiazole"),
    ],
)
def test_an_aromatic_ring_has_its_hantzsch_widman_or_trivial_name(smiles, ring):
    assert f"{ring} ring" in functional_groups(smiles, alerts=False).summary


def test_the_ring_table_is_written_in_the_canonical_direction():
    for elements in AROMATIC_RINGS:
        turns = [way[i:] + way[:i] for way in (elements, elements[::-1]) for i in range(len(elements))]
        assert elements == min(turns)


@pytest.mark.parametrize(
    ("smiles", "alert"),
    [
        # the families that Baell and Holloway (J. Med. Chem. 2010, 53, 2719) and Brenk et al. (2008) name
        ("Oc1ccccc1O", "catechol_A(92) (PAINS)"),
        ("O=C1C=CC(=O)C=C1", "quinone_A(370) (PAINS)"),
        (ASPIRIN, "phenol_ester (BRENK)"),
        ("CC=O", "aldehyde (BRENK)"),
    ],
)
def test_an_alert_is_named_with_its_catalogue_and_called_a_hint(smiles, alert):
    result = functional_groups(smiles)

    assert alert in result.summary
    assert "toxic" not in result.text
    assert result.warnings == ("An alert is a hint to look closer, not a verdict: many approved drugs match one.",)


def test_alerts_can_be_left_out():
    result = functional_groups("Oc1ccccc1O", alerts=False)

    assert "alert" not in result.summary
    assert result.warnings == ()


def test_a_clean_molecule_is_said_to_match_no_alert():
    assert functional_groups("CCO").summary.endswith("No PAINS, Brenk or NIH alert.")


def test_the_picture_tells_where_every_atom_is():
    picture, table = functional_groups(ASPIRIN).artifacts

    assert len(picture.meta["atoms"]) == 13
    assert picture.meta["smiles"] == ASPIRIN
    assert rows(table)[0] == {"kind": "functional group", "name": "carboxylic acid", "atoms (from 0)": "10 11 12"}


def test_a_summary_of_many_groups_stays_short():
    result = functional_groups("N" + "CC(=O)N" * 40 + "CC(=O)O")

    assert len(result.summary) <= 1_500


@pytest.mark.parametrize(
    ("smiles", "count"),
    [
        # textbook counts: tartaric acid, aldopentoses and aldohexoses (Clayden, 2nd ed.; Lehninger), inositol 9 (IUPAC
        # rules for cyclitols, 1973), cholesterol 2^8, menthol 8, ephedrine 4, 1,2-dimethylcyclohexane 3, camphor 2
        ("OC(=O)C(O)C(O)C(=O)O", 3),
        ("OCC(O)C(O)C(O)C=O", 8),
        ("OCC(O)C(O)C(O)C(O)C=O", 16),
        ("OC1C(O)C(O)C(O)C(O)C1O", 9),
        (CHOLESTEROL, 256),
        ("CC1CCC(C(C)C)C(O)C1", 8),
        ("CNC(C)C(O)c1ccccc1", 4),
        ("CC1CCCCC1C", 3),
        ("CC1(C)C2CCC1(C)C(=O)C2", 2),
        ("CC=CC", 2),
        ("CCO", 1),
    ],
)
def test_there_are_as_many_stereoisomers_as_the_textbook_counts(smiles, count):
    result = enumerate_stereoisomers(smiles)

    assert result.summary.startswith(f"{count} stereoisomer")


@pytest.mark.parametrize(
    ("smiles", "labels"),
    [
        # labels in the IUPAC names of PubChem
        ("C[C@@H](C(=O)O)N", "1S"),  # L-alanine, (2S)
        ("C([C@@H](C(=O)O)N)S", "1R"),  # L-cysteine, (2R)
        ("C([C@H](C=O)O)O", "1R"),  # D-glyceraldehyde, (2R)
        ("C[C@H]([C@@H](C(=O)O)N)O", "1R,2S"),  # L-threonine, (2S,3R)
        ("C(=C/C(=O)O)\\C(=O)O", "0=1 E"),  # fumaric acid
        ("C(=C\\C(=O)O)\\C(=O)O", "0=1 Z"),  # maleic acid
        ("CC1=CC[C@@H](CC1)C(=C)C", "4R"),  # (R)-(+)-limonene
    ],
)
def test_cip_labels_are_those_of_the_name(smiles, labels):
    assert isomers(smiles)[0]["CIP labels (atoms from 0, as given)"] == labels


def test_tartaric_acid_is_a_pair_of_enantiomers_and_a_meso_form():
    result = enumerate_stereoisomers("OC(=O)C(O)C(O)C(=O)O")

    assert "(1 pair of enantiomers, 1 achiral or meso)" in result.summary
    by_labels = {row["CIP labels (atoms from 0, as given)"]: row["mirror image"] for row in rows(result.artifacts[0])}
    assert by_labels["3R,5S"] == "itself"
    assert set(by_labels) == {"3R,5S", "3R,5R", "3S,5S"}


def test_given_labels_are_kept_unless_all_are_to_vary():
    kept = enumerate_stereoisomers("C[C@H](N)C(=O)O")
    varied = enumerate_stereoisomers("C[C@H](N)C(=O)O", only_unassigned=False)

    assert kept.summary.startswith("1 stereoisomer, with the given")
    assert "1 given label kept; only_unassigned=false varies what is given, too." in kept.warnings
    assert varied.summary.startswith("2 stereoisomers, over all")


def test_the_total_is_told_when_the_list_is_cut():
    result = enumerate_stereoisomers(CHOLESTEROL, max_isomers=5)

    assert len(rows(result.artifacts[0])) == 5
    assert "5 of 256 isomers are shown." in result.warnings


def test_a_number_beyond_counting_is_an_upper_limit():
    result = enumerate_stereoisomers("C" + "C(F)" * 14 + "C", max_isomers=2)

    assert result.summary.startswith("at most 16,384 stereoisomers")
    assert "2 of at most 16,384 isomers are shown." in result.warnings


def test_a_bridged_molecule_lists_what_can_be_built_and_says_so():
    result = enumerate_stereoisomers("CC1(C)C2CCC1(C)C(=O)C2")

    assert "1 pair of enantiomers" in result.summary
    assert result.warnings[0].startswith("The molecule is bridged")


def test_an_allene_is_said_to_be_left_as_it_is():
    assert "The axial chirality of the allene is not enumerated." in enumerate_stereoisomers("CC=C=CC").warnings


@pytest.mark.parametrize(
    ("smiles", "parent"),
    [
        # free forms of salts, as PubChem lists them
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("CN(C)CCOC(c1ccccc1)c1ccccc1.Cl", "CN(C)CCOC(c1ccccc1)c1ccccc1"),  # diphenhydramine hydrochloride
        ("[Na]OC(=O)c1ccccc1", "O=C(O)c1ccccc1"),  # a salt drawn with a bond
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O"),
        ("C[N+](C)(C)CCO.[Cl-]", "C[N+](C)(C)CCO"),  # choline keeps its charge
        ("CCO", "CCO"),
    ],
)
def test_a_salt_becomes_its_neutral_parent(smiles, parent):
    assert standardized(smiles) == Chem.CanonSmiles(parent)


def test_each_change_is_named_and_steps_without_effect_too():
    result = standardize_molecule("CC(=O)[O-].[Na+]")

    assert "Changes: removed [Na+]; charges neutralised with hydrogen (net -1 -> 0)." in result.summary
    assert "Steps without effect: normalised." in result.summary
    assert result.warnings == ()


def test_nothing_to_do_is_said():
    assert standardize_molecule("CCO").summary.endswith("Nothing had to be changed.")


def test_a_salt_may_be_kept_whole():
    result = standardize_molecule("CC(=O)[O-].[Na+]", largest_fragment=False, neutralize=False)

    assert "CC(=O)[O-].[Na+]" in result.summary
    assert "The result has several components." in result.warnings


def test_a_charge_that_cannot_go_is_said_to_stay():
    result = standardize_molecule("C[N+](C)(C)CCO.[Cl-]")

    assert result.warnings == ("A charge of +1 stays: no hydrogen can be taken or given there.",)


def test_a_salt_without_carbon_comes_with_a_warning():
    assert "There is no organic component" in standardize_molecule("[Na+].[Cl-]").warnings[0]


@pytest.mark.parametrize(
    ("smiles", "tautomer"),
    [
        # the forms that prevail in water: Clayden, 2nd ed., chapters 20 and 29
        ("C=C(C)O", "CC(C)=O"),
        ("Oc1ccccn1", "O=c1cccc[nH]1"),
    ],
)
def test_the_canonical_tautomer_of_these_is_the_stable_one(smiles, tautomer):
    assert standardized(smiles, canonical_tautomer=True) == Chem.CanonSmiles(tautomer)


def test_stereochemistry_survives_where_no_tautomer_is_taken():
    assert standardized("C[C@H](N)C(=O)O", canonical_tautomer=True) == Chem.CanonSmiles("C[C@H](N)C(=O)O")


def test_a_centre_that_is_lost_to_the_tautomer_is_told():
    result = standardize_molecule("C=C(O)[C@H](C)C(C)=O", canonical_tautomer=True)

    assert "A stereocentre lost its label" in result.warnings[0]


def test_an_enumeration_of_tautomers_that_was_stopped_is_told():
    result = standardize_molecule("CC(=O)CC(=O)CC(=O)CC(=O)CC(=O)CC(=O)CC(C)=O", canonical_tautomer=True)

    assert result.warnings[0].startswith("The enumeration stopped at ")


@pytest.mark.parametrize(
    ("smiles", "ph", "expected"),
    [
        # measured pKa of the CRC Handbook: acetic acid 4.76, methylamine 10.66, phenol 9.99, benzoic acid 4.20
        ("CC(=O)O", 7.4, {"CC(=O)[O-]"}),
        ("CC(=O)O", 2.0, {"CC(=O)O"}),
        ("CN", 7.4, {"C[NH3+]"}),
        ("CN", 13.0, {"CN"}),
        ("Oc1ccccc1", 7.4, {"Oc1ccccc1"}),
        ("Oc1ccccc1", 13.0, {"[O-]c1ccccc1"}),
        ("OC(=O)c1ccccc1", 7.4, {"O=C([O-])c1ccccc1"}),
        ("c1ccccc1", 7.4, {"c1ccccc1"}),
    ],
)
def test_a_state_far_from_the_pka_is_the_measured_one(smiles, ph, expected):
    pytest.importorskip("dimorphite_dl")

    assert states(smiles, ph_min=ph, ph_max=ph) == expected


def test_glycine_at_physiological_ph_is_listed_with_both_states_of_its_amine():
    # ../shared/reference/science-tools.md: anion and zwitterion
    pytest.importorskip("dimorphite_dl")

    assert states("NCC(=O)O") == {"NCC(=O)[O-]", "[NH3+]CC(=O)[O-]"}


def test_the_rules_and_their_spread_are_told():
    pytest.importorskip("dimorphite_dl")
    result = protonation_states("CC(=O)O")

    assert result.summary.startswith("1 protonation state predicted at pH 7.4 for CC(=O)O: 1. CC(=O)[O-]")
    assert "Carboxyl pKa 3.5 +- 1.3" in result.summary
    assert "Rule-based prediction" in result.warnings[0]
    assert "Its accuracy is that of the rules, here 1.3 pKa units" in result.warnings[0]


def test_a_wide_window_lists_every_state_and_the_order_of_its_limits_is_checked():
    pytest.importorskip("dimorphite_dl")

    assert states("CN", ph_min=0, ph_max=14) == {"CN", "C[NH3+]"}
    assert refusal(protonation_states, "CN", ph_min=8.0, ph_max=7.0).code == "WRONG_RANGE"


def test_a_counter_ion_that_the_rules_drop_is_told():
    pytest.importorskip("dimorphite_dl")

    assert "several components" in protonation_states("CC(=O)[O-].[Na+]").warnings[-1]


@pytest.mark.parametrize(
    "function", [functional_groups, enumerate_stereoisomers, standardize_molecule, protonation_states]
)
@pytest.mark.parametrize(("smiles", "code"), [("C(", "INVALID_SMILES"), ("C" * 301, "TOO_LARGE"), (" ", "EMPTY")])
def test_a_molecule_that_cannot_be_read_is_refused(function, smiles, code):
    assert refusal(function, smiles).code == code


@pytest.mark.parametrize(
    "smiles", ["*", "[H][H]", "[U]", "C%99CC%99", "[2H]C([2H])[2H]", "[Fe+2].[Cl-].[Cl-]", "C" * 300]
)
def test_odd_molecules_get_an_answer(smiles):
    for function in (functional_groups, enumerate_stereoisomers, standardize_molecule):
        result = function(smiles)
        assert 0 < len(result.summary) <= 1_500
