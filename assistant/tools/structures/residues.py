"""What the residues of a gemmi structure are called, and which of them count."""

from collections.abc import Iterable, Sequence
from typing import Any

from assistant.tools.optional import optional
from assistant.tools.result import ToolError

MAX_NAMES = 12  # in a message


def polymer(chain: Any) -> list[Any]:
    """Residues of the chain's polymer, one where the crystal has a mixture of two. Empty for waters or ligands."""
    return list(chain.get_polymer().first_conformer())


def is_protein(chain: Any) -> bool:
    return "Peptide" in chain.get_polymer().check_polymer_type().name


def protein_chains(structure: Any) -> list[Any]:
    """Chains of the first model with amino acids. ToolError NOT_A_PROTEIN where there is none."""
    chains = [chain for chain in structure[0] if polymer(chain) and is_protein(chain)]
    if not chains:
        raise ToolError(
            "NOT_A_PROTEIN",
            f"None of its chains is a protein: {chain_names(structure)}.",
            "Use structure_summary to see what the file holds.",
        )
    return chains


def chosen_chain(structure: Any, name: str, chains: Sequence[Any]) -> Any:
    """The one called so. ToolError CHAIN_NOT_FOUND lists those there are."""
    for chain in chains:
        if chain.name == name:
            return chain
    known = listed(chain.name for chain in chains)
    if any(chain.name == name for chain in structure[0]):
        raise ToolError("CHAIN_NOT_FOUND", f"Chain '{name}' is not a protein.", f"Protein chains: {known}.")
    raise ToolError("CHAIN_NOT_FOUND", f"There is no chain '{name}'.", f"Chains: {known}.")


def ligands(structure: Any) -> list[tuple[Any, Any]]:
    """(chain, residue) of all that is neither polymer nor water, in the first model."""
    return [(chain, residue) for chain in structure[0] for residue in chain.get_ligands()]


def one_letter(residues: Iterable[Any]) -> str:
    """X for what has no letter; a modified residue has that of its parent (CSO: C)."""
    gemmi = optional("gemmi")
    return "".join(_letter(gemmi.find_tabulated_residue(residue.name)) for residue in residues)


def _letter(entry: Any) -> str:
    letter = entry.one_letter_code.upper()
    return letter if letter.isalpha() else "X"


def label(chain: Any, residue: Any) -> str:
    """ASP A:25"""
    return f"{residue.name} {chain.name}:{residue.seqid}"


def chain_names(structure: Any) -> str:
    return listed(dict.fromkeys(chain.name for chain in structure[0]))


def listed(names: Iterable[str], most: int = MAX_NAMES) -> str:
    """a, b, c and 4 more"""
    known = list(names)
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more if known else "none"


def shortened(text: str, most: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."


def pdb_id(structure: Any) -> str:
    """The entry's id, or nothing where the file has none."""
    known = str(structure.info["_entry.id"]) if "_entry.id" in structure.info else ""
    return known if known.isalnum() and len(known) <= 12 else ""


def without_hydrogens(structure: Any) -> Any:
    """A copy with one conformer, without hydrogens."""
    copy = structure.clone()
    copy.remove_alternative_conformations()
    copy.remove_hydrogens()
    copy.remove_empty_chains()
    return copy
