"""What a structure file holds."""

from typing import Any

from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolResult
from assistant.tools.structures.contents import Contents, contents_of
from assistant.tools.structures.reading import read_structure
from assistant.tools.structures.residues import listed, shortened
from assistant.tools.views import Feature, sequence, table

MAX_VIEWS = 4  # chains whose sequence is shown
SEQUENCE_CHARACTERS = 150  # of a chain, in the summary
MAX_ROWS = 2_000


def structure_summary(file: FileName, include_sequence: bool = True) -> ToolResult:
    """Summarise a structure file: title, method, resolution, chains, sequence, ligands, disulphides, missing residues.

    file: Name of a file attached to the conversation, exactly as listed
    include_sequence: Print chain sequences
    """
    return summarise(read_structure(file), file, include_sequence)


def summarise(structure: Any, file: str, include_sequence: bool = True) -> ToolResult:
    """The answer of structure_summary about what has been read."""
    contents = contents_of(structure)
    rows: list[list[Any]] = [
        [c.name, c.kind, len(c.sequence), c.numbering, len(c.missing), c.sequence] for c in contents.chains
    ]
    rows += [[chain, "ligand", None, number, None, name] for name, chain, number in contents.ligands]
    artifacts = [
        table(
            "contents.csv",
            ["chain", "kind", "residues", "numbers", "missing residues", "sequence or name"],
            rows[:MAX_ROWS],
            f"Chains and ligands of {file}",
        )
    ]
    if include_sequence:
        artifacts += [_sequence_view(structure, chain) for chain in contents.chains[:MAX_VIEWS]]
    return ToolResult(
        summary=shortened_lines(_facts(structure, contents, include_sequence)),
        artifacts=tuple(artifacts),
        warnings=contents.warnings,
        provenance={
            "library": f"gemmi {optional('gemmi').__version__}",
            "method": "records of the file; disulphides from SG-SG distances below 2.5 Å",
            "parameters": {"file": file},
        },
    )


def shortened_lines(lines: list[str], most: int = 1_500) -> str:
    """As many whole lines as there is room for."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > most:
            return text + "..."
        text += line + "\n"
    return text.rstrip("\n")


def _facts(structure: Any, contents: Contents, include_sequence: bool) -> list[str]:
    lines = [f"{contents.entry or 'Structure'}: {contents.title or 'no title'}.", _experiment(structure, contents)]
    for chain in contents.chains[:10]:
        missing = f", missing from the coordinates: {listed(chain.missing, 10)}" if chain.missing else ""
        lines.append(f"Chain {chain.name}: {chain.kind}, {len(chain.sequence)} residues ({chain.numbering}){missing}.")
    if len(contents.chains) > 10:
        lines.append(f"... and {len(contents.chains) - 10:,} more chains, listed in the table.")
    names = [f"{name} {chain}:{number}" for name, chain, number in contents.ligands]
    lines.append(f"Ligands: {listed(names, 12)}. Waters: {contents.num_waters:,}. Atoms: {contents.num_atoms:,}.")
    lines.append(f"Modified residues: {listed(contents.modified)}. Disulphides: {listed(contents.disulphides)}.")
    if include_sequence:
        for chain in contents.chains[:MAX_VIEWS]:
            shown = chain.sequence[:SEQUENCE_CHARACTERS]
            cut = f"... ({len(chain.sequence)} in all)" if len(chain.sequence) > len(shown) else ""
            lines.append(f"Sequence of {chain.name}: {shown}{cut}")
    return lines


def _experiment(structure: Any, contents: Contents) -> str:
    resolution = f"resolution {structure.resolution:.2f} Å" if structure.resolution > 0 else "no resolution stated"
    words = [contents.method or "method not stated", resolution]
    refinement = structure.meta.refinement
    if refinement and refinement[0].r_work == refinement[0].r_work:  # not NaN
        words.append(f"R {refinement[0].r_work:.3f}")
    if refinement and refinement[0].r_free == refinement[0].r_free:
        words.append(f"R-free {refinement[0].r_free:.3f}")
    if structure.spacegroup_hm and structure.cell.is_crystal():
        cell = structure.cell
        words.append(
            f"space group {shortened(structure.spacegroup_hm, 20)}, cell {cell.a:.2f} x {cell.b:.2f} x {cell.c:.2f} Å"
        )
    if len(structure) > 1:
        words.append(f"{len(structure)} models, of which the first is described")
    return ", ".join(words) + "."


def _sequence_view(structure: Any, chain: Any) -> Any:
    features: list[Feature] = [
        {"start": start, "end": end, "label": label, "kind": kind} for start, end, label, kind in chain.folds
    ]
    alphabet = chain.alphabet
    return sequence(
        f"chain_{chain.name}.json",
        f"Chain {chain.name}",
        chain.sequence,
        alphabet,
        f"Sequence of chain {chain.name}, {len(chain.sequence)} residues, with the helices and strands of the file",
        features,
    )
