"""A conversation as Markdown: readable as it stands, with formulas and molecules as they were written.

What others wrote cannot change the page around it: questions and thoughts stand in quotes, arguments and results in
fences that are longer than any inside, and a fence that an answer left open is closed.
"""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import quote

from assistant.events import Artifact
from assistant.handover.facts import check_lines, end_line, record_line, sent_line, tool_state, turn_line
from assistant.handover.places import Place
from assistant.handover.record import Record, RecordedTurn, SentFile, content_of, made_by
from assistant.ui.answer import TextPart, ThinkingPart, ToolPart
from assistant.ui.chemistry_markdown import chemistry_safe
from assistant.ui.render import said
from assistant.ui.strings import Words

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
MAX_TABLE_ROWS = 100
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~$&])")


def markdown_export(record: Record, words: Words, place: Place) -> str:
    """place: where the files stand that the text shows or links."""
    head = [f"# {plain(record.title)}", f"*{plain(record_line(record, words))}*"]
    turns = [_turn(number, turn, words, place) for number, turn in enumerate(record.turns, 1)]
    return "\n\n".join([*head, *turns]) + "\n"


def _turn(number: int, turn: RecordedTurn, words: Words, place: Place) -> str:
    blocks = [f"## {words('export_question', number=number)}"]
    blocks += [f"*{plain(line)}*"] if (line := turn_line(turn)) else []
    blocks += [_sent(file, words, place) for file in turn.files]
    blocks += [quoted(chemistry_safe(turn.question))] if turn.question else []
    blocks += [f"## {words('export_answer', number=number)}"]
    for part in turn.answer.parts:
        match part:
            case ThinkingPart(text=text):
                blocks.append(_folded(words("export_thinking"), quoted(chemistry_safe(text.strip()))))
            case ToolPart():
                blocks.append(_tool(part, words))
                blocks += [_figure(artifact, words, place) for artifact in made_by(part.finished)]
            case TextPart(text=text) if text.strip():
                blocks.append(_closed(chemistry_safe(said(text, words).strip())))
    lines = check_lines(turn.answer.check, words)
    if lines:
        blocks.append(_folded(plain(lines[0]), "\n".join(f"- {plain(line)}" for line in lines[1:])))
    return "\n\n".join([*blocks, f"*{plain(end_line(turn, words))}*"])


def _sent(file: SentFile, words: Words, place: Place) -> str:
    attachment = file.attachment
    address = place(file.content) if file.content else ""
    is_picture = bool(address and file.content and file.content.media_type in PICTURES)
    facts = plain(sent_line(attachment, file.description, words))
    return f"{words('export_file')}: {_link(attachment.name, address, is_picture=is_picture)} · {facts}"


def _tool(tool: ToolPart, words: Words) -> str:
    name = tool.started.name
    title = f"**{words.tool_title(name) or words('export_tool')}** `{name}` · {plain(tool_state(tool, words))}"
    arguments = fenced(json.dumps(tool.started.arguments, ensure_ascii=False, indent=2), "json")
    return "\n\n".join([title, arguments, *([fenced(tool.finished.summary, "text")] if tool.finished else [])])


def _figure(artifact: Artifact, words: Words, place: Place) -> str:
    address = place(content_of(artifact))
    link = _link(artifact.name, address, is_picture=bool(address) and artifact.media_type in PICTURES)
    note = "" if address else f" ({words('export_too_large')})"
    blocks = [f"{link} {plain(words.caption(artifact.alt))}{note}"]
    if artifact.kind == "table" and isinstance(artifact.data, str):
        blocks.append(_table(artifact.data, words))
    return "\n\n".join(blocks)


def _table(text: str, words: Words) -> str:
    header, *rows = csv.reader(io.StringIO(text))
    lines = [_row(header), _row(["---"] * len(header), is_text=False), *map(_row, rows[:MAX_TABLE_ROWS])]
    rest = len(rows) - MAX_TABLE_ROWS
    return "\n".join(lines) + (f"\n\n{words('export_more_rows', number=rest)}" if rest > 0 else "")


def _row(cells: list[str], *, is_text: bool = True) -> str:
    return "| " + " | ".join(" ".join(plain(cell).split()) if is_text else cell for cell in cells) + " |"


def _link(name: str, address: str, *, is_picture: bool) -> str:
    if not address:
        return f"**{plain(name)}**"
    target = address if address.startswith("data:") else quote(address)
    return f"{'!' if is_picture else ''}[{plain(name)}]({target})"


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def fenced(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _closed(text: str) -> str:
    """With an end to the fence that the text left open, as after a stop."""
    opened: Any = None
    for match in _FENCE.finditer(text):
        fence, info = match[1], match[2].strip()
        if opened is None:
            opened = fence
        elif fence[0] == opened[0] and len(fence) >= len(opened) and not info:
            opened = None
    return f"{text}\n{opened}" if opened else text


def plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
