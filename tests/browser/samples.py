"""One small result of every kind that the page has a viewer for, made here, and the same with hostile names."""

import io
import math
from collections.abc import Callable

from PIL import Image

from assistant.tools import views
from assistant.tools.result import ToolArtifact

HOSTILE = "<img src=x onerror=document.title='pwned'>"
HELIX_RISE_A, HELIX_TURN = 1.5, math.radians(100)
# radius in Angstrom, angle in degrees and height of each backbone atom around a helix's axis
BACKBONE = {"N": (1.56, -27.0, -0.9), "CA": (2.28, 0.0, 0.0), "C": (1.66, 26.0, 1.1), "O": (1.93, 23.0, 2.3)}
RESIDUES = ("ALA", "LEU", "GLU", "LYS", "PHE", "SER", "GLY", "ARG")
NUM_TABLE_ROWS = 260
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="450" height="350" viewBox="0 0 450 350">'
    '<path d="M 75 175 L 225 125 L 375 175" fill="none" stroke="#000000" stroke-width="3"/></svg>'
)
SDF = """ethanol, heavy atoms
     made here

  3  2  0  0  0  0  0  0  0  0999 V2000
   -1.2500    0.0000    0.0000 C   0  0
    0.0000    0.8000    0.0000 C   0  0
    1.2000    0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
$$$$
"""
CELL = """data_salt
_cell_length_a 5.64
_cell_length_b 5.64
_cell_length_c 5.64
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Na1 Na 0.0 0.0 0.0
Na2 Na 0.5 0.5 0.0
Cl1 Cl 0.5 0.0 0.0
Cl2 Cl 0.0 0.5 0.0
Na3 Na 0.5 0.0 0.5
Cl3 Cl 0.5 0.5 0.5
"""


def helix_pdb(num_residues: int = 20, remark: str = "") -> str:
    """The backbone of an alpha helix in chains A and B, with a B factor that rises along it."""
    lines = [f"REMARK   1 {remark}"] if remark else []
    number = 0
    for chain, offset in (("A", 0.0), ("B", 12.0)):
        for i in range(num_residues):
            for name, (radius, degrees, height) in BACKBONE.items():
                number += 1
                angle = i * HELIX_TURN + math.radians(degrees)
                x, y, z = radius * math.cos(angle) + offset, radius * math.sin(angle), i * HELIX_RISE_A + height
                lines.append(
                    f"ATOM  {number:5d}  {name:<3} {RESIDUES[i % len(RESIDUES)]} {chain}{i + 1:4d}    "
                    f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00{30 + 70 * i / num_residues:6.2f}           {name[0]}"
                )
    return "\n".join([*lines, "END", ""])


def picture(width: int = 320, height: int = 200) -> bytes:
    data = io.BytesIO()
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.save(data, "PNG")
    return data.getvalue()


def molecule(name: str = "ethanol.svg", text: str = "2D structure of CCO") -> ToolArtifact:
    return views.svg(name, SVG, text, smiles="CCO", atoms=[[75, 175, "C"], [225, 125, "C"], [375, 175, "O"]])


def conformer(name: str = "ethanol.sdf", text: str = "3D structure of CCO") -> ToolArtifact:
    return ToolArtifact("mol3d", name, "chemical/x-mdl-sdfile", SDF, text, {"smiles": "CCO"})


def protein(name: str = "helix.pdb", text: str = "Two helices", remark: str = "made here") -> ToolArtifact:
    highlight = [{"chain": "A", "residue": 5}]
    return views.structure(
        name, helix_pdb(remark=remark), "pdb", text, style="cartoon", color_by="plddt", highlight=highlight
    )


def crystal(name: str = "salt.cif", text: str = "Rock salt, 2 x 2 x 1 cells") -> ToolArtifact:
    return views.structure(
        name, CELL, "cif", text, style="ball_and_stick", color_by="element", cell=True, replicate=[2, 2, 1]
    )


def boxes(name: str = "boxes.png", text: str = "Two boxes", label: str = "cell 1") -> ToolArtifact:
    marked = [
        {"x": 40, "y": 30, "width": 80, "height": 60, "label": label},
        {"x": 200, "y": 100, "width": 60, "height": 60, "label": "cell 2"},
    ]
    return views.png(name, picture(), text, boxes=marked)


def contact_sheet(name: str = "frames.png", text: str = "Six frames") -> ToolArtifact:
    return views.png(name, picture(480, 200), text, times=[0.0, 0.4, 0.8, 1.2, 1.6, 2.0], columns=3)


def table(name: str = "masses.csv", text: str = "Masses", cell: str = 'one, "two"\nthree') -> ToolArtifact:
    rows = [[f"row {i}", (i * 37) % NUM_TABLE_ROWS, i / 8, cell] for i in range(NUM_TABLE_ROWS)]
    rows[3][1] = None
    return views.table(name, ["name", "order", "mass (Da)", cell], rows, text)


def waveform(
    name: str = "waveform.json", text: str = "Three components", note: str = "band-pass 1-10 Hz"
) -> ToolArtifact:
    x = [i / 20 for i in range(600)]
    wave = [math.sin(6 * t) * math.exp(-((t - 8) ** 2) / 20) for t in x]
    with_gap: list[float | None] = [None if 100 < i < 140 else 1e-9 * y for i, y in enumerate(wave)]
    marks: list[views.Mark] = [
        {"x": 4.7, "label": "P 4.70 s", "kind": "p"},
        {"x": 6.2, "label": "S 6.20 s", "kind": "s"},
        {"x": 20.0, "x_end": 22.0, "label": note, "kind": "warning"},
    ]
    heat: views.HeatMap = {
        "x": [float(t) for t in range(30)],
        "y": [float(f) for f in range(11)],
        "values": [[-100.0 + 6 * f - abs(t - 8) for t in range(30)] for f in range(11)],
        "unit": "dB",
    }
    panels: list[views.Panel] = [
        {"label": "Z (m/s)", "x": x, "curves": [{"name": "EHZ", "y": with_gap}], "marks": marks},
        {
            "label": "N (m/s)",
            "x": x,
            "curves": [{"name": "EHN", "y": [0.5 * y for y in wave]}, {"name": note, "y": [y + 0.2 for y in wave]}],
        },
        {"label": "frequency (Hz)", "curves": [], "heat_map": heat},
    ]
    return views.plot(name, "time (s)", panels, text, start_time="2009-08-24T00:20:03", notes=["mean removed", note])


def spectrum(name: str = "spectrum.json", text: str = "A spectrum", label: str = "peak") -> ToolArtifact:
    x = [10 ** (i / 20) for i in range(-20, 41)]
    panels: list[views.Panel] = [
        {
            "label": "power",
            "x": x,
            "y_scale": "log",
            "curves": [
                {"name": "periodogram", "y": [1 / (1 + t * t) for t in x], "style": "steps"},
                {"name": "fit", "y": [1 / (1 + t**3) for t in x], "style": "points"},
            ],
            "marks": [{"x": 1.0, "label": label, "kind": "peak"}],
        }
    ]
    return views.plot(name, "frequency (Hz)", panels, text, x_scale="log")


def bars(name: str = "bars.json", text: str = "Diffraction peaks") -> ToolArtifact:
    curve: views.Curve = {"name": "XRD", "x": [21.9, 31.4, 36.1], "y": [100.0, 12.0, 15.0], "style": "bars"}
    return views.plot(name, "2 theta (degrees)", [{"label": "intensity (%)", "curves": [curve]}], text)


def sequence(name: str = "sequence.json", text: str = "A sequence", title: str = "sample") -> ToolArtifact:
    residues = "MVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVDPVNF"
    features: list[views.Feature] = [
        {"start": 4, "end": 18, "label": "helix A", "kind": "helix"},
        {"start": 15, "end": 24, "label": title, "kind": "motif"},
        {"start": 59, "end": 59, "label": "distal His", "kind": "site"},
    ]
    return views.sequence(name, title, residues, "protein", text, features)


def alignment(name: str = "alignment.json", text: str = "Two sequences aligned", title: str = "HBA") -> ToolArtifact:
    rows = [
        "VLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHF-DLSHGSAQVKGHG",
        "HLTPEEKSAVTALWGKV--NVDEVGGEALGRLLVVYPWTQRFFESFGDLSTPDAVMGNPK",
    ]
    return views.alignment(name, [title, "HBB"], rows, [1, 2], "protein", text)


def kept(name: str = "traces.mseed", text: str = "The filtered traces") -> ToolArtifact:
    return views.file(name, b"\x00" * 2_500, "application/octet-stream", text)


EVERY: tuple[Callable[..., ToolArtifact], ...] = (
    *(molecule, conformer, protein, crystal, boxes, contact_sheet, table, waveform, spectrum, bars),
    *(sequence, alignment, kept),
)


def every_kind() -> tuple[ToolArtifact, ...]:
    return tuple(make() for make in EVERY)


def hostile() -> tuple[ToolArtifact, ...]:
    """Every name, text, label, cell and remark is an attempt to run a script."""
    third = {
        protein: f"</script>{HOSTILE}",
        **dict.fromkeys((boxes, table, waveform, spectrum, sequence, alignment), HOSTILE),
    }
    return tuple(make(HOSTILE, HOSTILE, *([third[make]] if make in third else [])) for make in EVERY)


def hostile_protein() -> ToolArtifact:
    return protein(HOSTILE, HOSTILE, f"</script>{HOSTILE}")


def many_structures(number: int = 24) -> tuple[ToolArtifact, ...]:
    return tuple(protein(f"helix-{i}.pdb", f"Helices, number {i + 1}") for i in range(number))
