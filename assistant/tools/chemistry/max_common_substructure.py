"""The largest part that molecules have in common."""

from collections.abc import Sequence
from typing import Annotated

from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor, rdFMCS

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.molecule_grid_picture import MAX_PANELS, Panel, grid
from assistant.tools.chemistry.numbered_smiles import read_numbered
from assistant.tools.chemistry.wording import cut, listed
from assistant.tools.molecule import RDKIT, counted
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolArtifact, ToolResult

RULE = "same element, same bond order"


def max_common_substructure(
    smiles_list: Annotated[list[Smiles], Schema(minItems=2, maxItems=20)],
    timeout_s: Annotated[int, Schema(minimum=1, maximum=20)] = 5,
) -> ToolResult:
    """Maximum common substructure of 2-20 molecules.

    smiles_list: 2 to 20 SMILES strings
    timeout_s: Limit, s
    """
    molecules = read_numbered(smiles_list, "Molecule")
    with rdBase.BlockLogs():
        found = rdFMCS.FindMCS(molecules, timeout=timeout_s)
    provenance = {
        "library": RDKIT,
        "method": f"rdFMCS.FindMCS, connected; {RULE}; a part of a ring may match",
        "parameters": {"timeout_s": timeout_s},
    }
    limit = (
        (f"The limit of {timeout_s} s was reached: the common part is a lower bound, there may be a larger one.",)
        if found.canceled
        else ()
    )
    if not found.numAtoms:
        return ToolResult(
            summary=f"The {len(molecules)} molecules have no bond in common ({RULE}).",
            warnings=limit,
            provenance=provenance,
        )
    query = Chem.MolFromSmarts(found.smartsString)
    matches = [molecule.GetSubstructMatch(query) for molecule in molecules]
    return ToolResult(
        summary=_summary(molecules, found, query, matches[0]),
        artifacts=_artifacts(molecules, query, matches),
        warnings=(*limit, *_whole_rings(molecules, _cut_rings(molecules, query, matches), timeout_s)),
        provenance=provenance,
    )


def _summary(molecules: Sequence[Chem.Mol], found: rdFMCS.MCSResult, query: Chem.Mol, match: tuple[int, ...]) -> str:
    share = [f"{100 * found.numAtoms / molecule.GetNumHeavyAtoms():.0f} %" for molecule in molecules]
    size = f"{counted(found.numAtoms, 'heavy atom')} and {counted(found.numBonds, 'bond')}"
    fragment = Chem.MolFragmentToSmiles(molecules[0], match, sorted(_common_bonds(molecules[0], query, match)))
    return (
        f"Maximum common substructure of {len(molecules)} molecules ({RULE}): {size}; "
        f"as SMILES, taken from molecule 1: {cut(fragment, 400)}; share of the heavy atoms of each molecule, in order: "
        f"{listed(share, max_length=200)}. SMARTS: {cut(found.smartsString, 400)}"
    )


def _artifacts(
    molecules: Sequence[Chem.Mol], query: Chem.Mol, matches: Sequence[tuple[int, ...]]
) -> tuple[ToolArtifact, ...]:
    panels = [
        Panel(molecule, f"molecule {i}", match)
        for i, (molecule, match) in enumerate(zip(_aligned(molecules, matches), matches, strict=True), 1)
    ]
    rows = [
        (i, Chem.MolToSmiles(molecule), molecule.GetNumHeavyAtoms(), len(match), " ".join(map(str, match)))
        for i, (molecule, match) in enumerate(zip(molecules, matches, strict=True), 1)
    ]
    columns = ("molecule", "SMILES", "heavy atoms", "common atoms", "atoms of the common part (from 0, as given)")
    shown = min(len(panels), MAX_PANELS)
    return (
        views.table("common_substructure.csv", columns, rows, "The common part in each molecule"),
        grid("common_substructure.svg", panels, f"{shown} molecules with the common part highlighted and aligned"),
    )


def _aligned(molecules: Sequence[Chem.Mol], matches: Sequence[tuple[int, ...]]) -> list[Chem.Mol]:
    """Copies in 2D, the common part of each drawn as in the first."""
    first = Chem.Mol(molecules[0])
    rdDepictor.Compute2DCoords(first)
    positions = first.GetConformer()
    aligned = [first]
    for molecule, match in zip(molecules[1:], matches[1:], strict=True):
        flat = Chem.Mol(molecule)
        points = {
            atom: Chem.rdGeometry.Point2D(positions.GetAtomPosition(of_first))
            for atom, of_first in zip(match, matches[0], strict=True)
        }
        rdDepictor.Compute2DCoords(flat, coordMap=points)
        aligned.append(flat)
    return aligned


def _cut_rings(molecules: Sequence[Chem.Mol], query: Chem.Mol, matches: Sequence[tuple[int, ...]]) -> list[int]:
    """Numbers, from 1, of the molecules in which the common part ends within a ring."""
    return [i for i, (each, match) in enumerate(zip(molecules, matches, strict=True), 1) if _is_cut(each, query, match)]


def _is_cut(molecule: Chem.Mol, query: Chem.Mol, match: tuple[int, ...]) -> bool:
    common = _common_bonds(molecule, query, match)
    rings = [set(ring) for ring in molecule.GetRingInfo().BondRings()]
    whole = {bond for ring in rings if ring <= common for bond in ring}
    return any((ring & common) - whole for ring in rings)


def _common_bonds(molecule: Chem.Mol, query: Chem.Mol, match: tuple[int, ...]) -> set[int]:
    return {
        molecule.GetBondBetweenAtoms(match[bond.GetBeginAtomIdx()], match[bond.GetEndAtomIdx()]).GetIdx()
        for bond in query.GetBonds()
    }


def _whole_rings(molecules: Sequence[Chem.Mol], in_part: Sequence[int], timeout_s: int) -> tuple[str, ...]:
    """What is in common when a ring may match as a whole only."""
    if not in_part:
        return ()
    with rdBase.BlockLogs():
        found = rdFMCS.FindMCS(molecules, timeout=timeout_s, ringMatchesRingOnly=True, completeRingsOnly=True)
    plural = "s" if len(in_part) > 1 else ""
    where = f"The common part ends within a ring of molecule{plural} {listed([str(i) for i in in_part])}."
    if not found.numAtoms:
        return (f"{where} With whole rings only there is nothing in common.",)
    limit = ", a lower bound as the time limit was reached" if found.canceled else ""
    size = f"{counted(found.numAtoms, 'heavy atom')}{limit}"
    return (f"{where} With whole rings only it is {size}: {cut(found.smartsString, 300)}.",)
