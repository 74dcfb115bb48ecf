"""What a crystal file holds."""

from collections import Counter
from typing import Annotated, Any

from assistant.tools.base import Schema
from assistant.tools.materials.lattice import (
    MAX_SYMMETRY_ATOMS,
    Symmetry,
    contents,
    density,
    formula,
    shortest_distances,
    symmetry,
)
from assistant.tools.materials.p1_cif import cell_atoms, p1_cif
from assistant.tools.materials.reading import Crystal, read_crystal
from assistant.tools.molecule import counted
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolResult
from assistant.tools.views import file as kept_file
from assistant.tools.views import table

TOO_CLOSE_A = 0.7
MAX_ROWS = 2_000
SHOWN_SITES = 8
NAMES = ("a", "b", "c", "alpha", "beta", "gamma")


def crystal_summary(
    file: FileName, symprec: Annotated[float, Schema(exclusiveMinimum=0, maximum=1)] = 0.01
) -> ToolResult:
    """Composition, lattice, space group, density, site list of a crystal file.

    file: Name of a file attached to the conversation, exactly as listed
    symprec: Tolerance, angstrom
    """
    crystal = read_crystal(file)
    found = symmetry(crystal, symprec)
    distances = shortest_distances(crystal)
    near = ", ".join(f"{a}-{b} {length:.3f} Å" for (a, b), length in list(distances.items())[:5])
    lines = [
        f"{crystal.name}: {composition(crystal)}, {counted(len(crystal.sites), 'atom')} in the cell.",
        lattice_words(crystal),
        _group_words(crystal, found, symprec),
        f"Density {density(crystal):.3f} g/cm³ (computed from the cell and its atoms).",
        *([f"Shortest distances: {near}."] if near else []),
        _site_words(crystal, found),
    ]
    cif = p1_cif(crystal, cell_atoms(crystal), f"{file}: every atom of the cell, without symmetry")
    columns = ["site", "elements (occupancy)", "x", "y", "z", "atoms in the cell", "Wyckoff letter"]
    rows = _rows(crystal, found)
    return ToolResult(
        summary="\n".join(lines),
        artifacts=(
            table("sites.csv", columns, rows[:MAX_ROWS], f"Sites of {file}, fractional coordinates"),
            kept_file("cell_p1.cif", cif, "chemical/x-cif", f"Every atom of the cell of {file}, without symmetry"),
        ),
        warnings=_warnings(crystal, found, distances),
        provenance={
            "library": f"gemmi {optional('gemmi').__version__}, spglib {optional('spglib').__version__}",
            "method": "space group by spglib from the atoms of the cell",
            "parameters": {"file": file, "symprec": symprec},
        },
    )


def composition(crystal: Crystal) -> str:
    """MoS2 (Z = 3)"""
    name, number = formula(crystal)
    if number == 1 and any(abs(count - round(count)) > 0.01 for count in contents(crystal).values()):
        return f"{name} in the cell (with partial occupancies)"
    return f"{name} (Z = {number})"


def lattice_words(crystal: Crystal) -> str:
    lengths = ", ".join(f"{name} = {value:.4f}" for name, value in zip(NAMES[:3], crystal.cell[:3], strict=True))
    angles = ", ".join(f"{name} = {value:.2f}°" for name, value in zip(NAMES[3:], crystal.cell[3:], strict=True))
    return f"Lattice: {lengths} Å, {angles}, volume {crystal.volume:.2f} Å³."


def disorder_warning(crystal: Crystal) -> tuple[str, ...]:
    mixed = [site for site in crystal.sites if len(site.species) > 1 or site.occupancy < 0.999]
    if not mixed:
        return ()
    names = ", ".join(dict.fromkeys(f"{site.label} ({_species(site.species)})" for site in mixed[:200]))
    return (f"DISORDER: partly occupied or shared sites: {names[:200]}. Occupancies are averages over the crystal.",)


def _group_words(crystal: Crystal, found: Symmetry | None, symprec: float) -> str:
    stated = f"{crystal.stated_group} ({crystal.stated_number})" if crystal.stated_number else "none"
    if found is None:
        return f"Space group stated by the file: {stated}."
    return (
        f"Space group {found.symbol} (number {found.number}), {found.system}, point group {found.point_group}, found "
        f"within {symprec:g} Å. The file states {stated}."
    )


def _site_words(crystal: Crystal, found: Symmetry | None) -> str:
    rows = _rows(crystal, found)
    words = [
        f"{label if label == species else f'{label} {species}'} ({x:.4f}, {y:.4f}, {z:.4f}), {count} in the cell"
        f"{f', Wyckoff letter {letter}' if letter else ''}"
        for label, species, x, y, z, count, letter in rows[:SHOWN_SITES]
    ]
    more = f" ... and {len(rows) - SHOWN_SITES:,} more" if len(rows) > SHOWN_SITES else ""
    return f"Sites (fractional): {'; '.join(words)}{more}."


def _rows(crystal: Crystal, found: Symmetry | None) -> list[list[Any]]:
    """One row a site of the file, or a shared place, with the number of its images."""
    counts = Counter(site.label for site in crystal.sites)
    letters = dict(zip((s.label for s in crystal.sites), found.wyckoff, strict=True)) if found else {}
    first = {site.label: site for site in reversed(crystal.sites)}
    labels = dict.fromkeys(site.label for site in crystal.sites)
    return [
        [
            label,
            _species(first[label].species),
            *(round(value, 5) for value in first[label].place),
            counts[label],
            letters.get(label, ""),
        ]
        for label in labels
    ]


def _species(species: tuple[tuple[str, float], ...]) -> str:
    return " ".join(element if part > 0.999 else f"{element} {part:.3g}" for element, part in species)


def _warnings(crystal: Crystal, found: Symmetry | None, distances: dict[tuple[str, str], float]) -> tuple[str, ...]:
    said = list(disorder_warning(crystal))
    if found is None:
        many = len(crystal.sites) > MAX_SYMMETRY_ATOMS
        why = (
            f"the cell has more than {MAX_SYMMETRY_ATOMS:,} atoms" if many else "spglib finds no group at this symprec"
        )
        said.append(f"The space group was not determined: {why}.")
    elif crystal.stated_number and found.number != crystal.stated_number:
        said.append(
            f"The atoms have the symmetry {found.symbol} ({found.number}), but the file states {crystal.stated_group} "
            f"({crystal.stated_number})."
        )
    if any(site.occupancy > 1.01 for site in crystal.sites):
        full = max(crystal.sites, key=lambda site: site.occupancy)
        said.append(f"The occupancies at {full.label} add up to {full.occupancy:.3g}, which is more than one atom.")
    if distances and min(distances.values()) < TOO_CLOSE_A:
        said.append(f"Two atoms are only {min(distances.values()):.2f} Å apart, which no crystal has.")
    return tuple(said)
