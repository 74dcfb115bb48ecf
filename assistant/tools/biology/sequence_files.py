"""Attached sequence files: FASTA and alignments by strict readers of our own, annotated formats by Biopython.

The format is decided by how the file begins, never by its name.
"""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.tools.biology.alignment_files import alignment_form, read_alignment
from assistant.tools.biology.records import Annotation, Record, SequenceFile, clean_name, notes_on_names
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

GAPS = "-."
MAX_BYTES = 50 * 2**20
MAX_ANNOTATED_BYTES = 16 * 2**20  # GenBank and the like: Biopython reads 1 to 5 MB a second
MAX_RECORDS = 100_000

# how a file begins -> Biopython's name of the format, and ours
_BEGINNINGS = (
    (re.compile(r"LOCUS\s"), "genbank", "GenBank"),
    (re.compile(r"ID   .*(Reviewed|Unreviewed);"), "swiss", "UniProt text"),
    (re.compile(r"ID   "), "embl", "EMBL"),
    (re.compile(r"@\S"), "fastq", "FASTQ"),
)
LIBRARY_FORMS = tuple(form for _, _, form in _BEGINNINGS)
_NO_BLANKS = str.maketrans("", "", " \t\n\v\f0123456789")
_PLAIN = re.compile(r"[A-Za-z*\s\d.-]+")
# what Biopython's parsers raise on damaged files, its own ParserFailureError among the ValueErrors
_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError, RecursionError)


def read_records(path: Path, name: str) -> SequenceFile:
    """ToolError TOO_LARGE, NO_RECORDS, BAD_RECORD or TOO_MANY."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _too_large(name, size, MAX_BYTES)
    text = path.read_bytes().decode("utf-8-sig", "replace").lstrip()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith(">"):
        records = tuple(_fasta_records(text, name))
        return SequenceFile("FASTA", records, notes_on_names(records))
    if form := alignment_form(text):
        return read_alignment(text, form, name)
    for beginning, library_name, form in _BEGINNINGS:
        if beginning.match(text):
            if size > MAX_ANNOTATED_BYTES:
                raise _too_large(name, size, MAX_ANNOTATED_BYTES)
            return _library_records(path, library_name, form, name)
    if text and _PLAIN.fullmatch(text):
        letters = _without_blanks(text)
        if letters:
            return SequenceFile("plain sequence", (Record(clean_name(path.stem), "", letters),), ())
    raise ToolError(
        "NO_RECORDS",
        f"No sequence found in {name}: "
        + (f"the file starts with {ascii(text[:24])}." if text else "the file is empty."),
        "FASTA, GenBank, EMBL, UniProt text, Clustal, Stockholm, PHYLIP, FASTQ and plain sequences can be read.",
    )


def _fasta_records(text: str, name: str) -> Iterator[Record]:
    end = -1
    for number in range(1, MAX_RECORDS + 2):
        start = end + 1
        if start >= len(text):
            return
        if number > MAX_RECORDS:
            raise ToolError("TOO_MANY", f"{name} has more than {MAX_RECORDS:,} records.", "Split the file.")
        end = text.find("\n>", start)
        end = len(text) if end < 0 else end
        header, *lines = text[start + 1 : end].splitlines()
        letters = _without_blanks("".join(line for line in lines if not line.startswith(";")))
        title, _, description = header.strip().partition(" ")
        if wrong := re.search(r"[^A-Za-z*.-]", letters):
            raise ToolError(
                "BAD_RECORD",
                f"Record {number} of {name} ('{clean_name(title)}') has {ascii(wrong.group())} at position "
                f"{wrong.start() + 1}, which is no residue.",
                "Sequences hold letters, * and gaps (- or .).",
            )
        yield Record(clean_name(title) or f"record {number}", clean_name(description), letters)


def _without_blanks(text: str) -> str:
    """White space and the numbers of residues left out."""
    return text.translate(_NO_BLANKS)


def _library_records(path: Path, library_name: str, form: str, name: str) -> SequenceFile:
    reader = optional("Bio.SeqIO", "biopython")
    records = []
    with warnings.catch_warnings(record=True) as caught, path.open(encoding="utf-8-sig", errors="replace") as file:
        warnings.simplefilter("always")
        try:
            for parsed in reader.parse(file, library_name):
                records.append(_record(parsed))
                if len(records) > MAX_RECORDS:
                    raise ToolError("TOO_MANY", f"{name} has more than {MAX_RECORDS:,} records.", "Split the file.")
        except _DAMAGE as error:
            raise ToolError(
                "BAD_RECORD",
                f"{name} begins as {form}, but record {len(records) + 1} is damaged: {clean_name(str(error))}.",
                "Export the file again, or give the sequence as FASTA.",
            ) from error
    if not records:
        raise ToolError("NO_RECORDS", f"{name} begins as {form} but holds no record.")
    notes = [clean_name(f"{name}: {warning.message}") for warning in caught[:3]]
    notes += [f"Record {record.name} holds no sequence letters." for record in records[:3] if not record.letters]
    return SequenceFile(form, tuple(records), (*notes, *notes_on_names(records)))


def _record(parsed: Any) -> Record:
    letters = str(parsed.seq) if parsed.seq.defined else ""
    annotations = tuple(_annotation(feature) for feature in parsed.features if feature.type != "source")
    description = "" if parsed.description == "<unknown description>" else clean_name(parsed.description)
    return Record(clean_name(parsed.id), description, letters, annotations)


def _annotation(feature: Any) -> Annotation:
    keys = ("gene", "locus_tag", "product", "label", "note", "description")
    label = next((feature.qualifiers[key] for key in keys if feature.qualifiers.get(key)), "")
    label = label[0] if isinstance(label, list) else str(label)
    location = feature.location
    return Annotation(
        clean_name(feature.type),
        _position(location.start) + 1 if location else 0,
        _position(location.end) if location else 0,
        (location.strand or 0) if location else 0,
        clean_name(label),
    )


def _position(position: Any) -> int:
    """0 where the file says that it does not know."""
    try:
        return int(position)
    except TypeError:
        return 0


def _too_large(name: str, size: int, limit: int) -> ToolError:
    message = f"{name} is {size / 2**20:.1f} MB large; the limit for its format is {limit // 2**20} MB."
    return ToolError("TOO_LARGE", message, "Split the file, or keep the records that matter.")
