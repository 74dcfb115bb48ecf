"""Apply a reaction template to molecules."""

from collections.abc import Sequence
from typing import Annotated, Literal

from rdkit import Chem
from rdkit.Chem import Descriptors
from rdkit.Chem.rdChemReactions import ChemicalReaction

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.molecule_grid_picture import MAX_PANELS, Panel, grid
from assistant.tools.chemistry.numbered_smiles import read_numbered
from assistant.tools.chemistry.reaction_templates import TEMPLATES, Template
from assistant.tools.chemistry.smarts import read_reaction_smarts
from assistant.tools.chemistry.template_outcomes import (
    MAX_OUTCOMES,
    Outcomes,
    matches_role,
    num_more_in_other_orders,
    num_that_react_again,
    outcomes,
)
from assistant.tools.chemistry.wording import listed
from assistant.tools.molecule import RDKIT, counted, formula
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

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
    molecules = read_numbered(reactants, "Reactant")
    template = _template(reaction, reaction_smarts)
    molecules = tuple(molecule for molecule in molecules if Chem.MolToSmiles(molecule) not in template.implied)
    reactions = [read_reaction_smarts(smarts) for smarts in template.smarts]
    _check_count(reaction, template, molecules)

    found = outcomes(reactions, molecules)
    if not found.products:
        raise _no_product(reaction, template, reactions, found)
    sets = list(found.products.values())[:max_products]
    order_note = () if found.reactants == molecules else (_order_note(template, found),)
    return ToolResult(
        summary=_summary(reaction, template, found, len(sets)),
        artifacts=_artifacts(reaction, sets),
        warnings=(*order_note, *_warnings(template, reactions, found, len(sets))),
        provenance={
            "library": RDKIT,
            "method": "RunReactants, products sanitised and merged by canonical SMILES",
            "parameters": {"reaction": reaction, "smarts": list(template.smarts), "max_products": max_products},
        },
    )


def _template(reaction: str, smarts: str | None) -> Template:
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


def _no_product(reaction: str, template: Template, reactions: Sequence[ChemicalReaction], found: Outcomes) -> ToolError:
    if found.num_invalid:
        dropped = counted(found.num_invalid, "product")
        return ToolError("NO_PRODUCT", f"{reaction} gave only products of impossible valence ({dropped} dropped).")
    missing = [
        role
        for i, role in enumerate(template.roles)
        if not any(matches_role(reactions, i, molecule) for molecule in found.reactants)
    ]
    reason = f"there is no {' and no '.join(missing)} among them" if missing else "no order of them fits it"
    return ToolError(
        "NO_PRODUCT",
        f"The template {reaction} does not match these reactants: {reason}.",
        f"Expected: {', '.join(template.roles)}.",
    )


def _summary(reaction: str, template: Template, found: Outcomes, num_shown: int) -> str:
    total = len(found.products)
    written = [smiles.replace(".", " + ") for smiles in list(found.products)[:num_shown]]
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


def _order_note(template: Template, found: Outcomes) -> str:
    pairs = zip(template.roles, found.reactants, strict=True)
    roles = ", ".join(f"{Chem.MolToSmiles(molecule)} as {role}" for role, molecule in pairs)
    return f"The reactants were taken in another order: {roles}."


def _warnings(
    template: Template, reactions: Sequence[ChemicalReaction], found: Outcomes, num_shown: int
) -> tuple[str, ...]:
    warnings = [template.caution] if template.caution else []
    if found.num_invalid:
        warnings.append(f"{counted(found.num_invalid, 'product')} dropped: impossible valence.")
    if found.is_cut:
        warnings.append(f"The template was stopped at {MAX_OUTCOMES:,} outcomes; there are more.")
    if len(found.products) > num_shown:
        warnings.append(f"{num_shown} of {len(found.products):,} outcomes are listed.")
    if num_more := num_more_in_other_orders(reactions, found):
        warnings.append(f"With the reactants in another order there is more: {counted(num_more, 'outcome')}.")
    if num_again := num_that_react_again(reactions, found):
        warnings.append(f"{counted(num_again, 'product')} can react again at another site; call again for it.")
    return tuple(warnings)
