"""Find a compound by name in an offline table."""

import re
from functools import cache
from pathlib import Path

import chemicals

from assistant.tools.result import ToolError, ToolResult

SOURCE = f"PubChem table of chemicals {chemicals.__version__}"
CAS = re.compile(r"\d{2,7}-\d\d-\d")
INCHIKEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
CHINESE_NAMES = Path(__file__).parents[3] / "assets" / "compound_names_zh.tsv"
KELVIN = 273.15
ESTIMATES = {"JOBACK"}  # a group-contribution guess, not a measurement


def lookup_compound(query: str) -> ToolResult:
    """Look up a compound by name, CAS number or InChIKey: SMILES, formula, melting and boiling point. Offline.

    query: English or common Chinese name, CAS number or InChIKey; not a SMILES
    """
    name = query.strip()
    if not name:
        raise ToolError("EMPTY", "The name is empty.", "Give a compound name, for example caffeine.")
    try:
        found = chemicals.search_chemical(_search_key(name))
        if not (CAS.fullmatch(name) or re.search(r"[^\W\d_]", name)):
            raise ValueError("an atomic number or a sign, which the table takes for an element or a formula")
    except ValueError as error:
        raise ToolError(
            "COMPOUND_NOT_FOUND",
            f"No compound named '{name[:60]}' in the offline table.",
            "Give another name, a CAS number or a SMILES.",
        ) from error

    facts = [f"SMILES: {found.smiles}", f"formula: {found.formula}", f"CAS: {found.CASs}"]
    facts += _measured("melting point", chemicals.Tm(found.CASs), chemicals.Tm_methods(found.CASs))
    facts += _measured("boiling point", chemicals.Tb(found.CASs), chemicals.Tb_methods(found.CASs))
    facts.append(f"InChIKey: {found.InChI_key}")
    return ToolResult(
        summary=f"{found.common_name}. " + "; ".join(facts),
        warnings=(f"Other compounds may have the formula {name}.",) if _is_organic_formula(name, found.formula) else (),
        provenance={"library": f"chemicals {chemicals.__version__}", "method": SOURCE, "parameters": {"query": name}},
    )


def _search_key(name: str) -> str:
    return f"InChIKey={name}" if INCHIKEY.fullmatch(name) else chinese_names().get(name, name)


def _is_organic_formula(name: str, formula: str) -> bool:
    """The table answers to a formula, with one of its isomers."""
    elements = re.findall(r"[A-Z][a-z]?\d*", name)
    return (
        "".join(elements) == name
        and len(elements) > 1
        and any(re.fullmatch(r"C([2-9]|\d\d+)", element) for element in elements)
        and sorted(elements) == sorted(re.findall(r"[A-Z][a-z]?\d*", formula))
    )


@cache
def chinese_names() -> dict[str, str]:
    """Chinese name -> the English one of the table, for common compounds."""
    lines = CHINESE_NAMES.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def _measured(label: str, kelvin: float | None, methods: list[str]) -> list[str]:
    """The best value of the table, unless all it has is an estimate."""
    if kelvin is None or set(methods) <= ESTIMATES:
        return []
    return [f"{label}: {kelvin - KELVIN:.1f} C"]
