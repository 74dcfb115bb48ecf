"""Pictures of molecules: what is drawn where, and what is refused."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from assistant.tools.chemistry.catalogue import TOOLS
from assistant.tools.chemistry.molecule_grid import molecule_grid
from assistant.tools.chemistry.render_molecule import render_molecule
from assistant.tools.result import ToolError
from tests.assistant.tools.shared_files import SHARED, needs_shared

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
C60 = (
    "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3c8c4c4"
    "c9c5c1c1c6c2c3c41"
)
SVG = "{http://www.w3.org/2000/svg}"


def refusal(function, *arguments, **more) -> ToolError:
    with pytest.raises(ToolError) as error:
        function(*arguments, **more)
    return error.value


# render_molecule


def test_a_click_can_tell_every_atom():
    (picture,) = render_molecule(ASPIRIN, width_px=300, height_px=200).artifacts

    assert ElementTree.fromstring(picture.data).get("viewBox") == "0 0 300 200"
    assert len(picture.meta["atoms"]) == 13
    assert all(0 <= x <= 300 and 0 <= y <= 200 for x, y in picture.meta["atoms"])
    assert picture.meta["smiles"] == ASPIRIN


def test_the_page_shows_through_the_drawing_and_a_png_is_white():
    (drawing,) = render_molecule(ASPIRIN).artifacts
    (pixels,) = render_molecule(ASPIRIN, format="png").artifacts

    assert "<rect" not in drawing.data
    assert (pixels.kind, pixels.data[:4]) == ("png", b"\x89PNG")
    assert len(pixels.meta["atoms"]) == 13


def test_a_substructure_is_highlighted_and_counted():
    result = render_molecule(ASPIRIN, highlight_smarts="C(=O)[OX2H1]")

    assert "Highlighted: 1 match of C(=O)[OX2H1] (atoms 10, 11, 12)" in result.summary
    assert result.artifacts[0].data.count("<ellipse") == 3
    assert result.artifacts[0].alt.endswith("3 atoms highlighted")


def test_both_carbonyls_are_found():
    assert "2 matches of C=O (atoms 1, 2; atoms 10, 11)" in render_molecule(ASPIRIN, highlight_smarts="C=O").summary


def test_no_match_is_drawn_with_a_note():
    result = render_molecule(ASPIRIN, highlight_smarts="[N]")

    assert result.warnings == ("highlight_smarts matches nothing; drawn without highlight.",)
    assert "<ellipse" not in result.artifacts[0].data


def test_atoms_are_highlighted_by_index_and_numbered():
    plain, numbered = (render_molecule("CCO", atom_numbers=flag).artifacts[0].data for flag in (False, True))

    assert render_molecule(ASPIRIN, highlight_atoms=[0, 12]).artifacts[0].data.count("<ellipse") == 2
    assert len(numbered) > len(plain)


def test_an_atom_that_does_not_exist_is_refused_with_the_range():
    error = refusal(render_molecule, ASPIRIN, highlight_atoms=[3, 14])

    assert (error.code, error.message) == (
        "ATOM_OUT_OF_RANGE",
        "Atom 14 does not exist; the molecule has atoms 0-12.",
    )


@pytest.mark.parametrize(("smarts", "reason"), [("C(C", "extra open parentheses"), ("[C", "'[C'"), ("((", "'(('")])
def test_a_wrong_smarts_is_refused(smarts, reason):
    error = refusal(render_molecule, ASPIRIN, highlight_smarts=smarts)

    assert error.code == "INVALID_SMARTS"
    assert reason in error.message


@pytest.mark.timeout(20)
def test_a_pattern_that_fits_everywhere_stops_at_a_thousand_matches():
    result = render_molecule(C60, highlight_smarts="~".join(["*"] * 24))

    assert "first 1,000 matches" in result.summary
    assert len(result.summary) <= 1_500


def test_a_salt_is_drawn_whole():
    assert "Formula: C2H3NaO2. Canonical SMILES: CC(=O)[O-].[Na+]" in render_molecule("[Na+].CC(=O)[O-]").summary


# molecule_grid


def texts(markup: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(markup).iter(f"{SVG}text")]


def test_a_grid_has_a_caption_a_cell_and_its_size():
    (picture,) = molecule_grid(["C/C=C/C", "C/C=C\\C", "C"], legends=["(E)", "(Z)"], columns=2).artifacts

    assert texts(picture.data) == ["(E)", "(Z)", "C"]
    assert ElementTree.fromstring(picture.data).get("width") == "480px"


def test_a_caption_is_text_and_never_markup():
    legends = ["<img src=x onerror=alert(1)>&", "阿司匹林", "a\x00\x1bb"]
    (picture,) = molecule_grid([ASPIRIN] * 3, legends=legends).artifacts

    assert texts(picture.data) == ["<img src=x onerror=alert(1)>&", "阿司匹林", "ab"]
    assert "<img" not in picture.data
    assert "encoding='UTF-8'" in picture.data[:60]


def test_a_wrong_smiles_leaves_its_cell_empty():
    result = molecule_grid(["CCO", "C1CC", "C"])

    assert result.summary.startswith("2 molecules drawn in 3 columns")
    assert texts(result.artifacts[0].data)[1] == "C1CC: not a valid SMILES"
    assert "Molecule 2 was left empty: INVALID_SMILES" in result.warnings[0]


def test_molecules_are_aligned_on_the_pattern_and_others_named():
    result = molecule_grid([ASPIRIN, "Oc1ccccc1C(=O)O", "CCO"], align_smarts="c1ccccc1C(=O)O")

    assert result.warnings == ("align_smarts matches nothing in molecule 3; drawn without alignment.",)
    assert result.artifacts[0].data.count("<ellipse") == 18


def test_more_captions_than_molecules_and_nothing_to_draw_are_refused():
    assert refusal(molecule_grid, ["C"], legends=["a", "b"]).code == "WRONG_VALUE"
    assert refusal(molecule_grid, ["C1CC"]).code == "INVALID_SMILES"
    assert refusal(molecule_grid, ["C"], align_smarts="C(").code == "INVALID_SMARTS"


def test_thirty_molecules_fit_the_summary():
    result = molecule_grid(
        [ASPIRIN] * 30, legends=["a caption of sixty characters, as long as the schema allows.."] * 30
    )

    assert len(result.summary) <= 1_500
    assert len(result.artifacts[0].alt) <= 1_500


# the calls of the evaluation


@needs_shared
def test_the_expected_calls_of_the_evaluation_run():
    tools = {tool.name: tool for tool in TOOLS}
    cases = map(json.loads, (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines())
    calls = [
        call for case in cases for call in case["expected_calls"] if call["name"] in tools and not case["attachments"]
    ]
    assert len(calls) >= 7

    for call in calls:
        tools[call["name"]].check_arguments(call["arguments"])
        assert tools[call["name"]].run(**call["arguments"]).artifacts, call
