"""A conversation as JSON, complete and for programs. The shape, version 1:

    format "benchside-conversation", version 1, title, model, exported_at
    turns: question, asked_at, settings, state, files, parts, check, end
      state: "complete", "running" when it was still being written, or "broken" when the server ended in mid-answer
      files: name, kind, num_bytes, sha256, sampling_rate, description, content
      parts: {"type": "thinking" | "text", "text"}
             {"type": "tool", "name", "arguments", "result", "ok", "seconds", "artifacts"}; the last four are null for a
             call that did not end
      artifacts: kind, name, media_type, alt, meta, content
      check: null, or grounded, recomputed, unknown, structures
      end: {"reason": "stop" | "length" | "stopped" | "tool_limit", "seconds", "usages"}, {"failure": sentence}, or null
    inputs: the files that the tools could read: name, content

A content is one of {"text"}, {"base64"}, {"path"} of a file beside this one, or null where it is too large. Times are
ISO 8601 with an offset; durations are seconds. What a version means never changes; new keys may be added to it.
"""

import base64
import dataclasses
import json
from datetime import datetime
from typing import Any

from assistant.checked_answer import AnswerCheck
from assistant.events import Artifact, Failed, Finished
from assistant.handover.places import MAX_EMBEDDED_BYTES, Place
from assistant.handover.record import Content, Record, RecordedTurn, SentFile, content_of
from assistant.ui.answer import Part, TextPart, ThinkingPart, ToolPart

FORMAT = "benchside-conversation"
VERSION = 1


def json_export(record: Record, place: Place | None = None) -> str:
    """place: where files stand beside the JSON; without it they are in it."""
    value = {
        "format": FORMAT,
        "version": VERSION,
        "title": record.title,
        "model": record.model,
        "exported_at": _time(record.exported_at),
        "turns": [_turn(turn, place) for turn in record.turns],
        "inputs": [{"name": content.name, "content": _content(content, place)} for content in record.inputs],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _turn(turn: RecordedTurn, place: Place | None) -> dict[str, Any]:
    return {
        "question": turn.question,
        "asked_at": _time(turn.asked_at),
        "settings": dict(turn.settings),
        "state": turn.state,
        "files": [_sent(file, place) for file in turn.files],
        "parts": [_part(part, place) for part in turn.answer.parts],
        "check": _check(turn.answer.check),
        "end": _end(turn.answer.end),
    }


def _sent(file: SentFile, place: Place | None) -> dict[str, Any]:
    attachment = file.attachment
    return {
        "name": attachment.name,
        "kind": attachment.kind,
        "num_bytes": attachment.num_bytes,
        "sha256": attachment.id,
        "sampling_rate": attachment.sampling_rate,
        "description": file.description,
        "content": _content(file.content, place) if file.content else None,
    }


def _part(part: Part, place: Place | None) -> dict[str, Any]:
    match part:
        case ThinkingPart(text=text):
            return {"type": "thinking", "text": text}
        case TextPart(text=text):
            return {"type": "text", "text": text}
        case ToolPart(started=started, finished=finished):
            return {
                "type": "tool",
                "name": started.name,
                "arguments": started.arguments,
                "result": finished.summary if finished else None,
                "ok": finished.ok if finished else None,
                "seconds": finished.seconds if finished else None,
                "artifacts": [_artifact(made, place) for made in finished.artifacts] if finished else None,
            }


def _artifact(artifact: Artifact, place: Place | None) -> dict[str, Any]:
    return {
        "kind": artifact.kind,
        "name": artifact.name,
        "media_type": artifact.media_type,
        "alt": artifact.alt,
        "meta": artifact.meta,
        "content": {"text": artifact.data} if isinstance(artifact.data, str) else _content(content_of(artifact), place),
    }


def _content(content: Content, place: Place | None) -> dict[str, str] | None:
    if place:
        return {"path": place(content)}
    if content.num_bytes > MAX_EMBEDDED_BYTES:
        return None
    return {"base64": base64.b64encode(content.read()).decode()}


def _check(check: AnswerCheck | None) -> dict[str, Any] | None:
    return dataclasses.asdict(check) if check else None


def _end(end: Finished | Failed | None) -> dict[str, Any] | None:
    match end:
        case Finished(reason=reason, usages=usages, seconds=seconds):
            return {"reason": reason, "seconds": seconds, "usages": [dataclasses.asdict(usage) for usage in usages]}
        case Failed(message=sentence):
            return {"failure": sentence}
        case _:
            return None


def _time(at: datetime | None) -> str | None:
    return at.astimezone().isoformat(timespec="seconds") if at else None
