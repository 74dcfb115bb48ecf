"""What a reaction template makes of reactants: every event at every site, sound molecules only, each set once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from rdkit import Chem, rdBase
from rdkit.Chem.rdChemReactions import ChemicalReaction

MAX_OUTCOMES = 1_000  # of one template, before duplicates are merged
Molecules = tuple[Chem.Mol, ...]


@dataclass(slots=True)
class Outcomes:
    """products: the molecules of each distinct set, under their canonical SMILES joined by dots."""

    reactants: Molecules  # in the order of the template
    products: dict[str, Molecules] = field(default_factory=dict)
    num_invalid: int = 0
    is_cut: bool = False


def outcomes(reactions: Sequence[ChemicalReaction], reactants: Molecules) -> Outcomes:
    """Of the first order that reacts, which is the given one if it does."""
    orders = list(permutations(reactants))
    for order in orders:
        found = _in_order(reactions, order)
        if found.products:
            return found
    return _in_order(reactions, orders[0])


def num_more_in_other_orders(reactions: Sequence[ChemicalReaction], found: Outcomes) -> int:
    """Distinct outcomes that only another order of the reactants gives."""
    others = (order for order in permutations(found.reactants) if order != found.reactants)
    more = {smiles for order in others for smiles in _in_order(reactions, order).products}
    return len(more - set(found.products))


def num_that_react_again(reactions: Sequence[ChemicalReaction], found: Outcomes) -> int:
    """Products of a template with one reactant that it matches once more."""
    if len(found.reactants) != 1:
        return 0
    products = [product for products in found.products.values() for product in products]
    return sum(matches_role(reactions, 0, product) for product in products)


def matches_role(reactions: Sequence[ChemicalReaction], position: int, molecule: Chem.Mol) -> bool:
    return any(molecule.HasSubstructMatch(each.GetReactantTemplate(position)) for each in reactions)


def _in_order(reactions: Sequence[ChemicalReaction], reactants: Molecules) -> Outcomes:
    found = Outcomes(reactants)
    invalid = set()
    with rdBase.BlockLogs():
        for reaction in reactions:
            raw = reaction.RunReactants(reactants, maxProducts=MAX_OUTCOMES)
            found.is_cut |= len(raw) >= MAX_OUTCOMES
            for products in raw:
                sound = tuple(_sound_fragments(products))
                if sound:
                    found.products.setdefault(_key(sound), sound)
                else:
                    invalid.add(_key(products))
    found.num_invalid = len(invalid)
    return found


def _sound_fragments(products: Sequence[Chem.Mol]) -> Iterator[Chem.Mol]:
    """The molecules of one outcome, or none of them where one breaks the rules of valence."""
    if any(Chem.SanitizeMol(each, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE for each in products):
        return
    for product in products:
        for fragment in Chem.GetMolFrags(product, asMols=True):
            for atom in fragment.GetAtoms():
                atom.SetAtomMapNum(0)
            yield Chem.MolFromSmiles(Chem.MolToSmiles(fragment)) or fragment


def _key(molecules: Sequence[Chem.Mol]) -> str:
    return ".".join(sorted(Chem.MolToSmiles(molecule) for molecule in molecules))
