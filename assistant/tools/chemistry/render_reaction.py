"""Draw a reaction, and say whether as many atoms come out as go in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions
from rdkit.Chem.Draw import rdMolDraw2D

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.atom_balance import CHARGE, Balance, balance, coefficients, in_words
from assistant.tools.chemistry.numbered_smiles import read_numbered
from assistant.tools.chemistry.smarts import MAX_QUOTED
from assistant.tools.chemistry.wording import cut
from assistant.tools.molecule import RDKIT, counted, formula
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

MAX_MOLECULES = 30
MAX_NAMED = 6
MAX_SMALL_COEFFICIENT = 4
SIDES = ("reactant", "agent", "product")
ARROW = re.compile(r"(?<![-<])>")  # "->" is a dative bond
EXAMPLE = "Example: CC(=O)O.CCO>>CC(=O)OCC.O (reactants>agents>products, the agents may be empty)."


@dataclass(frozen=True, slots=True)
class Sides:
    reactants: tuple[Chem.Mol, ...]
    agents: tuple[Chem.Mol, ...]
    products: tuple[Chem.Mol, ...]


def render_reaction(
    reaction_smiles: Annotated[str, Schema(minLength=3, maxLength=5000)],
    width_px: Annotated[int, Schema(minimum=300, maximum=2000)] = 900,
) -> ToolResult:
    """Draw a reaction SMILES (reactants>agents>products) and check its atom balance.

    reaction_smiles: reactants>agents>products; "." separates molecules
    width_px: Width, px
    """
    text = reaction_smiles.strip()
    sides = _read_sides(text)
    atoms = balance(sides.reactants, sides.products)
    return ToolResult(
        summary=f"Reaction: {_equation(sides)}. {_verdict(atoms, sides)}",
        artifacts=(_picture(text, sides, width_px), _table(atoms)),
        provenance={
            "library": RDKIT,
            "method": "elements, hydrogens included, and charges counted on both sides; agents not counted",
            "parameters": {"reaction_smiles": text},
        },
    )


def _read_sides(text: str) -> Sides:
    parts = ARROW.split(text)
    if len(parts) != 3:
        found = counted(len(parts) - 1, "'>' sign")
        raise ToolError("INVALID_REACTION", f"'{cut(text, MAX_QUOTED)}' has {found}; 2 are expected.", EXAMPLE)
    reactants, agents, products = (_read_side(part, side) for part, side in zip(parts, SIDES, strict=True))
    if not reactants or not products:
        side = "reactants" if not reactants else "products"
        raise ToolError("INVALID_REACTION", f"'{cut(text, MAX_QUOTED)}' has no {side}.", EXAMPLE)
    return Sides(reactants, agents, products)


def _read_side(part: str, side: str) -> tuple[Chem.Mol, ...]:
    written = part.strip().split(".") if part.strip() else []
    if len(written) > MAX_MOLECULES:
        raise ToolError("TOO_LARGE", f"There are {len(written)} {side}s; the limit is {MAX_MOLECULES}.")
    return read_numbered(written, side.capitalize())


def _equation(sides: Sides) -> str:
    def written(molecules: Sequence[Chem.Mol]) -> str:
        named = " + ".join(formula(molecule) for molecule in molecules[:MAX_NAMED])
        return named + (" + ..." if len(molecules) > MAX_NAMED else "")

    agents = f" (agents, not counted: {written(sides.agents)})" if sides.agents else ""
    return f"{written(sides.reactants)} -> {written(sides.products)}{agents}"


def _verdict(atoms: Balance, sides: Sides) -> str:
    if atoms.is_balanced:
        return "It is balanced: every element and the charge are equal on both sides."
    lacks = []
    if missing := atoms.missing_in_products:
        lacks.append(f"the products lack {in_words(missing)}")
    if missing := atoms.missing_in_reactants:
        lacks.append(f"the reactants lack {in_words(missing)}")
    if atoms.difference(CHARGE):
        before, after = atoms.reactants[CHARGE], atoms.products[CHARGE]
        lacks.append(f"the charge is {_signed(before)} before and {_signed(after)} after")
    return f"It is not balanced as written: {'; '.join(lacks)}.{_with_coefficients(atoms, sides)}"


def _with_coefficients(atoms: Balance, sides: Sides) -> str:
    """Nothing where a left-out molecule explains the difference better: 11 salicylic acid and 1 acetic anhydride have
    the atoms of 9 aspirin, too."""
    reactants, products = _distinct(sides.reactants), _distinct(sides.products)
    numbers = coefficients(reactants, products)
    is_one_sided = bool(atoms.missing_in_products) != bool(atoms.missing_in_reactants)
    if numbers is None or (is_one_sided and max(numbers) > MAX_SMALL_COEFFICIENT):
        return ""
    terms = [
        f"{number if number > 1 else ''} {formula(molecule)}".strip()
        for number, molecule in zip(numbers, (*reactants, *products), strict=True)
    ]
    split = len(reactants)
    return f" With coefficients it is: {' + '.join(terms[:split])} -> {' + '.join(terms[split:])}."


def _distinct(molecules: Sequence[Chem.Mol]) -> list[Chem.Mol]:
    return list({Chem.MolToSmiles(molecule): molecule for molecule in molecules}.values())


def _signed(charge: int) -> str:
    return f"{charge:+d}" if charge else "0"


def _picture(text: str, sides: Sides, width_px: int) -> ToolArtifact:
    try:
        with rdBase.CaptureErrorLog():
            reaction = rdChemReactions.ReactionFromSmarts(text, useSmiles=True)
    except (ValueError, RuntimeError) as error:
        raise ToolError(
            "INVALID_REACTION", f"'{cut(text, MAX_QUOTED)}' cannot be read as one reaction.", EXAMPLE
        ) from error
    height = round(width_px * 0.3)
    drawer = rdMolDraw2D.MolDraw2DSVG(width_px, height)
    drawer.drawOptions().clearBackground = False  # the page's own colour shows through
    drawer.DrawReaction(reaction)
    drawer.FinishDrawing()
    return views.svg("reaction.svg", drawer.GetDrawingText(), f"The reaction {_equation(sides)}")


def _table(atoms: Balance) -> ToolArtifact:
    rows = [(key, atoms.reactants[key], atoms.products[key], atoms.difference(key)) for key in atoms.keys]
    columns = ("element", "atoms in reactants", "atoms in products", "products minus reactants")
    return views.table("atom_balance.csv", columns, rows, "Atoms of every element before and after")
