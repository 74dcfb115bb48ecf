"""Name the functional groups of a molecule, and the alerts of published filters that it matches."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from assistant.tools import views
from assistant.tools.chemistry.functional_group_table import AROMATIC_RINGS, GROUPS
from assistant.tools.chemistry.smarts import substructure_matches
from assistant.tools.chemistry.wording import listed
from assistant.tools.molecule import RDKIT, formula, read_smiles
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolArtifact, ToolResult

CATALOGUES = ("PAINS", "BRENK", "NIH")
WIDTH_PX, HEIGHT_PX = 520, 400
# light enough for black letters on them, and told apart by the colour-blind (after Okabe and Ito)
COLOURS = (
    (0.65, 0.85, 0.98),
    (1.0, 0.82, 0.45),
    (0.60, 0.88, 0.78),
    (0.98, 0.75, 0.62),
    (0.93, 0.75, 0.88),
    (0.97, 0.94, 0.55),
    (0.75, 0.78, 0.95),
)
ALERT_NOTE = "An alert is a hint to look closer, not a verdict: many approved drugs match one."


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    atoms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    catalogue: str
    name: str
    atoms: tuple[int, ...]


def functional_groups(smiles: Smiles, alerts: bool = True) -> ToolResult:
    """List functional groups and structural alerts (PAINS, Brenk, NIH) with the atoms involved.

    smiles: One SMILES string. Escape backslashes in JSON
    alerts: Also run PAINS and Brenk filters
    """
    molecule = read_smiles(smiles)
    groups = [*groups_of(molecule), *_aromatic_rings(molecule)]
    matched = _alerts(molecule) if alerts else []
    return ToolResult(
        summary=_summary(molecule, groups, matched, alerts),
        artifacts=(_picture(molecule, groups, smiles.strip()), _table(groups, matched)),
        warnings=(ALERT_NOTE,) if matched else (),
        provenance={
            "library": RDKIT,
            "method": "exclusive SMARTS definitions, the narrower first; FilterCatalog for the alerts",
            "parameters": {"alerts": list(CATALOGUES) if alerts else []},
        },
    )


def groups_of(molecule: Chem.Mol) -> list[Group]:
    """Each heavy atom belongs to one group at most. Atom indices from 0, in the order of the SMILES."""
    owned: set[int] = set()
    found = []
    for name, query in _queries():
        for atoms in substructure_matches(molecule, query):
            if owned.isdisjoint(atoms):
                owned.update(atoms)
                found.append(Group(name, atoms))
    return found


@cache
def _queries() -> tuple[tuple[str, Chem.Mol], ...]:
    return tuple((name, Chem.MolFromSmarts(smarts)) for name, smarts in GROUPS)


def _aromatic_rings(molecule: Chem.Mol) -> Iterator[Group]:
    for ring in molecule.GetRingInfo().AtomRings():
        if all(molecule.GetAtomWithIdx(i).GetIsAromatic() for i in ring):
            symbols = "".join(molecule.GetAtomWithIdx(i).GetSymbol() for i in ring)
            turns = chain.from_iterable(
                (around[i:] + around[:i] for i in range(len(around))) for around in (symbols, symbols[::-1])
            )
            yield Group(AROMATIC_RINGS.get(min(turns), "other aromatic ring"), tuple(ring))


@cache
def _catalogue(name: str) -> FilterCatalog:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog(parameters)


def _alerts(molecule: Chem.Mol) -> list[Alert]:
    alerts = []
    for name in CATALOGUES:
        for entry in _catalogue(name).GetMatches(molecule):
            matches = entry.GetFilterMatches(molecule)
            atoms = sorted({atom for match in matches for _, atom in match.atomPairs})
            alerts.append(Alert(name, entry.GetDescription(), tuple(atoms)))
    return alerts


def _summary(molecule: Chem.Mol, groups: list[Group], alerts: list[Alert], with_alerts: bool) -> str:
    places: dict[str, list[tuple[int, ...]]] = {}
    for group in groups:
        places.setdefault(group.name, []).append(group.atoms)
    entries = [
        f"{name} {'x ' + str(len(atoms)) + ' ' if len(atoms) > 1 else ''}(atoms {_written(atoms)})"
        for name, atoms in places.items()
    ]
    found = listed(entries, max_length=800) if entries else "none of the table"
    text = f"Functional groups of {formula(molecule)}, atoms numbered from 0 in the order of the SMILES: {found}."
    if not with_alerts:
        return text
    named = [f"{alert.name} ({alert.catalogue})" for alert in alerts]
    return text + (f" Matches alerts: {listed(named, max_length=400)}." if named else " No PAINS, Brenk or NIH alert.")


def _written(places: list[tuple[int, ...]]) -> str:
    shown = [" ".join(map(str, atoms)) for atoms in places[:8]]
    return "; ".join(shown) + ("; ..." if len(places) > 8 else "")


def _picture(molecule: Chem.Mol, groups: list[Group], smiles: str) -> ToolArtifact:
    """Every group in a colour of its own; rings stay plain."""
    flat = Chem.Mol(molecule)
    rdDepictor.Compute2DCoords(flat)
    names = list(dict.fromkeys(group.name for group in groups if not group.name.endswith(" ring")))
    colours = {
        atom: COLOURS[names.index(group.name) % len(COLOURS)]
        for group in groups
        if group.name in names
        for atom in group.atoms
    }
    bonds = {
        bond.GetIdx(): colours[bond.GetBeginAtomIdx()]
        for group in groups
        if group.name in names
        for bond in flat.GetBonds()
        if {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= set(group.atoms)
    }
    drawer = rdMolDraw2D.MolDraw2DSVG(WIDTH_PX, HEIGHT_PX)
    drawer.drawOptions().clearBackground = False  # the page's own colour shows through
    rdMolDraw2D.PrepareAndDrawMolecule(
        drawer,
        flat,
        highlightAtoms=list(colours),
        highlightAtomColors=colours,
        highlightBonds=list(bonds),
        highlightBondColors=bonds,
    )
    points = [drawer.GetDrawCoords(i) for i in range(flat.GetNumAtoms())]
    drawer.FinishDrawing()
    alt = f"2D structure of {smiles} with {', '.join(names) if names else 'no group'} highlighted"
    atoms = [[round(point.x, 1), round(point.y, 1)] for point in points]
    return views.svg("functional_groups.svg", drawer.GetDrawingText(), alt, smiles=smiles, atoms=atoms)


def _table(groups: list[Group], alerts: list[Alert]) -> ToolArtifact:
    rows = [("functional group", group.name, " ".join(map(str, group.atoms))) for group in groups]
    rows += [(f"{alert.catalogue} alert", alert.name, " ".join(map(str, alert.atoms))) for alert in alerts]
    columns = ("kind", "name", "atoms (from 0)")
    return views.table("functional_groups.csv", columns, rows, "Functional groups and alerts with their atoms")
