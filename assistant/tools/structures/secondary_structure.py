"""Helices and strands, from coordinates or, roughly, from a sequence."""

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.structures.arrays import atom_array, fold_codes
from assistant.tools.structures.chou_fasman import HELIX, predict
from assistant.tools.structures.contents import folds_of
from assistant.tools.structures.reading import read_structure
from assistant.tools.structures.residues import chosen_chain, listed, one_letter, polymer, protein_chains
from assistant.tools.views import Cell, Feature, sequence, table

sequence_view = sequence
MAX_VIEWS = 4
SHOWN_CHAINS = 3
SHOWN_RESIDUES = 200
WORDS = {"H": "helix", "E": "strand", "C": "coil"}
P_SEA_CODES = {"a": "H", "b": "E", "c": "C", "": "C"}
P_SEA_NOTE = (
    "P-SEA reads CA positions only; DSSP reads hydrogen bonds, so it also tells 3-10 helices and turns, and the ends "
    "of helices and strands may differ by one or two residues."
)
CHOU_FASMAN_NOTE = (
    "This is a guess from the sequence: Chou-Fasman is right for about 50-60 % of residues. Use a structure, measured "
    "or predicted, for anything that matters."
)


@dataclass(frozen=True, slots=True)
class Folded:
    """One chain: its residues, and H, E or C for each. numbers: what the file calls the residues; recorded: the helices
    and strands that it states itself."""

    name: str
    residues: str
    states: str
    numbers: tuple[str, ...]
    recorded: str = ""


def secondary_structure(
    file: Annotated[str, Schema(maxLength=200)] | None = None,
    sequence: Annotated[str, Schema(maxLength=10000)] | None = None,
    chain: Annotated[str, Schema(maxLength=4)] | None = None,
) -> ToolResult:
    """Secondary structure from coordinates (DSSP/P-SEA) or a rough estimate from sequence (Chou-Fasman).

    file: PDB/mmCIF attachment
    sequence: Protein sequence when no structure exists
    chain: Chain id
    """
    if (file is None) == (sequence is None):
        given = "both" if file is not None else "neither"
        raise ToolError("NEED_INPUT", f"Give file or sequence; {given} was given.")
    if file is not None:
        biotite = optional("biotite")
        library, method, note = f"biotite {biotite.__version__}", "P-SEA (Labesse et al. 1997)", P_SEA_NOTE
        folded = _from_coordinates(file, chain)
    else:
        library, method, note = "Benchside", "Chou-Fasman (1978), about 50-60 % per-residue accuracy", CHOU_FASMAN_NOTE
        folded = [_from_sequence(sequence or "")]
    lines = [f"Secondary structure by {method}."] + [_described(chain) for chain in folded[:SHOWN_CHAINS]]
    if len(folded) > SHOWN_CHAINS:
        rest = folded[SHOWN_CHAINS:]
        lines.append("Further chains: " + listed((f"{c.name} {_shares(c)}" for c in rest), 4) + ".")
    return ToolResult(
        summary="\n".join(lines)[:1_500],
        artifacts=(*(_drawn(chain) for chain in folded[:MAX_VIEWS]), _listed(folded)),
        warnings=(note,),
        provenance={"library": library, "method": method, "parameters": {"file": file, "chain": chain}},
    )


def _from_coordinates(file: str, chain: str | None) -> list[Folded]:
    structure = read_structure(file)
    chains = protein_chains(structure)
    folds = folds_of(structure, chains)
    found = []
    for one in [chosen_chain(structure, chain, chains)] if chain else chains:
        residues = [residue for residue in polymer(one) if residue.get_ca() is not None]
        if not residues:
            raise ToolError("NO_CA", f"Chain {one.name} of {file} has no CA atoms.", "P-SEA needs them.")
        states = "".join(P_SEA_CODES[code] for code in fold_codes(_ca_trace(one, residues)))
        numbers = tuple(str(residue.seqid) for residue in residues)
        recorded = listed((label for _, _, label, _ in folds[one.name]), 12) if folds[one.name] else ""
        found.append(Folded(one.name, one_letter(residues), states, numbers, recorded))
    return found


def _ca_trace(chain: Any, residues: list[Any]) -> Any:
    """The CA atoms as those of alanines, since biotite passes over amino acids that it does not know."""
    array = atom_array([(chain, residues)])
    is_first = [atom is chosen for residue in residues for chosen in [_first_ca(residue)] for atom in residue]
    array = array[is_first]
    array.res_name[:] = "ALA"
    return array


def _first_ca(residue: Any) -> Any:
    return next(atom for atom in residue if atom.name == "CA")


def _from_sequence(text: str) -> Folded:
    """FASTA headers, digits and white space are stripped."""
    letters = re.sub(r"[\s\d*]", "", re.sub(r"(?m)^>.*$", "", text)).upper()
    if not letters:
        raise ToolError("EMPTY", "The sequence is empty.", "Give a protein sequence in one-letter codes.")
    for i, letter in enumerate(letters, 1):
        if letter not in HELIX:
            hint = "Give the 20 amino acids in one-letter codes."
            raise ToolError("INVALID_SEQUENCE", f"'{letter}' at position {i} is no amino acid that has a rule.", hint)
    return Folded("sequence", letters, predict(letters), tuple(map(str, range(1, len(letters) + 1))))


def _spans(chain: Folded) -> list[tuple[str, int, int]]:
    """(state, first, last), 0-based and inclusive, without coil."""
    spans = []
    for state, group in groupby(range(len(chain.states)), key=lambda i: chain.states[i]):
        places = list(group)
        if state != "C":
            spans.append((state, places[0], places[-1]))
    return spans


def _shares(chain: Folded) -> str:
    total = len(chain.states)
    return ", ".join(f"{word} {100 * chain.states.count(state) / total:.0f} %" for state, word in WORDS.items())


def _described(chain: Folded) -> str:
    spans = _spans(chain)
    places = {
        word: listed((f"{chain.numbers[i]}-{chain.numbers[j]}" for code, i, j in spans if code == state), 12)
        for state, word in WORDS.items()
        if state != "C"
    }
    name = "The sequence" if chain.name == "sequence" else f"Chain {chain.name}"
    cut = "..." if len(chain.states) > SHOWN_RESIDUES else ""
    recorded = f"\nThe file's own records: {chain.recorded}." if chain.recorded else ""
    return (
        f"{name}, {len(chain.states)} residues: {_shares(chain)}. Helices: {places['helix']}. "
        f"Strands: {places['strand']}.\n{chain.states[:SHOWN_RESIDUES]}{cut} (H helix, E strand, C coil){recorded}"
    )


def _drawn(chain: Folded) -> ToolArtifact:
    features: list[Feature] = [
        {
            "start": i + 1,
            "end": j + 1,
            "label": f"{WORDS[state]} {chain.numbers[i]}-{chain.numbers[j]}",
            "kind": WORDS[state],
        }
        for state, i, j in _spans(chain)
    ]
    title = chain.name if chain.name == "sequence" else f"Chain {chain.name}"
    return sequence_view(
        f"secondary_structure_{chain.name}.json",
        title,
        chain.residues,
        "protein",
        f"{title} with helices and strands: {_shares(chain)}",
        features,
    )


def _listed(folded: list[Folded]) -> ToolArtifact:
    rows: list[list[Cell]] = [
        [chain.name, WORDS[state], chain.numbers[i], chain.numbers[j], j - i + 1]
        for chain in folded
        for state, i, j in _spans(chain)
    ]
    columns = ["chain", "element", "first residue", "last residue", "length (residues)"]
    return table("secondary_structure.csv", columns, rows[:2_000], "Helices and strands")
