"""Lay one protein chain over another."""

from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.structures.arrays import Points, atom_array, fold_codes, positions
from assistant.tools.structures.drawing import Fold, overlay_text
from assistant.tools.structures.reading import read_structure
from assistant.tools.structures.residues import chosen_chain, one_letter, polymer, protein_chains, without_hydrogens
from assistant.tools.views import Cell, alignment, table
from assistant.tools.views import structure as structure_view

ChainName = Annotated[str, Schema(maxLength=4)]
Pairs = list[tuple[int, int]]
MAX_RESIDUES = 3_000
MIN_PAIRS = 10
MIN_IDENTITY = 0.25
MIN_SHARE = 0.4  # of the shorter chain, to be paired by sequence
TM_NOTE = (
    "TM-score by biotite's search in the manner of TM-align (3Di alphabet, then refinement); the program TM-align may "
    "find a slightly better superposition."
)


@dataclass(frozen=True, slots=True)
class Protein:
    """One chain: residues that have N, CA and C, their letters, and CA positions [N, 3] in Å."""

    file: str
    chain: Any
    residues: tuple[Any, ...]
    sequence: str
    points: Points

    @property
    def title(self) -> str:
        return f"chain {self.chain.name} of {self.file}"


@dataclass(frozen=True, slots=True)
class Fit:
    """b is moved: point @ rotation + shift. The pairs are places in a and b."""

    rotation: NDArray[np.float64]
    shift: NDArray[np.float64]
    pairs: Pairs


def superpose_structures(
    file_a: FileName,
    file_b: FileName,
    chain_a: ChainName | None = None,
    chain_b: ChainName | None = None,
    method: Literal["tm_align", "ca_rmsd"] = "tm_align",
) -> ToolResult:
    """Superpose two structures and report TM-score and RMSD.

    file_a: Name of a file attached to the conversation, exactly as listed
    file_b: Name of a file attached to the conversation, exactly as listed
    chain_a: Chain
    chain_b: Chain
    method: Method
    """
    a, b = _protein(file_a, chain_a), _protein(file_b, chain_b)
    fit = _by_fold(a, b) if method == "tm_align" else _by_sequence(a, b)
    moved = b.points @ fit.rotation + fit.shift
    own, other = np.array(fit.pairs).T
    distances = np.linalg.norm(a.points[own] - moved[other], axis=1)
    rmsd = float(np.sqrt(np.mean(distances**2)))
    scores = [_tm_score(distances, len(protein.points)) for protein in (a, b)]
    identity = sum(a.sequence[i] == b.sequence[j] for i, j in fit.pairs) / len(fit.pairs)
    how = "structure (3Di)" if method == "tm_align" else "sequence (BLOSUM62)"
    alt = f"{b.title} laid over {a.title}, RMSD {rmsd:.2f} Å over {len(fit.pairs)} CA pairs"
    return ToolResult(
        summary=f"{b.title} ({len(b.points)} residues) superposed on {a.title} ({len(a.points)} residues): "
        f"RMSD {rmsd:.2f} Å over {len(fit.pairs)} CA pairs, paired by {how}. "
        f"TM-score {scores[0]:.3f} (normalised by {a.title}), {scores[1]:.3f} (by {b.title}). "
        f"Identical residues among the pairs: {100 * identity:.1f} %. "
        f"Largest CA-CA distance of a pair: {distances.max():.2f} Å.{_meaning(max(scores), method)}",
        artifacts=(_overlay(a, b, fit, alt), _aligned(a, b, fit), _listed(a, b, fit, distances, alt)),
        warnings=(TM_NOTE,) if method == "tm_align" else (),
        provenance={
            "library": ", ".join(f"{name} {optional(name).__version__}" for name in ("biotite", "Bio")),
            "method": f"pairs by {how}; least squares by SVD",
            "parameters": {"chain_a": a.chain.name, "chain_b": b.chain.name, "method": method},
        },
    )


def _protein(file: str, name: str | None) -> Protein:
    structure = without_hydrogens(read_structure(file))
    chains = protein_chains(structure)
    chain = chosen_chain(structure, name, chains) if name else chains[0]
    residues = tuple(r for r in polymer(chain) if all(any(atom.name == n for atom in r) for n in ("N", "CA", "C")))
    if len(residues) < MIN_PAIRS:
        hint = "Name another chain."
        raise ToolError("TOO_SHORT", f"Chain {chain.name} of {file} has {len(residues)} residues with N, CA, C.", hint)
    if len(residues) > MAX_RESIDUES:
        raise ToolError("TOO_LARGE", f"Chain {chain.name} has {len(residues):,} residues; the limit is {MAX_RESIDUES}.")
    points = positions(residue.get_ca() for residue in residues)
    return Protein(file, chain.clone(), residues, one_letter(residues), points)


def _by_fold(a: Protein, b: Protein) -> Fit:
    """The pairs that a search for the best TM-score finds; least squares over those within reach of it."""
    biotite = optional("biotite.structure", "biotite")
    fixed, mobile = (_as_alanines(protein) for protein in (a, b))
    _, transform, own, other = biotite.superimpose_structural_homologs(fixed, mobile, max_iterations=30)
    places = [np.cumsum(array.atom_name == "CA") - 1 for array in (fixed, mobile)]
    pairs = [(int(places[0][i]), int(places[1][j])) for i, j in zip(own, other, strict=True)]
    if len(pairs) < 3:
        raise _unlike(a, b, f"{len(pairs)} residues correspond")
    origin = transform.apply(np.zeros((1, 3)))[0]
    rotation = transform.apply(np.eye(3)) - origin
    return Fit(np.asarray(rotation, float), np.asarray(origin, float), pairs)


def _as_alanines(protein: Protein) -> Any:
    """The backbone, with CB, under names that biotite knows as amino acids."""
    array = atom_array([(protein.chain, protein.residues)])
    array = array[np.isin(array.atom_name, ["N", "CA", "C", "O", "CB"])]
    array.res_name[:] = "ALA"
    return array


def _by_sequence(a: Protein, b: Protein) -> Fit:
    align = optional("Bio.Align", "biopython")
    aligner = align.PairwiseAligner(mode="global", open_gap_score=-11, extend_gap_score=-1, end_gap_score=0)
    aligner.substitution_matrix = align.substitution_matrices.load("BLOSUM62")
    best = aligner.align(_known(a.sequence), _known(b.sequence))[0]
    blocks = zip(*best.aligned, strict=True)
    pairs = [(int(i + k), int(j + k)) for (i, end), (j, _) in blocks for k in range(end - i)]
    identity = sum(a.sequence[i] == b.sequence[j] for i, j in pairs) / max(len(pairs), 1)
    least = max(MIN_PAIRS, MIN_SHARE * min(len(a.points), len(b.points)))
    if len(pairs) < least or identity < MIN_IDENTITY:
        raise _unlike(a, b, f"{len(pairs)} residues align, {100 * identity:.0f} % identical")
    imposer = optional("Bio.SVDSuperimposer", "biopython").SVDSuperimposer()
    own, other = np.array(pairs).T
    imposer.set(a.points[own], b.points[other])
    imposer.run()
    rotation, shift = imposer.get_rotran()
    return Fit(rotation, shift, pairs)


def _known(sequence: str) -> str:
    """U and O are in no BLOSUM62."""
    return "".join(letter if letter in "ARNDCQEGHILKMFPSTWYVBZX" else "X" for letter in sequence)


def _unlike(a: Protein, b: Protein, found: str) -> ToolError:
    hint = "Use method tm_align, which compares folds, or name other chains."
    return ToolError("NO_ALIGNMENT", f"{a.title} and {b.title} have too little in common: {found}.", hint)


def _tm_score(distances: NDArray[np.float64], length: int) -> float:
    """Zhang and Skolnick, Proteins 57 (2004) 702: d0 = 1.24 (L - 15)^(1/3) - 1.8 Å, at least 0.5 Å."""
    d0 = max(1.24 * max(length - 15, 0) ** (1 / 3) - 1.8, 0.5)
    return float(np.sum(1 / (1 + (distances / d0) ** 2)) / length)


def _meaning(score: float, method: str) -> str:
    if method != "tm_align":
        return ""
    verdict = "the same fold" if score > 0.5 else "no clear likeness of folds" if score > 0.3 else "unrelated folds"
    return f" A TM-score above 0.5 means the same fold, below 0.3 chance: here {verdict}."


def _overlay(a: Protein, b: Protein, fit: Fit, alt: str) -> ToolArtifact:
    gemmi = optional("gemmi")
    moved = [residue.clone() for residue in b.residues]
    for residue in moved:
        for atom in residue:
            atom.pos = gemmi.Position(*(np.array(atom.pos.tolist()) @ fit.rotation + fit.shift))
    text = overlay_text([(a.chain, a.residues), (b.chain, moved)], [_folds(a), _folds(b)])
    words = f"{alt}. Chain A: {a.title}; chain B: {b.title}, moved"
    return structure_view("superposed.pdb", text, "pdb", words, style="cartoon", color_by="chain")


def _folds(protein: Protein) -> list[Fold]:
    """By P-SEA."""
    codes = fold_codes(_as_alanines(protein))
    spans = []
    for code, group in groupby(range(len(codes)), key=lambda i: codes[i]):
        places = list(group)
        if code in ("a", "b"):
            spans.append((places[0], places[-1], "helix" if code == "a" else "strand"))
    return spans


def _aligned(a: Protein, b: Protein, fit: Fit) -> ToolArtifact:
    """Pairs in one column, what lies between them one after the other."""
    rows: tuple[list[str], list[str]] = ([], [])
    i = j = 0
    for k, m in [*fit.pairs, (len(a.sequence), len(b.sequence))]:
        rows[0].append(a.sequence[i:k] + "-" * (m - j) + a.sequence[k : k + 1])
        rows[1].append("-" * (k - i) + b.sequence[j:m] + b.sequence[m : m + 1])
        i, j = k + 1, m + 1
    names = [f"{protein.file} {protein.chain.name}" for protein in (a, b)]
    lines = ["".join(row) for row in rows]
    return alignment("pairs.json", names, lines, [1, 1], "protein", "The residues that were paired")


def _listed(a: Protein, b: Protein, fit: Fit, distances: NDArray[np.float64], alt: str) -> ToolArtifact:
    rows: list[list[Cell]] = [
        [
            f"{a.residues[i].name} {a.residues[i].seqid}",
            f"{b.residues[j].name} {b.residues[j].seqid}",
            round(float(d), 2),
        ]
        for (i, j), d in zip(fit.pairs, distances, strict=True)
    ]
    return table("pairs.csv", [f"{a.file} {a.chain.name}", f"{b.file} {b.chain.name}", "distance (Å)"], rows, alt)
