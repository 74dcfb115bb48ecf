"""An answer so far -> the Chatbot's messages. Pure: no clock, no store, no Gradio object.

Only the answer's own words are Markdown, made safe first. Everything else is plain data for the constant script
assets/web/sciview.js, which sets text and never markup.
"""

import json
from collections.abc import Callable
from typing import Any

from assistant.agent import LIMIT_SENTENCE
from assistant.attachments.attachment import Attachment, Question, Understood
from assistant.events import Artifact, Failed, Finished, ToolFinished, ToolStarted
from assistant.ui.answer import Answer, TextPart, ThinkingPart, ToolPart
from assistant.ui.chemistry_markdown import chemistry_safe
from assistant.ui.footer import footer_view
from assistant.ui.status_line import status_line
from assistant.ui.strings import Words

ChatMessage = dict[str, Any]

STOPPED_SUMMARY = "Error cancelled:"  # what the model is told of a tool that the reader stopped

# One template and one script for every result: a value is never part of either.
CONSTANT_VIEW = {
    "html_template": '<div class="sciview"></div>',
    "js_on_load": "(function start() { if (window.sciview) window.sciview.mount(element, props, watch); "
    "else setTimeout(start, 10); })()",
    "apply_default_css": False,
}


def question_message(
    question: Question, understood: dict[str, Understood], words: Words, link: Callable[[Understood], str]
) -> ChatMessage:
    """understood: by attachment id, as far as they have been read. link gives the address of a preview."""
    files = [_file(attachment, understood.get(attachment.id), words, link) for attachment in question.attachments]
    return _view("user", {"kind": "question", "text": question.text, "files": files})


def _file(
    attachment: Attachment, understood: Understood | None, words: Words, link: Callable[[Understood], str]
) -> dict[str, Any]:
    return {
        "kind": attachment.kind,
        "name": attachment.name,
        "size": file_size(attachment.num_bytes),
        "description": words.description(understood.description) if understood else "",
        "preview": link(understood) if understood else "",
        "alt": words("preview_of", name=attachment.name),
    }


def file_size(num_bytes: int) -> str:
    if num_bytes < 2**10:
        return f"{num_bytes} B"
    if num_bytes < 2**20:
        return f"{num_bytes / 2**10:.0f} kB"
    return f"{num_bytes / 2**20:.1f}".removesuffix(".0") + " MB"


def answer_messages(answer: Answer, words: Words, link: Callable[[Artifact], str]) -> list[ChatMessage]:
    """link gives the address of an artifact for this reader."""
    messages: list[ChatMessage] = []
    for part in answer.parts:
        match part:
            case ThinkingPart():
                messages.append(_thinking(part, words))
            case ToolPart():
                messages.append(_tool(part, words, is_over=answer.end is not None))
                messages += [_figure(artifact, words, link) for artifact in _artifacts(part)]
            case TextPart(text=text) if text.strip():
                shown = chemistry_safe(said(text, words))
                messages.append({"role": "assistant", "content": [{"type": "text", "text": shown}]})
    match answer.end:
        case None:
            messages.append(_status(answer, words))
        case Failed(message=sentence):
            value = {"kind": "failure", "text": words.sentence(sentence), "words": words.several("retry", "edit")}
            messages.append(_view("assistant", value))
        case Finished() as end:
            messages.append(_view("assistant", footer_view(answer, end, words)))
    return messages


def said(text: str, words: Words) -> str:
    """A text of an answer: as the model wrote it, but for the one sentence that is ours."""
    return words.sentence(text) if text == LIMIT_SENTENCE else text


def _status(answer: Answer, words: Words) -> ChatMessage:
    stage, numbers = status_line(answer, words)
    return _view("assistant", {"kind": "status", "text": stage, "numbers": numbers})


def _view(role: str, value: dict[str, Any]) -> ChatMessage:
    component = {"type": "component", "component": "html", "value": value, "constructor_args": {}}
    return {"role": role, "content": [{**component, "props": CONSTANT_VIEW}]}


def _thinking(part: ThinkingPart, words: Words) -> ChatMessage:
    is_running = part.ended_s is None
    seconds = "" if part.ended_s is None else f"{part.ended_s - part.started_s:.1f}"
    title = words("thinking") if is_running else words("thought", seconds=seconds)
    return _view("assistant", {"kind": "thinking", "title": title, "text": part.text, "running": is_running})


def _tool(part: ToolPart, words: Words, *, is_over: bool) -> ChatMessage:
    finished = part.finished
    state = _tool_state(finished, is_over=is_over)
    value = {
        "kind": "tool",
        "name": part.started.name,
        "title": words.tool_title(part.started.name),
        "arguments": written_arguments(part.started),
        "state": state,
        "problem": words.problem(error_code(finished.summary)) if finished and state == "failed" else "",
        "seconds": f"{finished.seconds:.2f} s" if finished else "",
        "summary": finished.summary if finished else "",
    }
    return _view("assistant", value)


def error_code(summary: str) -> str:
    """Of what a model is told of a failed call, `Error CODE: sentence`."""
    return summary.removeprefix("Error ").partition(":")[0]


def _tool_state(finished: ToolFinished | None, *, is_over: bool) -> str:
    if finished is None:
        return "stopped" if is_over else "running"
    if finished.summary.startswith(STOPPED_SUMMARY):
        return "stopped"
    return "done" if finished.ok else "failed"


def written_arguments(started: ToolStarted) -> list[list[str]]:
    """Name and value pairs."""
    return [[name, _written(value)] for name, value in started.arguments.items()]


def _written(value: Any) -> str:
    """JSON, but texts and lists of texts as they are: JSON would double the backslashes of a SMILES."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False)


def _artifacts(part: ToolPart) -> tuple[Artifact, ...]:
    return part.finished.artifacts if part.finished else ()


def _figure(artifact: Artifact, words: Words, link: Callable[[Artifact], str]) -> ChatMessage:
    return _view("assistant", figure_value(artifact, words, link))


def figure_value(artifact: Artifact, words: Words, link: Callable[[Artifact], str]) -> dict[str, Any]:
    """What the viewer of an artifact is given."""
    keys = VIEWER_META.get(artifact.kind, ())
    viewer_words = VIEWER_WORDS.get(artifact.kind, ())
    return {
        "kind": artifact.kind,
        "url": link(artifact),
        "name": artifact.name,
        "alt": words.caption(artifact.alt),
        "size": file_size(len(artifact.data)),
        "meta": {key: artifact.meta[key] for key in keys if key in artifact.meta},
        "words": {key: words(key, **FILLED_IN_BY_THE_PAGE) for key in (*FIGURE_WORDS, *viewer_words)},
    }


# What of an artifact's small facts its viewer reads; the browser compares all of a value at every change.
VIEWER_META: dict[str, tuple[str, ...]] = {
    "svg": ("smiles", "atoms"),
    "mol3d": ("smiles", "style"),
    "structure3d": ("format", "style", "color_by", "highlight", "cell", "replicate"),
    "png": ("boxes", "times", "columns"),
}
FILLED_IN_BY_THE_PAGE = {name: f"{{{name}}}" for name in ("number", "shown", "time", "index")}
FIGURE_WORDS = ("download", "copied", "copy_failed", "fullscreen", "loading", "no_data")
_RESIDUES = tuple(f"residue_{name}" for name in ("hydrophobic", "aromatic", "polar", "positive", "negative", "special"))
_IN_3D = (
    *("building_3d", "no_3d", "no_webgl", "style", "colour", "colours", "spin", "touch", "keys_3d", "as_page"),
    *(f"style_{name}" for name in ("cartoon", "ball_and_stick", "stick", "sphere", "line", "surface")),
    *(
        f"colour_{name}"
        for name in ("spectrum", "chain", "secondary_structure", "residue", "bfactor", "plddt", "element")
    ),
    *(f"plddt_{band}" for band in range(4)),
    *("first_residue", "last_residue", "chain", "helix", "strand", "coil", "atom", "copy_smiles"),
    *_RESIDUES,
)
VIEWER_WORDS: dict[str, tuple[str, ...]] = {
    "svg": ("in_3d", "no_picture", "choose_atom", *_IN_3D),
    "mol3d": _IN_3D,
    "structure3d": _IN_3D,
    "png": ("no_picture", "boxes"),
    "table": ("copy_csv", "rows", "first_rows", "show_all"),
    "plot": ("starts", "curves", "zoom", "zoom_left", "zoom_right", "zoom_in", "zoom_out", "zoom_reset"),
    "sequence": (
        *("residues", "nucleotides", "copy_sequence", "copy_fasta", "composition", "features", "more"),
        *("residue_other", *_RESIDUES),
    ),
    "alignment": ("copy", "colours", "identical", "similar", "conserved"),
}
