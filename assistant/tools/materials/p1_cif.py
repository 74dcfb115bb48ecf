"""A crystal as a CIF without symmetry, which every viewer draws alike."""

from collections.abc import Sequence
from itertools import product

from assistant.tools.materials.reading import Crystal, Site

ON_FACE = 1e-3  # fractional: an atom at 0 stands at 1 as well

Place = tuple[float, float, float]


def p1_cif(crystal: Crystal, atoms: Sequence[tuple[Site, Place]], comment: str) -> str:
    """Places are fractions of the crystal's cell and may lie outside it."""
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = [f"# {comment}", "data_crystal"]
    lines += [f"_cell_{name} {value:.6g}" for name, value in zip(names, crystal.cell, strict=True)]
    lines += ["_symmetry_space_group_name_H-M 'P 1'", "_symmetry_Int_Tables_number 1"]
    lines += ["loop_", "_symmetry_equiv_pos_as_xyz", "'x,y,z'"]
    lines += ["loop_", "_atom_site_label", "_atom_site_type_symbol"]
    lines += [f"_atom_site_fract_{axis}" for axis in "xyz"] + ["_atom_site_occupancy"]
    for number, (site, (x, y, z)) in enumerate(atoms, 1):
        element = site.element
        lines.append(f"{element}{number} {element} {x:.6f} {y:.6f} {z:.6f} {min(site.occupancy, 1.0):.4g}")
    return "\n".join(lines) + "\n"


def cell_atoms(crystal: Crystal) -> list[tuple[Site, Place]]:
    return [(site, site.place) for site in crystal.sites]


def supercell_atoms(crystal: Crystal, repeats: Sequence[int]) -> list[tuple[Site, Place]]:
    """All atoms of repeats[0] x repeats[1] x repeats[2] cells."""
    shifts = product(*(range(count) for count in repeats))
    return [(site, _moved(site.place, shift)) for shift in shifts for site in crystal.sites]


def face_atoms(crystal: Crystal, repeats: Sequence[int]) -> list[tuple[Site, Place]]:
    """Copies of the atoms on the lower faces of a supercell, on its upper faces, as crystals are drawn."""
    found = []
    for site in crystal.sites:
        choices = [
            range(count + 1) if value < ON_FACE else range(count)
            for value, count in zip(site.place, repeats, strict=True)
        ]
        for shift in product(*choices):
            if any(step == count for step, count in zip(shift, repeats, strict=True)):
                found.append((site, _moved(site.place, shift)))
    return found


def _moved(place: Place, shift: Sequence[int]) -> Place:
    x, y, z = (value + step for value, step in zip(place, shift, strict=True))
    return x, y, z
