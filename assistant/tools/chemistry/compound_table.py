"""The offline table of compounds: 71,000 names, CAS numbers, SMILES and InChIKeys of PubChem, as the package chemicals
carries them, with melting and boiling points, and common Chinese names for some of them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import chemicals

CHEMICALS = f"chemicals {chemicals.__version__}"
CAS = re.compile(r"\d{2,7}-\d\d-\d")
INCHIKEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
CHINESE_NAMES = Path(__file__).parents[3] / "assets" / "compound_names_zh.tsv"
KELVIN = 273.15
ESTIMATES = {"JOBACK"}  # a group-contribution guess, not a measurement
SOURCES = {
    "OPEN_NTBKM": "Open Notebook melting points",
    "CRC_ORG": "CRC Handbook, organic",
    "CRC_INORG": "CRC Handbook, inorganic",
    "COMMON_CHEMISTRY": "CAS Common Chemistry",
    "WEBBOOK": "NIST WebBook",
    "WIKIDATA": "Wikidata, conditions not stated",
    "YAWS": "Yaws's handbook",
    "HEOS": "reference equation of state",
    "JOBACK": "Joback group contributions",
}


@dataclass(frozen=True, slots=True)
class Temperature:
    celsius: float
    source: str
    is_estimate: bool


def table_entry(query: str) -> Any | None:
    """The entry (chemicals.identifiers.ChemicalMetadata) for an English or Chinese name, a CAS number, an InChIKey, a
    formula or a SMILES, in this order. None for none."""
    if not (CAS.fullmatch(query) or re.search(r"[^\W\d_]", query)):
        return None  # an atomic number or a sign, which the table takes for an element or a formula
    key = f"InChIKey={query}" if INCHIKEY.fullmatch(query) else chinese_names().get(query, query)
    try:
        return chemicals.search_chemical(key)
    except ValueError:
        return None


def melting_point(cas: str) -> Temperature | None:
    """At atmospheric pressure."""
    return _temperature(cas, chemicals.Tm, chemicals.Tm_methods)


def boiling_point(cas: str) -> Temperature | None:
    """At atmospheric pressure."""
    return _temperature(cas, chemicals.Tb, chemicals.Tb_methods)


def _temperature(
    cas: str, value_in_kelvin: Callable[[str], float | None], sources: Callable[[str], list[str]]
) -> Temperature | None:
    kelvin, names = value_in_kelvin(cas), sources(cas)
    if kelvin is None or not names:
        return None
    source = SOURCES.get(names[0], names[0])
    return Temperature(kelvin - KELVIN, source, set(names) <= ESTIMATES)


def is_organic_formula(query: str, formula: str) -> bool:
    """The table answers to a formula, with one of its isomers."""
    elements = re.findall(r"[A-Z][a-z]?\d*", query)
    return (
        "".join(elements) == query
        and len(elements) > 1
        and any(re.fullmatch(r"C([2-9]|\d\d+)", element) for element in elements)
        and sorted(elements) == sorted(re.findall(r"[A-Z][a-z]?\d*", formula))
    )


@cache
def chinese_names() -> dict[str, str]:
    """Chinese name -> the English one of the table, for common compounds."""
    lines = CHINESE_NAMES.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)
