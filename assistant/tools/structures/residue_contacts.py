"""What lies around a ligand or a residue."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.structures.arrays import positions
from assistant.tools.structures.drawing import structure_text
from assistant.tools.structures.reading import read_structure
from assistant.tools.structures.residues import label, ligands, listed, pdb_id, polymer, without_hydrogens
from assistant.tools.views import structure as structure_view
from assistant.tools.views import table

RESIDUE = re.compile(r"^([^:\s]{1,8}):(-?\d+)([A-Za-z]?)$")
GROUP = re.compile(r"^(?:([^:\s]{1,8}):)?([A-Za-z0-9]{1,8})$")
MAX_SELECTED_ATOMS = 2_000
BOND_A = 2.0  # heavy atoms that are closer are bonded, metals apart
HYDROGEN_BOND_A = 3.5  # between the donor and the acceptor
POLAR = {"N", "O", "S", "F"}
MAX_DRAWN_ATOMS = 60_000
MAX_ROWS = 2_000
CHUNK = 64

Group = tuple[Any, Any]  # chain, residue


@dataclass(frozen=True, slots=True)
class Contact:
    """One residue near the selection, by its closest pair of atoms."""

    group: Group
    distance_a: float
    own_atom: str  # of the selection
    other_atom: str
    num_pairs: int  # closer than the cutoff
    kind: str


def residue_contacts(
    file: FileName,
    selection: Annotated[str, Schema(maxLength=20)],
    cutoff_a: Annotated[float, Schema(minimum=2, maximum=12)] = 4.0,
) -> ToolResult:
    """Residues or atoms within a distance of a ligand or residue.

    file: Name of a file attached to the conversation, exactly as listed
    selection: Ligand name ("XK2") or residue ("A:25")
    cutoff_a: Distance, angstrom
    """
    structure = read_structure(file)
    heavy = without_hydrogens(structure)
    chosen = _selected(heavy, selection.strip())
    contacts = _contacts(heavy, chosen, cutoff_a)
    name = listed(label(*group) for group in chosen)
    residues = [contact for contact in contacts if not contact.group[1].is_water()]
    num_waters = len(contacts) - len(residues)
    facts = listed((_fact(contact) for contact in residues), 24)
    alt = f"{len(residues)} residues within {cutoff_a:g} Å of {name}"
    artifacts = [_listed(contacts, alt)]
    if structure[0].count_atom_sites() <= MAX_DRAWN_ATOMS:
        artifacts.append(_drawn(structure, chosen, residues, pdb_id(structure) or file, alt))
    return ToolResult(
        summary=f"{alt}, nearest first, with the closest pair of heavy atoms ({name}'s atom first): {facts}. "
        f"Waters within {cutoff_a:g} Å: {num_waters}. "
        f"Polar contacts (N, O, S, F within {HYDROGEN_BOND_A} Å): {_polar(residues)}.",
        artifacts=tuple(artifacts),
        warnings=_warnings(structure, chosen),
        provenance={
            "library": f"gemmi {optional('gemmi').__version__}, numpy {np.__version__}",
            "method": "distances between heavy atoms in the asymmetric unit, first conformer",
            "parameters": {"file": file, "selection": selection, "cutoff_a": cutoff_a},
        },
    )


def _selected(structure: Any, selection: str) -> list[Group]:
    groups = [(chain, residue) for chain in structure[0] for residue in chain]
    if match := RESIDUE.match(selection):
        number = match[2] + match[3].upper()
        chosen = [(c, r) for c, r in groups if c.name == match[1] and str(r.seqid) == number]
        if not chosen:
            raise _not_found(structure, selection, match[1])
    else:
        match = GROUP.match(selection)
        chosen = [
            (c, r)
            for c, r in groups
            if match and r.name.upper() == match[2].upper() and (match[1] is None or c.name == match[1])
        ]
        if not chosen:
            raise _not_found(structure, selection, "")
    if sum(len(residue) for _, residue in chosen) > MAX_SELECTED_ATOMS:
        hint = f"Name one of them: {listed((f'{c.name}:{r.seqid}' for c, r in chosen), 3)}."
        raise ToolError("TOO_MANY", f"{selection} stands for {len(chosen):,} residues.", hint)
    return chosen


def _not_found(structure: Any, selection: str, chain_name: str) -> ToolError:
    for chain in structure[0]:
        residues = polymer(chain)
        if chain.name == chain_name and residues:
            span = f"Chain {chain_name} has residues {residues[0].seqid}-{residues[-1].seqid}."
            return ToolError("SELECTION_NOT_FOUND", f"There is no residue {selection}.", span)
    names = listed(dict.fromkeys(residue.name for _, residue in ligands(structure)))
    chains = listed(dict.fromkeys(chain.name for chain in structure[0]))
    return ToolError(
        "SELECTION_NOT_FOUND",
        f"There is no {selection}.",
        f"Ligands here: {names}; chains: {chains}. Write a ligand's name or a residue as A:25.",
    )


def _contacts(structure: Any, chosen: list[Group], cutoff_a: float) -> list[Contact]:
    own = [(group, atom) for group in chosen for atom in group[1]]
    selected = {id(residue) for _, residue in chosen} | {(c.name, str(r.seqid), r.name) for c, r in chosen}
    others = [
        ((chain, residue), atom)
        for chain in structure[0]
        for residue in chain
        if (chain.name, str(residue.seqid), residue.name) not in selected
        for atom in residue
    ]
    if not others or not own:
        return []
    own_points, other_points = positions(atom for _, atom in own), positions(atom for _, atom in others)
    pairs: dict[tuple[str, str, str], list[tuple[float, int, int]]] = {}
    for start in range(0, len(own), CHUNK):
        distances = np.linalg.norm(own_points[start : start + CHUNK, None] - other_points[None], axis=2)
        for i, j in np.argwhere(distances <= cutoff_a):
            chain, residue = others[j][0]
            key = (chain.name, str(residue.seqid), residue.name)
            pairs.setdefault(key, []).append((float(distances[i, j]), start + int(i), int(j)))
    found = [_contact(near, own, others) for near in pairs.values()]
    return sorted(found, key=lambda contact: (contact.distance_a, label(*contact.group)))


def _contact(pairs: list[tuple[float, int, int]], own: list[Any], others: list[Any]) -> Contact:
    distance, i, j = min(pairs)
    one, other = own[i][1], others[j][1]
    is_polar = any(
        d <= HYDROGEN_BOND_A and own[a][1].element.name in POLAR and others[b][1].element.name in POLAR
        for d, a, b in pairs
    )
    if distance < BOND_A and not (one.element.is_metal or other.element.is_metal):
        kind = "bonded"
    elif distance < 3.0 and (one.element.is_metal or other.element.is_metal):
        kind = "metal"
    else:
        kind = "polar" if is_polar else "contact"
    return Contact(others[j][0], distance, one.name, other.name, len(pairs), kind)


def _fact(contact: Contact) -> str:
    kind = f", {contact.kind}" if contact.kind in ("bonded", "metal") else ""
    return f"{label(*contact.group)} {contact.distance_a:.2f} Å ({contact.own_atom}-{contact.other_atom}{kind})"


def _polar(contacts: list[Contact]) -> str:
    return listed((label(*contact.group) for contact in contacts if contact.kind == "polar"), 12)


def _warnings(structure: Any, chosen: list[Group]) -> tuple[str, ...]:
    said = []
    if len(chosen) > 1:
        said.append(f"{chosen[0][1].name} occurs {len(chosen)} times; contacts of all of them are listed together.")
    if len(structure) > 1:
        said.append(f"The file has {len(structure)} models; the first is used.")
    return tuple(said)


def _listed(contacts: list[Contact], alt: str) -> Any:
    rows = [
        [
            contact.group[0].name,
            str(contact.group[1].seqid),
            contact.group[1].name,
            round(contact.distance_a, 2),
            contact.own_atom,
            contact.other_atom,
            contact.num_pairs,
            "water" if contact.group[1].is_water() else contact.kind,
        ]
        for contact in contacts[:MAX_ROWS]
    ]
    columns = ["chain", "number", "residue", "distance (Å)", "selected atom", "its atom", "atom pairs", "kind"]
    return table("contacts.csv", columns, rows, alt)


def _drawn(structure: Any, chosen: list[Group], contacts: list[Contact], name: str, alt: str) -> Any:
    groups = [*chosen[:20], *(contact.group for contact in contacts[:40])]
    highlight = [{"chain": c.name, "residue": r.seqid.num, "label": label(c, r)} for c, r in groups]
    structure.remove_waters()
    text, form = structure_text(structure)
    return structure_view(
        f"contacts.{form}", text, form, f"{name}: {alt}", style="cartoon", color_by="chain", highlight=highlight
    )
