"""Powder diffraction of a crystal: positions and intensities of all lines, kinematic theory."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.tools.materials.lattice import symmetry
from assistant.tools.materials.reading import Crystal
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

# Mean of the K alpha doublet, weighted 2:1, in Å: J. A. Bearden, Rev. Mod. Phys. 39 (1967) 78.
WAVELENGTHS = {"CuKa": 1.54184, "MoKa": 0.71073, "CoKa": 1.79026, "FeKa": 1.93736, "CrKa": 2.29100, "AgKa": 0.56087}
MAX_TERMS = 60_000_000  # reflections times atoms: 2 s
MAX_INDICES = 20_000_000
CHUNK_TERMS = 2_000_000
SAME_LINE_DEG = 1e-4
MAX_FAMILIES = 3  # in a label
SYMPREC_A = 0.01  # for what makes planes equivalent
LEAST_PERCENT = 1e-3
EXTINCT = 1e-10  # of F(000)^2

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Line:
    """families: (h, k, l) and multiplicity of the families of planes that fall together. percent: of the strongest."""

    two_theta_deg: float
    d_a: float
    percent: float
    families: tuple[tuple[tuple[int, int, int], int], ...]

    @property
    def label(self) -> str:
        names = [f"({_index(family)})" for family, _ in self.families[:MAX_FAMILIES]]
        return " ".join(names) + (" ..." if len(self.families) > MAX_FAMILIES else "")


def powder_pattern(crystal: Crystal, wavelength_a: float, low_deg: float, high_deg: float) -> list[Line]:
    """Lines between two angles 2 theta, by angle. Lorentz-polarisation and multiplicity are in, thermal motion,
    anomalous scattering, absorption and texture are not. ToolError TOO_LARGE."""
    reciprocal: NDArray[np.float64] = np.linalg.inv(crystal.lattice).T.astype(np.float64)  # rows a*, b*, c* in 1/Å
    hkl = _reflections(crystal, wavelength_a, low_deg, high_deg, reciprocal)
    if not len(hkl):
        return []
    inverse_d = np.linalg.norm(hkl @ reciprocal, axis=1)
    structure_factors = _structure_factors(crystal, hkl, inverse_d)
    sines = np.minimum(wavelength_a * inverse_d / 2, 1.0)
    thetas = np.arcsin(sines)
    with np.errstate(divide="ignore"):
        lorentz = (1 + np.cos(2 * thetas) ** 2) / (sines**2 * np.cos(thetas))
    intensities = structure_factors * np.where(np.cos(thetas) > 1e-6, lorentz, 0.0)
    return _lines(crystal, hkl, np.degrees(2 * thetas), inverse_d, intensities)


def _reflections(
    crystal: Crystal, wavelength_a: float, low_deg: float, high_deg: float, reciprocal: NDArray[np.float64]
) -> Indices:
    """[N, 3], all but 0 0 0"""
    shortest, longest = (2 / wavelength_a * math.sin(math.radians(angle) / 2) for angle in (low_deg, high_deg))
    expected = 4 / 3 * math.pi * longest**3 * crystal.volume * len(crystal.sites)
    bounds = [int(longest * length) for length in np.linalg.norm(crystal.lattice, axis=1)]
    if expected > MAX_TERMS or math.prod(2 * bound + 1 for bound in bounds) > MAX_INDICES:
        hint = "Lower two_theta_max, or take a radiation with a longer wavelength."
        raise ToolError("TOO_LARGE", f"{crystal.name} has too many reflections up to {high_deg:g}°.", hint)
    found = []
    rest = np.array(np.meshgrid(*(np.arange(-bound, bound + 1) for bound in bounds[1:]), indexing="ij"))
    plane = rest.reshape(2, -1).T
    for h in range(-bounds[0], bounds[0] + 1):
        hkl = np.hstack([np.full((len(plane), 1), h), plane])
        lengths = np.linalg.norm(hkl @ reciprocal, axis=1)
        found.append(hkl[(lengths >= shortest) & (lengths <= longest) & (lengths > 1e-9)])
    return np.vstack(found)


def _structure_factors(crystal: Crystal, hkl: Indices, inverse_d: NDArray[np.float64]) -> NDArray[np.float64]:
    """|F|^2, 0 where only rounding is left. Form factors of neutral atoms (International Tables C 6.1.1.4)."""
    gemmi = optional("gemmi")
    places = np.array([site.place for site in crystal.sites])
    weights: dict[str, NDArray[np.float64]] = {}
    for i, site in enumerate(crystal.sites):
        for element, part in site.species:
            weights.setdefault(element, np.zeros(len(places)))[i] += part
    squares = np.empty(len(hkl))
    for chunk in _chunks(len(hkl), len(places)):
        phases = np.exp(2j * np.pi * (hkl[chunk] @ places.T))
        total = np.zeros(len(phases), complex)
        for element, weight in weights.items():
            coefficients = gemmi.Element(element).it92
            if coefficients is None:
                raise ToolError("NO_FORM_FACTOR", f"There is no X-ray form factor of {element}.")
            total += _form_factor(coefficients, inverse_d[chunk] ** 2 / 4) * (phases @ weight)
        squares[chunk] = np.abs(total) ** 2
    num_electrons = sum(gemmi.Element(element).atomic_number * weight.sum() for element, weight in weights.items())
    return np.where(squares > EXTINCT * num_electrons**2, squares, 0.0)


def _form_factor(coefficients: object, s2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Electrons, at s2 = (sin theta / wavelength)^2 in 1/Å^2."""
    a, b, c = (getattr(coefficients, name) for name in "abc")
    return sum((ai * np.exp(-bi * s2) for ai, bi in zip(a, b, strict=True)), np.full(len(s2), float(c)))


def _chunks(num_rows: int, num_columns: int) -> Iterator[slice]:
    step = max(1, CHUNK_TERMS // num_columns)
    return (slice(start, start + step) for start in range(0, num_rows, step))


def _lines(
    crystal: Crystal,
    hkl: Indices,
    angles: NDArray[np.float64],
    inverse_d: NDArray[np.float64],
    intensities: NDArray[np.float64],
) -> list[Line]:
    order = np.argsort(angles, kind="stable")
    angles, inverse_d, intensities, hkl = angles[order], inverse_d[order], intensities[order], hkl[order]
    starts = [0, *(np.flatnonzero(np.diff(angles) > SAME_LINE_DEG) + 1).tolist()]
    totals = np.add.reduceat(intensities, starts)
    strongest = float(totals.max())
    if strongest <= 0:
        return []
    found = symmetry(crystal, SYMPREC_A)
    rotations = found.rotations if found else np.eye(3, dtype=np.int64)[None]
    lines = []
    for start, end, total in zip(starts, [*starts[1:], len(angles)], totals, strict=True):
        percent = 100 * float(total) / strongest
        if percent < LEAST_PERCENT:
            continue
        kept = hkl[start:end][intensities[start:end] > 1e-6 * total]
        families = _families(kept, rotations)
        lines.append(Line(float(angles[start]), 1 / float(inverse_d[start]), percent, families))
    return lines


def _families(hkl: Indices, rotations: NDArray[np.int64]) -> tuple[tuple[tuple[int, int, int], int], ...]:
    """Each family of equivalent planes by the member with the fewest minus signs, then the largest h, k, l."""
    left = {(int(h), int(k), int(m)) for h, k, m in hkl}
    found = []
    while left:
        one = next(iter(left))
        orbit = {(int(h), int(k), int(m)) for h, k, m in np.array(one) @ rotations}
        orbit |= {(-h, -k, -m) for h, k, m in orbit}
        orbit = orbit & left | {one}
        found.append((max(orbit, key=lambda index: (sum(i >= 0 for i in index), index)), len(orbit)))
        left -= orbit
    return tuple(sorted(found, reverse=True))


def _index(family: tuple[int, int, int]) -> str:
    """101, and with commas where a number has two characters."""
    return ("," if any(not 0 <= i <= 9 for i in family) else "").join(map(str, family))
