"""Apply a reaction template to molecules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Annotated, Literal

from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors, rdChemReactions

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.molecule_grid_picture import MAX_PANELS, Panel, grid
from assistant.tools.chemistry.reaction_templates import TEMPLATES, Template
from assistant.tools.chemistry.smarts import read_reaction_smarts
from assistant.tools.chemistry.wording import listed
from assistant.tools.molecule import RDKIT, counted, formula, read_smiles
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

MAX_OUTCOMES = 1_000  # of one template, before duplicates are merged
CAUTION = "Template enumeration, not a yield or feasibility prediction."
ReactionName = Literal[
    "amide_coupling",
    "ester_hydrolysis",
    "esterification",
    "suzuki_coupling",
    "buchwald_hartwig",
    "reductive_amination",
    "sn2_alkylation",
    "click_cuaac",
    "boc_deprotection",
    "diels_alder",
    "custom",
]


@dataclass(slots=True)
class Outcomes:
    """products: canonical SMILES, joined by dots, of each distinct set of products -> the molecules of it."""

    products: dict[str, tuple[Chem.Mol, ...]] = field(default_factory=dict)
    num_invalid: int = 0
    is_cut: bool = False


def run_reaction(
    reaction: ReactionName,
    reactants: Annotated[list[Smiles], Schema(minItems=1, maxItems=3)],
    reaction_smarts: Annotated[str, Schema(maxLength=2000)] | None = None,
    max_products: Annotated[int, Schema(minimum=1, maximum=200)] = 50,
) -> ToolResult:
    """Enumerate products of a named or custom reaction template on given reactants.

    reaction: Named template, or custom
    reaction_smarts: Template when reaction=custom
    reactants: 1 to 3 SMILES strings
    max_products: Limit
    """
    molecules = _read_reactants(reactants)
    template = _template(reaction, reaction_smarts, molecules)
    molecules = [molecule for molecule in molecules if Chem.MolToSmiles(molecule) not in template.implied]
    reactions = [read_reaction_smarts(smarts) for smarts in template.smarts]
    _check_count(reaction, template, molecules)

    order, outcomes = _first_order_that_reacts(reactions, molecules)
    if not outcomes.products:
        raise _no_product(reaction, template, reactions, molecules, outcomes)
    sets = list(outcomes.products.values())[:max_products]
    return ToolResult(
        summary=_summary(reaction, template, outcomes, len(sets)),
        artifacts=_artifacts(reaction, sets),
        warnings=_warnings(template, reactions, molecules, order, outcomes, len(sets)),
        provenance={
            "library": RDKIT,
            "method": "RunReactants, products sanitised and merged by canonical SMILES",
            "parameters": {"reaction": reaction, "smarts": list(template.smarts), "max_products": max_products},
        },
    )


def _read_reactants(reactants: Sequence[str]) -> list[Chem.Mol]:
    molecules = []
    for i, smiles in enumerate(reactants, 1):
        try:
            molecules.append(read_smiles(smiles))
        except ToolError as error:
            raise ToolError(error.code, f"Reactant {i}: {error.message}", error.hint) from error
    return molecules


def _template(reaction: str, smarts: str | None, molecules: Sequence[Chem.Mol]) -> Template:
    if reaction != "custom":
        return TEMPLATES[reaction]
    if not smarts or not smarts.strip():
        raise ToolError(
            "MISSING_ARGUMENT",
            "reaction=custom needs reaction_smarts.",
            "Example: [C:1](=[O:2])[OH].[N;H2:3]>>[C:1](=[O:2])[N:3].",
        )
    num_reactants = read_reaction_smarts(smarts).GetNumReactantTemplates()
    return Template(roles=tuple(f"reactant {i + 1} of the SMARTS" for i in range(num_reactants)), smarts=(smarts,))


def _check_count(reaction: str, template: Template, molecules: Sequence[Chem.Mol]) -> None:
    if len(molecules) != len(template.roles):
        needed = counted(len(template.roles), "reactant")
        raise ToolError(
            "WRONG_COUNT",
            f"{reaction} needs {needed}, got {len(molecules)}.",
            f"Expected: {', '.join(template.roles)}.",
        )


def _first_order_that_reacts(
    reactions: Sequence[rdChemReactions.ChemicalReaction], molecules: Sequence[Chem.Mol]
) -> tuple[tuple[Chem.Mol, ...], Outcomes]:
    """The order in which the reactants were given, if they react in it."""
    given: tuple[tuple[Chem.Mol, ...], Outcomes] | None = None
    for order in permutations(molecules):
        outcomes = _outcomes(reactions, order)
        given = given or (order, outcomes)
        if outcomes.products:
            return order, outcomes
    assert given
    return given


def _outcomes(reactions: Sequence[rdChemReactions.ChemicalReaction], molecules: Sequence[Chem.Mol]) -> Outcomes:
    outcomes = Outcomes()
    invalid = set()
    with rdBase.BlockLogs():
        for reaction in reactions:
            raw = reaction.RunReactants(tuple(molecules), maxProducts=MAX_OUTCOMES)
            outcomes.is_cut |= len(raw) >= MAX_OUTCOMES
            for products in raw:
                sound = tuple(_sound_fragments(products))
                if not sound:
                    invalid.add(".".join(sorted(Chem.MolToSmiles(product) for product in products)))
                    continue
                outcomes.products.setdefault(".".join(sorted(map(Chem.MolToSmiles, sound))), sound)
    outcomes.num_invalid = len(invalid)
    return outcomes


def _sound_fragments(products: Sequence[Chem.Mol]) -> Iterator[Chem.Mol]:
    """The molecules of one outcome, or none of them where one breaks the rules of valence."""
    fragments = []
    for product in products:
        if Chem.SanitizeMol(product, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
            return
        fragments += Chem.GetMolFrags(product, asMols=True)
    for fragment in fragments:
        for atom in fragment.GetAtoms():
            atom.SetAtomMapNum(0)
        yield Chem.MolFromSmiles(Chem.MolToSmiles(fragment)) or fragment


def _no_product(
    reaction: str,
    template: Template,
    reactions: Sequence[rdChemReactions.ChemicalReaction],
    molecules: Sequence[Chem.Mol],
    outcomes: Outcomes,
) -> ToolError:
    if outcomes.num_invalid:
        dropped = counted(outcomes.num_invalid, "product")
        return ToolError("NO_PRODUCT", f"{reaction} gave only products of impossible valence ({dropped} dropped).")
    missing = [
        role
        for i, role in enumerate(template.roles)
        if not any(
            molecule.HasSubstructMatch(each.GetReactantTemplate(i)) for molecule in molecules for each in reactions
        )
    ]
    reason = f"there is no {' and no '.join(missing)} among them" if missing else "no order of them fits it"
    return ToolError(
        "NO_PRODUCT",
        f"The template {reaction} does not match these reactants: {reason}.",
        f"Expected: {', '.join(template.roles)}.",
    )


def _summary(reaction: str, template: Template, outcomes: Outcomes, num_shown: int) -> str:
    total = len(outcomes.products)
    written = [smiles.replace(".", " + ") for smiles in list(outcomes.products)[:num_shown]]
    entries = [f"{i}. {smiles}" for i, smiles in enumerate(written, 1)]
    by_product = f" By-product, not drawn: {template.by_product}." if template.by_product else ""
    return f"{reaction}: {counted(total, 'distinct outcome')}: {listed(entries, total)}.{by_product} {CAUTION}"


def _artifacts(reaction: str, sets: Sequence[tuple[Chem.Mol, ...]]) -> tuple[ToolArtifact, ...]:
    rows = [
        (i, Chem.MolToSmiles(product), formula(product), round(Descriptors.MolWt(product), 2))
        for i, products in enumerate(sets, 1)
        for product in products
    ]
    columns = ("outcome", "product SMILES", "formula", "molecular weight (g/mol)")
    panels = [Panel(product, f"{row[0]}. {row[2]}") for row, product in zip(rows, _flat(sets), strict=True)]
    shown = min(len(panels), MAX_PANELS)
    return (
        views.table("products.csv", columns, rows, f"Products of {reaction}"),
        grid("products.svg", panels, f"{counted(shown, 'product')} of {reaction}"),
    )


def _flat(sets: Sequence[tuple[Chem.Mol, ...]]) -> list[Chem.Mol]:
    return [product for products in sets for product in products]


def _warnings(
    template: Template,
    reactions: Sequence[rdChemReactions.ChemicalReaction],
    molecules: Sequence[Chem.Mol],
    order: Sequence[Chem.Mol],
    outcomes: Outcomes,
    num_shown: int,
) -> tuple[str, ...]:
    warnings = [template.caution] if template.caution else []
    if outcomes.num_invalid:
        warnings.append(f"{counted(outcomes.num_invalid, 'product')} dropped: impossible valence.")
    if outcomes.is_cut:
        warnings.append(f"The template was stopped at {MAX_OUTCOMES:,} outcomes; there are more.")
    if len(outcomes.products) > num_shown:
        warnings.append(f"{num_shown} of {len(outcomes.products):,} outcomes are listed.")
    if tuple(molecules) != tuple(order):
        roles = ", ".join(
            f"{Chem.MolToSmiles(molecule)} as {role}" for role, molecule in zip(template.roles, order, strict=True)
        )
        warnings.append(f"The reactants were taken in another order: {roles}.")
    if num_more := _num_in_other_orders(reactions, molecules, order, outcomes):
        warnings.append(f"With the reactants in another order there is more: {counted(num_more, 'outcome')}.")
    if num_again := _num_that_react_again(reactions, molecules, outcomes):
        warnings.append(f"{counted(num_again, 'product')} can react again at another site; call again for it.")
    return tuple(warnings)


def _num_in_other_orders(
    reactions: Sequence[rdChemReactions.ChemicalReaction],
    molecules: Sequence[Chem.Mol],
    order: Sequence[Chem.Mol],
    outcomes: Outcomes,
) -> int:
    others = (other for other in permutations(molecules) if other != tuple(order))
    found = {smiles for other in others for smiles in _outcomes(reactions, other).products}
    return len(found - set(outcomes.products))


def _num_that_react_again(
    reactions: Sequence[rdChemReactions.ChemicalReaction], molecules: Sequence[Chem.Mol], outcomes: Outcomes
) -> int:
    """Of a template with one reactant."""
    if len(molecules) != 1:
        return 0
    products = [product for products in outcomes.products.values() for product in products]
    return sum(
        any(product.HasSubstructMatch(each.GetReactantTemplate(0)) for each in reactions) for product in products
    )
