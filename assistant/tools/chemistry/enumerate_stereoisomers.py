"""List the stereoisomers of a molecule."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Annotated

from rdkit import Chem, rdBase
from rdkit.Chem import rdCIPLabeler, rdDistGeom, rdMolDescriptors
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, GetStereoisomerCount, StereoEnumerationOptions

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.molecule_grid_picture import MAX_PANELS, Panel, grid
from assistant.tools.chemistry.wording import cut, listed
from assistant.tools.molecule import RDKIT, counted, read_smiles
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolArtifact, ToolResult

MAX_COUNTED = 4_096  # isomers, to tell how many are distinct
MAX_WRITTEN = 10**9  # isomers, that are written in full
COUNT_S = 5.0  # of the 20 s that the tool has
MAX_EMBEDDED = 32  # isomers of a bridged molecule that are tried in 3D, where most of them cannot exist
MAX_EMBEDDED_ATOMS = 40
EMBED_ATTEMPTS = 5  # which find every isomer of camphor, norbornenol and morphine that 30 find
MAX_CIP_ITERATIONS = 200_000
ALLENE = Chem.MolFromSmarts("[#6][CX3;H1]=[CX2]=[CX3;H1][#6]")


@dataclass(frozen=True, slots=True)
class Isomer:
    smiles: str
    molecule: Chem.Mol
    labels: str  # "3R,4S,1=2 E", atoms from 0
    mirror_image: str  # SMILES; its own for what is not chiral


@dataclass(frozen=True, slots=True)
class Count:
    """is_exact is False where only the upper limit 2^n is known."""

    total: int
    is_exact: bool

    @property
    def in_words(self) -> str:
        if self.is_exact:
            return f"{self.total:,}"
        return f"at most {self.total:,}" if self.total < MAX_WRITTEN else f"at most {float(self.total):.1e}"


def enumerate_stereoisomers(
    smiles: Smiles,
    only_unassigned: bool = True,
    max_isomers: Annotated[int, Schema(minimum=1, maximum=128)] = 32,
) -> ToolResult:
    """Enumerate stereoisomers and give CIP labels.

    smiles: One SMILES string. Escape backslashes in JSON
    only_unassigned: Keep given stereo
    max_isomers: Limit
    """
    molecule = read_smiles(smiles)
    with rdBase.BlockLogs():
        is_tried_in_3d = _needs_3d(molecule, only_unassigned)
        found = _distinct(molecule, only_unassigned, is_tried_in_3d)
        isomers = [_isomer(each) for each in islice(found, max_isomers)]
        count = _count(molecule, only_unassigned, len(isomers), found)
    return ToolResult(
        summary=_summary(molecule, isomers, count, only_unassigned),
        artifacts=_artifacts(isomers) if isomers else (),
        warnings=_warnings(molecule, isomers, count, only_unassigned, is_tried_in_3d),
        provenance={
            "library": RDKIT,
            "method": "EnumerateStereoisomers, duplicates merged; labels by rdCIPLabeler (Hanson et al. 2018)",
            "parameters": {"only_unassigned": only_unassigned, "max_isomers": max_isomers},
        },
    )


def _options(only_unassigned: bool) -> StereoEnumerationOptions:
    return StereoEnumerationOptions(onlyUnassigned=only_unassigned, unique=True, maxIsomers=0)


def _needs_3d(molecule: Chem.Mol, only_unassigned: bool) -> bool:
    """Bridges fix each other's configuration: of the four labels of camphor only two can be built."""
    return bool(
        rdMolDescriptors.CalcNumBridgeheadAtoms(molecule)
        and molecule.GetNumHeavyAtoms() <= MAX_EMBEDDED_ATOMS
        and 1 < GetStereoisomerCount(molecule, _options(only_unassigned)) <= MAX_EMBEDDED
    )


def _distinct(molecule: Chem.Mol, only_unassigned: bool, is_tried_in_3d: bool) -> Iterator[Chem.Mol]:
    seen = set()
    for isomer in EnumerateStereoisomers(molecule, options=_options(only_unassigned)):
        if (smiles := Chem.MolToSmiles(isomer)) not in seen:
            seen.add(smiles)
            if not is_tried_in_3d or _can_be_built(isomer):
                yield isomer


def _can_be_built(isomer: Chem.Mol) -> bool:
    parameters = rdDistGeom.ETKDGv3()
    parameters.randomSeed = 42
    parameters.maxIterations = EMBED_ATTEMPTS
    return bool(rdDistGeom.EmbedMolecule(Chem.AddHs(isomer), parameters) == 0)


def _isomer(molecule: Chem.Mol) -> Isomer:
    with suppress(RuntimeError):  # at the limit some labels are those of the older, simpler rules
        rdCIPLabeler.AssignCIPLabels(molecule, maxRecursiveIterations=MAX_CIP_ITERATIONS)
    mirrored = Chem.Mol(molecule)
    for atom in mirrored.GetAtoms():
        atom.InvertChirality()
    smiles, mirror_image = (Chem.CanonSmiles(Chem.MolToSmiles(each)) for each in (molecule, mirrored))
    return Isomer(smiles, molecule, _labels(molecule), mirror_image)


def _labels(molecule: Chem.Mol) -> str:
    atoms = [f"{a.GetIdx()}{a.GetProp('_CIPCode')}" for a in molecule.GetAtoms() if a.HasProp("_CIPCode")]
    bonds = [
        f"{b.GetBeginAtomIdx()}={b.GetEndAtomIdx()} {b.GetProp('_CIPCode')}"
        for b in molecule.GetBonds()
        if b.HasProp("_CIPCode")
    ]
    return ",".join((*atoms, *bonds))


def _count(molecule: Chem.Mol, only_unassigned: bool, num_shown: int, more: Iterator[Chem.Mol]) -> Count:
    """Those that are shown and more, counted within COUNT_S."""
    limit = int(GetStereoisomerCount(molecule, _options(only_unassigned)))
    if limit > MAX_COUNTED:
        return Count(num_shown, is_exact=True) if next(more, None) is None else Count(limit, is_exact=False)
    stop_at = monotonic() + COUNT_S
    total = num_shown
    for _ in more:
        total += 1
        if monotonic() > stop_at:
            return Count(limit, is_exact=False)
    return Count(total, is_exact=True)


def _summary(molecule: Chem.Mol, isomers: Sequence[Isomer], count: Count, only_unassigned: bool) -> str:
    if not isomers:
        return f"None of the stereoisomers of {cut(Chem.MolToSmiles(molecule), 300)} could be built in 3D."
    varied = "with the given stereochemistry kept" if only_unassigned else "over all stereocentres and double bonds"
    total = count.in_words
    head = f"{total} stereoisomer{'' if count.total == 1 else 's'}, {varied}"
    kinds = f" ({_kinds(isomers)})" if count.is_exact and count.total == len(isomers) and len(isomers) > 1 else ""
    rows = [f"{i}. {isomer.smiles} ({isomer.labels or 'no stereocentre'})" for i, isomer in enumerate(isomers, 1)]
    what = "SMILES with CIP labels, atoms numbered from 0 as in the SMILES that was given"
    return f"{head}{kinds}. {what}: {listed(rows, count.total if count.total < MAX_WRITTEN else None)}."


def _kinds(isomers: Sequence[Isomer]) -> str:
    by_smiles = {isomer.smiles for isomer in isomers}
    num_achiral = sum(isomer.mirror_image == isomer.smiles for isomer in isomers)
    num_pairs = (
        sum(isomer.mirror_image in by_smiles and isomer.mirror_image != isomer.smiles for isomer in isomers) // 2
    )
    num_alone = len(isomers) - num_achiral - 2 * num_pairs
    parts = [
        f"{counted(num_pairs, 'pair')} of enantiomers" if num_pairs else "",
        f"{num_achiral} achiral or meso" if num_achiral else "",
        f"{num_alone} without the mirror image" if num_alone else "",
    ]
    return ", ".join(part for part in parts if part)


def _artifacts(isomers: Sequence[Isomer]) -> tuple[ToolArtifact, ...]:
    number = {isomer.smiles: i for i, isomer in enumerate(isomers, 1)}
    rows = [
        (
            i,
            isomer.smiles,
            isomer.labels,
            "itself" if isomer.mirror_image == isomer.smiles else number.get(isomer.mirror_image),
        )
        for i, isomer in enumerate(isomers, 1)
    ]
    columns = ("isomer", "SMILES", "CIP labels (atoms from 0, as given)", "mirror image")
    panels = [Panel(isomer.molecule, f"{i}. {isomer.labels}") for i, isomer in enumerate(isomers, 1)]
    shown = min(len(isomers), MAX_PANELS)
    return (
        views.table("stereoisomers.csv", columns, rows, f"{counted(len(isomers), 'stereoisomer')} with CIP labels"),
        grid("stereoisomers.svg", panels, f"{counted(shown, 'stereoisomer')} with CIP labels"),
    )


def _warnings(
    molecule: Chem.Mol, isomers: Sequence[Isomer], count: Count, only_unassigned: bool, is_tried_in_3d: bool
) -> tuple[str, ...]:
    warnings = []
    if count.total > len(isomers) and isomers:
        total = count.in_words
        warnings.append(f"{len(isomers)} of {total} isomers are shown.")
    if is_tried_in_3d:
        attempts = f"in {EMBED_ATTEMPTS} attempts of ETKDG"
        warnings.append(f"The molecule is bridged: isomers that could not be built in 3D {attempts} are left out.")
    given = sum(info.specified == Chem.StereoSpecified.Specified for info in Chem.FindPotentialStereo(molecule))
    if only_unassigned and given:
        warnings.append(f"{counted(given, 'given label')} kept; only_unassigned=false varies what is given, too.")
    if molecule.HasSubstructMatch(ALLENE):
        warnings.append("The axial chirality of the allene is not enumerated.")
    return tuple(warnings)
