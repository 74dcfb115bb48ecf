"""A conformer in 3D: ETKDGv3 places the atoms, a force field relaxes them."""

from typing import Literal

from rdkit import Chem
from rdkit.Chem import AllChem
from rdkit.ForceField.rdForceField import ForceField

from assistant.tools.molecule import quiet_rdkit
from assistant.tools.result import ToolError

ForceFieldName = Literal["MMFF94s", "MMFF94", "UFF"]

MAX_ATOMS = 250  # hydrogens included: embedding time grows steeply beyond
EMBED_TIMEOUT_S = 8  # of each of two attempts; the optimiser needs the rest of the time that the tool has
MAX_OPTIMISER_STEPS = 500
MAX_SEED = 2**31 - 1
SEED = 42  # the same molecule always gets the same conformer
# The elements with parameters in Halgren, J. Comput. Chem. 17, 490 (1996), tables I and II.
MMFF_ELEMENTS = {
    "H",
    "Li",
    "C",
    "N",
    "O",
    "F",
    "Na",
    "Mg",
    "Si",
    "P",
    "S",
    "Cl",
    "K",
    "Ca",
    "Fe",
    "Cu",
    "Zn",
    "Br",
    "I",
}


def with_hydrogens(molecule: Chem.Mol) -> Chem.Mol:
    """ToolError TOO_LARGE above MAX_ATOMS."""
    molecule = Chem.AddHs(molecule)
    num_atoms = molecule.GetNumAtoms()
    if num_atoms > MAX_ATOMS:
        raise ToolError(
            "TOO_LARGE",
            f"The molecule has {num_atoms} atoms with hydrogens; a 3D conformer is limited to {MAX_ATOMS}.",
            "Use render_molecule for a 2D picture.",
        )
    return molecule


def embed_(molecule: Chem.Mol, seed: int = SEED) -> None:
    """Adds one conformer in place of those there are, and tries random coordinates where the usual start fails.
    ToolError EMBED_FAILED."""
    parameters = AllChem.ETKDGv3()
    parameters.randomSeed = seed
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


def optimise_(molecule: Chem.Mol, wanted: ForceFieldName = "MMFF94s") -> tuple[str, float | None, tuple[str, ...]]:
    """Relaxes the conformer. Returns the force field used, the energy in kcal/mol and warnings."""
    with quiet_rdkit():
        method, field, warnings = _force_field(molecule, wanted)
    if field is None:
        return method, None, warnings
    if field.Minimize(maxIts=MAX_OPTIMISER_STEPS) != 0:
        warnings = (*warnings, f"The optimiser had not converged after {MAX_OPTIMISER_STEPS} steps.")
    return method, field.CalcEnergy(), warnings


def elements_outside_mmff(molecule: Chem.Mol) -> list[str]:
    return sorted({atom.GetSymbol() for atom in molecule.GetAtoms()} - MMFF_ELEMENTS)


def _force_field(molecule: Chem.Mol, wanted: ForceFieldName) -> tuple[str, ForceField | None, tuple[str, ...]]:
    if wanted != "UFF" and AllChem.MMFFHasAllMoleculeParams(molecule):
        properties = AllChem.MMFFGetMoleculeProperties(molecule, mmffVariant=wanted)
        return wanted, AllChem.MMFFGetMoleculeForceField(molecule, properties), ()
    if AllChem.UFFHasAllMoleculeParams(molecule):
        instead = () if wanted == "UFF" else (f"{wanted} has no parameters for this molecule; UFF was used.",)
        return "UFF", AllChem.UFFGetMoleculeForceField(molecule), instead
    return "no force field", None, ("No force field has parameters for this molecule; it was not optimised.",)
