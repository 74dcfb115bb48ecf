"""A conversation as one HTML file that works from a disk, years later: its viewers are live and it asks nobody.

What others wrote stands in it as text, or as Markdown that was made safe; what the viewers draw is data. The policy
names the scripts by their hashes, so nothing else runs, and no address but the file's own data can be opened.
"""

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from typing import Any

from assistant.events import Artifact
from assistant.handover.facts import check_lines, end_line, record_line, sent_line, tool_state, turn_line
from assistant.handover.places import MAX_EMBEDDED_BYTES, data_uri
from assistant.handover.record import Content, Record, RecordedTurn, SentFile, content_of, made_by
from assistant.handover.safe_markdown import markdown_html
from assistant.ui.answer import TextPart, ThinkingPart, ToolPart
from assistant.ui.render import figure_value, said, written_arguments
from assistant.ui.strings import Words

WEB = Path(__file__).parents[2] / "assets/web"
STYLES = ("page.css", "viewers.css", "kept/page.css")
VIEWERS = (  # in this order
    *("sciview.js", "colours.js", "structure_looks.js", "viewer3d.js", "molecule.js", "picture.js", "table.js"),
    *("heat_map.js", "plot_numbers.js", "plot_marks.js", "plot_data.js", "plot.js", "sequence.js", "kept/page.js"),
)
LIBRARIES = {"3Dmol-min.js": {"mol3d", "structure3d"}, "uPlot.iife.min.js": {"plot"}}  # and the kinds that they draw
PLOT_STYLE = "vendor/uPlot.min.css"
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; connect-src data:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'"
)


def html_export(record: Record, words: Words) -> str:
    figures = [artifact for artifact in record.artifacts if len(artifact.data) <= MAX_EMBEDDED_BYTES]
    kinds = {artifact.kind for artifact in figures}
    libraries = {name: _script(f"vendor/{name}") for name, drawn in LIBRARIES.items() if drawn & kinds}
    viewers = [_script(name) for name in VIEWERS]
    styles = [*([PLOT_STYLE] if "plot" in kinds else []), *STYLES]
    policy = POLICY.format(scripts=" ".join(map(_hash, [*libraries.values(), *viewers])))
    turns = "".join(_turn(number, turn, words, figures) for number, turn in enumerate(record.turns, 1))
    return f"""<!DOCTYPE html>
<html lang="{"zh-CN" if words.language == "zh" else "en-US"}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(record.title)}</title>
<style>{"".join((WEB / name).read_text() for name in styles)}</style>
</head>
<body>
<main id="log" class="sciview kept">
<header><h1>{escape(record.title)}</h1><p>{escape(record_line(record, words))}</p></header>
{turns}</main>
<script type="application/json" id="kept-figures">{_data([_figure_value(figure, words) for figure in figures])}</script>
{"".join(f'<script data-library="{name}">{text}</script>' for name, text in libraries.items())}
{"".join(f"<script>{text}</script>" for text in viewers)}
</body>
</html>
"""


def _script(name: str) -> str:
    text = (WEB / name).read_text()
    ends = [part for part in ("</script", "<!--", "\r") if part in text.lower()]  # or another text than is hashed
    assert not ends, (name, ends)
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(value: Any) -> str:
    """JSON in which no tag, comment or entity begins, wherever it stands."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _figure_value(artifact: Artifact, words: Words) -> dict[str, Any]:
    # What a viewer appends to an address, such as ?theme=light, lands behind the # and is no part of the data.
    value = figure_value(artifact, words, lambda artifact: f"{data_uri(content_of(artifact))}#")
    return {**value, "isKept": True}


def _turn(number: int, turn: RecordedTurn, words: Words, figures: list[Artifact]) -> str:
    asked = "".join(_sent(file, words) for file in turn.files)
    files = f'<ul class="bs-files">{asked}</ul>' if asked else ""
    question = f'<div class="bs-question">{escape(turn.question)}</div>' if turn.question else ""
    parts = "".join(_part(part, words, figures) for part in turn.answer.parts)
    return f"""<section class="kept-turn">
<h2>{escape(words("export_question", number=number))}</h2>
{_line("kept-facts", turn_line(turn))}<div class="bs-asked">{files}{question}</div>
<h2>{escape(words("export_answer", number=number))}</h2>
{parts}{_check(check_lines(turn.answer.check, words))}{_line("bs-footer", end_line(turn, words))}</section>
"""


def _sent(file: SentFile, words: Words) -> str:
    name = escape(file.attachment.name)
    picture = ""
    if file.preview:
        alt = escape(words("preview_of", name=file.attachment.name))
        picture = f'<img class="bs-preview" alt="{alt}" src="{data_uri(file.preview)}">'
    label = f"<span>{name}</span>"
    if file.content and file.content.num_bytes <= MAX_EMBEDDED_BYTES:
        label = f'<a download="{name}" href="{_download(file.content)}">{name}</a>'
    facts = escape(sent_line(file.attachment, file.description, words))
    return (
        f'<li class="bs-file">{picture}<div class="bs-file-facts"><span class="bs-file-name">{label}</span>'
        f"<span>{facts}</span></div></li>"
    )


def _download(content: Content) -> str:
    """As bytes of no kind: whatever was sent, it is saved and never shown by the address."""
    return data_uri(Content(content.name, "application/octet-stream", content.source))


def _part(part: ThinkingPart | TextPart | ToolPart, words: Words, figures: list[Artifact]) -> str:
    match part:
        case ThinkingPart(text=text):
            return (
                f'<details class="bs-thinking"><summary>{escape(words("export_thinking"))}</summary>'
                f'<div class="kept-thoughts">{escape(text.strip())}</div></details>\n'
            )
        case ToolPart():
            return _tool(part, words) + "".join(_figure(made, words, figures) for made in made_by(part.finished))
        case TextPart(text=text):
            return f'<div class="message"><div class="prose">{markdown_html(said(text, words))}</div></div>\n'


def _tool(tool: ToolPart, words: Words) -> str:
    arguments = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in written_arguments(tool.started)
    )
    state, mark = ("bs-done", "✓") if tool.finished and tool.finished.ok else ("bs-failed", "⚠")
    title = words.tool_title(tool.started.name)
    title = f'<span class="bs-title">{escape(title)}</span>' if title else ""
    summary = f'<p class="bs-summary">{escape(tool.finished.summary)}</p>' if tool.finished else ""
    return (
        f'<section class="bs-tool {state}"><header><span class="bs-mark" aria-hidden="true">{mark}</span>'
        f'{title}<code class="bs-name">{escape(tool.started.name)}</code>'
        f'<span class="bs-seconds">{escape(tool_state(tool, words))}</span></header>'
        f"<dl>{arguments}</dl>{summary}</section>\n"
    )


def _figure(artifact: Artifact, words: Words, figures: list[Artifact]) -> str:
    """Its place; until, or unless, a script draws it there, what it shows in words."""
    caption = escape(words.caption(artifact.alt))
    if artifact not in figures:
        return f"<p>{escape(artifact.name)} · {caption} ({escape(words('export_too_large'))})</p>\n"
    return f'<div data-figure="{figures.index(artifact)}"><p>{caption}</p></div>\n'


def _check(lines: list[str]) -> str:
    if not lines:
        return ""
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines[1:])
    return f'<details class="kept-check"><summary>{escape(lines[0])}</summary><ul>{rows}</ul></details>\n'


def _line(style: str, text: str) -> str:
    return f'<p class="{style}">{escape(text)}</p>\n' if text else ""
