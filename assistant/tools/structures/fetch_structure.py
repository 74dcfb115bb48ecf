"""Download a structure from a public database."""

import json
import re
from typing import Annotated, Literal

from assistant.tools.base import Schema
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.structures.download import check_address, download
from assistant.tools.structures.reading import parse_structure
from assistant.tools.structures.structure_summary import summarise
from assistant.tools.views import file as kept_file

PDB_ID = re.compile(r"^[1-9][A-Za-z0-9]{3}$")
UNIPROT = re.compile(r"^([OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9]([A-Z][A-Z0-9]{2}[0-9]){1,2})$")  # as UniProt has it
MEDIA_TYPES = {"cif": "chemical/x-cif", "pdb": "chemical/x-pdb"}
PLDDT_NOTE = "This is a model by AlphaFold: its B-factor column is pLDDT, 0-100, higher is more certain."


def fetch_structure(
    id: Annotated[str, Schema(pattern="^[A-Za-z0-9]{4,10}$")],
    source: Literal["rcsb", "alphafold"] = "rcsb",
    format: Literal["cif", "pdb"] = "cif",
) -> ToolResult:
    """Download a structure from RCSB PDB or AlphaFold DB (needs internet).

    id: PDB id (1UBQ) or UniProt accession (P69905)
    source: Database
    format: File type
    """
    entry = id.upper()
    _check_id(entry, source)
    url = f"https://files.rcsb.org/download/{entry}.{format}" if source == "rcsb" else _model_address(entry, format)
    text = download(url).decode("utf-8", "replace")
    name = url.rsplit("/", 1)[-1]
    structure = parse_structure(text, name)
    told = summarise(structure, name)
    kept = kept_file(name, text, MEDIA_TYPES[format], f"{entry} from {check_address(url)}")
    return ToolResult(
        summary=f"Downloaded {name} from {check_address(url)}; other tools can use this name.\n{told.summary}"[:1_500],
        artifacts=(kept, *told.artifacts),
        warnings=(*told.warnings, *((PLDDT_NOTE,) if source == "alphafold" else ())),
        provenance={"library": told.provenance["library"], "method": "download", "parameters": {"url": url}},
    )


def _check_id(entry: str, source: str) -> None:
    is_pdb, is_uniprot = bool(PDB_ID.match(entry)), bool(UNIPROT.match(entry))
    if source == "rcsb" and not is_pdb:
        hint = "Set source to alphafold." if is_uniprot else "A PDB id has a digit and three more characters: 1UBQ."
        raise ToolError("WRONG_ID", f"'{entry[:20]}' is no PDB id.", hint)
    if source == "alphafold" and not is_uniprot:
        hint = "Set source to rcsb." if is_pdb else "A UniProt accession looks like P69905 or A0A024R1R8."
        raise ToolError("WRONG_ID", f"'{entry[:20]}' is no UniProt accession.", hint)


def _model_address(accession: str, form: str) -> str:
    """The versions of models change, so the database is asked for the address of the newest."""
    answer = download(f"https://alphafold.ebi.ac.uk/api/prediction/{accession}")
    try:
        url = str(json.loads(answer)[0][f"{form}Url"])
    except (ValueError, LookupError, TypeError) as error:
        raise ToolError("NOT_FOUND", f"AlphaFold DB lists no model of {accession}.", "Check the accession.") from error
    check_address(url)
    return url
