"""A gemmi structure as text that the page draws: coordinates, helices and strands, and nothing else of the file."""

from collections.abc import Sequence
from typing import Any

from assistant.tools.optional import optional
from assistant.tools.views import StructureFormat

MAX_PDB_ATOMS = 99_999  # what the columns of PDB can number
MAX_PDB_RESIDUE = 9_999

Fold = tuple[int, int, str]  # first and last place, 0-based and inclusive; helix or strand


def structure_text(structure: Any) -> tuple[str, StructureFormat]:
    """PDB of the first model where it fits, mmCIF where not."""
    copy = structure.clone()
    while len(copy) > 1:
        del copy[-1]
    if not _fits_pdb(copy):
        gemmi = optional("gemmi")
        copy.raw_remarks = []
        groups = gemmi.MmcifOutputGroups(False, atoms=True, group_pdb=True, struct_conf=True, struct_sheet=True)
        return str(copy.make_mmcif_document(groups).as_string()), "cif"
    headers = (line for line in copy.make_pdb_headers().splitlines() if line.startswith(("HELIX ", "SHEET ")))
    return "".join(f"{line}\n" for line in headers) + str(copy.make_minimal_pdb()), "pdb"


def overlay_text(chains: Sequence[tuple[Any, Sequence[Any]]], folds: Sequence[Sequence[Fold]]) -> str:
    """PDB of pairs (chain, residues), called A, B and so on, with the helices and strands of each: two chains in one
    place have hydrogen bonds between them, from which a viewer would guess wrong ones."""
    gemmi = optional("gemmi")
    structure = gemmi.Structure()
    model = gemmi.Model(1)
    for name, (_, residues) in zip("ABCDEFGH", chains, strict=False):
        chain = gemmi.Chain(name)
        for residue in residues:
            chain.add_residue(residue)
        model.add_chain(chain)
    structure.add_model(model)
    for chain, spans in zip(model, folds, strict=True):
        _add_folds_(structure, chain, spans)
    structure.setup_entities()
    return structure_text(structure)[0]


def _add_folds_(structure: Any, chain: Any, spans: Sequence[Fold]) -> None:
    gemmi = optional("gemmi")
    sheet = gemmi.Sheet(chain.name)
    for first, last, kind in spans:
        start, end = (gemmi.make_address(chain, chain[i], chain[i].get_ca()) for i in (first, last))
        if kind == "helix":
            helix = gemmi.Helix()
            helix.start, helix.end, helix.length = start, end, last - first + 1
            helix.pdb_helix_class = gemmi.Helix.HelixClass.RAlpha
            structure.helices.append(helix)
        else:
            strand = gemmi.Sheet.Strand()
            strand.start, strand.end, strand.name = start, end, str(len(sheet.strands) + 1)
            sheet.strands.append(strand)
    if len(sheet.strands):
        structure.sheets.append(sheet)


def _fits_pdb(structure: Any) -> bool:
    model = structure[0]
    return model.count_atom_sites() <= MAX_PDB_ATOMS and all(
        len(chain.name) == 1
        and all(len(residue.name) <= 3 and -999 <= residue.seqid.num <= MAX_PDB_RESIDUE for residue in chain)
        for chain in model
    )
