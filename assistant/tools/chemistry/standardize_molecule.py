"""Bring a structure into a standard form, and say what was changed."""

from collections.abc import Callable
from dataclasses import dataclass

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from assistant.tools import views
from assistant.tools.chemistry.molecule_grid_picture import Panel, grid
from assistant.tools.chemistry.wording import cut, listed
from assistant.tools.molecule import RDKIT, counted, formula, read_smiles
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

MAX_TAUTOMERS = 500
MAX_TRANSFORMS = 500
MAX_SMILES_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    before: Chem.Mol
    after: Chem.Mol

    @property
    def has_changed(self) -> bool:
        return bool(Chem.MolToSmiles(self.before) != Chem.MolToSmiles(self.after))


def standardize_molecule(
    smiles: Smiles, largest_fragment: bool = True, neutralize: bool = True, canonical_tautomer: bool = False
) -> ToolResult:
    """Clean a structure: strip salts, neutralise, canonical tautomer.

    smiles: One SMILES string. Escape backslashes in JSON
    largest_fragment: Keep the parent fragment only
    neutralize: Neutralise charges
    canonical_tautomer: Canonical tautomer
    """
    molecule = read_smiles(smiles)
    warnings: list[str] = []
    chosen: list[tuple[str, Callable[[Chem.Mol], Chem.Mol]]] = [("normalised", rdMolStandardize.Cleanup)]
    if largest_fragment:
        chosen.append(("parent fragment kept", rdMolStandardize.FragmentParent))
    if neutralize:
        chosen.append(("neutralised", rdMolStandardize.Uncharger().uncharge))
    if canonical_tautomer:
        chosen.append(("canonical tautomer", lambda each: _canonical_tautomer(each, warnings)))
    steps = _apply(molecule, chosen)
    result = steps[-1].after
    return ToolResult(
        summary=_summary(molecule, result, steps),
        artifacts=_artifacts(molecule, result, steps),
        warnings=(*warnings, *_warnings(molecule, result, steps, neutralize)),
        provenance={
            "library": RDKIT,
            "method": "rdMolStandardize: " + ", ".join(step.name for step in steps),
            "parameters": {
                "largest_fragment": largest_fragment,
                "neutralize": neutralize,
                "canonical_tautomer": canonical_tautomer,
            },
        },
    )


def _apply(molecule: Chem.Mol, chosen: list[tuple[str, Callable[[Chem.Mol], Chem.Mol]]]) -> list[Step]:
    steps = []
    with rdBase.BlockLogs():
        for name, change in chosen:
            try:
                after = change(Chem.Mol(molecule))
            except (ValueError, RuntimeError) as error:
                written = cut(Chem.MolToSmiles(molecule), 100)
                raise ToolError(
                    "CANNOT_STANDARDIZE",
                    f"The step '{name}' leads from {written} to an impossible structure.",
                    "Leave that step out.",
                ) from error
            steps.append(Step(name, molecule, after))
            molecule = after
    return steps


def _canonical_tautomer(molecule: Chem.Mol, warnings: list[str]) -> Chem.Mol:
    """The best-scored of the tautomers; a limit that was reached goes into warnings."""
    enumerator = rdMolStandardize.TautomerEnumerator()
    enumerator.SetMaxTautomers(MAX_TAUTOMERS)
    enumerator.SetMaxTransforms(MAX_TRANSFORMS)
    found = enumerator.Enumerate(molecule)
    if found.status != rdMolStandardize.TautomerEnumeratorStatus.Completed:
        warnings.append(
            f"The enumeration stopped at {counted(len(found), 'tautomer')} (limits {MAX_TAUTOMERS} tautomers, "
            f"{MAX_TRANSFORMS} transforms): the canonical one is the best of these."
        )
    chosen = enumerator.PickCanonical(found)
    is_same = Chem.MolToSmiles(chosen, isomericSmiles=False) == Chem.MolToSmiles(molecule, isomericSmiles=False)
    return molecule if is_same else chosen  # the enumerator drops stereochemistry even where nothing moves


def _summary(molecule: Chem.Mol, result: Chem.Mol, steps: list[Step]) -> str:
    changes = [_change(step) for step in steps if step.has_changed]
    unchanged = [step.name for step in steps if not step.has_changed]
    before, after = cut(Chem.MolToSmiles(molecule), 200), cut(Chem.MolToSmiles(result), MAX_SMILES_SHOWN)
    text = f"Standardised SMILES: {after} ({formula(result)}), from {before} ({formula(molecule)})."
    text += f" Changes: {cut('; '.join(changes), 500)}." if changes else " Nothing had to be changed."
    return text + (f" Steps without effect: {', '.join(unchanged)}." if changes and unchanged else "")


def _change(step: Step) -> str:
    match step.name:
        case "parent fragment kept":
            return f"removed {listed(_removed(step), max_length=150)}"
        case "neutralised":
            return f"charges neutralised with hydrogen (net {_signed(step.before)} -> {_signed(step.after)})"
        case "canonical tautomer":
            return f"tautomer {cut(Chem.MolToSmiles(step.before), 100)} -> {cut(Chem.MolToSmiles(step.after), 100)}"
    return f"normalised to {cut(Chem.MolToSmiles(step.after), 150)}"


def _removed(step: Step) -> list[str]:
    fragments: list[str] = Chem.MolToSmiles(step.before).split(".")
    for kept in Chem.MolToSmiles(step.after).split("."):
        if kept in fragments:
            fragments.remove(kept)
    return fragments


def _signed(molecule: Chem.Mol) -> str:
    charge = Chem.GetFormalCharge(molecule)
    return f"{charge:+d}" if charge else "0"


def _artifacts(molecule: Chem.Mol, result: Chem.Mol, steps: list[Step]) -> tuple[ToolArtifact, ...]:
    panels = [Panel(molecule, "before"), Panel(result, "after")]
    rows = [
        (step.name, Chem.MolToSmiles(step.after), Chem.GetFormalCharge(step.after), step.has_changed) for step in steps
    ]
    columns = ("step", "SMILES after it", "charge", "changed")
    return (
        views.table("standardization.csv", columns, rows, "What each step made of the structure"),
        grid("standardized.svg", panels, "The structure before and after"),
    )


def _warnings(molecule: Chem.Mol, result: Chem.Mol, steps: list[Step], neutralize: bool) -> list[str]:
    warnings = []
    if not any(atom.GetAtomicNum() == 6 for atom in result.GetAtoms()) and "." in Chem.MolToSmiles(molecule):
        warnings.append("There is no organic component; what was kept is the largest of the inorganic ones.")
    if neutralize and (charge := Chem.GetFormalCharge(result)):
        warnings.append(f"A charge of {charge:+d} stays: no hydrogen can be taken or given there.")
    if _num_centres(steps[0].before) > _num_centres(result) and "." not in Chem.MolToSmiles(molecule):
        warnings.append("A stereocentre lost its label, as it takes part in the tautomerism or the normalisation.")
    if len({Chem.MolToSmiles(each) for each in Chem.GetMolFrags(result, asMols=True)}) > 1:
        warnings.append("The result has several components.")
    return warnings


def _num_centres(molecule: Chem.Mol) -> int:
    return sum(info.specified == Chem.StereoSpecified.Specified for info in Chem.FindPotentialStereo(molecule))
