"""What follows from a crystal's atoms: formula, density, symmetry, distances."""

import math
import warnings
from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.tools.materials.reading import Crystal
from assistant.tools.optional import optional

DALTON_PER_A3 = 1.66053906660  # g/cm3 (CODATA 2018)
MAX_SYMMETRY_ATOMS = 1_000
MAX_DISTANCE_ATOMS = 400
SYSTEMS = (  # number of the last space group
    *((2, "triclinic"), (15, "monoclinic"), (74, "orthorhombic"), (142, "tetragonal")),
    *((167, "trigonal"), (194, "hexagonal"), (230, "cubic")),
)


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Of the space group that spglib finds. wyckoff: one letter for each site of the cell; rotations: [K, 3, 3], of
    fractional coordinates."""

    symbol: str
    number: int
    point_group: str
    wyckoff: tuple[str, ...]
    rotations: NDArray[np.int64]

    @property
    def system(self) -> str:
        return next(name for last, name in SYSTEMS if self.number <= last)


def contents(crystal: Crystal) -> dict[str, float]:
    """Atoms of each element in the cell, in Hill's order."""
    counts: Counter[str] = Counter()
    for site in crystal.sites:
        for element, part in site.species:
            counts[element] += part  # type: ignore[assignment]  # a Counter holds any number
    return {element: counts[element] for element in sorted(counts, key=lambda name: _hill(name, "C" in counts))}


def formula(crystal: Crystal) -> tuple[str, int]:
    """MoS2, 3: the reduced formula and how many are in the cell. 1 where occupancies leave no whole numbers."""
    counts = contents(crystal)
    whole = {element: round(count) for element, count in counts.items()}
    if any(abs(count - whole[element]) > 0.01 or whole[element] == 0 for element, count in counts.items()):
        return "".join(f"{element}{_amount(count)}" for element, count in counts.items()), 1
    number = math.gcd(*whole.values())
    return "".join(f"{element}{_amount(count / number)}" for element, count in whole.items()), number


def density(crystal: Crystal) -> float:
    """g/cm3"""
    gemmi = optional("gemmi")
    mass = sum(gemmi.Element(element).weight * count for element, count in contents(crystal).items())
    return float(mass) / crystal.volume * DALTON_PER_A3


def symmetry(crystal: Crystal, symprec: float) -> Symmetry | None:
    """None where there are too many atoms, or no group is found within symprec (Å)."""
    if len(crystal.sites) > MAX_SYMMETRY_ATOMS:
        return None
    spglib = optional("spglib")
    kinds = {species: i for i, species in enumerate(dict.fromkeys(site.species for site in crystal.sites), 1)}
    places = np.array([site.place for site in crystal.sites])
    cell = (crystal.lattice, places, [kinds[site.species] for site in crystal.sites])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # spglib 2 announces that it will raise; both are read here
        try:
            found: Any = spglib.get_symmetry_dataset(cell, symprec=symprec)
        except spglib.SpglibError:
            return None
    if found is None:
        return None
    return Symmetry(
        str(found.international),
        int(found.number),
        str(found.pointgroup),
        tuple(found.wyckoffs),
        np.asarray(found.rotations, np.int64),
    )


def shortest_distances(crystal: Crystal) -> dict[tuple[str, str], float]:
    """Å, by pair of elements in the order of the formula; over the neighbouring cells too. Empty for large cells."""
    if len(crystal.sites) > MAX_DISTANCE_ATOMS:
        return {}
    places = np.array([site.place for site in crystal.sites])
    shifts = np.array(list(product((-1, 0, 1), repeat=3)))
    elements = [site.element for site in crystal.sites]
    found: dict[tuple[str, str], float] = {}
    for i, place in enumerate(places):
        steps = (places[:, None] - place + shifts[None]) @ crystal.lattice  # [N, 27, 3]
        lengths = np.linalg.norm(steps, axis=2)
        lengths[i, lengths[i] < 1e-6] = np.inf
        for j, nearest in enumerate(lengths.min(axis=1)):
            first, second = sorted((elements[i], elements[j]), key=lambda name: _hill(name, False))
            found[first, second] = min(found.get((first, second), math.inf), float(nearest))
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _hill(element: str, has_carbon: bool) -> tuple[int, float, str]:
    """Organic: C, H, then the alphabet. Inorganic: from the least to the most electronegative."""
    if has_carbon:
        return {"C": 0, "H": 1}.get(element, 2), 0.0, element
    return 0, ELECTRONEGATIVITY.get(element, 1.5), element


def _amount(count: float) -> str:
    return "" if abs(count - 1) < 1e-6 else f"{count:.4g}"


# Pauling's scale (L. Pauling, The Nature of the Chemical Bond), for the order in a formula.
ELECTRONEGATIVITY = {
    "H": 2.20,
    "Li": 0.98,
    "Be": 1.57,
    "B": 2.04,
    "C": 2.55,
    "N": 3.04,
    "O": 3.44,
    "F": 3.98,
    "Na": 0.93,
    "Mg": 1.31,
    "Al": 1.61,
    "Si": 1.90,
    "P": 2.19,
    "S": 2.58,
    "Cl": 3.16,
    "K": 0.82,
    "Ca": 1.00,
    "Sc": 1.36,
    "Ti": 1.54,
    "V": 1.63,
    "Cr": 1.66,
    "Mn": 1.55,
    "Fe": 1.83,
    "Co": 1.88,
    "Ni": 1.91,
    "Cu": 1.90,
    "Zn": 1.65,
    "Ga": 1.81,
    "Ge": 2.01,
    "As": 2.18,
    "Se": 2.55,
    "Br": 2.96,
    "Rb": 0.82,
    "Sr": 0.95,
    "Y": 1.22,
    "Zr": 1.33,
    "Nb": 1.60,
    "Mo": 2.16,
    "Tc": 1.90,
    "Ru": 2.20,
    "Rh": 2.28,
    "Pd": 2.20,
    "Ag": 1.93,
    "Cd": 1.69,
    "In": 1.78,
    "Sn": 1.96,
    "Sb": 2.05,
    "Te": 2.10,
    "I": 2.66,
    "Cs": 0.79,
    "Ba": 0.89,
    "La": 1.10,
    "Ce": 1.12,
    "Hf": 1.30,
    "Ta": 1.50,
    "W": 2.36,
    "Re": 1.90,
    "Os": 2.20,
    "Ir": 2.20,
    "Pt": 2.28,
    "Au": 2.54,
    "Hg": 2.00,
    "Tl": 1.62,
    "Pb": 2.33,
    "Bi": 2.02,
    "Th": 1.30,
    "U": 1.38,
}
