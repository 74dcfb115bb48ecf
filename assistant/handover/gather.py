"""A conversation of the desk -> its record."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from assistant.attachments.attachment import Attachment, Understood
from assistant.handover.record import Content, Record, RecordedTurn, SentFile, media_type_of
from assistant.stored_turn import StoredTurn
from assistant.turn_settings import TurnSettings
from assistant.ui.answer import Answer
from assistant.ui.chat import Desk


def record_of(desk: Desk, conversation_id: str) -> Record:
    """The turns that the page shows, as they are now. One that is being answered ends where it has got to."""
    agent = desk.slot.agent
    return Record(
        title=desk.store.title(conversation_id),
        model=desk.slot.name,
        exported_at=datetime.now(UTC),
        turns=tuple(_turn(turn, conversation_id, desk) for turn in desk.store.turns(conversation_id)),
        inputs=tuple(
            Content(name, media_type_of(name), path)
            for name, path in desk.attachments.files(conversation_id).items()
            if path.is_file()
        ),
        catalogue=agent.tools.catalogue if agent else "",
    )


def _turn(turn: StoredTurn, conversation_id: str, desk: Desk) -> RecordedTurn:
    answer = Answer.of(turn.timed_events)
    sent = [_sent(attachment, answer.understood, conversation_id, desk) for attachment in turn.question.attachments]
    return RecordedTurn(
        question=turn.question.text,
        files=tuple(sent),
        answer=answer,
        asked_at=datetime.fromtimestamp(turn.asked_at, UTC),
        settings=_chosen(turn.settings),
        state=turn.state,
    )


def _sent(attachment: Attachment, understood: Mapping[str, Understood], conversation_id: str, desk: Desk) -> SentFile:
    path = desk.attachments.path(conversation_id, attachment.id)
    read = understood.get(attachment.id)
    preview = desk.attachments.preview(conversation_id, read.reading_id) if read else None
    return SentFile(
        attachment,
        read.description if read else "",
        _content(attachment.name, path),
        Content(f"{attachment.name}.preview", preview[1], preview[0]) if preview else None,
    )


def _content(name: str, path: Path) -> Content | None:
    return Content(name, media_type_of(name), path) if path.is_file() else None


def _chosen(settings: TurnSettings) -> dict[str, object]:
    """What differs from a turn that nobody set anything for."""
    chosen = dataclasses.asdict(settings)
    return {name: value for name, value in chosen.items() if value != getattr(TurnSettings(), name)}
