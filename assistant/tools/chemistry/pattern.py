"""The atoms of a drawing that a SMARTS pattern finds."""

from rdkit import Chem

from assistant.tools.molecule import parse_reason, rdkit_messages, shorten
from assistant.tools.result import ToolError

MAX_MATCHES = 1_000


def read_pattern(smarts: str) -> Chem.Mol:
    """ToolError INVALID_SMARTS with RDKit's reason."""
    smarts = smarts.strip()
    with rdkit_messages() as messages:
        pattern = Chem.MolFromSmarts(smarts)
    if pattern is None or pattern.GetNumAtoms() == 0:
        reason = parse_reason(messages) if smarts else "it is empty"
        raise ToolError(
            "INVALID_SMARTS",
            f"'{shorten(smarts)}' is not a valid SMARTS: {reason}.",
            "Example: C(=O)[OX2H1] for a carboxylic acid.",
        )
    return pattern


def matches(molecule: Chem.Mol, pattern: Chem.Mol) -> tuple[tuple[int, ...], ...]:
    """Atom indices of each place where the pattern fits, at most MAX_MATCHES of them."""
    return tuple(molecule.GetSubstructMatches(pattern, maxMatches=MAX_MATCHES))
