"""Read a PDB or mmCIF attachment. What a file is, its text decides, never its name."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

from assistant.tools.attached import attached
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

MAX_FILE_BYTES = 32 * 2**20  # some 400,000 atoms as PDB
MAX_ATOMS = 200_000
MAX_CHAINS = 2_000
MAX_CHAIN_RESIDUES = 12_000  # waters too; what parses a file looks through all that it has for each new one
MAX_RESIDUE_ATOMS = 1_000
MAX_TAGS = 20_000  # names of columns and single values in a CIF; the largest entries of the PDB have some 2,000
MAX_NAME_LENGTH = 8  # of a chain or residue
MAX_EXTENT_A = 2_000.0  # the largest virus capsids measure some 1,000

FileKind = Literal["pdb", "mmcif", "crystal", "molecule", "other"]

PDB_ATOM = re.compile(r"(?m)^(?:ATOM  |HETATM)")
MMCIF_ATOMS = re.compile(r"(?im)^\s*_atom_site\.")
CIF_ATOMS = re.compile(r"(?im)^\s*_atom_site_(?:fract_|label|cartn_)")
CIF_BLOCK = re.compile(r"(?i)^(?:\s|#[^\n]*\n)*data_")
TAG = re.compile(r"(?m)^\s*(?:_|data_)")
MOLECULE = re.compile(r"(?m)^M  END|V[23]000\s*$")

IS_CRYSTAL = "it describes a small-molecule or mineral crystal"
CRYSTAL_TOOLS = "Use crystal_summary, view_crystal or xrd_pattern for it."
MACROMOLECULE_TOOLS = "Use view_structure or structure_summary for it."


def read_structure(file: str) -> Any:
    """A gemmi.Structure with its entities set up; it has at least one atom.

    ToolError: NO_FILE, TOO_LARGE, EMPTY, UNREADABLE_STRUCTURE, WRONG_KIND.
    """
    return parse_structure(read_text(file), file)


def parse_structure(text: str, name: str) -> Any:
    """What read_structure() does, for text that is here already. name stands in refusals."""
    kind = kind_of(text)
    if kind == "crystal":
        raise ToolError("WRONG_KIND", f"{name} is no protein or nucleic acid: {IS_CRYSTAL}.", CRYSTAL_TOOLS)
    if kind == "molecule":
        hint = "Use molecular_properties or molecule_3d with its SMILES."
        raise ToolError("WRONG_KIND", f"{name} is a molfile or SDF of small molecules, not PDB or mmCIF.", hint)
    if kind == "other":
        raise _unreadable(name, "it has neither ATOM records (PDB) nor an _atom_site loop (mmCIF)")
    structure = _parsed(text, kind, name)
    structure.remove_empty_chains()
    _check(structure, name)
    structure.setup_entities()
    return structure


def read_text(file: str, max_bytes: int = MAX_FILE_BYTES) -> str:
    """The whole file, of which nothing is lost: bytes that are not UTF-8 are read as Latin-1.

    ToolError: NO_FILE, TOO_LARGE, EMPTY, UNREADABLE_STRUCTURE for what is not text.
    """
    path = attached(file)
    size = path.stat().st_size
    if size > max_bytes:
        limit = f"the limit is {max_bytes // 2**20} MB"
        hint = "Cut out the chains or models that matter."
        raise ToolError("TOO_LARGE", f"{file} has {size / 2**20:,.0f} MB; {limit}.", hint)
    data = path.read_bytes()
    if not data.strip():
        raise ToolError("EMPTY", f"{file} is empty.", "Attach a PDB, mmCIF or CIF file.")
    if data.startswith(b"\x1f\x8b"):
        raise _unreadable(file, "it is compressed with gzip", "Unpack it and attach it again.")
    if b"\0" in data[:65536]:
        raise _unreadable(file, "it is binary, not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def kind_of(text: str) -> FileKind:
    """What the text is a file of."""
    if CIF_BLOCK.match(text):
        if MMCIF_ATOMS.search(text):
            return "mmcif"
        return "crystal" if CIF_ATOMS.search(text) else "other"
    if PDB_ATOM.search(text):
        return "pdb"
    return "molecule" if MOLECULE.search(text) else "other"


def reason_of(error: Exception) -> str:
    """A parser's message, in one printable line of at most 160 characters, without the names it has for a string."""
    line = (str(error).splitlines() or [""])[0]
    line = re.sub(r"^string:(\d+):?[\d()]*:?", r"line \1:", line)
    line = "".join(c if c.isprintable() else "?" for c in line)
    return line[:160] or type(error).__name__


def _parsed(text: str, kind: FileKind, name: str) -> Any:
    gemmi = optional("gemmi")
    try:
        if kind == "pdb":
            return gemmi.read_pdb_string(text)
        check_tags(text, name)
        block = next(block for block in gemmi.cif.read_string(text) if block.find_mmcif_category("_atom_site."))
        _check_columns(block, name)
        structure = gemmi.make_structure_from_block(block)
        structure.merge_chain_parts()
        return structure
    except StopIteration as error:
        raise _unreadable(name, "it holds no atoms") from error
    except MemoryError as error:
        raise ToolError("TOO_LARGE", f"{name} needs more memory than a tool may use.", "Cut it down.") from error
    except (RuntimeError, ValueError, IndexError) as error:
        raise _unreadable(name, reason_of(error)) from error


def check_tags(text: str, name: str) -> None:
    """ToolError TOO_LARGE for a CIF that is all names and no values."""
    if (num_tags := sum(1 for _ in TAG.finditer(text))) > MAX_TAGS:
        raise ToolError("TOO_LARGE", f"{name} has {num_tags:,} CIF names; the limit is {MAX_TAGS:,}.")


def _check_columns(block: Any, name: str) -> None:
    """Count chains and residues before they are built."""
    chains, numbers = (
        list(block.find_values(f"_atom_site.auth_{tag}") or block.find_values(f"_atom_site.label_{tag}"))
        for tag in ("asym_id", "seq_id")
    )
    _check_counts(len(chains), Counter(chain for chain, _ in set(zip(chains, numbers, strict=False))), name)


def _check_counts(num_atoms: int, residues: Mapping[str, int], name: str) -> None:
    hint = "Cut out the chains or models that matter."
    if num_atoms > MAX_ATOMS:
        raise ToolError("TOO_LARGE", f"{name} has {num_atoms:,} atoms; the limit is {MAX_ATOMS:,}.", hint)
    if len(residues) > MAX_CHAINS:
        raise ToolError("TOO_LARGE", f"{name} has {len(residues):,} chains; the limit is {MAX_CHAINS:,}.", hint)
    if (most := max(residues.values(), default=0)) > MAX_CHAIN_RESIDUES:
        words = f"A chain of {name} has {most:,} residues"
        raise ToolError("TOO_LARGE", f"{words}; the limit is {MAX_CHAIN_RESIDUES:,}.", hint)


def _check(structure: Any, name: str) -> None:
    num_atoms = sum(model.count_atom_sites() for model in structure)
    if num_atoms == 0:
        raise _unreadable(name, "it holds no atoms")
    _check_counts(num_atoms, {chain.name: len(chain) for chain in structure[0]}, name)
    for chain in structure[0]:
        if (most := max(len(residue) for residue in chain)) > MAX_RESIDUE_ATOMS:
            raise _unreadable(name, f"a residue of chain {chain.name[:8]} has {most:,} atoms")
        for label in (chain.name, *(residue.name for residue in chain)):
            if len(label) > MAX_NAME_LENGTH:
                raise _unreadable(name, f"'{label[:20]}...' is too long for the name of a chain or residue")
    _check_extent(structure[0], name)


def _check_extent(model: Any, name: str) -> None:
    """Neighbours are found on grids, so atoms must lie where a molecule can be."""
    for axis in "xyz":
        values = [getattr(atom.pos, axis) for chain in model for residue in chain for atom in residue]
        extent = max(values) - min(values)
        if not extent <= MAX_EXTENT_A:  # NaN too
            far = f"they spread over {extent:,.0f} Å along {axis}; the limit is {MAX_EXTENT_A:,.0f} Å"
            raise _unreadable(name, f"the coordinates of its atoms are no molecule's: {far}")


def _unreadable(name: str, reason: str, hint: str = "Attach a PDB or mmCIF file.") -> ToolError:
    return ToolError("UNREADABLE_STRUCTURE", f"{name} cannot be read as a structure: {reason}.", hint)
