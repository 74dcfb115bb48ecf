"""Read a crystal from a CIF attachment: cell, symmetry, and every atom of the cell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.structures.reading import MACROMOLECULE_TOOLS, check_tags, kind_of, read_text, reason_of

MAX_FILE_BYTES = 4 * 2**20
MAX_SITES = 1_000  # as listed in the file
MAX_CELL_ATOMS = 5_000
MAX_CELL_A = 500.0
SAME_PLACE_A = 0.2  # images of one site that are closer are one atom on a special position
SHARED_A = 0.05  # different sites that are closer share one place

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the cell. species: (element, occupancy), more than one where the place is shared."""

    label: str
    species: tuple[tuple[str, float], ...]
    place: tuple[float, float, float]  # fractional, in [0, 1)

    @property
    def element(self) -> str:
        """The most frequent one."""
        return max(self.species, key=lambda part: part[1])[0]

    @property
    def occupancy(self) -> float:
        return sum(part for _, part in self.species)


@dataclass(frozen=True, slots=True)
class Crystal:
    """listed: the asymmetric unit as the file has it; sites: all of the cell; lattice [3, 3]: a, b, c in its rows, in
    Å."""

    name: str
    cell: tuple[float, float, float, float, float, float]  # Å and degrees
    lattice: Matrix
    listed: tuple[Site, ...]
    sites: tuple[Site, ...]
    stated_group: str  # Hermann-Mauguin symbol of the file
    stated_number: int  # 0 where the file states none that is known

    @property
    def volume(self) -> float:
        return abs(float(np.linalg.det(self.lattice)))

    @property
    def is_disordered(self) -> bool:
        return any(len(site.species) > 1 or site.occupancy < 0.999 for site in self.sites)


def read_crystal(file: str) -> Crystal:
    """ToolError: NO_FILE, EMPTY, TOO_LARGE, WRONG_KIND, INVALID_CIF."""
    text = read_text(file, MAX_FILE_BYTES)
    kind = kind_of(text)
    if kind in ("pdb", "mmcif"):
        words = f"{file} is no crystal of the CIF kind: it describes a macromolecule"
        raise ToolError("WRONG_KIND", f"{words}.", MACROMOLECULE_TOOLS)
    if kind != "crystal":
        raise invalid(file, "it has no data block with an _atom_site_ loop")
    gemmi = optional("gemmi")
    block, small, operations = _parsed(text, file)
    _check(small, file)
    lattice = np.array(small.cell.orth.mat.tolist(), float).T
    if len(small.sites) * len(operations) > MAX_CELL_ATOMS * 8:
        raise ToolError("TOO_MANY_ATOMS", f"{file} has {len(small.sites):,} sites and {len(operations)} operations.")
    listed = tuple(_listed(small.sites))
    expanded = _expanded(listed, operations, lattice)
    if len(expanded) > MAX_CELL_ATOMS:
        words = f"The cell of {file} has {len(expanded):,} atoms"
        raise ToolError("TOO_MANY_ATOMS", f"{words}; the limit is {MAX_CELL_ATOMS:,}.")
    known = small.spacegroup if small.symops or small.spacegroup_hm or small.spacegroup_number else None
    if known is None and small.symops:
        known = gemmi.find_spacegroup_by_ops(gemmi.GroupOps(operations))
    cell = small.cell
    return Crystal(
        name=_name(block) or file,
        cell=(cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma),
        lattice=lattice,
        listed=listed,
        sites=_share(expanded, lattice),
        stated_group=str(known.xhm()) if known else str(small.spacegroup_hm)[:20],
        stated_number=int(known.number) if known else 0,
    )


def invalid(file: str, reason: str) -> ToolError:
    return ToolError("INVALID_CIF", f"{file} cannot be read as a crystal: {reason}.", "Attach a CIF with atom sites.")


def _parsed(text: str, file: str) -> tuple[Any, Any, list[Any]]:
    """The first block with atoms, what gemmi makes of it, and its symmetry operations."""
    gemmi = optional("gemmi")
    check_tags(text, file)
    try:
        document = gemmi.cif.read_string(text)
        block = next((block for block in document if block.find_values("_atom_site_fract_x")), None)
        if block is None:
            raise invalid(file, "no data block has fractional coordinates (_atom_site_fract_x)")
        small = gemmi.make_small_structure_from_block(block)
        return block, small, _operations(small)
    except MemoryError as error:
        raise ToolError("TOO_LARGE", f"{file} needs more memory than a tool may use.") from error
    except (RuntimeError, ValueError, IndexError) as error:
        raise invalid(file, reason_of(error)) from error


def _name(block: Any) -> str:
    """The mineral's or compound's name, or nothing."""
    gemmi = optional("gemmi")
    for tag in ("_chemical_name_mineral", "_chemical_name_common"):
        value = gemmi.cif.as_string(block.find_value(tag) or "?")
        if value.strip():
            return " ".join(value.split())[:60]
    return ""


def _check(small: Any, file: str) -> None:
    cell = small.cell
    if not cell.is_crystal():
        raise invalid(file, "it states no unit cell (_cell_length_a and so on)")
    lengths, angles = (cell.a, cell.b, cell.c), (cell.alpha, cell.beta, cell.gamma)
    if not all(0.5 < length <= MAX_CELL_A for length in lengths) or not all(10 <= angle <= 170 for angle in angles):
        shown = " x ".join(f"{length:g}" for length in lengths)
        raise invalid(file, f"its cell {shown} Å, {', '.join(f'{a:g}' for a in angles)}° is no unit cell")
    if not cell.volume > 1:
        raise invalid(file, f"its cell has a volume of {cell.volume:g} Å³")
    if not small.sites:
        raise invalid(file, "it lists no atoms")
    if len(small.sites) > MAX_SITES:
        raise ToolError("TOO_MANY_ATOMS", f"{file} lists {len(small.sites):,} sites; the limit is {MAX_SITES:,}.")
    for site in small.sites:
        if not all(math.isfinite(value) and abs(value) < 100 for value in site.fract.tolist()):
            raise invalid(file, f"site {site.label[:20]} has no coordinates")
        if _element(site) == "X":
            raise invalid(file, f"'{(site.type_symbol or site.label)[:20]}' is no element")
        if not 0 <= site.occ <= 1.001:
            raise invalid(file, f"site {site.label[:20]} has an occupancy of {site.occ:g}")


def _operations(small: Any) -> list[Any]:
    """Those that the file lists; else those of the group that it names; else the identity."""
    gemmi = optional("gemmi")
    if small.symops:
        return [gemmi.Op(text) for text in small.symops]
    return list(small.spacegroup.operations()) if small.spacegroup else [gemmi.Op("x,y,z")]


def _listed(sites: Sequence[Any]) -> list[Site]:
    return [
        Site(site.label[:20], ((_element(site), float(site.occ)),), _wrapped(site.fract.tolist()))
        for site in sites
        if site.occ > 0
    ]


def _element(site: Any) -> str:
    """By the type symbol or, like OW, by the beginning of the label. X for none."""
    gemmi = optional("gemmi")
    if site.element.atomic_number:
        return str(site.element.name)
    text = (site.type_symbol or site.label)[:3].upper()
    if text == "WAT":
        return "O"
    return next((str(e.name) for n in (2, 1) if (e := gemmi.Element(text[:n])).atomic_number), "X")


def _expanded(listed: Sequence[Site], operations: Sequence[Any], lattice: Matrix) -> list[Site]:
    """Every image of every site once. Images that coincide but for rounding (0.3333) become their mean."""
    den = float(operations[0].DEN)
    rotations = np.array([op.rot for op in operations]) / den
    shifts = np.array([op.tran for op in operations]) / den
    found = []
    for site in listed:
        images = (rotations @ np.array(site.place) + shifts) % 1.0
        while len(images):
            steps = images - images[0]
            steps -= np.round(steps)
            is_same = np.linalg.norm(steps @ lattice, axis=1) < SAME_PLACE_A
            place = _wrapped((images[0] + steps[is_same].mean(axis=0)).tolist())
            found.append(Site(site.label, site.species, place))
            images = images[~is_same]
    return found


def _share(sites: Sequence[Site], lattice: Matrix) -> tuple[Site, ...]:
    """Sites at one place become one with several species."""
    kept: list[Site] = []
    places = np.empty((len(sites), 3))
    for site in sites:
        steps = places[: len(kept)] - np.array(site.place)
        steps -= np.round(steps)
        near = np.flatnonzero(np.linalg.norm(steps @ lattice, axis=1) < SHARED_A)
        if near.size:
            other = kept[near[0]]
            kept[near[0]] = Site(f"{other.label}/{site.label}"[:40], other.species + site.species, other.place)
        else:
            places[len(kept)] = site.place
            kept.append(site)
    return tuple(kept)


def _wrapped(place: Sequence[float]) -> tuple[float, float, float]:
    """Into [0, 1); what is 1 but for rounding becomes 0."""
    x, y, z = (0.0 if (value := float(v) % 1.0) > 1 - 1e-6 else value for v in place)
    return x, y, z
