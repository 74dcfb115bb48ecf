"""The wwPDB Chemical Component Dictionary (CC0), as the package biotite carries it: 49,000 ligands and residues.

biotite's own reader decodes every column at full width, which takes 1.5 GB; here a job decodes the few columns that
make a molecule, as codes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from assistant.tools.molecule import quiet_rdkit
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

COORDINATES = tuple(f"pdbx_model_Cartn_{axis}_ideal" for axis in "xyz")  # angstrom
ATOM_COLUMNS = ("comp_id", "atom_id", "type_symbol", "charge", *COORDINATES)
BOND_COLUMNS = ("comp_id", "atom_id_1", "atom_id_2", "value_order")
BONDS = {"SING": Chem.BondType.SINGLE, "DOUB": Chem.BondType.DOUBLE, "TRIP": Chem.BondType.TRIPLE}

Column = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Component:
    """molecule: without explicit hydrogens, stereochemistry from the ideal coordinates."""

    id: str
    name: str
    molecule: Chem.Mol


def ccd_source() -> str:
    return f"wwPDB Chemical Component Dictionary of biotite {version('biotite')}"


def find_component(query: str) -> Component | None:
    """By name or synonym in any case, or by its id in capitals ("STI"). ToolError NOT_INSTALLED without biotite."""
    ids = _ids_by_name()
    component_id = ids.get(_key(query)) or (query if query in _names() else None)
    if component_id is None:
        return None
    molecule = _molecule(component_id)
    return molecule and Component(component_id, _names()[component_id], molecule)


def _key(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip().casefold()


@cache
def _ids_by_name() -> dict[str, str]:
    """Names before synonyms; of two components with the same name the first is meant."""
    table = _tables()["chem_comp"]
    ids: dict[str, str] = {}
    for component_id, name in _names().items():
        ids.setdefault(_key(name), component_id)
    synonyms = _texts(table["pdbx_synonyms"])
    for component_id, given in zip(_names(), synonyms, strict=True):
        for synonym in given.split(";"):
            if key := _key(synonym):
                ids.setdefault(key, component_id)
    return ids


@cache
def _names() -> dict[str, str]:
    table = _tables()["chem_comp"]
    return dict(zip(_texts(table["id"]), _texts(table["name"]), strict=True))


def _molecule(component_id: str) -> Chem.Mol | None:
    """None for what RDKit has no valence model for, such as some metal complexes."""
    rows = _ranges("chem_comp_atom").get(component_id)
    if rows is None:
        return None
    table = _tables()["chem_comp_atom"]
    xyz = np.stack([_codes(table[name])[rows] for name in COORDINATES], axis=1)
    molecule = Chem.RWMol()
    for symbol, charge in zip(_texts(table["type_symbol"], rows), _codes(table["charge"])[rows].tolist(), strict=True):
        atom = Chem.Atom("H" if symbol == "D" else symbol.capitalize())
        atom.SetFormalCharge(charge)
        atom.SetNoImplicit(True)
        molecule.AddAtom(atom)
    _add_bonds_(molecule, component_id, _texts(table["atom_id"], rows))
    conformer = Chem.Conformer(len(xyz))
    conformer.SetPositions(np.ascontiguousarray(xyz, dtype=np.float64))
    molecule.AddConformer(conformer)
    return _sanitised(molecule, has_coordinates=bool(np.isfinite(xyz).all() and np.ptp(xyz, axis=0).any()))


def _add_bonds_(molecule: Chem.RWMol, component_id: str, atom_names: list[str]) -> None:
    rows = _ranges("chem_comp_bond").get(component_id)
    if rows is None:
        return
    table = _tables()["chem_comp_bond"]
    indices = {name: i for i, name in enumerate(atom_names)}
    for first, second, order in zip(*(_texts(table[name], rows) for name in BOND_COLUMNS[1:]), strict=True):
        molecule.AddBond(indices[first], indices[second], BONDS.get(order, Chem.BondType.SINGLE))


def _sanitised(molecule: Chem.Mol, has_coordinates: bool) -> Chem.Mol | None:
    with quiet_rdkit():
        try:
            Chem.SanitizeMol(molecule)
        except Chem.MolSanitizeException:
            return None
        if has_coordinates:
            Chem.AssignStereochemistryFrom3D(molecule)
        molecule.RemoveAllConformers()
        return Chem.MolFromSmiles(Chem.MolToSmiles(Chem.RemoveHs(molecule)))


@cache
def _tables() -> Mapping[str, Mapping[str, Column]]:
    """Table -> column -> its encoded data, for the columns in use."""
    optional("biotite")
    spec = find_spec("biotite")
    assert spec and spec.origin, "biotite was imported"
    path = Path(spec.origin).parent / "structure/info/components.bcif"
    if not path.is_file():
        raise ToolError("NOT_INSTALLED", "This build of biotite comes without the Chemical Component Dictionary.")
    block = optional("msgpack").unpackb(path.read_bytes())["dataBlocks"][0]
    wanted = {
        "chem_comp": ("id", "name", "pdbx_synonyms"),
        "chem_comp_atom": ATOM_COLUMNS,
        "chem_comp_bond": BOND_COLUMNS,
    }
    return {
        (name := category["name"].removeprefix("_")): {
            column["name"]: column["data"] for column in category["columns"] if column["name"] in wanted[name]
        }
        for category in block["categories"]
        if category["name"].removeprefix("_") in wanted
    }


@cache
def _ranges(table: str) -> dict[str, slice]:
    """The rows of each component, which follow one another."""
    column = _tables()[table]["comp_id"]
    codes = _codes(column)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]))
    ids = _texts(column, starts[:-1])
    return {key: slice(int(start), int(stop)) for key, start, stop in zip(ids, starts, starts[1:], strict=False)}


def _texts(column: Column, rows: slice | NDArray[Any] = slice(None)) -> list[str]:
    encoding = column["encoding"][0]
    offsets = _decoded(encoding["offsets"], encoding["offsetEncoding"]).tolist()
    text = encoding["stringData"]
    codes = _codes(column)[rows].tolist()
    return ["" if code < 0 else text[offsets[code] : offsets[code + 1]] for code in codes]


def _codes(column: Column) -> NDArray[Any]:
    """Numbers as they are; of texts the number in the column's list of distinct texts."""
    encodings = column["encoding"]
    if encodings[0]["kind"] == "StringArray":
        encodings = encodings[0]["dataEncoding"]
    return _decoded(column["data"], encodings)


def _decoded(data: bytes, encodings: list[dict[str, Any]]) -> NDArray[Any]:
    codec = optional("biotite.structure.io.pdbx.encoding", "biotite")
    array: NDArray[Any] = codec.decode_stepwise(data, [codec.deserialize_encoding(each) for each in encodings])
    return array
