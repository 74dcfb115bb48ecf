"""PDB and mmCIF files through gemmi; without it, the columns of a PDB file by a small reader of our own."""

import math
from pathlib import Path
from typing import Any

from assistant.attachments.file_text import file_text
from assistant.attachments.plain_text import lines_svg, read_text, unreadable, visible
from assistant.attachments.readers.crystals import read_cif
from assistant.attachments.readers.structure_facts import Chain, Structure
from assistant.attachments.readers.structure_picture import trace_svg
from assistant.attachments.readers.understood_text import TextReading
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

MAX_BYTES = 40_000_000
MAX_MODELS = 500
TRACED = ("CA", "P")
WATERS = {"HOH", "WAT", "DOD", "H2O", "TIP3", "SOL"}


def read_structure(path: Path) -> TextReading:
    text = read_text(path, "structure file", MAX_BYTES)
    structure = _read(text)
    if not structure.num_atoms:
        raise unreadable("The structure file has no atoms: it is cut off; save it again and attach that.")
    lines = structure.lines()
    return TextReading(
        file_text("structure", structure.understood(), lines),
        trace_svg([chain.trace for chain in structure.chains]) or lines_svg(lines),
    )


def _read(text: str) -> Structure:
    is_cif = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "").lower()
    try:
        gemmi = optional("gemmi")
    except ToolError as error:
        if is_cif.startswith("data_"):
            raise unreadable(f"mmCIF files need the package gemmi, which is not installed. {error.hint}") from error
        return _read_columns(text)
    try:
        if is_cif.startswith("data_"):
            found = gemmi.make_structure_from_block(read_cif(text))
        else:
            _check_positions(text)
            found = gemmi.read_pdb_string(text)
        found.setup_entities()
    except (ValueError, RuntimeError, IndexError) as error:
        reason = visible(str(error).splitlines()[0])[:200]
        raise unreadable(f"The structure file is damaged ({reason}): save it again and attach that.") from error
    return _facts(gemmi, found)


def _facts(gemmi: Any, found: Any) -> Structure:
    if len(found) > MAX_MODELS:
        raise unreadable(f"The structure file has {len(found):,} models; at most {MAX_MODELS} are read: attach a part.")
    chains, ligands, num_waters, num_atoms = [], list[str](), 0, 0
    for chain in found[0] if len(found) else ():
        polymer = chain.get_polymer().first_conformer()
        residues = list(polymer)
        num_atoms += sum(len(residue) for residue in chain)
        for residue in chain:
            _check_finite(chain.name, residue)
        num_waters += sum(residue.is_water() for residue in chain)
        ligands += [residue.name for residue in chain.get_ligands()]
        if residues:
            sequence = gemmi.one_letter_code([residue.name for residue in residues])
            trace = tuple(tuple(atom.pos.tolist()) for residue in residues for atom in residue if atom.name in TRACED)
            chains.append(Chain(chain.name, len(residues), sequence, trace))
    info = dict(found.info)
    return Structure(
        title=info.get("_struct.title", ""),
        entry=info.get("_entry.id", ""),
        method=info.get("_exptl.method", ""),
        resolution=float(found.resolution),
        chains=tuple(chains),
        ligands=tuple(ligands),
        num_waters=num_waters,
        num_models=len(found),
        num_atoms=num_atoms,
    )


def _check_finite(chain: str, residue: Any) -> None:
    for atom in residue:
        if not all(map(math.isfinite, atom.pos.tolist())):
            raise unreadable(
                f"The atom {visible(atom.name)} of residue {residue.seqid} in chain {visible(chain)} has no finite "
                "coordinates: correct or remove it."
            )


def _check_positions(text: str) -> None:
    """gemmi takes what is no number for zero."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("ATOM  ", "HETATM")):
            _position(line, number)


def _read_columns(text: str) -> Structure:
    """Residues as the columns of ATOM and HETATM lines count them, of the first model."""
    header = {"title": "", "method": "", "entry": ""}
    resolution = 0.0
    residues: dict[str, dict[str, str]] = {}
    traces: dict[str, list[tuple[float, float, float]]] = {}
    ligands: dict[str, str] = {}
    waters = set[str]()
    num_atoms, num_models = 0, 0
    for number, line in enumerate(text.splitlines(), 1):
        record = line[:6].strip()
        match record:
            case "TITLE":
                header["title"] = f"{header['title']} {line[10:80].strip()}".strip()
            case "EXPDTA":
                header["method"] = line[10:80].strip()
            case "HEADER":
                header["entry"] = line[62:66].strip()
            case "REMARK" if line[7:10].strip() == "2" and "RESOLUTION." in line:
                resolution = next((float(w) for w in line.split() if w.replace(".", "", 1).isdigit() and "." in w), 0.0)
            case "MODEL":
                num_models += 1
            case "ATOM" | "HETATM" if num_models <= 1:
                num_atoms += 1
                position = _position(line, number)
                chain, residue, name = line[21:22].strip(), line[22:27].strip(), line[17:20].strip()
                if name in WATERS:
                    waters.add(chain + residue)
                elif record == "HETATM":
                    ligands[chain + residue] = name
                else:
                    residues.setdefault(chain, {})[residue] = name
                    if line[12:16].strip() in TRACED and line[16:17] in " A":
                        traces.setdefault(chain, []).append(position)
    chains = tuple(Chain(name, len(found), "", tuple(traces.get(name, ()))) for name, found in residues.items())
    return Structure(
        **header,
        resolution=resolution,
        chains=chains,
        ligands=tuple(ligands.values()),
        num_waters=len(waters),
        num_models=max(num_models, 1),
        num_atoms=num_atoms,
    )


def _position(line: str, number: int) -> tuple[float, float, float]:
    try:
        x, y, z = float(line[30:38]), float(line[38:46]), float(line[46:54])
    except ValueError as error:
        raise unreadable(f"Line {number:,} has no coordinates in columns 31 to 54: correct or remove it.") from error
    if not all(map(math.isfinite, (x, y, z))):
        raise unreadable(f"Line {number:,} has coordinates that are not finite: correct or remove it.")
    return x, y, z
