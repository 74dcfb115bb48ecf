"""SMILES lists, MOL and SDF files. Counts in headers are checked before RDKit sees a block."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rdkit import Chem, rdBase
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Chem.rdDepictor import Compute2DCoords
from rdkit.Chem.rdMolDescriptors import CalcMolFormula, CalcNumRings

from assistant.attachments.file_text import file_text
from assistant.attachments.plain_text import counted, lines_svg, read_text, span, unreadable, visible
from assistant.attachments.readers.understood_text import TextReading
from assistant.attachments.sniff import is_molfile

MAX_SMILES = 2_000  # characters of one
MAX_ATOMS = 10_000  # of one block
MAX_MOLECULES = 5_000  # that are parsed; the rest is counted
MAX_PARSED_CHARACTERS = 300_000
MAX_DRAWN_ATOMS, MAX_DRAWN_RINGS = 100, 20
NUM_DRAWN, NUM_COLUMNS = 6, 3
PANEL_WIDTH, PANEL_HEIGHT = 213, 150
NUM_DECIDING = 20

STRAY = re.compile(r"[^!-~]")  # RDKit silently drops what is not ASCII, and all that follows
V3000_COUNTS = re.compile(r"M  V30 COUNTS +(\d+) +(\d+)")


@dataclass(frozen=True, slots=True)
class Named:
    molecule: Chem.Mol
    name: str
    line: str  # as the model is told of it


class NotMolecules(Exception):
    """A list that only looked like one of SMILES."""


def read_molecules(path: Path) -> TextReading:
    """NotMolecules for a text that is something else after all."""
    lines = read_text(path, "file of molecules").splitlines()
    with rdBase.BlockLogs():
        return _read_blocks(lines) if is_molfile(lines) else _read_list(lines)


def _read_list(lines: list[str]) -> TextReading:
    held = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if len(held) > 1 and held[0][1].split()[0].lower() in ("smiles", "canonical_smiles"):
        held = held[1:]
    found: list[Named] = []
    broken: list[str] = []
    num_characters = 0
    for place, (number, line) in enumerate(held):
        num_characters += len(line)
        if place >= MAX_MOLECULES or (found and num_characters > MAX_PARSED_CHARACTERS):
            break
        smiles, _, name = line.strip().partition("\t" if "\t" in line else " ")
        molecule = None if _complaint(smiles) else Chem.MolFromSmiles(smiles)
        if molecule is None or not molecule.GetNumAtoms():
            broken.append(f"line {number}: {_complaint(smiles) or 'no valid SMILES'}")
        else:
            found.append(Named(molecule, name.strip(), line.strip()))
        if place + 1 == min(NUM_DECIDING, len(held)) and len(found) < len(broken) and len(held) > 1:
            raise NotMolecules
    if not found:
        raise unreadable(f"{_sentence(broken[0])}: correct it and attach the file again.")
    return _reading(found, broken, len(held), [one.line for one in found])


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _complaint(smiles: str) -> str:
    if len(smiles) > MAX_SMILES:
        return f"the SMILES is {len(smiles):,} characters long and at most {MAX_SMILES:,} are read"
    if stray := STRAY.search(smiles):
        return f"{stray[0]!r} at character {stray.start() + 1} does not belong in a SMILES"
    return ""


def _read_blocks(lines: list[str]) -> TextReading:
    found: list[Named] = []
    broken: list[str] = []
    num_blocks = num_characters = 0
    for number, block in enumerate(_blocks(lines), 1):
        num_blocks = number
        num_characters += sum(map(len, block))
        if number > MAX_MOLECULES or (found and num_characters > 10 * MAX_PARSED_CHARACTERS):
            continue
        complaint = _block_complaint(block)
        molecule = None if complaint else Chem.MolFromMolBlock("\n".join(block), sanitize=True)
        if molecule is None or not molecule.GetNumAtoms():
            broken.append(f"molecule {number}: {complaint or 'its atoms or bonds are not valid'}")
        else:
            found.append(_named(molecule, visible(block[0]).strip()))
    if not found:
        raise unreadable(f"{_sentence(broken[0])}; save it again and attach that.")
    return _reading(found, broken, num_blocks, [one.line for one in found])


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line.startswith("$$$$"):
            yield block
            block = []
        else:
            block.append(line)
    if any(line.strip() for line in block):
        yield block


def _block_complaint(block: list[str]) -> str:
    """Of the numbers that it announces."""
    if not is_molfile(block):
        return "its fourth line does not count atoms and bonds"
    counts = V3000_COUNTS.search("\n".join(block[:20])) if "V3000" in block[3] else re.match(r"(.{3})(.{3})", block[3])
    if counts is None:
        return "it has no line that counts its atoms and bonds"
    try:
        num_atoms, num_bonds = int(counts[1]), int(counts[2])
    except ValueError:
        return f"{counts[0]!r} does not count its atoms and bonds"
    if num_atoms > MAX_ATOMS:
        return f"it announces {num_atoms:,} atoms and at most {MAX_ATOMS:,} are read"
    if num_atoms + num_bonds > len(block) - 4:
        announced = f"{num_atoms:,} atoms and {num_bonds:,} bonds"
        return f"it announces {announced} and has {len(block) - 4:,} lines of them, so it is cut off"
    return ""


def _named(molecule: Chem.Mol, name: str) -> Named:
    smiles = Chem.MolToSmiles(molecule) if molecule.GetNumHeavyAtoms() <= MAX_DRAWN_ATOMS * 3 else ""
    return Named(molecule, name, " ".join(filter(None, (smiles or CalcMolFormula(molecule), name))))


def _reading(found: list[Named], broken: list[str], num_units: int, lines: list[str]) -> TextReading:
    sizes = [one.molecule.GetNumHeavyAtoms() for one in found]
    num_molecules = num_units - len(broken)
    facts = [counted(num_molecules, "molecule")]
    if num_molecules == 1:
        facts.append(CalcMolFormula(found[0].molecule))
    facts.append(f"{span(sizes)} heavy atom{'s' * (sizes != [1])}")
    if all(one.molecule.GetNumConformers() and one.molecule.GetConformer().Is3D() for one in found):
        facts.append("with 3D coordinates")
    understood = ", ".join(facts)
    num_parsed = len(found) + len(broken)
    if num_parsed < num_units:
        understood += f" in the first {num_parsed:,}"
    if broken:
        understood += f"; {counted(len(broken), 'entry', 'entries')} could not be read, the first is {broken[0]}"
    return TextReading(file_text("molecule", understood, lines, num_molecules, "molecule"), _drawn(found))


def _drawn(found: list[Named]) -> str:
    """The first molecules in a grid; as text where they are too large to be drawn in time."""
    shown = [
        one
        for one in found[:NUM_DRAWN]
        if one.molecule.GetNumHeavyAtoms() <= MAX_DRAWN_ATOMS and CalcNumRings(one.molecule) <= MAX_DRAWN_RINGS
    ]
    if not shown:
        return lines_svg([one.line for one in found])
    columns = min(len(shown), NUM_COLUMNS)
    rows = -(-len(shown) // columns)
    drawing = rdMolDraw2D.MolDraw2DSVG(columns * PANEL_WIDTH, rows * PANEL_HEIGHT, PANEL_WIDTH, PANEL_HEIGHT)
    options = drawing.drawOptions()
    options.clearBackground = False
    options.legendFontSize = 14
    molecules = []
    for one in shown:
        flat = Chem.RemoveHs(one.molecule)
        Compute2DCoords(flat)
        molecules.append(flat)
    drawing.DrawMolecules(molecules, legends=["".join(c for c in one.name if " " <= c <= "~")[:24] for one in shown])
    drawing.FinishDrawing()
    svg: str = drawing.GetDrawingText()
    return svg[svg.index("<svg") :]
