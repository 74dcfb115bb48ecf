"""Residues of a gemmi structure as what biotite and numpy compute with."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.tools.optional import optional

Points = NDArray[np.float64]


def atom_array(chains: Sequence[tuple[Any, Sequence[Any]]]) -> Any:
    """A biotite AtomArray of pairs (chain, residues)."""
    biotite = optional("biotite.structure", "biotite")
    rows = [(chain, residue, atom) for chain, residues in chains for residue in residues for atom in residue]
    array = biotite.AtomArray(len(rows))
    array.coord = positions(atom for _, _, atom in rows).astype(np.float32)
    array.chain_id = np.array([chain.name for chain, _, _ in rows])
    array.res_id = np.array([residue.seqid.num for _, residue, _ in rows])
    array.ins_code = np.array([residue.seqid.icode.strip() for _, residue, _ in rows])
    array.res_name = np.array([residue.name for _, residue, _ in rows])
    array.atom_name = np.array([atom.name for _, _, atom in rows])
    array.element = np.array([atom.element.name.upper() for _, _, atom in rows])
    return array


def positions(atoms: Any) -> Points:
    """[N, 3] in Å"""
    return np.array([atom.pos.tolist() for atom in atoms], dtype=np.float64).reshape(-1, 3)


def alpha_carbons(residues: Sequence[Any]) -> list[Any]:
    """The CA atom of each residue, None where it has none."""
    return [residue.get_ca() for residue in residues]


def fold_codes(array: Any) -> list[str]:
    """a (helix), b (strand), c or nothing for every residue of a biotite AtomArray, by P-SEA."""
    biotite = optional("biotite.structure", "biotite")
    with np.errstate(invalid="ignore", divide="ignore"):  # atoms in one place have no angle, so no fold either
        return [str(code) for code in biotite.annotate_sse(array)]
