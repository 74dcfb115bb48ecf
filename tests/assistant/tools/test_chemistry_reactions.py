import csv
import io

import pytest
from rdkit import Chem

from assistant.tools.chemistry.render_reaction import render_reaction
from assistant.tools.chemistry.run_reaction import run_reaction
from assistant.tools.result import ToolError


def refusal(function, *arguments, **options) -> ToolError:
    with pytest.raises(ToolError) as caught:
        function(*arguments, **options)
    return caught.value


def rows(artifact) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(artifact.data)))


def products(reaction, reactants, **options) -> list[str]:
    return [row["product SMILES"] for row in rows(run_reaction(reaction, reactants, **options).artifacts[0])]


def canonical(*smiles) -> list[str]:
    return [Chem.CanonSmiles(each) for each in smiles]


def test_aspirin_without_its_acetic_acid_is_not_balanced():
    # the acetylation of salicylic acid, any textbook of organic chemistry
    result = render_reaction("OC(=O)c1ccccc1O.CC(=O)OC(C)=O>>CC(=O)Oc1ccccc1C(=O)O")

    assert result.summary == (
        "Reaction: C7H6O3 + C4H6O3 -> C9H8O4. It is not balanced as written: the products lack C2H4O2 (acetic acid)."
    )


def test_aspirin_with_its_acetic_acid_is_balanced_and_agents_do_not_count():
    result = render_reaction("OC(=O)c1ccccc1O.CC(=O)OC(C)=O>OS(O)(=O)=O>CC(=O)Oc1ccccc1C(=O)O.CC(O)=O")

    assert "It is balanced" in result.summary
    assert "(agents, not counted: H2O4S)" in result.summary


@pytest.mark.parametrize(
    ("reaction", "balanced"),
    [
        # coefficients as in OpenStax Chemistry 2e, chapters 4 and 13, and Atkins, Chemical Principles (redox)
        ("C.O=O>>O=C=O.O", "CH4 + 2 O2 -> CO2 + 2 H2O"),
        ("CCCC.O=O>>O=C=O.O", "2 C4H10 + 13 O2 -> 8 CO2 + 10 H2O"),
        ("[H][H].N#N>>N", "3 H2 + N2 -> 2 H3N"),
        ("[H][H].O=O>>O", "2 H2 + O2 -> 2 H2O"),
        ("[Fe+3].[Sn+2]>>[Fe+2].[Sn+4]", "2 Fe+3 + Sn+2 -> 2 Fe+2 + Sn+4"),
        ("OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O>>CCO.O=C=O", "C6H12O6 -> 2 C2H6O + 2 CO2"),
    ],
)
def test_coefficients_are_those_of_the_textbook(reaction, balanced):
    assert render_reaction(reaction).summary.endswith(f"With coefficients it is: {balanced}.")


@pytest.mark.parametrize(
    ("reaction", "verdict"),
    [
        ("CO>>CCl", "the products lack HO; the reactants lack Cl."),
        ("CC(=O)OC.[OH-]>>CC(=O)[O-]", "the products lack CH4O (methanol)."),
        ("CC(=O)O>>CC(=O)[O-]", "the products lack H; the charge is 0 before and -1 after."),
        ("CC(=O)O.CCO>>CC(=O)OCC", "the products lack H2O (water)."),
        ("OCCO.CC(=O)O.CC(=O)O>>CC(=O)OCCOC(C)=O", "the products lack H4O2 (2 x H2O, water)."),
    ],
)
def test_what_is_missing_is_told_with_its_side(reaction, verdict):
    assert render_reaction(reaction).summary.endswith(f"It is not balanced as written: {verdict}")


def test_the_table_counts_every_element_on_both_sides():
    table = rows(render_reaction("CO>>CCl").artifacts[1])

    assert [tuple(row.values()) for row in table] == [
        ("C", "1", "1", "0"),
        ("H", "4", "3", "-1"),
        ("Cl", "0", "1", "1"),
        ("O", "1", "0", "-1"),
        ("charge", "0", "0", "0"),
    ]


def test_the_picture_is_as_wide_as_asked():
    picture = render_reaction("CO>>CCl", width_px=640).artifacts[0]

    assert "width='640px'" in picture.data


def test_a_dative_bond_is_no_reaction_arrow():
    assert "It is balanced" in render_reaction("[NH3]->[Cu+2]>>N.[Cu+2]").summary


@pytest.mark.parametrize(
    ("reaction", "code", "reason"),
    [
        ("CCO>CC", "INVALID_REACTION", "1 '>' sign; 2 are expected"),
        ("CC>>CC>>C", "INVALID_REACTION", "4 '>' signs; 2 are expected"),
        ("CCO.CC", "INVALID_REACTION", "0 '>' signs"),
        ("CCO>>", "INVALID_REACTION", "no products"),
        (">>CCO", "INVALID_REACTION", "no reactants"),
        ("CCO>>C(", "INVALID_SMILES", "Product 1: 'C('"),
        ("CC.C(>>C", "INVALID_SMILES", "Reactant 2: 'C('"),
        ("C>xx>C", "INVALID_SMILES", "Agent 1: 'xx'"),
        ("CC.>>C", "EMPTY", "Reactant 2"),
        (".".join("C" * 31) + ">>C", "TOO_LARGE", "31 reactants; the limit is 30"),
    ],
)
def test_a_reaction_that_does_not_parse_is_refused_with_the_part_that_is_wrong(reaction, code, reason):
    error = refusal(render_reaction, reaction)

    assert error.code == code
    assert reason in error.message


@pytest.mark.parametrize(
    ("reaction", "reactants", "expected"),
    [
        # products as in Clayden, Greeves, Warren, Organic Chemistry, 2nd ed.; structures of named ones as in PubChem
        ("amide_coupling", ["CC(=O)O", "Nc1ccc(O)cc1"], ["CC(=O)NC1=CC=C(C=C1)O"]),  # paracetamol
        ("amide_coupling", ["Nc1ccc(O)cc1", "CC(=O)O"], ["CC(=O)NC1=CC=C(C=C1)O"]),
        ("ester_hydrolysis", ["CC(=O)Oc1ccccc1C(=O)O"], ["CC(=O)O", "O=C(O)c1ccccc1O"]),  # aspirin
        ("ester_hydrolysis", ["CCOC(C)=O", "O"], ["CC(=O)O", "CCO"]),
        ("ester_hydrolysis", ["O=C1CCCO1"], ["OCCCC(=O)O"]),  # butyrolactone to GHB
        ("esterification", ["CC(=O)O", "CC(C)CCO"], ["CC(C)CCOC(=O)C"]),  # isoamyl acetate
        ("suzuki_coupling", ["Brc1ccccc1", "OB(O)c1ccc(C)cc1"], ["Cc1ccc(-c2ccccc2)cc1"]),
        ("suzuki_coupling", ["FC(F)(F)S(=O)(=O)Oc1ccccc1", "CC1(C)OB(c2ccncc2)OC1(C)C"], ["c1ccc(-c2ccncc2)cc1"]),
        ("suzuki_coupling", ["Clc1ccccc1", "F[B-](F)(F)c1ccccc1"], ["c1ccc(-c2ccccc2)cc1"]),
        ("buchwald_hartwig", ["Brc1ccccc1", "C1COCCN1"], ["C1COCCN1C2=CC=CC=C2"]),  # 4-phenylmorpholine
        ("reductive_amination", ["O=Cc1ccccc1", "CN"], ["CNCc1ccccc1"]),  # N-methylbenzylamine
        ("reductive_amination", ["C=O", "CNC"], ["CN(C)C"]),
        ("sn2_alkylation", ["CI", "Oc1ccccc1"], ["COc1ccccc1"]),  # anisole
        ("sn2_alkylation", ["CCBr", "[C-]#N"], ["CCC#N"]),
        ("sn2_alkylation", ["CCBr", "[N-]=[N+]=[N-]"], ["CCN=[N+]=[N-]"]),
        ("sn2_alkylation", ["CCBr", "O"], ["CCO"]),
        ("sn2_alkylation", ["CC[C@@H](C)Br", "[OH-]"], ["CC[C@H](C)O"]),  # (R)-bromide to (S)-alcohol: inversion
        # 1-benzyl-4-phenyl-1,2,3-triazole: Rostovtsev et al., Angew. Chem. Int. Ed. 2002, 41, 2596
        ("click_cuaac", ["[N-]=[N+]=NCc1ccccc1", "C#Cc1ccccc1"], ["C1=CC=C(C=C1)CN2C=C(N=N2)C3=CC=CC=C3"]),
        ("boc_deprotection", ["CC(C)(C)OC(=O)NCC(=O)O"], ["NCC(=O)O"]),
        ("boc_deprotection", ["CC(C)(C)OC(=O)n1ccc2ccccc12", "OC(=O)C(F)(F)F"], ["c1ccc2[nH]ccc2c1"]),
        ("diels_alder", ["C=CC=C", "C=C"], ["C1CCC=CC1"]),  # cyclohexene
        ("diels_alder", ["C1C=CC=C1", "O=C1OC(=O)C=C1"], ["C1C2C=CC1C3C2C(=O)OC3=O"]),  # carbic anhydride
        ("diels_alder", ["c1ccoc1", "O=C1OC(=O)C=C1"], ["O=C1OC(=O)C2C3C=CC(O3)C12"]),
    ],
)
def test_a_named_reaction_gives_the_product_of_the_textbook(reaction, reactants, expected):
    assert sorted(products(reaction, reactants)) == sorted(canonical(*expected))


def test_both_regioisomers_of_isoprene_and_methyl_acrylate_are_listed():
    # Clayden, chapter 34: "para" and "meta" products
    found = products("diels_alder", ["C=CC(C)=C", "C=CC(=O)OC"])

    assert sorted(found) == sorted(canonical("COC(=O)C1CC=C(C)CC1", "COC(=O)C1CCC=C(C)C1"))


def test_equal_products_are_listed_once():
    # both oxygens of phthalic acid's diester, both ends of ethylene glycol
    assert products("esterification", ["CC(=O)O", "OCCO"]) == canonical("CC(=O)OCCO")


def test_weights_of_products_are_those_of_pubchem():
    table = rows(run_reaction("amide_coupling", ["CC(=O)O", "Nc1ccc(O)cc1"]).artifacts[0])

    assert (table[0]["formula"], table[0]["molecular weight (g/mol)"]) == ("C8H9NO2", "151.16")  # PubChem CID 1983


def test_the_other_order_of_two_amino_acids_is_announced():
    result = run_reaction("amide_coupling", ["NCC(=O)O", "C[C@H](N)C(=O)O"])

    assert "C[C@H](NC(=O)CN)C(=O)O" in result.summary
    assert "With the reactants in another order there is more: 1 outcome." in result.warnings


def test_reactants_in_the_wrong_order_are_exchanged_and_it_is_said():
    result = run_reaction("amide_coupling", ["NCc1ccccc1", "CC(=O)O"])

    assert result.warnings[0].startswith("The reactants were taken in another order: CC(=O)O as carboxylic acid")


def test_one_event_at_one_site_and_the_rest_is_announced():
    result = run_reaction("boc_deprotection", ["CC(C)(C)OC(=O)NCCNC(=O)OC(C)(C)C"])

    assert "1 product can react again at another site; call again for it." in result.warnings


def test_the_summary_says_that_it_is_no_prediction():
    result = run_reaction("esterification", ["CC(=O)O", "CO"])

    assert "By-product, not drawn: water." in result.summary
    assert result.summary.endswith("Template enumeration, not a yield or feasibility prediction.")


def test_products_of_impossible_valence_are_dropped_and_counted():
    error = refusal(run_reaction, "custom", ["CC"], "[C:1][C:2]>>[C:1](C)(C)(C)(C)C.[C:2]")
    mixed = run_reaction("custom", ["CCC(C)(C)C"], "[C:1][C:2]>>[C:1]=[C:2]")

    assert (error.code, "1 product dropped" in error.message) == ("NO_PRODUCT", True)
    assert "1 distinct outcome: 1. C=CC(C)(C)C." in mixed.summary
    assert mixed.warnings[0] == "2 products dropped: impossible valence."


def test_products_beyond_the_limit_are_counted_not_listed():
    result = run_reaction("custom", ["CCCCCCCC"], "[C:1][C:2]>>[C:1].[C:2]", max_products=2)

    assert "4 distinct outcomes" in result.summary
    assert "and 2 more" in result.summary
    assert "2 of 4 outcomes are listed." in result.warnings


def test_a_template_that_matches_everywhere_stops_at_its_limit():
    result = run_reaction("custom", ["C" * 40], "[*:1]~[*:2]~[*:3]>>[*:1].[*:2].[*:3]", max_products=5)
    endless = run_reaction("custom", ["C" * 12, "C" * 12, "C" * 12], "[C:1].[C:2].[C:3]>>[C:1][C:2][C:3]")

    assert len(result.summary) < 1_500
    assert "The template was stopped at 1,000 outcomes; there are more." in endless.warnings


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("amide_coupling", ["CC(=O)O"]), "WRONG_COUNT", "needs 2 reactants, got 1"),
        (("ester_hydrolysis", ["CCOC(C)=O", "CCO"]), "WRONG_COUNT", "needs 1 reactant, got 2"),
        (("amide_coupling", ["CC(=O)O", "CCO"]), "NO_PRODUCT", "there is no ammonia, primary or secondary amine"),
        (("amide_coupling", ["CC(=O)O", "CC(N)=O"]), "NO_PRODUCT", "there is no ammonia"),
        (("reductive_amination", ["CC(=O)OC", "CN"]), "NO_PRODUCT", "there is no aldehyde or ketone"),
        (("sn2_alkylation", ["CC(C)(C)Br", "[OH-]"]), "NO_PRODUCT", "no methyl, primary or secondary alkyl halide"),
        (("suzuki_coupling", ["CCBr", "OB(O)c1ccccc1"]), "NO_PRODUCT", "there is no aryl or vinyl halide"),
        (("diels_alder", ["C=CC=C", "CC"]), "NO_PRODUCT", "no order of them fits"),
        (("esterification", ["CC(=O)O", "C("]), "INVALID_SMILES", "Reactant 2: 'C('"),
        (("custom", ["CCO"]), "MISSING_ARGUMENT", "needs reaction_smarts"),
        (("custom", ["CCO"], "[C:1]>>"), "INVALID_REACTION_SMARTS", "a side of it is empty"),
        (("custom", ["CCO"], "xx"), "INVALID_REACTION_SMARTS", "at least two > characters"),
        (("custom", ["CCO"], "[C:1"), "INVALID_REACTION_SMARTS", "is not a valid reaction SMARTS"),
        (("custom", ["CCO"], "[N:1]>>[O:1]"), "NO_PRODUCT", "reactant 1 of the SMARTS"),
    ],
)
def test_a_reaction_that_cannot_run_says_what_is_expected(arguments, code, reason):
    error = refusal(run_reaction, *arguments)

    assert error.code == code
    assert reason in error.message
