"""Convert a molecule from one way of writing it to another."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Literal

from rdkit import Chem
from rdkit.Chem.Descriptors import ExactMolWt, MolWt

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry import iupac_names
from assistant.tools.chemistry.drawing import picture
from assistant.tools.chemistry.molecule_formats import READERS, to_inchi, to_inchikey, to_molblock, to_selfies
from assistant.tools.molecule import RDKIT, formula, rdkit_messages, shorten
from assistant.tools.optional import optional
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

MAX_TEXT_LENGTH = 1_000  # of a result in the summary; the whole of it comes as a file
MAX_DRAWN_HEAVY_ATOMS = 300

Target = Literal["canonical_smiles", "inchi", "inchikey", "selfies", "molblock", "formula", "iupac_name"]
SOURCES = {
    "smiles": "SMILES",
    "inchi": "InChI",
    "selfies": "SELFIES",
    "molblock": "MOL block",
    "iupac_name": "IUPAC name",
    "peptide": "peptide",
}
LABELS: dict[Target, str] = {
    "canonical_smiles": "canonical SMILES",
    "inchi": "InChI",
    "inchikey": "InChIKey",
    "selfies": "SELFIES",
    "molblock": "MOL block",
    "formula": "formula",
    "iupac_name": "IUPAC name",
}


@dataclass(frozen=True, slots=True)
class Written:
    """The molecule in the wanted format. details: what else is to be known of it, in words."""

    text: str
    details: str = ""
    warnings: tuple[str, ...] = ()
    library: str = RDKIT


def convert_molecule(
    molecule: Annotated[str, Schema(minLength=1, maxLength=20000)],
    to_format: Target,
    from_format: Literal["smiles", "inchi", "selfies", "molblock", "iupac_name", "peptide"] = "smiles",
) -> ToolResult:
    """Convert one molecule between SMILES, InChI, InChIKey, SELFIES, MOL block, formula and IUPAC name.

    molecule: The molecule in from_format
    from_format: Input format
    to_format: Output format
    """
    given = molecule if from_format == "molblock" else molecule.strip()
    if not given.strip():
        raise ToolError("EMPTY", "The molecule is empty.", f"Give it as {SOURCES[from_format]}.")
    read = READERS[from_format](given)
    written = _write(read, to_format)
    return ToolResult(
        summary=_summary(given, from_format, to_format, written, read),
        artifacts=tuple(_artifacts(given, from_format, to_format, read, written.text)),
        warnings=(*written.warnings, *_losses(read, to_format)),
        provenance={
            "library": written.library,
            "method": f"{SOURCES[from_format]} to {LABELS[to_format]}"
            + (f", read by {iupac_names.opsin_source()}" if from_format == "iupac_name" else ""),
            "parameters": {"from_format": from_format, "to_format": to_format},
        },
    )


def _write(molecule: Chem.Mol, to_format: Target) -> Written:
    match to_format:
        case "canonical_smiles":
            return Written(Chem.MolToSmiles(molecule))
        case "inchi":
            return Written(to_inchi(molecule), f"InChIKey: {to_inchikey(molecule)}")
        case "inchikey":
            return Written(to_inchikey(molecule))
        case "selfies":
            return _selfies(molecule)
        case "molblock":
            return Written(to_molblock(molecule))
        case "formula":
            masses = f"molecular weight {MolWt(molecule):.2f} g/mol; exact mass {ExactMolWt(molecule):.4f} Da"
            return Written(formula(molecule), masses)
        case "iupac_name":
            return _iupac_name(molecule)


def _selfies(molecule: Chem.Mol) -> Written:
    text = to_selfies(molecule)
    with rdkit_messages():
        back = Chem.MolFromSmiles(optional("selfies").decoder(text))
    is_same = back is not None and Chem.MolToSmiles(back) == Chem.MolToSmiles(molecule)
    warnings = () if is_same else ("The SELFIES does not read back as exactly this molecule.",)
    return Written(text, warnings=warnings, library=f"selfies {version('selfies')}")


def _iupac_name(molecule: Chem.Mol) -> Written:
    name = iupac_names.name_of(molecule)
    checked = iupac_names.round_trip(name, molecule)
    warnings = ("OPSIN does not read this name as the same molecule: do not rely on it.",) if checked == "no" else ()
    return Written(name, f"round-trip checked with OPSIN: {checked}", warnings, iupac_names.name_source())


def _summary(given: str, from_format: str, to_format: Target, written: Written, molecule: Chem.Mol) -> str:
    text = written.text  # a part of it would be another molecule: all of it or none
    if len(text) > MAX_TEXT_LENGTH:
        text = f"{len(text):,} characters, too long to quote; it is in the file {_file_name(to_format)}"
    separator = "\n" if "\n" in text else " "
    facts = [f"{LABELS[to_format]}:{separator}{text}"]
    if written.details:
        facts.append(written.details)
    if to_format != "formula":
        facts.append(f"formula: {formula(molecule)}")
    if from_format == "molblock":
        return "\n".join((*facts, "read from the MOL block given"))
    return "\n".join((*facts, f"read from the {SOURCES[from_format]} {shorten(' '.join(given.split()))}"))


def _file_name(to_format: Target) -> str:
    return "molecule.mol" if to_format == "molblock" else "molecule.txt"


def _artifacts(given: str, from_format: str, to_format: Target, molecule: Chem.Mol, text: str) -> list[ToolArtifact]:
    """A picture whose atoms are numbered as in the SMILES that it names, and a file of what is long."""
    artifacts = []
    smiles = given if from_format == "smiles" else Chem.MolToSmiles(molecule)
    drawn = molecule if from_format == "smiles" else Chem.MolFromSmiles(smiles)
    if drawn is not None and drawn.GetNumHeavyAtoms() <= MAX_DRAWN_HEAVY_ATOMS:
        artifacts.append(picture(drawn, smiles))
    if to_format == "molblock":
        alt = f"MOL block of {formula(molecule)}"
        artifacts.append(views.file(_file_name(to_format), text, "chemical/x-mdl-molfile", alt))
    elif len(text) > MAX_TEXT_LENGTH:
        artifacts.append(views.file(_file_name(to_format), text, "text/plain", LABELS[to_format]))
    return artifacts


def _losses(molecule: Chem.Mol, to_format: Target) -> list[str]:
    """What the molecule says and the format does not."""
    has_maps = any(atom.GetAtomMapNum() for atom in molecule.GetAtoms())
    if has_maps and to_format in ("inchi", "inchikey", "selfies", "formula", "iupac_name"):
        return [f"Atom map numbers are not part of the {LABELS[to_format]}."]
    return []
