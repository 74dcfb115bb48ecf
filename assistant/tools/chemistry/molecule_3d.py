"""Build 3D conformers of a molecule and show the one of lowest energy."""

from dataclasses import dataclass
from time import monotonic
from typing import Annotated, Literal

from rdkit import Chem

from assistant.tools.base import Schema
from assistant.tools.chemistry.conformer import MAX_SEED, elements_outside_mmff, embed_, optimise_, with_hydrogens
from assistant.tools.chemistry.drawing import conformer_artifact
from assistant.tools.molecule import RDKIT, formula, read_smiles
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolError, ToolResult

TIMEOUT_S = 30.0  # of the tool: 16 s at most for one conformer, and as much for its optimiser
MORE_CONFORMERS_UNTIL_S = 10.0  # another conformer is begun before this only

Name = Literal["MMFF94s", "MMFF94", "UFF", "none"]


@dataclass(frozen=True, slots=True)
class Built:
    molecule: Chem.Mol  # with the conformer of lowest energy
    method: str
    energies: tuple[float, ...]  # kcal/mol, one a conformer, none without a force field
    num_built: int
    warnings: tuple[str, ...]  # of the conformer shown


def molecule_3d(
    smiles: Smiles,
    n_conformers: Annotated[int, Schema(minimum=1, maximum=20)] = 1,
    force_field: Name = "MMFF94s",
    style: Literal["ball_and_stick", "stick", "sphere", "line"] = "ball_and_stick",
    seed: Annotated[int, Schema(minimum=0, maximum=2147483647)] = 42,
) -> ToolResult:
    """Build a 3D conformer from SMILES (ETKDGv3, then force field) and show it interactively.

    smiles: One SMILES string. Escape backslashes in JSON
    n_conformers: Conformers to embed; lowest energy is shown
    force_field: Optimiser
    style: Drawing style
    seed: Random seed
    """
    molecule = with_hydrogens(read_smiles(smiles))
    built = _build(molecule, n_conformers, force_field, seed)
    elements = elements_outside_mmff(molecule)
    warnings = [_with_elements(warning, elements) for warning in built.warnings]
    if built.num_built < n_conformers:
        warnings.append(
            f"Only {built.num_built} of {n_conformers} conformers were built: a large molecule takes too long for more."
        )
    return ToolResult(
        summary=". ".join(_facts(built, seed)) + ".",
        artifacts=(conformer_artifact(built.molecule, smiles.strip(), style=style),),
        warnings=tuple(warnings),
        provenance={
            "library": RDKIT,
            "method": f"ETKDGv3 + {built.method}",
            "parameters": {"seed": seed, "n_conformers": built.num_built, "force_field": force_field},
        },
    )


def _build(molecule: Chem.Mol, n_conformers: int, force_field: Name, seed: int) -> Built:
    """Conformer i starts from seed + i."""
    started_at = monotonic()
    best: Built | None = None
    energies: list[float] = []
    num_built = 0
    for i in range(n_conformers):
        if i and monotonic() - started_at > MORE_CONFORMERS_UNTIL_S:
            break
        conformer = Chem.Mol(molecule)
        try:
            embed_(conformer, (seed + i) % (MAX_SEED + 1))
        except ToolError:
            if i == 0:
                raise
            continue
        num_built += 1
        method, energy, warnings = (
            ("no force field", None, ()) if force_field == "none" else optimise_(conformer, force_field)
        )
        if energy is not None:
            energies.append(energy)
        if best is None or (energy is not None and energy == min(energies)):
            best = Built(conformer, method, (), 0, warnings)
    assert best, "the first conformer exists or has raised"
    return Built(best.molecule, best.method, tuple(energies), num_built, best.warnings)


def _facts(built: Built, seed: int) -> list[str]:
    number = built.molecule.GetNumAtoms()
    facts = [
        f"3D conformer built with ETKDGv3 (seed {seed}) and {built.method}",
        f"Formula: {formula(built.molecule)}",
        f"Atoms: {number} with hydrogens" if number > 1 else "Atoms: 1",
    ]
    if not built.energies:
        return [*facts, f"Conformers built: {built.num_built}; the first is shown"] if built.num_built > 1 else facts
    facts.append(f"Energy: {min(built.energies):.1f} kcal/mol ({built.method}; comparable only between its conformers)")
    if built.num_built > 1:
        spread = max(built.energies) - min(built.energies)
        facts.append(f"Lowest of {built.num_built} conformers, which span {spread:.1f} kcal/mol")
    return facts


def _with_elements(warning: str, elements: list[str]) -> str:
    """MMFF94 knows 19 elements; saying which is missing tells more than that one is."""
    return warning.replace("for this molecule; UFF", f"for {', '.join(elements)}; UFF") if elements else warning
