"""Find a compound by name: first in the table of PubChem names, then in the wwPDB dictionary of components."""

import re
from typing import Annotated, Any

from rdkit import Chem
from rdkit.Chem.Descriptors import MolWt

from assistant.tools.base import Schema
from assistant.tools.chemistry import ccd
from assistant.tools.chemistry.compound_aliases import ALIASES, COMPONENTS
from assistant.tools.chemistry.compound_table import (
    CHEMICALS,
    INCHIKEY,
    Temperature,
    boiling_point,
    chinese_names,
    is_organic_formula,
    melting_point,
    table_entry,
)
from assistant.tools.chemistry.drawing import picture
from assistant.tools.molecule import RDKIT, counted, formula, quiet_rdkit, read_smiles
from assistant.tools.result import ToolError, ToolResult

MAX_TITLE_LENGTH = 150
MAX_SMILES_LENGTH = 800
MAX_SYNONYMS = 5
MAX_SYNONYM_LENGTH = 40
FLAT = "UHFFFAOYSA-N"  # the second and third part of the InChIKey of a neutral molecule without stereochemistry


def lookup_compound(query: Annotated[str, Schema(minLength=1, maxLength=200)]) -> ToolResult:
    """Look up a compound by common name, synonym, CAS number or InChIKey. Offline. Returns SMILES, formula, CAS,
    InChIKey, measured melting/boiling point when known.

    query: Name, synonym, CAS (50-78-2) or InChIKey; not a SMILES
    """
    query = query.strip().removeprefix("InChIKey=")
    if not query:
        raise ToolError("EMPTY", "The name is empty.", "Give a compound name, for example caffeine.")
    name = chinese_names().get(query, query)
    name = ALIASES.get(name.casefold(), name)
    component_id = COMPONENTS.get(name.casefold())
    if component_id and (component := _component(component_id)):
        return _of_component(query, component)
    if entry := table_entry(name):
        return _of_entry(query, name, entry)
    if component := _component(name):
        return _of_component(query, component)
    if INCHIKEY.fullmatch(query) and (entry := table_entry(f"{query[:14]}-{FLAT}")):
        isomer = _component(entry.common_name)
        if isomer and _inchi_key(isomer.molecule) == query:
            return _of_component(query, isomer)
        return _of_entry(query, name, entry)
    raise ToolError(
        "COMPOUND_NOT_FOUND",
        f"No compound named '{query[:60]}' in the local tables (71,000 PubChem names, 49,000 PDB components).",
        "Give another name, a CAS number, a SMILES, or a systematic name to convert_molecule.",
    )


def _component(name: str) -> ccd.Component | None:
    """None also where biotite, which carries the dictionary, is not installed: the table alone answers then."""
    try:
        return ccd.find_component(name)
    except ToolError:
        return None


def _of_entry(query: str, name: str, entry: Any) -> ToolResult:
    molecule = _readable(entry.smiles)
    facts = [_smiles_fact(entry.smiles), f"formula: {entry.formula}"]
    if molecule is not None:
        facts.append(f"molar mass: {MolWt(molecule):.2f} g/mol")
    facts += [f"CAS: {entry.CASs}", f"InChIKey: {entry.InChI_key}"]
    if entry.pubchemid > 0:
        facts.append(f"PubChem CID: {entry.pubchemid}")
    facts += _temperature_facts(entry.CASs)
    if synonyms := _synonyms(entry, query):
        facts.append(f"also called: {', '.join(synonyms)}")
    return ToolResult(
        summary=f"{_title(query, entry.common_name)}. " + "; ".join(facts) + ".",
        artifacts=(picture(molecule, entry.smiles),) if molecule is not None else (),
        warnings=tuple(_entry_warnings(query, name, entry, molecule)),
        provenance={"library": CHEMICALS, "method": "PubChem table", "parameters": {"query": query}},
    )


def _of_component(query: str, component: ccd.Component) -> ToolResult:
    molecule = component.molecule
    smiles = Chem.MolToSmiles(molecule)
    key = _inchi_key(molecule)
    facts = [_smiles_fact(smiles), f"formula: {formula(molecule)}", f"molar mass: {MolWt(molecule):.2f} g/mol"]
    if entry := table_entry(key) if key else None:
        facts.append(f"CAS: {entry.CASs}")
    facts.append(f"InChIKey: {key or 'none'}")
    facts.append(f"PDB component: {component.id}")
    if entry:
        facts += _temperature_facts(entry.CASs)
    return ToolResult(
        summary=f"{_title(query, component.name)}. " + "; ".join(facts) + ".",
        artifacts=(picture(molecule, smiles),),
        warnings=tuple(_stereo_warnings(molecule, (component.name,))),
        provenance={"library": RDKIT, "method": ccd.ccd_source(), "parameters": {"query": query}},
    )


def _inchi_key(molecule: Chem.Mol) -> str:
    """Empty for what InChI cannot describe."""
    with quiet_rdkit():
        return str(Chem.MolToInchiKey(molecule))


def _readable(smiles: str) -> Chem.Mol | None:
    try:
        return read_smiles(smiles)
    except ToolError:
        return None


def _title(query: str, name: str) -> str:
    name = " ".join(name.split())
    name = name if len(name) <= MAX_TITLE_LENGTH else name[: MAX_TITLE_LENGTH - 3] + "..."
    return name if query.casefold() == name.casefold() else f"{query} = {name}"


def _smiles_fact(smiles: str) -> str:
    """A part of a SMILES would be another molecule: all of it or none."""
    return f"SMILES: {smiles}" if len(smiles) <= MAX_SMILES_LENGTH else "SMILES: too long to quote"


def _temperature_facts(cas: str) -> list[str]:
    known = {"melting point": melting_point(cas), "boiling point": boiling_point(cas)}
    return [_temperature_fact(label, value) for label, value in known.items() if value]


def _temperature_fact(label: str, value: Temperature) -> str:
    if value.is_estimate:
        return f"{label}: {value.celsius:.0f} C estimated by {value.source}, not measured"
    return f"{label}: {value.celsius:.1f} C ({value.source})"


def _synonyms(entry: Any, query: str) -> list[str]:
    known = {query.casefold(), entry.common_name.casefold()}
    chosen: list[str] = []
    for name in entry.synonyms[2:]:  # after the systematic and the common name
        is_word = re.search(r"[^\W\d_]{3}", name) and len(name) <= MAX_SYNONYM_LENGTH
        if is_word and name.casefold() not in known and len(chosen) < MAX_SYNONYMS:
            known.add(name.casefold())
            chosen.append(name)
    return chosen


def _entry_warnings(query: str, name: str, entry: Any, molecule: Chem.Mol | None) -> list[str]:
    warnings = []
    if is_organic_formula(name, entry.formula):
        warnings.append(f"Other compounds may have the formula {name}.")
    if INCHIKEY.fullmatch(query) and query != entry.InChI_key:
        warnings.append(f"No entry has the key {query}; this one has the same skeleton, without stereochemistry.")
    if molecule is None:
        warnings.append("The SMILES of the table could not be drawn.")
        return warnings
    if name == entry.smiles and name.casefold() not in map(str.casefold, entry.synonyms):
        warnings.append(f"'{query}' was read as a SMILES.")
    return warnings + _stereo_warnings(molecule, (entry.common_name, query))


def _stereo_warnings(molecule: Chem.Mol, names: tuple[str, ...]) -> list[str]:
    centres = Chem.FindMolChiralCenters(molecule, includeUnassigned=True, useLegacyImplementation=False)
    num_open = sum(label == "?" for _, label in centres)
    if not num_open:
        return []
    warning = f"The table gives no stereochemistry for {counted(num_open, 'centre')} of {names[0]} (STEREO_UNDEFINED)"
    if isomer := _isomer(molecule, names):
        return [f"{warning}; PDB component {isomer.id} of this name is {Chem.MolToSmiles(isomer.molecule)}."]
    return [f"{warning}."]


def _isomer(molecule: Chem.Mol, names: tuple[str, ...]) -> ccd.Component | None:
    """A component of the same name and skeleton whose coordinates tell its stereochemistry."""
    skeleton = _inchi_key(molecule)[:14]
    for component in map(_component, names):
        if component and _inchi_key(component.molecule)[:14] == skeleton:
            return component
    return None
