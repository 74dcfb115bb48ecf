"""The ways to write a molecule: reading each of them, and writing each of them."""

import re
from collections.abc import Callable

from rdkit import Chem
from rdkit.Chem import rdDepictor

from assistant.tools.chemistry.iupac_names import smiles_of_name
from assistant.tools.molecule import formula, parse_reason, rdkit_messages, read_smiles, shorten
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

MAX_HEAVY_ATOMS = 1_000  # as InChI is defined
MAX_RESIDUES = 250
RESIDUES = "ACDEFGHIKLMNPQRSTVWY"


def read_inchi(text: str) -> Chem.Mol:
    if not text.startswith("InChI="):
        hint = "An InChIKey cannot be turned back into a structure; use lookup_compound for it."
        raise ToolError("INVALID_INCHI", f"'{shorten(text)}' does not begin with InChI=.", hint)
    with rdkit_messages():
        molecule = Chem.MolFromInchi(text)
    return _checked(molecule, "INVALID_INCHI", f"'{shorten(text)}' is not a valid InChI")


def read_selfies(text: str) -> Chem.Mol:
    selfies = optional("selfies")
    if stray := re.sub(r"\[[^\[\]]*\]|\.", "", text):
        raise ToolError(
            "INVALID_SELFIES",
            f"'{shorten(text)}' is not a SELFIES: '{shorten(stray)}' stands outside of [brackets].",
            "A SELFIES is a row of symbols, for example [C][C][O].",
        )
    try:
        smiles = selfies.decoder(text)
    except selfies.DecoderError as error:
        reason = str(error).splitlines()[0]
        raise ToolError("INVALID_SELFIES", f"'{shorten(text)}' is not a SELFIES: {reason}.", "Check it.") from error
    if not smiles:
        raise ToolError("EMPTY", f"The SELFIES '{shorten(text)}' has no atoms.", "Example: [C][C][O] is ethanol.")
    return _read_long_smiles(smiles)


def read_molblock(text: str) -> Chem.Mol:
    """V2000 or V3000; what follows its M  END is not looked at."""
    if "M  END" not in text:
        hint = "A MOL block has its title in line 1, its counts in line 4 and ends in M  END, with line breaks kept."
        raise ToolError("INVALID_MOLBLOCK", "The MOL block has no line 'M  END'.", hint)
    with rdkit_messages() as messages:
        molecule = Chem.MolFromMolBlock(text)
    reason = parse_reason(messages)
    return _checked(molecule, "INVALID_MOLBLOCK", f"The MOL block cannot be read: {reason}")


def read_peptide(text: str) -> Chem.Mol:
    """L-amino acids in one-letter code, from the N to the C terminus."""
    residues = re.sub(r"\s", "", text).upper()
    if len(residues) > MAX_RESIDUES:
        message = f"The peptide has {len(residues):,} residues; the limit is {MAX_RESIDUES}."
        raise ToolError("TOO_LARGE", message, "Give a shorter one.")
    for i, residue in enumerate(residues, 1):
        if residue not in RESIDUES:
            hint = f"One-letter codes are: {RESIDUES}. Give modified residues as SMILES."
            raise ToolError("INVALID_SEQUENCE", f"'{residue}' at position {i} is no amino acid.", hint)
    return _checked(Chem.MolFromSequence(residues), "INVALID_SEQUENCE", "The sequence cannot be read")


def read_name(text: str) -> Chem.Mol:
    return _read_long_smiles(smiles_of_name(" ".join(text.split())))


READERS: dict[str, Callable[[str], Chem.Mol]] = {
    "smiles": read_smiles,
    "inchi": read_inchi,
    "selfies": read_selfies,
    "molblock": read_molblock,
    "iupac_name": read_name,
    "peptide": read_peptide,
}


def to_inchi(molecule: Chem.Mol) -> str:
    """ToolError NO_INCHI for what InChI has no words for: an open position, a dative bond."""
    with rdkit_messages():
        inchi = Chem.MolToInchi(molecule)
    if not inchi:
        raise ToolError("NO_INCHI", f"InChI cannot describe {formula(molecule)}.", "Use to_format canonical_smiles.")
    return str(inchi)


def to_inchikey(molecule: Chem.Mol) -> str:
    return str(Chem.InchiToInchiKey(to_inchi(molecule)))


def to_selfies(molecule: Chem.Mol) -> str:
    """ToolError NO_SELFIES for what its grammar does not allow, such as a perchlorate."""
    selfies = optional("selfies")
    try:
        return str(selfies.encoder(Chem.MolToSmiles(molecule)))
    except selfies.EncoderError as error:
        reason = " ".join(str(error).split())[:200]
        raise ToolError(
            "NO_SELFIES", f"SELFIES cannot describe {formula(molecule)}: {reason}.", "Use to_format canonical_smiles."
        ) from error


def to_molblock(molecule: Chem.Mol) -> str:
    """With the coordinates that it has, else in 2D."""
    if not molecule.GetNumConformers():
        rdDepictor.Compute2DCoords(molecule)
    return str(Chem.MolToMolBlock(molecule))


def _read_long_smiles(smiles: str) -> Chem.Mol:
    with rdkit_messages() as messages:
        molecule = Chem.MolFromSmiles(smiles)
    return _checked(molecule, "INVALID_SMILES", f"'{shorten(smiles)}' has no valid structure: {parse_reason(messages)}")


def _checked(molecule: Chem.Mol | None, code: str, message: str) -> Chem.Mol:
    if molecule is None:
        raise ToolError(code, f"{message}.", "Check it and try again.")
    if molecule.GetNumAtoms() == 0:
        raise ToolError("EMPTY", "The molecule has no atoms.", "Give one with at least one atom.")
    if molecule.GetNumHeavyAtoms() > MAX_HEAVY_ATOMS:
        number = molecule.GetNumHeavyAtoms()
        raise ToolError(
            "TOO_LARGE",
            f"The molecule has {number:,} heavy atoms; the limit is {MAX_HEAVY_ATOMS:,}.",
            "Give a smaller one.",
        )
    return molecule
