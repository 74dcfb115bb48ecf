"""What goes in and what comes out of a reaction: elements, charge, and the coefficients that make them equal."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from rdkit import Chem

MAX_COEFFICIENT = 50
CHARGE = "charge"

# Hill formulas of what is often left out of an equation
SMALL_MOLECULES = {
    "H2O": "water",
    "H2": "hydrogen",
    "O2": "oxygen",
    "N2": "nitrogen",
    "H3N": "ammonia",
    "CO2": "carbon dioxide",
    "CO": "carbon monoxide",
    "CH4O": "methanol",
    "C2H6O": "ethanol",
    "C2H4O2": "acetic acid",
    "CH2O2": "formic acid",
    "C4H10O": "tert-butanol or another butanol",
    "C4H8": "isobutene or another butene",
    "C5H8O2": "isobutene + CO2, from a Boc group",
    "ClH": "hydrogen chloride",
    "BrH": "hydrogen bromide",
    "HI": "hydrogen iodide",
    "FH": "hydrogen fluoride",
    "ClNa": "sodium chloride",
    "BrNa": "sodium bromide",
    "HNaO": "sodium hydroxide",
    "H2O2": "hydrogen peroxide",
    "H2S": "hydrogen sulfide",
    "O2S": "sulfur dioxide",
    "BH3O3": "boric acid",
    "C18H15OP": "triphenylphosphine oxide",
}


@dataclass(frozen=True, slots=True)
class Balance:
    """Atoms by element, and the charge under CHARGE."""

    reactants: Counter[str]
    products: Counter[str]

    @property
    def is_balanced(self) -> bool:
        return all(self.difference(key) == 0 for key in self.keys)

    @property
    def keys(self) -> list[str]:
        """In Hill order, the charge last."""
        elements = {key for side in (self.reactants, self.products) for key in side if key != CHARGE}
        return [*_hill_order(elements), CHARGE]

    def difference(self, key: str) -> int:
        """Products minus reactants."""
        return self.products[key] - self.reactants[key]

    @property
    def missing_in_products(self) -> Counter[str]:
        return Counter({key: -self.difference(key) for key in self.keys if key != CHARGE and self.difference(key) < 0})

    @property
    def missing_in_reactants(self) -> Counter[str]:
        return Counter({key: self.difference(key) for key in self.keys if key != CHARGE and self.difference(key) > 0})


def balance(reactants: Sequence[Chem.Mol], products: Sequence[Chem.Mol]) -> Balance:
    return Balance(_contents(reactants), _contents(products))


def hill_formula(atoms: Counter[str]) -> str:
    """Counter(C=2, H=4, O=2) -> "C2H4O2"."""
    return "".join(f"{key}{atoms[key] if atoms[key] > 1 else ''}" for key in _hill_order(set(atoms)))


def in_words(atoms: Counter[str]) -> str:
    """The formula, and what it may be: "H4O2 (2 x H2O, water)"."""
    written = hill_formula(atoms)
    if written in SMALL_MOLECULES:
        return f"{written} ({SMALL_MOLECULES[written]})"
    times = gcd(*atoms.values())
    unit = hill_formula(Counter({key: count // times for key, count in atoms.items()}))
    return f"{written} ({times} x {unit}, {SMALL_MOLECULES[unit]})" if unit in SMALL_MOLECULES else written


def coefficients(reactants: Sequence[Chem.Mol], products: Sequence[Chem.Mol]) -> list[int] | None:
    """The smallest whole numbers that balance the equation, of reactants and then of products. None where there are
    none, or more than one solution."""
    species = [_contents([molecule]) for molecule in reactants] + [_contents([molecule]) for molecule in products]
    signs = [1] * len(reactants) + [-1] * len(products)
    keys = {key for contents in species for key in contents}
    rows = [
        [Fraction(sign * contents[key]) for sign, contents in zip(signs, species, strict=True)] for key in sorted(keys)
    ]
    pivots = _reduce_(rows)
    if len(pivots) != len(species) - 1:
        return None
    (free,) = set(range(len(species))) - set(pivots)
    values = [Fraction(1)] * len(species)
    for row, pivot in zip(rows, pivots, strict=False):
        values[pivot] = -row[free]
    scale = lcm(*(value.denominator for value in values))
    whole = [int(value * scale) for value in values]
    return whole if all(0 < value <= MAX_COEFFICIENT for value in whole) else None


def _reduce_(rows: list[list[Fraction]]) -> list[int]:
    """Brings the rows into reduced echelon form, and tells the columns of the pivots."""
    pivots: list[int] = []
    for column in range(len(rows[0])):
        top = len(pivots)
        found = next((i for i in range(top, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        rows[top] = [value / rows[top][column] for value in rows[top]]
        for i, row in enumerate(rows):
            if i != top and row[column]:
                rows[i] = [value - row[column] * of_top for value, of_top in zip(row, rows[top], strict=True)]
        pivots.append(column)
    return pivots


def _contents(molecules: Sequence[Chem.Mol]) -> Counter[str]:
    contents: Counter[str] = Counter()
    for molecule in molecules:
        for atom in molecule.GetAtoms():
            contents[atom.GetSymbol()] += 1
            contents["H"] += atom.GetTotalNumHs()
            contents[CHARGE] += atom.GetFormalCharge()
    return contents


def _hill_order(elements: set[str]) -> list[str]:
    """Carbon and hydrogen first where there is carbon, then the alphabet; without carbon the alphabet alone."""
    if "C" not in elements:
        return sorted(elements)
    return sorted(elements, key=lambda element: (element != "C", element != "H", element))
