"""The page that a 3D view is kept as. That it draws, and asks nobody for anything, is looked at in tests/browser."""

import re
import sys

import pytest

from assistant.events import Artifact
from assistant.structure_page import structure_page
from assistant.tools.result import ToolError

REMARK = "REMARK </script><img src=x onerror=document.title='pwned'>\n"
LIBRARY = "window.$3Dmol = {};"


def artifact(text="ATOM", kind="structure3d", alt="A helix", **meta):
    return Artifact("a1", kind, "helix.pdb", "chemical/x-pdb", text, alt, {"format": "pdb", **meta})


def test_a_page_holds_the_library_and_the_structure_and_no_address():
    page = structure_page(artifact(), LIBRARY)

    assert LIBRARY in page
    assert '.addModel("ATOM","pdb")' in page
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    "hostile",
    [
        artifact(REMARK),
        artifact(REMARK.upper()),
        artifact("<!--<script>"),
        artifact(alt=REMARK),
        artifact(highlight=[{"chain": REMARK, "residue": 1}]),
    ],
    ids=["remark", "in-capitals", "comment", "alt", "highlight"],
)
def test_nothing_in_a_structure_ends_a_script_or_is_markup(hostile):
    page = structure_page(hostile, LIBRARY)

    assert "<img" not in page.lower()
    assert "<!--" not in page
    assert len(re.findall("<script", page, re.IGNORECASE)) == len(re.findall("</script", page, re.IGNORECASE)) == 3


@pytest.mark.parametrize(
    ("meta", "command"),
    [
        ({"style": "cartoon", "color_by": "secondary_structure"}, '{"cartoon": {"colorscheme": "ssPyMol"}}'),
        ({"style": "stick", "color_by": "element"}, '{"stick": {"radius": 0.16, "colorscheme": "Jmol"}}'),
        ({"style": "surface"}, ".addSurface("),
        ({"cell": True}, ".addUnitCell("),
        ({"replicate": [2, 2, 1]}, ".replicateUnitCell(2,2,1)"),
        ({"highlight": [{"chain": "A", "residue": 48}]}, '.addStyle({"chain": "A", "resi": 48}'),
        ({"highlight": [{"chain": "", "residue": 48}]}, '.addStyle({"resi": 48}'),
    ],
    ids=["cartoon", "stick", "surface", "cell", "replicate", "highlight", "highlight-without-chain"],
)
def test_a_page_shows_what_the_viewer_shows(meta, command):
    assert command in structure_page(artifact(**meta), LIBRARY)


def test_a_molecule_is_balls_and_sticks():
    page = structure_page(Artifact("a1", "mol3d", "c.sdf", "chemical/x-mdl-sdfile", "SDF", "Ethanol", {}), LIBRARY)

    assert '.addModel("SDF","sdf")' in page
    assert '.setStyle({},{"stick": {"radius": 0.14}, "sphere": {"scale": 0.24}})' in page


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "py3Dmol", None)

    with pytest.raises(ToolError, match=r"py3Dmol.*pip install"):
        structure_page(artifact(), LIBRARY)
