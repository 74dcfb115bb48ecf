"""Several SMILES in one call: a wrong one is reported, and the others are used."""

from collections.abc import Sequence
from dataclasses import dataclass

from rdkit import Chem

from assistant.tools.molecule import read_smiles
from assistant.tools.result import ToolError

MAX_SHOWN_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """Either a molecule or a problem."""

    smiles: str
    molecule: Chem.Mol | None
    problem: str = ""


def read_smiles_list(smiles_list: Sequence[str]) -> list[Entry]:
    """One entry each, in their order. ToolError when none of them can be read."""
    entries: list[Entry] = []
    errors: list[ToolError] = []
    for smiles in smiles_list:
        try:
            entries.append(Entry(smiles.strip(), read_smiles(smiles)))
        except ToolError as error:
            entries.append(Entry(smiles.strip(), None, f"{error.code}: {error.message}"))
            errors.append(error)
    if len(errors) == len(entries):
        raise errors[0]
    return entries


def shortened(smiles: str) -> str:
    return smiles if len(smiles) <= MAX_SHOWN_LENGTH else smiles[: MAX_SHOWN_LENGTH - 3] + "..."
