"""A conversation as a Jupyter notebook (nbformat 4.5) that runs its tool calls again and compares the results."""

import base64
import hashlib
import json
import pprint
from typing import Any

from assistant.agent import REPEATED
from assistant.handover.facts import end_line, record_line, sent_line, turn_line
from assistant.handover.markdown_export import plain, quoted
from assistant.handover.places import MAX_EMBEDDED_BYTES
from assistant.handover.record import Content, Record, RecordedTurn, made_by
from assistant.ui.answer import TextPart, ToolPart
from assistant.ui.chemistry_markdown import chemistry_safe
from assistant.ui.render import said
from assistant.ui.strings import Words

WIDTH = 100  # of a line of Python; a long text is never broken

Cell = dict[str, Any]


def notebook_export(record: Record, words: Words) -> str:
    cells = [_markdown(f"# {plain(record.title)}\n\n{record_line(record, words)}\n\n{words('export_needs')}")]
    cells.append(_code(_setup(record)))
    for number, turn in enumerate(record.turns, 1):
        cells += _turn(number, turn, words)
    cells.append(_code("rerun.report()\nrerun.close()"))
    notebook = {
        "cells": [{**cell, "id": _cell_id(place, cell)} for place, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _setup(record: Record) -> str:
    files = {content.name: _embedded(content) for content in _read_by_tools(record)}
    return "\n".join(
        (
            "import os, sys",
            "",
            'sys.path.insert(0, os.environ.get("BENCHSIDE", "."))  # the folder with assistant/',
            "from assistant.handover.rerun import Rerun",
            "",
            f"files = {_literal(files)}",
            f"rerun = Rerun({record.catalogue!r}, files)",
        )
    )


def _read_by_tools(record: Record) -> list[Content]:
    """The files that the arguments of a call name, alone or as FILE:RECORD."""
    named = {text for turn in record.turns for tool in turn.tools for text in _texts(tool.started.arguments)}
    return [
        content
        for content in record.inputs
        if any(text == content.name or text.startswith(f"{content.name}:") for text in named)
    ]


def _texts(value: Any) -> set[str]:
    match value:
        case str():
            return {value}
        case list():
            return set().union(*map(_texts, value))
        case dict():
            return set().union(*map(_texts, value.values()))
        case _:
            return set()


def _embedded(content: Content) -> str | None:
    if content.num_bytes > MAX_EMBEDDED_BYTES:
        return None
    return base64.b64encode(content.read()).decode()


def _turn(number: int, turn: RecordedTurn, words: Words) -> list[Cell]:
    head = [f"## {words('export_question', number=number)}", turn_line(turn)]
    head += [
        f"{words('export_file')}: **{plain(file.attachment.name)}** · "
        f"{plain(sent_line(file.attachment, file.description, words))}"
        for file in turn.files
    ]
    cells = [_markdown("\n\n".join(filter(None, [*head, quoted(chemistry_safe(turn.question))])))]
    for part in turn.answer.parts:
        match part:
            case ToolPart():
                cells.append(_code(_call(part, words)))
            case TextPart(text=text) if text.strip():
                cells.append(_markdown(chemistry_safe(said(text, words).strip())))
    return [*cells, _markdown(f"*{plain(end_line(turn, words))}*")]


def _call(tool: ToolPart, words: Words) -> str:
    arguments = _literal(tool.started.arguments)
    recorded = _literal(_told_by_tool(tool))
    title = words.tool_title(tool.started.name)
    return "\n".join(
        (
            *([f"# {title}"] if title else []),
            f"arguments = {arguments}",
            f"recorded = {recorded}",
            f"_ = rerun.call({tool.started.name!r}, arguments, recorded)",
        )
    )


def _told_by_tool(tool: ToolPart) -> str | None:
    """The recorded result without what the conversation added to it: the names of kept files, the note on a repeat."""
    if tool.finished is None:
        return None
    text = tool.finished.summary.removesuffix(REPEATED)
    names = [artifact.name for artifact in made_by(tool.finished)]
    lines = text.split("\n")
    is_list = [line.startswith("Files: ") and all(name in names for name in line[7:].split(", ")) for line in lines]
    return "\n".join(line for line, is_names in zip(lines, is_list, strict=True) if not is_names)


def _literal(value: Any) -> str:
    return pprint.pformat(value, width=WIDTH, sort_dicts=False)


def _markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> Cell:
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": None}


def _cell_id(place: int, cell: Cell) -> str:
    return f"{place}-{hashlib.sha256(cell['source'].encode(errors='replace')).hexdigest()[:12]}"
