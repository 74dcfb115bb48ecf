"""The surface that water can touch."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.structures.arrays import atom_array
from assistant.tools.structures.radii import radius
from assistant.tools.structures.reading import read_structure
from assistant.tools.structures.residues import listed, polymer, without_hydrogens
from assistant.tools.views import Cell, Panel, plot, table

MAX_ATOMS = 60_000
MAX_CHAINS_ALONE = 8  # chains that are also computed by themselves, for the interfaces
NUM_POINTS = 1_000  # on the sphere of each atom
BURIED_PERCENT = 20.0
MAX_ROWS = 2_000
MAX_PANELS = 4
# The largest area of residue X in Gly-X-Gly, theoretical. M. Z. Tien et al., PLoS ONE 8 (2013) e80635, table 1.
LARGEST = {
    "ALA": 129.0,
    "ARG": 274.0,
    "ASN": 195.0,
    "ASP": 193.0,
    "CYS": 167.0,
    "GLN": 225.0,
    "GLU": 223.0,
    "GLY": 104.0,
    "HIS": 224.0,
    "ILE": 197.0,
    "LEU": 201.0,
    "LYS": 236.0,
    "MET": 224.0,
    "PHE": 240.0,
    "PRO": 159.0,
    "SER": 155.0,
    "THR": 172.0,
    "TRP": 285.0,
    "TYR": 263.0,
    "VAL": 174.0,
}

Areas = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ResidueArea:
    chain: str
    number: str
    name: str
    area: float  # Å²
    percent: float | None  # of the largest for its kind


def solvent_accessibility(
    file: FileName,
    per_residue: bool = False,
    probe_radius_a: Annotated[float, Schema(minimum=0.5, maximum=3)] = 1.4,
) -> ToolResult:
    """Solvent-accessible surface area per chain/residue.

    file: Name of a file attached to the conversation, exactly as listed
    per_residue: List residues
    probe_radius_a: Probe, angstrom
    """
    structure = without_hydrogens(read_structure(file))
    parts = [(chain, residues) for chain in structure[0] if (residues := polymer(chain))]
    array = atom_array(parts)
    if not 0 < len(array) <= MAX_ATOMS:
        hint = "It needs at least one protein or nucleic-acid chain." if not len(array) else "Cut out some chains."
        raise ToolError("WRONG_SIZE", f"{file} has {len(array):,} polymer atoms; the limit is {MAX_ATOMS:,}.", hint)
    areas = _areas(array, probe_radius_a)
    residues = _by_residue(parts, areas)
    is_polar = ~np.isin(array.element, ["C", "S"])
    polar, total = float(areas[is_polar].sum()), float(areas.sum())
    chains = {chain.name: float(areas[array.chain_id == chain.name].sum()) for chain, _ in parts}
    lines = [
        f"Solvent-accessible surface of {file}: {total:,.0f} Å² in all ({polar:,.0f} Å² of N and O, "
        f"{total - polar:,.0f} Å² of C and S), probe {probe_radius_a:g} Å, without waters, ligands and hydrogens.",
        "By chain: " + listed((f"{name} {area:,.0f} Å²" for name, area in chains.items()), 12) + ".",
        *_interfaces(array, chains, total, probe_radius_a),
        *_exposure(residues, per_residue),
    ]
    return ToolResult(
        summary="\n".join(lines),
        artifacts=tuple(_artifacts(file, residues, chains, per_residue)),
        warnings=_warnings(structure, residues),
        provenance={
            "library": f"biotite {optional('biotite').__version__}",
            "method": f"Shrake-Rupley, {NUM_POINTS:,} points an atom, ProtOr radii (Tsai et al. 1999)",
            "parameters": {"file": file, "probe_radius_a": probe_radius_a},
        },
    )


def _areas(array: Any, probe_radius_a: float) -> Areas:
    """[N] in Å²"""
    biotite = optional("biotite.structure", "biotite")
    radii = [radius(*names) for names in zip(array.res_name, array.atom_name, array.element, strict=True)]
    areas = biotite.sasa(
        array,
        probe_radius=probe_radius_a,
        ignore_ions=False,
        point_number=NUM_POINTS,
        vdw_radii=np.array(radii, np.float32),
    )
    return np.asarray(areas, float)


def _by_residue(parts: list[tuple[Any, list[Any]]], areas: Areas) -> list[ResidueArea]:
    found, start = [], 0
    for chain, residues in parts:
        for residue in residues:
            area = float(areas[start : start + len(residue)].sum())
            start += len(residue)
            largest = LARGEST.get(residue.name)
            percent = 100 * area / largest if largest else None
            found.append(ResidueArea(chain.name, str(residue.seqid), residue.name, area, percent))
    return found


def _interfaces(array: Any, chains: dict[str, float], total: float, probe_radius_a: float) -> list[str]:
    if not 1 < len(chains) <= MAX_CHAINS_ALONE:
        return []
    alone = {name: float(_areas(array[array.chain_id == name], probe_radius_a).sum()) for name in chains}
    buried = sum(alone.values()) - total
    words = ", ".join(f"{name} {area:,.0f} Å²" for name, area in alone.items())
    return [f"Each chain by itself: {words}. Buried between the chains: {buried:,.0f} Å² (both sides together)."]


def _exposure(residues: list[ResidueArea], per_residue: bool) -> list[str]:
    known = [residue for residue in residues if residue.percent is not None]
    if not known:
        return []
    buried = [residue for residue in known if (residue.percent or 0) < BURIED_PERCENT]
    lines = [f"Buried (below {BURIED_PERCENT:g} % of the largest area for their kind): {len(buried)} of {len(known)}."]
    if per_residue:
        order = sorted(known, key=lambda residue: residue.percent or 0)
        for word, some in (("Least", order[:8]), ("Most", order[:-9:-1])):
            names = (f"{r.name} {r.chain}:{r.number} {r.area:.0f} Å² ({r.percent:.0f} %)" for r in some)
            lines.append(f"{word} exposed: {', '.join(names)}.")
    return lines


def _warnings(structure: Any, residues: list[ResidueArea]) -> tuple[str, ...]:
    said = []
    if len(structure) > 1:
        said.append(f"The file has {len(structure)} models; the first is used.")
    if other := sum(residue.percent is None for residue in residues):
        said.append(f"{other} residues are none of the 20 amino acids, so they have no relative area.")
    return tuple(said)


def _artifacts(file: str, residues: list[ResidueArea], chains: dict[str, float], listing: bool) -> list[ToolArtifact]:
    if not listing:
        rows: list[list[Cell]] = [[name, round(area, 1)] for name, area in chains.items()]
        return [table("surface.csv", ["chain", "area (Å²)"], rows, f"Accessible surface of the chains of {file}")]
    rows_of_residues: list[list[Cell]] = [
        [r.chain, r.number, r.name, round(r.area, 1), None if r.percent is None else round(r.percent, 1)]
        for r in residues[:MAX_ROWS]
    ]
    columns = ["chain", "number", "residue", "area (Å²)", "relative area (%)"]
    panels: list[Panel] = []
    for name in list(chains)[:MAX_PANELS]:
        own = [r for r in residues if r.chain == name][:MAX_ROWS]
        curve = {"name": f"chain {name}", "y": [round(r.area, 1) for r in own], "style": "bars"}
        panels.append({"label": f"area, chain {name} (Å²)", "x": _numbers(own), "curves": [curve]})  # type: ignore[list-item]
    alt = f"Accessible surface of every residue of {file}"
    return [plot("surface.json", "residue", panels, alt), table("surface.csv", columns, rows_of_residues, alt)]


def _numbers(residues: list[ResidueArea]) -> list[float]:
    """As the file numbers them, where that makes an axis; else counted."""
    numbers = [float(number) if (number := r.number.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) else 0.0 for r in residues]
    rises = all(after > before for before, after in zip(numbers, numbers[1:], strict=False))
    return numbers if rises else [float(i) for i in range(1, len(residues) + 1)]
