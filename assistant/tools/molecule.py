"""Read one SMILES string, or say exactly what is wrong with it."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import rdkit
from rdkit import Chem, rdBase
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from assistant.tools.result import ToolError

MAX_SMILES_LENGTH = 2_000
MAX_HEAVY_ATOMS = 300
STRAY_CHARACTER = re.compile(r"[^!-~]")  # RDKit silently drops a space and all that follows, and what is not ASCII
RDKIT = f"rdkit {rdkit.__version__}"


def read_smiles(smiles: str) -> Chem.Mol:
    """The sanitised molecule; ToolError names the value and RDKit's reason."""
    smiles = smiles.strip()
    if not smiles:
        raise ToolError("EMPTY", "The SMILES is empty.", "Give one SMILES string, for example CCO.")
    if len(smiles) > MAX_SMILES_LENGTH:
        raise ToolError(
            "TOO_LONG",
            f"The SMILES is {len(smiles):,} characters long; the limit is {MAX_SMILES_LENGTH:,}.",
            "Give a smaller molecule.",
        )
    if stray := STRAY_CHARACTER.search(smiles):
        raise _invalid(smiles, f"{stray[0]!r} at character {stray.start() + 1} does not belong in one")
    with rdkit_messages() as messages:
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise _invalid(smiles, parse_reason(messages))
    if molecule.GetNumAtoms() == 0:
        raise ToolError("EMPTY", "The SMILES has no atoms.", "Give one SMILES string, for example CCO.")
    if molecule.GetNumHeavyAtoms() > MAX_HEAVY_ATOMS:
        raise ToolError(
            "TOO_LARGE",
            f"The molecule has {molecule.GetNumHeavyAtoms():,} heavy atoms; the limit is {MAX_HEAVY_ATOMS}.",
            "Give a smaller molecule.",
        )
    return molecule


def formula(molecule: Chem.Mol) -> str:
    return str(CalcMolFormula(molecule))


def counted(number: int, noun: str) -> str:
    """counted(1, "atom") -> "1 atom", counted(2, "atom") -> "2 atoms"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@contextmanager
def quiet_rdkit() -> Iterator[None]:
    """RDKit keeps its remarks to itself meanwhile."""
    with rdkit_messages():
        yield


def _invalid(smiles: str, reason: str) -> ToolError:
    return ToolError(
        "INVALID_SMILES", f"'{shorten(smiles)}' is not a valid SMILES: {reason}.", "Check it and try again."
    )


@contextmanager
def rdkit_messages() -> Iterator[list[str]]:
    """Collect what RDKit would print while it parses."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("rdkit")
    handlers, propagate = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    rdBase.LogToPythonLogger()
    try:
        yield messages
    finally:
        rdBase.LogToCppStreams()
        logger.handlers, logger.propagate = handlers, propagate


def parse_reason(messages: list[str]) -> str:
    """The first thing that RDKit complained of."""
    for message in messages:
        text = " ".join(message.split("] ", 1)[-1].splitlines()[0].split())
        for prefix in ("SMILES Parse Error: ", "SMARTS Parse Error: ", "Explicit valence", "Can't kekulize"):
            if text.startswith(prefix):
                text = text.removeprefix("SMILES Parse Error: ").removeprefix("SMARTS Parse Error: ")
                return text.split(" while parsing:")[0].split(" for input:")[0].rstrip(".: ")
    return "it cannot be parsed"


def shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
