"""Find a compound by name in an offline table."""

import chemicals

from assistant.tools.chemistry.compound_table import (
    CHEMICALS,
    Temperature,
    boiling_point,
    is_organic_formula,
    melting_point,
    table_entry,
)
from assistant.tools.result import ToolError, ToolResult

SOURCE = f"PubChem table of chemicals {chemicals.__version__}"


def lookup_compound(query: str) -> ToolResult:
    """Look up a compound by name, CAS number or InChIKey: SMILES, formula, melting and boiling point. Offline.

    query: English or common Chinese name, CAS number or InChIKey; not a SMILES
    """
    name = query.strip()
    if not name:
        raise ToolError("EMPTY", "The name is empty.", "Give a compound name, for example caffeine.")
    found = table_entry(name)
    if found is None:
        raise ToolError(
            "COMPOUND_NOT_FOUND",
            f"No compound named '{name[:60]}' in the offline table.",
            "Give another name, a CAS number or a SMILES.",
        )

    facts = [f"SMILES: {found.smiles}", f"formula: {found.formula}", f"CAS: {found.CASs}"]
    facts += _measured("melting point", melting_point(found.CASs))
    facts += _measured("boiling point", boiling_point(found.CASs))
    facts.append(f"InChIKey: {found.InChI_key}")
    return ToolResult(
        summary=f"{found.common_name}. " + "; ".join(facts),
        warnings=(f"Other compounds may have the formula {name}.",) if is_organic_formula(name, found.formula) else (),
        provenance={"library": CHEMICALS, "method": SOURCE, "parameters": {"query": name}},
    )


def _measured(label: str, temperature: Temperature | None) -> list[str]:
    """The best value of the table, unless all it has is an estimate."""
    if temperature is None or temperature.is_estimate:
        return []
    return [f"{label}: {temperature.celsius:.1f} C"]
