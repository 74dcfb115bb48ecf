"""Plain text, tables of words, and the text of a PDF."""

import csv
from pathlib import Path
from typing import Any

from assistant.attachments.file_text import file_text
from assistant.attachments.plain_text import counted, lines_svg, read_text, unreadable, visible
from assistant.attachments.readers.understood_text import TextReading
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

MAX_PDF_PAGES = 50  # whose text is taken
MAX_PDF_CHARACTERS = 200_000
MAX_NAMES = 8


def read_plain(path: Path) -> TextReading:
    with path.open("rb") as file:
        is_pdf = file.read(5) == b"%PDF-"
    if is_pdf:
        return _read_pdf(path)
    text = read_text(path, "text file")
    lines = text.splitlines()
    understood = _table(lines) or f"text, {counted(len(lines), 'line')}, {counted(len(text), 'character')}"
    return TextReading(file_text("text", understood, lines), lines_svg(lines))


def _table(lines: list[str]) -> str:
    """`table, 200 rows of 3 columns: name, mass, charge`; empty for what is none."""
    held = [line for line in lines[:200] if line.strip()]
    for mark in ",;\t":
        try:
            rows = list(csv.reader(held, delimiter=mark, strict=True))
        except csv.Error:
            continue
        widths = {len(row) for row in rows}
        if len(rows) > 1 and len(widths) == 1 and len(rows[0]) > 1:
            names = ", ".join(cell.strip()[:30] for cell in rows[0][:MAX_NAMES])
            more = ", ..." if len(rows[0]) > MAX_NAMES else ""
            num_rows = sum(1 for line in lines if line.strip()) - 1
            return f"table, {counted(num_rows, 'row')} of {len(rows[0])} columns: {names}{more}"
    return ""


def _read_pdf(path: Path) -> TextReading:
    try:
        pypdf = optional("pypdf")
    except ToolError as error:
        raise unreadable(f"The text of a PDF needs the package pypdf, which is not installed. {error.hint}") from error
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted:
            raise unreadable("The PDF is encrypted: save it without a password and attach that.")
        num_pages = len(reader.pages)
        lines = _pdf_lines(reader, num_pages)
    except (ToolError, MemoryError):
        raise
    except Exception as error:  # pypdf raises its own errors, and KeyError, RecursionError and more on damaged files
        raise unreadable(
            "The PDF is damaged: its pages cannot be read. Print it to a new PDF and attach that."
        ) from error
    if not any(line.strip() for line in lines):
        raise unreadable(
            f"The PDF has {counted(num_pages, 'page')} and no text in it, only pictures: attach its pages as pictures."
        )
    understood = f"PDF, {counted(num_pages, 'page')}"
    if num_pages > MAX_PDF_PAGES:
        understood += f", text of the first {MAX_PDF_PAGES}"
    return TextReading(file_text("text", understood, lines), lines_svg(lines))


def _pdf_lines(reader: Any, num_pages: int) -> list[str]:
    lines: list[str] = []
    num_characters = 0
    for number in range(min(num_pages, MAX_PDF_PAGES)):
        text = reader.pages[number].extract_text()
        num_characters += len(text)
        lines += [line for line in map(visible, text.splitlines()) if line]
        if num_characters > MAX_PDF_CHARACTERS:
            break
    return lines
