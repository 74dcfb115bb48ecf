"""Enumerate protonation states by the rules of Dimorphite-DL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from rdkit import Chem, rdBase

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.molecule_grid_picture import MAX_PANELS, Panel, grid
from assistant.tools.chemistry.wording import cut, listed
from assistant.tools.molecule import counted, formula, read_smiles
from assistant.tools.optional import optional
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

MAX_VARIANTS = 128
PRECISION = 1.0  # standard deviations around the mean pKa of a rule within which both states are listed
ALWAYS = 100.0  # beyond it the table's pKa is a sign for "never protonated", not a number
SOURCE = "Ropp et al., J. Cheminform. 2019, 11, 14"


@dataclass(frozen=True, slots=True)
class Site:
    """A group that a rule knows, with the mean and the standard deviation of the measured pKa of its class."""

    rule: str
    pka: float
    deviation: float


@dataclass(frozen=True, slots=True)
class State:
    smiles: str
    molecule: Chem.Mol
    charge: int


def protonation_states(
    smiles: Smiles,
    ph_min: Annotated[float, Schema(minimum=0, maximum=14)] = 7.4,
    ph_max: Annotated[float, Schema(minimum=0, maximum=14)] = 7.4,
) -> ToolResult:
    """Enumerate likely protonation states in a pH window (Dimorphite-DL rules).

    smiles: One SMILES string. Escape backslashes in JSON
    ph_min: pH
    ph_max: pH
    """
    molecule = read_smiles(smiles)
    if ph_min > ph_max:
        raise ToolError(
            "WRONG_RANGE", f"ph_min is {ph_min:g} and ph_max is {ph_max:g}; ph_min must not be the larger one."
        )
    dimorphite = optional("dimorphite_dl", "dimorphite-dl")
    with rdBase.BlockLogs():
        sites = _sites(molecule)
        states = _states(dimorphite, molecule, ph_min, ph_max)
    return ToolResult(
        summary=_summary(molecule, states, sites, ph_min, ph_max),
        artifacts=_artifacts(states),
        warnings=_warnings(molecule, states, sites),
        provenance={
            "library": f"dimorphite-dl {dimorphite.__version__}",
            "method": f"substructure rules with mean pKa +- {PRECISION:g} standard deviation ({SOURCE})",
            "parameters": {"ph_min": ph_min, "ph_max": ph_max, "precision": PRECISION},
        },
    )


def _states(dimorphite: Any, molecule: Chem.Mol, ph_min: float, ph_max: float) -> list[State]:
    """Given as a list: a bare string would be tried as the name of a file first."""
    written = dimorphite.protonate_smiles(
        [Chem.MolToSmiles(molecule)],
        ph_min=ph_min,
        ph_max=ph_max,
        precision=PRECISION,
        max_variants=MAX_VARIANTS,
    )
    states = []
    for smiles in dict.fromkeys(written):
        if (parsed := Chem.MolFromSmiles(smiles)) is not None:
            states.append(State(Chem.MolToSmiles(parsed), parsed, Chem.GetFormalCharge(parsed)))
    if not states:
        raise ToolError(
            "NO_STATES",
            f"Dimorphite-DL has no state for {cut(Chem.MolToSmiles(molecule), 200)}.",
            "Its rules are for organic molecules; metal complexes are not covered.",
        )
    return states


def _sites(molecule: Chem.Mol) -> list[Site]:
    detector = optional("dimorphite_dl.protonate.detect", "dimorphite-dl").ProtonationSiteDetector()
    record = optional("dimorphite_dl.mol", "dimorphite-dl").MoleculeRecord(Chem.MolToSmiles(molecule))
    _, found = detector.find_sites(record)
    return [
        Site(site.name.strip("*").replace("_", " ").strip(), pka.mean, pka.stdev)
        for site in found
        for pka in site.pkas
        if abs(pka.mean) < ALWAYS
    ]


def _summary(molecule: Chem.Mol, states: Sequence[State], sites: Sequence[Site], ph_min: float, ph_max: float) -> str:
    ph = f"pH {ph_min:g}" if ph_min == ph_max else f"pH {ph_min:g} to {ph_max:g}"
    rows = [f"{i}. {state.smiles} (net charge {_signed(state.charge)})" for i, state in enumerate(states, 1)]
    text = f"{counted(len(states), 'protonation state')} predicted at {ph} for {cut(Chem.MolToSmiles(molecule), 200)}: "
    text += f"{listed(rows, max_length=700)}."
    if not sites:
        return f"{text} No rule found an ionisable group."
    groups = [f"{site.rule} pKa {site.pka:.1f} +- {site.deviation:.1f}" for site in sites]
    named = listed(groups, max_length=350)
    return f"{text} Groups, with mean and standard deviation of the measured pKa of their class: {named}."


def _artifacts(states: Sequence[State]) -> tuple[ToolArtifact, ...]:
    rows = [(i, state.smiles, state.charge, formula(state.molecule)) for i, state in enumerate(states, 1)]
    columns = ("state", "SMILES", "net charge", "formula")
    panels = [Panel(state.molecule, f"{i}. charge {_signed(state.charge)}") for i, state in enumerate(states, 1)]
    shown = counted(min(len(states), MAX_PANELS), "protonation state")
    return (
        views.table("protonation_states.csv", columns, rows, "Predicted protonation states"),
        grid("protonation_states.svg", panels, f"{shown} with net charges"),
    )


def _warnings(molecule: Chem.Mol, states: Sequence[State], sites: Sequence[Site]) -> tuple[str, ...]:
    deviations = sorted({f"{site.deviation:.1f}" for site in sites}, key=float)
    accuracy = (
        f" Its accuracy is that of the rules, here {' to '.join(dict.fromkeys((deviations[0], deviations[-1])))} pKa "
        "units (one standard deviation). Both states are listed where the pH lies within it; populations are not given."
        if deviations
        else ""
    )
    warnings = [f"Rule-based prediction from the class of each group, not a pKa of this molecule.{accuracy}"]
    if len(states) >= MAX_VARIANTS:
        warnings.append(f"The enumeration stopped at {MAX_VARIANTS} states.")
    if len(Chem.GetMolFrags(molecule)) > 1:
        warnings.append("The input has several components; Dimorphite-DL drops counter-ions from its states.")
    return tuple(warnings)


def _signed(charge: int) -> str:
    return f"{charge:+d}" if charge else "0"
