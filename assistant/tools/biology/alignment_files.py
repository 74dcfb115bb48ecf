"""Alignments in Clustal, Stockholm and PHYLIP format. Biopython's readers wait for ever for the rest of some files that
are cut off."""

import re
from collections import Counter

from assistant.tools.biology.records import Record, SequenceFile, clean_name, notes_on_names
from assistant.tools.result import ToolError

# how a file begins -> the format
BEGINNINGS = (
    (re.compile(r"(CLUSTAL|MUSCLE|PROBCONS)"), "Clustal alignment"),
    (re.compile(r"# STOCKHOLM"), "Stockholm alignment"),
    (re.compile(r"\d+[ \t]+\d+[ \t]*\n"), "PHYLIP alignment"),
)


def alignment_form(text: str) -> str:
    """The format, or nothing."""
    return next((form for beginning, form in BEGINNINGS if beginning.match(text)), "")


def read_alignment(text: str, form: str, name: str) -> SequenceFile:
    """Rows of one width, whose blocks follow one another. ToolError NO_RECORDS or BAD_RECORD."""
    first, *lines = text.splitlines()
    declared = [int(number) for number in first.split()] if form.startswith("PHYLIP") else []
    rows = _phylip_rows(lines, declared[0]) if declared else _named_rows(lines)
    widths = Counter(map(len, rows.values()))
    if not rows:
        raise ToolError("NO_RECORDS", f"{name} begins as {form} but holds no record.")
    if declared and len(rows) != declared[0]:
        raise ToolError("BAD_RECORD", f"{name} begins as {form} of {declared[0]} rows but has {len(rows)}.")
    width = declared[1] if declared else widths.most_common(1)[0][0]
    for row, letters in rows.items():
        if wrong := re.search(r"[^A-Za-z*.~-]", letters):
            problem = f"has {ascii(wrong.group())} at position {wrong.start() + 1}, which is no residue"
        elif len(letters) != width:
            problem = f"has {len(letters):,} columns instead of {width:,}"
        else:
            continue
        raise ToolError("BAD_RECORD", f"{name} begins as {form}, but its row '{clean_name(row)}' {problem}.")
    records = tuple(Record(clean_name(row), "", letters.replace("~", "-")) for row, letters in rows.items())
    return SequenceFile(form, records, notes_on_names(records))


def _named_rows(lines: list[str]) -> dict[str, str]:
    """Clustal and Stockholm: every line of a block begins with its row's name."""
    parts: dict[str, list[str]] = {}
    for line in lines:
        words = line.split()
        if words == ["//"]:
            break
        if len(words) >= 2 and not line.startswith((" ", "\t", "#")):
            parts.setdefault(words[0], []).append(words[1])  # a third word is Clustal's count of residues
    return {name: "".join(part) for name, part in parts.items()}


def _phylip_rows(lines: list[str], num_rows: int) -> dict[str, str]:
    """The names stand in the first block only."""
    if num_rows == 0:
        return {}
    filled = [line.split() for line in lines if line.strip()]
    names = [words[0] for words in filled[:num_rows]]
    parts: list[list[str]] = [words[1:] for words in filled[:num_rows]]
    for i, words in enumerate(filled[num_rows:]):
        parts[i % num_rows] += words
    return {name: "".join(part) for name, part in zip(names, parts, strict=True)}
