"""List what a sequence file holds."""

from collections import Counter
from typing import Annotated

from assistant.tools import views
from assistant.tools.attached import attached
from assistant.tools.base import Schema
from assistant.tools.biology.library import biopython
from assistant.tools.biology.records import Record, SequenceFile
from assistant.tools.biology.sequence_files import LIBRARY_FORMS, read_records
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolResult

MAX_SUMMARY = 1_500
MAX_FEATURE_ROWS = 2_000
MAX_SHOWN_FEATURES = 200  # drawn along a sequence
MAX_SHOWN_RECORDS = 4  # drawn one by one
MAX_SHOWN_RESIDUES = 50_000
UNITS = {"protein": "aa", "dna": "bp", "rna": "nt"}


def read_sequences(file: FileName, max_records: Annotated[int, Schema(minimum=1, maximum=200)] = 20) -> ToolResult:
    """List the records of a FASTA, GenBank or alignment file (ids, lengths, type, features).

    file: Name of a file attached to the conversation, exactly as listed
    max_records: Records listed
    """
    found = read_records(attached(file), file)
    listed = found.records[:max_records]
    return ToolResult(
        summary=_summary(file, found, listed),
        artifacts=(_record_table(listed), *_feature_table(listed), *_view(found.records)),
        warnings=found.notes,
        provenance={
            "library": biopython() if found.form in LIBRARY_FORMS else "own reader",
            "method": f"{found.form}, by content; the type is guessed from the letters",
            "parameters": {"file": file, "max_records": max_records},
        },
    )


def _summary(file: str, found: SequenceFile, listed: tuple[Record, ...]) -> str:
    records = found.records
    kinds = Counter(record.kind for record in records)
    lengths = sorted(record.num_residues for record in records)
    count = f"{len(records):,} record{'s' * (len(records) > 1)}"
    span = f"{lengths[0]:,}" if lengths[0] == lengths[-1] else f"{lengths[0]:,} to {lengths[-1]:,}"
    head = f"{file}: {found.form}, {count} ({', '.join(f'{n:,} {kind}' for kind, n in kinds.items())}), {span} residues"
    if columns := _alignment_columns(records):
        head += f"; aligned, {columns:,} columns"
    tail = f'A later call can name a record instead of typing it: "{file}:{records[0].name}".'
    room = MAX_SUMMARY - len(head) - len(tail) - 40
    lines = []
    for number, record in enumerate(listed, 1):
        line = f"{number}. {_described(record)}"
        left = len(listed) - number
        if 0 < record.num_residues <= room - len(line) - 90 * left - 2:
            line += f": {record.residues}"
        if len(line) > room:
            break
        lines.append(line)
        room -= len(line) + 1
    more = len(records) - len(lines)
    return "\n".join((f"{head}.", *lines, *([f"... and {more:,} more."] if more else []), tail))


def _described(record: Record) -> str:
    text = f"{record.name}, {record.kind}, {record.num_residues:,} {UNITS[record.kind]}"
    if record.description:
        text += f", {record.description}"
    if record.annotations:
        counts = Counter(annotation.kind for annotation in record.annotations)
        text += f", features: {', '.join(f'{n} {kind}' for kind, n in counts.most_common(6))}"
    return text


def _alignment_columns(records: tuple[Record, ...]) -> int:
    """0 unless the rows have one length and gaps."""
    widths = {len(record.letters) for record in records}
    has_gaps = any("-" in record.letters for record in records)
    return widths.pop() if len(records) > 1 and len(widths) == 1 and has_gaps else 0


def _record_table(listed: tuple[Record, ...]) -> ToolArtifact:
    rows = [
        (record.name, record.description, record.kind, record.num_residues, len(record.annotations))
        for record in listed
    ]
    columns = ("record", "description", "type", "length (residues)", "features")
    return views.table("records.csv", columns, rows, f"{len(rows)} sequence records")


def _feature_table(listed: tuple[Record, ...]) -> tuple[ToolArtifact, ...]:
    rows = [
        (record.name, item.kind, item.start, item.end, {1: "+", -1: "-"}.get(item.strand, ""), item.label)
        for record in listed
        for item in record.annotations
    ][:MAX_FEATURE_ROWS]
    columns = ("record", "feature", "start", "end", "strand", "name")
    return (views.table("features.csv", columns, rows, f"{len(rows)} annotated features"),) if rows else ()


def _view(records: tuple[Record, ...]) -> tuple[ToolArtifact, ...]:
    """The alignment, or a few sequences, or nothing where the table says more."""
    columns = _alignment_columns(records)
    if columns and columns * len(records) <= MAX_SHOWN_RESIDUES:
        names = [record.name for record in records]
        rows = [record.letters.upper().replace(".", "-") for record in records]
        alt = f"Alignment of {len(records)} sequences over {columns:,} columns"
        return (views.alignment("alignment.json", names, rows, [1] * len(rows), records[0].kind, alt),)
    if len(records) > MAX_SHOWN_RECORDS:
        return ()
    return tuple(_sequence(record) for record in records if 0 < record.num_residues <= MAX_SHOWN_RESIDUES)


def _sequence(record: Record) -> ToolArtifact:
    inside = [item for item in record.annotations if 1 <= item.start <= item.end <= record.num_residues]
    features: list[views.Feature] = [
        {"start": item.start, "end": item.end, "label": item.label or item.kind, "kind": item.kind}
        for item in inside[:MAX_SHOWN_FEATURES]
    ]
    alt = f"Sequence {record.name} of {record.num_residues:,} residues"
    return views.sequence("sequence.json", record.name, record.residues.upper(), record.kind, alt, features)
