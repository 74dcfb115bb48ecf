"""Build a 3D conformer of a molecule."""

from rdkit import Chem
from rdkit.Chem import AllChem

from assistant.tools.molecule import RDKIT, formula, read_smiles
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

MAX_ATOMS = 250  # hydrogens included: embedding time grows steeply beyond
EMBED_TIMEOUT_S = 8  # of each of two attempts; the optimiser needs the rest of the 20 s that the tool has
SEED = 42  # the same molecule always gets the same conformer
MAX_OPTIMISER_STEPS = 500


def molecule_3d(smiles: str) -> ToolResult:
    """Build a 3D conformer of one molecule and show it in an interactive viewer.

    smiles: One SMILES string
    """
    molecule = Chem.AddHs(read_smiles(smiles))
    num_atoms = molecule.GetNumAtoms()
    if num_atoms > MAX_ATOMS:
        raise ToolError(
            "TOO_LARGE",
            f"The molecule has {num_atoms} atoms with hydrogens; a 3D conformer is limited to {MAX_ATOMS}.",
            "Use render_molecule for a 2D picture.",
        )
    _embed(molecule)
    method, energy, warnings = _optimise(molecule)

    facts = [f"3D conformer built with ETKDGv3 and {method}", f"Formula: {formula(molecule)}", f"Atoms: {num_atoms}"]
    if energy is not None:
        facts.append(f"Energy: {energy:.1f} kcal/mol")
    return ToolResult(
        summary=". ".join(facts) + ".",
        artifacts=(
            ToolArtifact(
                kind="mol3d",
                name="conformer.sdf",
                media_type="chemical/x-mdl-sdfile",
                data=Chem.MolToMolBlock(molecule) + "$$$$\n",
                alt=f"3D structure of {smiles.strip()} ({formula(molecule)})",
                meta={"smiles": smiles.strip(), "formula": formula(molecule)},
            ),
        ),
        warnings=warnings,
        provenance={"library": RDKIT, "method": f"ETKDGv3 + {method}", "parameters": {"seed": SEED}},
    )


def _embed(molecule: Chem.Mol) -> None:
    parameters = AllChem.ETKDGv3()
    parameters.randomSeed = SEED
    parameters.timeout = EMBED_TIMEOUT_S
    if AllChem.EmbedMolecule(molecule, parameters) == 0:
        return
    parameters.useRandomCoords = True
    if AllChem.EmbedMolecule(molecule, parameters) != 0:
        raise ToolError(
            "EMBED_FAILED",
            f"No 3D conformer was found within {2 * EMBED_TIMEOUT_S} s for {molecule.GetNumAtoms()} atoms.",
            "Use render_molecule for a 2D picture.",
        )


def _optimise(molecule: Chem.Mol) -> tuple[str, float | None, tuple[str, ...]]:
    """Force field used, energy in kcal/mol, warnings."""
    if AllChem.MMFFHasAllMoleculeParams(molecule):
        method = "MMFF94s"
        properties = AllChem.MMFFGetMoleculeProperties(molecule, mmffVariant="MMFF94s")
        field = AllChem.MMFFGetMoleculeForceField(molecule, properties)
        warnings: tuple[str, ...] = ()
    elif AllChem.UFFHasAllMoleculeParams(molecule):
        method = "UFF"
        field = AllChem.UFFGetMoleculeForceField(molecule)
        warnings = ("MMFF94s has no parameters for this molecule; UFF was used.",)
    else:
        return "no force field", None, ("No force field has parameters for this molecule; it was not optimised.",)
    if field.Minimize(maxIts=MAX_OPTIMISER_STEPS) != 0:
        warnings = (*warnings, f"The optimiser had not converged after {MAX_OPTIMISER_STEPS} steps.")
    return method, field.CalcEnergy(), warnings
