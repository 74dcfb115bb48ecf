"""Read one SMARTS pattern or reaction SMARTS, or say exactly what is wrong with it."""

import re

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from assistant.tools.chemistry.wording import cut
from assistant.tools.result import ToolError

MAX_QUOTED = 60  # characters of what is refused
MAX_MATCHES = 1_000  # in one molecule


def read_smarts(smarts: str) -> Chem.Mol:
    """The query. A hydrogen that is written as an atom becomes a count, as molecules have none as atoms."""
    text = smarts.strip()
    with rdBase.CaptureErrorLog() as log:
        query = Chem.MolFromSmarts(text)
    if query is None:
        reason = parser_reason(log.messages)
        raise ToolError(
            "INVALID_SMARTS", f"'{cut(text, MAX_QUOTED)}' is not a valid SMARTS: {reason}.", "Example: C(=O)[OH]."
        )
    if query.GetNumAtoms() == 0:
        raise ToolError("EMPTY", "The SMARTS has no atoms.", "Example: C(=O)[OH].")
    if any(atom.GetAtomicNum() == 1 for atom in query.GetAtoms()):
        with rdBase.BlockLogs():
            query = Chem.MergeQueryHs(query)
    return query


def read_reaction_smarts(smarts: str) -> rdChemReactions.ChemicalReaction:
    text = smarts.strip()
    try:
        with rdBase.CaptureErrorLog() as log:
            reaction = rdChemReactions.ReactionFromSmarts(text)
            if not reaction.GetNumReactantTemplates() or not reaction.GetNumProductTemplates():
                raise ValueError("a side of it is empty")
            reaction.Initialize(silent=True)
            _, num_errors = reaction.Validate(silent=True)
    except (ValueError, RuntimeError) as error:
        reason = parser_reason(log.messages or str(error))
        raise _invalid_reaction(text, reason) from error
    if num_errors:
        raise _invalid_reaction(text, parser_reason(log.messages))
    return reaction


def substructure_matches(molecule: Chem.Mol, query: Chem.Mol) -> tuple[tuple[int, ...], ...]:
    """Atoms (from 0) of each place where the query is, at most MAX_MATCHES of them."""
    return tuple(molecule.GetSubstructMatches(query, _MATCHING))


def _matching() -> Chem.SubstructMatchParameters:
    parameters = Chem.SubstructMatchParameters()
    parameters.useChirality = True
    parameters.maxMatches = MAX_MATCHES
    parameters.maxRecursiveMatches = MAX_MATCHES
    return parameters


_MATCHING = _matching()


def parser_reason(messages: str) -> str:
    """The first thing that RDKit complained of, with the position."""
    lines = [re.sub(r"^\[[\d:]+\] ", "", line) for line in messages.splitlines()]
    position = next((found[1] for line in lines if (found := re.search(r"around position (\d+)", line))), "")
    for line in lines:
        reason = line.removeprefix("SMARTS Parse Error: ").removeprefix("SMILES Parse Error: ")
        reason = reason.removeprefix("ChemicalReactionParserException: ")
        reason = re.split(r" while parsing:| for input:", reason)[0].strip(" .:")
        if reason and reason != "****":
            return f"{reason[:120]} around character {position}" if position else reason[:120]
    return "it cannot be parsed"


def _invalid_reaction(text: str, reason: str) -> ToolError:
    return ToolError(
        "INVALID_REACTION_SMARTS",
        f"'{cut(text, MAX_QUOTED)}' is not a valid reaction SMARTS: {reason}.",
        "Example: [C:1](=[O:2])[OH].[N;H2:3]>>[C:1](=[O:2])[N:3], with the same map numbers on both sides.",
    )
