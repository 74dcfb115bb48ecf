"""Rank molecules by how alike they are to one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from statistics import fmean
from typing import Annotated, Any, Literal

from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.molecule_files import MoleculeSource, Record, molecules_to_search
from assistant.tools.chemistry.molecule_grid_picture import MAX_PANELS, Panel, grid
from assistant.tools.chemistry.wording import cut, listed
from assistant.tools.molecule import RDKIT, read_smiles
from assistant.tools.parameters import FileName, Smiles
from assistant.tools.result import ToolArtifact, ToolResult

MAX_LISTED_SMILES = 90
Fingerprint = Literal["morgan", "rdkit", "maccs", "atom_pair", "topological_torsion"]
Metric = Literal["tanimoto", "dice"]

IN_WORDS: dict[str, str] = {
    "morgan": "Morgan fingerprint, radius 2, 2,048 bits",
    "rdkit": "RDKit path fingerprint, 1 to 7 bonds, 2,048 bits",
    "maccs": "MACCS keys, 166 bits",
    "atom_pair": "atom-pair fingerprint, 2,048 bits",
    "topological_torsion": "topological-torsion fingerprint, 2,048 bits",
}
METRICS: dict[str, Callable[[Any, Any], float]] = {
    "tanimoto": DataStructs.TanimotoSimilarity,
    "dice": DataStructs.DiceSimilarity,
}


@dataclass(frozen=True, slots=True)
class Scored:
    record: Record
    similarity: float


def similarity_search(
    query_smiles: Smiles,
    targets: Annotated[list[Smiles], Schema(minItems=1, maxItems=500)] | None = None,
    file: FileName | None = None,
    fingerprint: Fingerprint = "morgan",
    metric: Metric = "tanimoto",
    top_k: Annotated[int, Schema(minimum=1, maximum=100)] = 10,
) -> ToolResult:
    """Rank molecules by fingerprint similarity to a query, or compare two molecules.

    query_smiles: One SMILES string. Escape backslashes in JSON
    targets: 1 to 500 SMILES strings
    file: SDF/SMI/CSV attachment to search instead of targets
    fingerprint: Fingerprint
    metric: Similarity
    top_k: Rows returned
    """
    query = read_smiles(query_smiles)
    source = molecules_to_search(targets, file)
    similarities: list[float] = []
    scored = _scores(source, query, fingerprint, metric, similarities)
    best = nsmallest(top_k, scored, key=lambda hit: (-hit.similarity, hit.record.place))
    source.check()

    method = f"{metric.capitalize()} similarity ({IN_WORDS[fingerprint]})"
    return ToolResult(
        summary=f"{method} of the query to {_summary(best, similarities, file)}",
        artifacts=_artifacts(query, best, metric),
        warnings=(*source.warnings, *_warnings(query, best)),
        provenance={
            "library": RDKIT,
            "method": f"{metric.capitalize()} similarity of {IN_WORDS[fingerprint]}",
            "parameters": {"fingerprint": fingerprint, "metric": metric, "top_k": top_k},
        },
    )


@cache
def _fingerprint(name: str) -> Callable[[Chem.Mol], Any]:
    generators = {
        "morgan": lambda: rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048),
        "rdkit": lambda: rdFingerprintGenerator.GetRDKitFPGenerator(fpSize=2048),
        "atom_pair": lambda: rdFingerprintGenerator.GetAtomPairGenerator(fpSize=2048),
        "topological_torsion": lambda: rdFingerprintGenerator.GetTopologicalTorsionGenerator(fpSize=2048),
    }
    if name == "maccs":
        return rdMolDescriptors.GetMACCSKeysFingerprint  # type: ignore[no-any-return]
    return generators[name]().GetFingerprint  # type: ignore[no-any-return]


def _scores(
    source: MoleculeSource, query: Chem.Mol, fingerprint: str, metric: str, similarities: list[float]
) -> Iterator[Scored]:
    """Every molecule; all similarities go into the last argument, so that no molecule has to be kept for them."""
    of_molecule, similarity = _fingerprint(fingerprint), METRICS[metric]
    of_query = of_molecule(query)
    for record in source:
        similarities.append(similarity(of_query, of_molecule(record.molecule)))
        yield Scored(record, similarities[-1])


def _summary(best: list[Scored], similarities: list[float], file: str | None) -> str:
    if len(similarities) == 1:
        return f"{_written(best[0])}."
    where = f" of {file}" if file else ""
    rows = [f"{i}. {_written(hit)}" for i, hit in enumerate(best, 1)]
    head = f"{len(similarities):,} molecules{where}: mean {fmean(similarities):.3f}"
    return f"{head}. The {len(best)} most similar: {listed(rows)}."


def _written(hit: Scored) -> str:
    return f"{cut(hit.record.smiles, MAX_LISTED_SMILES)} ({hit.record.name}) {hit.similarity:.3f}"


def _artifacts(query: Chem.Mol, best: list[Scored], metric: str) -> tuple[ToolArtifact, ...]:
    rows = [
        (i, hit.record.name, hit.record.smiles, round(hit.similarity, 4), hit.record.place)
        for i, hit in enumerate(best, 1)
    ]
    columns = ("rank", "name", "SMILES", f"{metric.capitalize()} similarity", "place in the input")
    panels = [Panel(query, "query")]
    panels += [Panel(hit.record.molecule, f"{hit.record.name}: {hit.similarity:.3f}") for hit in best]
    return (
        views.table("similar_molecules.csv", columns, rows, f"The {len(best)} molecules most similar to the query"),
        grid("similar_molecules.svg", panels, f"The query and its {min(len(best), MAX_PANELS - 1)} nearest molecules"),
    )


def _warnings(query: Chem.Mol, best: list[Scored]) -> list[str]:
    warnings = []
    written, flat = Chem.MolToSmiles(query), Chem.MolToSmiles(query, isomericSmiles=False)
    same = [hit for hit in best if hit.similarity == 1.0]
    if identical := [hit.record.name for hit in same if Chem.MolToSmiles(hit.record.molecule) == written]:
        warnings.append(f"The query itself is among the targets: {listed(identical, max_length=200)}.")
    stereoisomers = [
        hit.record.name
        for hit in same
        if hit.record.name not in identical and Chem.MolToSmiles(hit.record.molecule, isomericSmiles=False) == flat
    ]
    if stereoisomers:
        names = listed(stereoisomers, max_length=200)
        warnings.append(f"The fingerprint ignores stereochemistry: {names} differs from the query by it alone.")
    if others := [hit.record.name for hit in same if hit.record.name not in (*identical, *stereoisomers)]:
        warnings.append(
            f"Similarity 1.000 means the same bits, not the same molecule: {listed(others, max_length=200)}."
        )
    return warnings
