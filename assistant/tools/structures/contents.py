"""What a structure holds: chains with their sequences and gaps, ligands, disulphides."""

import math
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from assistant.tools.structures.residues import label, ligands, listed, one_letter, pdb_id, polymer, shortened

MAX_ALIGNED = 10_000  # residues of a full sequence that is compared with the coordinates
MAX_FOLDS = 2_000
MAX_DISULPHIDE_A = 2.5  # between sulphur atoms; the bond has 2.05

POLYMERS: dict[str, tuple[str, Literal["protein", "dna", "rna"]]] = {
    "PeptideL": ("protein", "protein"),
    "PeptideD": ("protein of D-amino acids", "protein"),
    "Dna": ("DNA", "dna"),
    "Rna": ("RNA", "rna"),
    "DnaRnaHybrid": ("DNA/RNA hybrid", "dna"),
}
UNKNOWN_POLYMER: tuple[str, Literal["protein"]] = ("other polymer", "protein")


@dataclass(frozen=True, slots=True)
class ChainContents:
    """sequence: of the residues that have coordinates. folds: (start, end, label, kind) of the file's helices and
    strands, 1-based in the sequence. missing: residues of the full sequence without coordinates."""

    name: str
    kind: str
    alphabet: Literal["protein", "dna", "rna"]
    sequence: str
    numbering: str
    missing: tuple[str, ...]
    folds: tuple[tuple[int, int, str, str], ...]


@dataclass(frozen=True, slots=True)
class Contents:
    entry: str
    title: str
    method: str
    chains: tuple[ChainContents, ...]
    ligands: tuple[tuple[str, str, str], ...]  # name, chain, number
    modified: tuple[str, ...]
    disulphides: tuple[str, ...]
    num_waters: int
    num_atoms: int
    warnings: tuple[str, ...]


def contents_of(structure: Any) -> Contents:
    """Of the first model. Writes label numbers into the structure."""
    if all(len(entity.full_sequence) <= MAX_ALIGNED for entity in structure.entities):
        structure.assign_label_seq_id()
    model = structure[0]
    chains = [chain for chain in model if polymer(chain)]
    folds = folds_of(structure, chains)
    info = dict(structure.info)
    return Contents(
        entry=pdb_id(structure),
        title=shortened(info.get("_struct.title", "")),
        method=shortened(info.get("_exptl.method", ""), 60).lower().replace("x-ray", "X-ray"),
        chains=tuple(_chain(structure, chain, folds[chain.name]) for chain in chains),
        ligands=tuple((residue.name, chain.name, str(residue.seqid)) for chain, residue in ligands(structure)),
        modified=tuple(
            label(chain, residue) for chain in chains for residue in polymer(chain) if _is_modified(residue)
        ),
        disulphides=tuple(_disulphides(model)),
        num_waters=sum(len(chain.get_waters()) for chain in model),
        num_atoms=model.count_atom_sites(),
        warnings=tuple(_warnings(model, chains)),
    )


def _chain(structure: Any, chain: Any, folds: list[tuple[int, int, str, str]]) -> ChainContents:
    residues = polymer(chain)
    kind, alphabet = POLYMERS.get(chain.get_polymer().check_polymer_type().name, UNKNOWN_POLYMER)
    numbering = f"numbered {residues[0].seqid}-{residues[-1].seqid}"
    missing = _missing(structure, chain, residues)
    return ChainContents(chain.name, kind, alphabet, one_letter(residues), numbering, missing, tuple(folds))


def _missing(structure: Any, chain: Any, residues: list[Any]) -> tuple[str, ...]:
    """By the full sequence of the file where it has one, else by jumps in the numbering."""
    entity = structure.get_entity_of(chain.get_polymer())
    full = list(entity.full_sequence) if entity is not None else []
    present = {residue.label_seq for residue in residues}
    if full and None not in present:
        names = [name.split(",")[0][:8] for name in full]
        return tuple(f"{name}{i}" for i, name in enumerate(names, 1) if i not in present)
    gaps = []
    for before, after in zip(residues, residues[1:], strict=False):
        step = after.seqid.num - before.seqid.num
        if step > 1:
            gaps.append(f"{before.seqid.num + 1}-{after.seqid.num - 1}" if step > 2 else str(before.seqid.num + 1))
    return tuple(gaps)


def folds_of(structure: Any, chains: list[Any]) -> dict[str, list[tuple[int, int, str, str]]]:
    """The helices and strands that the file records, by chain: (start, end, label, kind), places among the polymer."""
    places = {chain.name: {str(residue.seqid): i for i, residue in enumerate(polymer(chain), 1)} for chain in chains}
    found: dict[str, list[tuple[int, int, str, str]]] = {chain.name: [] for chain in chains}
    spans = [(helix.start, helix.end, "helix") for helix in islice(structure.helices, MAX_FOLDS)]
    spans += [
        (strand.start, strand.end, "strand")
        for sheet in islice(structure.sheets, MAX_FOLDS)
        for strand in sheet.strands
    ]
    for start, end, kind in spans:
        known = places.get(start.chain_name, {})
        first, last = known.get(str(start.res_id.seqid)), known.get(str(end.res_id.seqid))
        if first and last and first <= last:
            span = (first, last, f"{kind} {start.res_id.seqid}-{end.res_id.seqid}", kind)
            if span not in found[start.chain_name]:
                found[start.chain_name].append(span)
    return {name: sorted(spans) for name, spans in found.items()}


def _is_modified(residue: Any) -> bool:
    return bool(residue.het_flag == "H")


def _disulphides(model: Any) -> list[str]:
    sulphurs = [
        (label(chain, residue), atom.pos)
        for chain in model
        for residue in chain.first_conformer()
        if residue.name in ("CYS", "CYX")
        for atom in residue
        if atom.name == "SG" and atom.altloc in ("\0", "A")
    ]
    return [
        f"{one} - {other} ({distance:.2f} Å)"
        for i, (one, place) in enumerate(sulphurs[:1_000])
        for other, other_place in sulphurs[i + 1 : 1_000]
        if (distance := math.dist(place.tolist(), other_place.tolist())) <= MAX_DISULPHIDE_A
    ]


def _warnings(model: Any, chains: list[Any]) -> list[str]:
    said = []
    mixed = [
        f"{chain.name}:{one.seqid}"
        for chain in chains
        for one, other in zip(chain.get_polymer(), list(chain.get_polymer())[1:], strict=False)
        if one.seqid == other.seqid
    ]
    if mixed:
        said.append(f"Two kinds of residue share the places {listed(mixed)}; the first of each is counted.")
    if any(atom.altloc != "\0" for chain in model for residue in chain for atom in residue):
        said.append("Some atoms have alternative positions.")
    return said
