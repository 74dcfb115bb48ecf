"""A 3D view as one HTML file to keep: it works from a disk, years later, without a server or a network."""

import html
from typing import Any

from assistant.events import Artifact
from assistant.tools.optional import optional

# The page runs the scripts that stand in it and asks nobody for anything.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; worker-src blob:"
)
PLDDT = {
    "prop": "b",
    "gradient": "linear",
    "colors": ["#ff7d45", "#ffdb13", "#65cbf3", "#0053d6"],
    "min": 40,
    "max": 95,
}
COLOURS: dict[str, dict[str, Any]] = {
    "spectrum": {"color": "spectrum"},
    "chain": {"colorscheme": "chain"},
    "secondary_structure": {"colorscheme": "ssPyMol"},
    "residue": {"colorscheme": "amino"},
    "bfactor": {"colorscheme": {"prop": "b", "gradient": "roygb", "min": 60, "max": 10}},
    "plddt": {"colorscheme": PLDDT},
    "element": {"colorscheme": "Jmol"},
}
STICK: dict[str, Any] = {"stick": {"radius": 0.16}}
BALL_AND_STICK: dict[str, Any] = {"stick": {"radius": 0.14}, "sphere": {"scale": 0.24}}


def structure_page(artifact: Artifact, library: str) -> str:
    """library: the text of 3Dmol.js. A ToolError says what has to be installed."""
    assert isinstance(artifact.data, str), "a structure is text"
    view = optional("py3Dmol").view(width="100%", height="100%", js="")
    frame = view.startjs
    view.addModel(artifact.data, artifact.meta.get("format", "sdf"))
    _draw(view, artifact)
    view.zoomTo()
    commands = view.startjs.removeprefix(frame)
    # Calls with JSON as arguments. An HTML parser would end the script at a tag, wherever in a string it stands.
    view.startjs = frame + commands.replace("<", "\\u003c")
    assert "</script" not in library.lower(), "it would end in the middle"
    title = html.escape(artifact.alt or artifact.name)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
html, body {{ height: 100%; margin: 0; }}
body {{ display: flex; flex-direction: column; font: 0.9rem/1.5 system-ui, sans-serif; color: #22201c; }}
main {{ flex: 1; min-height: 0; }}
p {{ margin: 0; padding: 0.6rem 1rem; border-top: 1px solid #e4e0d8; }}
</style>
<script>{library}</script>
<script>var $3Dmolpromise = Promise.resolve();</script>
</head>
<body>
<main role="img" aria-label="{title}">
{view.write_html()}
</main>
<p>{title}</p>
</body>
</html>
"""


def _draw(view: Any, artifact: Artifact) -> None:
    meta = artifact.meta
    if artifact.kind == "mol3d":
        view.setStyle({}, BALL_AND_STICK)
        return
    colour = COLOURS.get(meta.get("color_by", ""), COLOURS["chain"])
    style = meta.get("style", "cartoon")
    if style in ("cartoon", "surface"):
        view.setStyle({}, {"cartoon": colour})
        view.setStyle({"hetflag": True, "not": {"resn": ["HOH", "WAT", "DOD"]}}, BALL_AND_STICK)
    elif style == "ball_and_stick":
        view.setStyle({}, {kind: {**look, **colour} for kind, look in BALL_AND_STICK.items()})
    else:
        view.setStyle({}, {style: {**STICK.get(style, {}), **colour}})
    if style == "surface":
        view.addSurface("VDW", {"opacity": 0.85, **colour}, {"hetflag": False})
    if meta.get("cell"):
        view.addUnitCell()
    if replicate := meta.get("replicate"):
        view.replicateUnitCell(*replicate)
    for place in meta.get("highlight", ()):
        residue = (
            {"chain": place["chain"], "resi": place["residue"]} if place.get("chain") else {"resi": place["residue"]}
        )
        view.addStyle(residue, {"stick": {"radius": 0.22, "color": "#0f766e"}})
