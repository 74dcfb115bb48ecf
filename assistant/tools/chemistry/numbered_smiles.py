"""Read several SMILES, and name the one that is wrong by its place."""

from collections.abc import Sequence

from rdkit import Chem

from assistant.tools.molecule import read_smiles
from assistant.tools.result import ToolError


def read_numbered(smiles: Sequence[str], noun: str) -> tuple[Chem.Mol, ...]:
    """ToolError of read_smiles, beginning with noun and number: "Reactant 2: ..."."""
    return tuple(_read(each, f"{noun} {i}") for i, each in enumerate(smiles, 1))


def _read(smiles: str, place: str) -> Chem.Mol:
    try:
        return read_smiles(smiles)
    except ToolError as error:
        raise ToolError(error.code, f"{place}: {error.message}", error.hint) from error
