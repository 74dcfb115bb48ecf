"""A gemmi structure as text that the page draws: coordinates, helices and strands, and nothing else of the file."""

from typing import Any

from assistant.tools.optional import optional
from assistant.tools.views import StructureFormat

MAX_PDB_ATOMS = 99_999  # what the columns of PDB can number
MAX_PDB_RESIDUE = 9_999


def structure_text(structure: Any) -> tuple[str, StructureFormat]:
    """PDB of the first model where it fits, mmCIF where not."""
    copy = structure.clone()
    while len(copy) > 1:
        del copy[-1]
    if not _fits_pdb(copy):
        gemmi = optional("gemmi")
        copy.raw_remarks = []
        groups = gemmi.MmcifOutputGroups(False, atoms=True, struct_conf=True, struct_sheet=True, cell=True)
        return str(copy.make_mmcif_document(groups).as_string()), "cif"
    headers = (line for line in copy.make_pdb_headers().splitlines() if line.startswith(("HELIX ", "SHEET ")))
    return "".join(f"{line}\n" for line in headers) + str(copy.make_minimal_pdb()), "pdb"


def _fits_pdb(structure: Any) -> bool:
    model = structure[0]
    return model.count_atom_sites() <= MAX_PDB_ATOMS and all(
        len(chain.name) == 1
        and all(len(residue.name) <= 3 and -999 <= residue.seqid.num <= MAX_PDB_RESIDUE for residue in chain)
        for chain in model
    )
