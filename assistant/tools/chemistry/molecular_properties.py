"""Compute molecular properties of a list of molecules."""

from typing import Annotated, Literal

from rdkit import Chem

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.properties import MODELS, PROPERTIES
from assistant.tools.chemistry.smiles_list import Entry, read_smiles_list, shortened
from assistant.tools.molecule import RDKIT
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.views import Cell

Name = Literal[
    "formula",
    "molecular_weight",
    "exact_mass",
    "logp",
    "tpsa",
    "hbd",
    "hba",
    "rotatable_bonds",
    "rings",
    "fsp3",
    "molar_refractivity",
    "qed",
    "sa_score",
    "np_score",
    "lipinski",
    "veber",
    "esol_logs",
    "stereocentres",
]
# Without heavy atoms or fragments some numbers do not exist; a build of RDKit may come without the data of a score.
UNAVAILABLE = (ZeroDivisionError, ToolError)
MAX_FACTS_LENGTH = 1_000  # the rest of the summary is for the models' names
MAX_WARNINGS = 6


def molecular_properties(
    smiles_list: Annotated[list[Smiles], Schema(minItems=1, maxItems=50)],
    properties: Annotated[list[Name], Schema(uniqueItems=True)] | None = None,
) -> ToolResult:
    """Compute formula, average and exact mass, logP, TPSA, H-bond counts, rotatable bonds, QED, SA score,
    Lipinski/Veber, Fsp3, ESOL solubility for 1-50 molecules.

    smiles_list: 1 to 50 SMILES strings
    properties: Subset to return; default all
    """
    names = list(properties or PROPERTIES)
    entries = read_smiles_list(smiles_list)
    facts = [_facts(entry, names) for entry in entries]
    columns = ["molecule", "SMILES", *(PROPERTIES[name].column for name in names), "problem"]
    rows: list[list[Cell]] = [
        [i, entry.smiles, *(_cell(entry.molecule, name) for name in names), entry.problem]
        for i, entry in enumerate(entries, 1)
    ]
    models = "; ".join(MODELS[name] for name in names if name in MODELS)
    return ToolResult(
        summary=_listed(facts) + (f"\nModels: {models}." if models else ""),
        artifacts=(views.table("properties.csv", columns, rows, f"Properties of {len(rows)} molecules"),),
        warnings=tuple(_warnings(entries)),
        provenance={
            "library": RDKIT,
            "method": "Crippen logP and MR, Ertl TPSA, SA and NP scores, QED, Delaney ESOL (refitted)",
            "parameters": {"properties": names},
        },
    )


def _facts(entry: Entry, names: list[str]) -> str:
    if entry.molecule is None:
        return entry.problem
    return "; ".join(_fact(entry.molecule, name) for name in names)


def _fact(molecule: Chem.Mol, name: str) -> str:
    try:
        return PROPERTIES[name].words(molecule)
    except UNAVAILABLE:
        return f"{PROPERTIES[name].column} not available"


def _cell(molecule: Chem.Mol | None, name: str) -> Cell:
    if molecule is None:
        return None
    try:
        return PROPERTIES[name].value(molecule)
    except UNAVAILABLE:
        return None


def _listed(facts: list[str]) -> str:
    """One line a molecule, as many as the model gets to read."""
    if len(facts) == 1:
        return facts[0]
    lines: list[str] = []
    for i, fact in enumerate(facts, 1):
        line = f"Molecule {i}: {fact}"
        if lines and sum(map(len, lines)) + len(line) > MAX_FACTS_LENGTH:
            return "\n".join((*lines, f"... and {len(facts) - i + 1} more in the table."))
        lines.append(line)
    return "\n".join(lines)


def _warnings(entries: list[Entry]) -> list[str]:
    notes = []
    for i, entry in enumerate(entries, 1):
        if entry.molecule is None:
            notes.append(f"Molecule {i} was left out: {entry.problem}")
        elif (num_components := len(Chem.GetMolFrags(entry.molecule))) > 1:
            notes.append(
                f"Molecule {i} ({shortened(entry.smiles)}) has {num_components} components; the values are for the "
                "whole mixture or salt, and the models are made for single neutral molecules."
            )
    return notes if len(notes) <= MAX_WARNINGS else [*notes[:MAX_WARNINGS], f"{len(notes) - MAX_WARNINGS} more notes."]
