"""Find molecules by a pattern."""

from dataclasses import dataclass
from typing import Annotated

from rdkit import Chem, rdBase

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.molecule_files import MoleculeSource, Record, molecules_to_search
from assistant.tools.chemistry.molecule_grid_picture import MAX_PANELS, Panel, grid
from assistant.tools.chemistry.smarts import MAX_MATCHES, read_smarts, substructure_matches
from assistant.tools.chemistry.wording import cut, listed
from assistant.tools.molecule import RDKIT
from assistant.tools.parameters import FileName, Smiles
from assistant.tools.result import ToolArtifact, ToolResult


@dataclass(frozen=True, slots=True)
class Hit:
    record: Record
    matches: tuple[tuple[int, ...], ...]


def substructure_search(
    smarts: Annotated[str, Schema(minLength=1, maxLength=1000)],
    targets: Annotated[list[Smiles], Schema(minItems=1, maxItems=500)] | None = None,
    file: FileName | None = None,
    max_hits: Annotated[int, Schema(minimum=1, maximum=200)] = 50,
) -> ToolResult:
    """Find which molecules contain a SMARTS pattern.

    smarts: SMARTS query
    targets: 1 to 500 SMILES strings
    file: SDF/SMI/CSV attachment to search instead of targets
    max_hits: Hits listed
    """
    query = read_smarts(smarts)
    source = molecules_to_search(targets, file)
    hits, num_hits = _search(source, query, max_hits)
    source.check()

    where = f" of {file}" if file else ""
    found = f"{num_hits:,} of {source.num_searched:,} molecules{where} match the SMARTS {cut(smarts.strip(), 200)}"
    entries = [f"{hit.record.name} ({_count(hit.matches)})" for hit in hits]
    summary = found + (f". Hits, with the number of places: {listed(entries, num_hits)}." if hits else ".")
    return ToolResult(
        summary=summary,
        artifacts=_artifacts(hits, smarts.strip()) if hits else (),
        warnings=(*source.warnings, *_warnings(smarts, hits)),
        provenance={
            "library": RDKIT,
            "method": "GetSubstructMatches, unique sets of atoms, chirality respected",
            "parameters": {"smarts": smarts.strip(), "max_hits": max_hits},
        },
    )


def _search(source: MoleculeSource, query: Chem.Mol, max_hits: int) -> tuple[list[Hit], int]:
    """The first max_hits, and how many there are."""
    hits: list[Hit] = []
    num_hits = 0
    for record in source:
        if matches := substructure_matches(record.molecule, query):
            num_hits += 1
            if len(hits) < max_hits:
                hits.append(Hit(record, matches))
    return hits, num_hits


def _artifacts(hits: list[Hit], smarts: str) -> tuple[ToolArtifact, ...]:
    rows = [(hit.record.name, hit.record.smiles, len(hit.matches), " ".join(map(str, hit.matches[0]))) for hit in hits]
    columns = ("name", "SMILES", "places", "atoms of the first place (from 0)")
    panels = [
        Panel(hit.record.molecule, hit.record.name, tuple(sorted({atom for match in hit.matches for atom in match})))
        for hit in hits
    ]
    shown = f"{min(len(hits), MAX_PANELS)} molecules with {smarts} highlighted"
    return (
        views.table("substructure_hits.csv", columns, rows, f"{len(hits)} molecules that match {smarts}"),
        grid("substructure_hits.svg", panels, shown),
    )


def _warnings(smarts: str, hits: list[Hit]) -> tuple[str, ...]:
    warnings = []
    if any(len(hit.matches) >= MAX_MATCHES for hit in hits):
        warnings.append(f"At most {MAX_MATCHES:,} places are counted in a molecule.")
    if not hits and (aromatic := _aromatic_form(smarts)):
        warnings.append(
            "In SMARTS a capital C matches aliphatic carbon only, and the pattern has a ring that is aromatic: "
            f"{aromatic} is the pattern to try."
        )
    return tuple(warnings)


def _aromatic_form(smarts: str) -> str:
    """What a Kekulé SMILES that was given as a pattern should have been."""
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smarts.strip())
    if molecule is None or not any(atom.GetIsAromatic() for atom in molecule.GetAtoms()):
        return ""
    query = Chem.MolFromSmarts(smarts.strip())
    if any(atom.GetIsAromatic() for atom in query.GetAtoms()):
        return ""
    return str(Chem.MolToSmiles(molecule))


def _count(matches: tuple[tuple[int, ...], ...]) -> str:
    return f"{MAX_MATCHES:,}+" if len(matches) >= MAX_MATCHES else str(len(matches))
