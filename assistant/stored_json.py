"""Plain values <-> JSON for the database: dataclasses by the types of their fields, nothing that can run.

What a file holds beyond the fields of today is left out; a field that it lacks has its default.
"""

import dataclasses
import json
import types
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from assistant.attachments.attachment import Question
from assistant.events import Artifact, Event
from assistant.turn_settings import TurnSettings
from engine.messages import Message

EVENTS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}

_field_types = cache(get_type_hints)

FindArtifact = Callable[[str], Artifact | None]


def dump_event(event: Event) -> str:
    """Artifacts are named by their ids."""
    return _dump({"event": type(event).__name__, **_plain_fields(event)})


def load_event(text: str, artifact: FindArtifact) -> Event:
    """An artifact that is not there any more is left out of its event."""
    value = json.loads(text)
    event: Event = _dataclass(EVENTS[value["event"]], value, artifact)
    return event


def dump_messages(messages: Iterable[Message]) -> str:
    """Of replies: their content is text."""
    return _dump([_plain(message) for message in messages])


def load_messages(text: str) -> tuple[Message, ...]:
    return tuple(_message(value) for value in json.loads(text))


def dump_question(question: Question) -> str:
    return _dump(_plain(question))


def load_question(text: str) -> Question:
    question: Question = _dataclass(Question, json.loads(text), _no_artifact)
    return question


def dump_settings(settings: TurnSettings) -> str:
    return _dump(_plain(settings))


def load_settings(text: str) -> TurnSettings:
    settings: TurnSettings = _dataclass(TurnSettings, json.loads(text), _no_artifact)
    return settings


def _dump(value: Any) -> str:
    """ASCII: half of a surrogate pair, which a model may write, is no text for a database."""
    return json.dumps(value, separators=(",", ":"))


def _message(value: dict[str, Any]) -> Message:
    message: Message = _dataclass(Message, value, _no_artifact)
    return message


def _no_artifact(artifact_id: str) -> None:
    raise AssertionError(f"{artifact_id} stands where no artifact can be")


def _plain(value: Any) -> Any:
    if isinstance(value, Artifact):
        return value.id
    if dataclasses.is_dataclass(value):
        return _plain_fields(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _plain_fields(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _dataclass(kind: Any, value: dict[str, Any], artifact: FindArtifact) -> Any:
    known = {name: hint for name, hint in _field_types(kind).items() if name in value}
    return kind(**{name: _value(hint, value[name], artifact) for name, hint in known.items()})


def _value(hint: Any, value: Any, artifact: FindArtifact) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint, value, artifact)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _tuple(arguments, value, artifact)
    if origin in (Union, types.UnionType):
        return _union(arguments, value, artifact)
    if origin is Literal:
        assert value in arguments, (value, arguments)
    return value


def _tuple(hints: tuple[Any, ...], value: list[Any], artifact: FindArtifact) -> tuple[Any, ...]:
    if hints[0] is Artifact:
        return tuple(found for artifact_id in value if (found := artifact(artifact_id)))
    if hints[-1] is Ellipsis:
        return tuple(_value(hints[0], item, artifact) for item in value)
    return tuple(_value(hint, item, artifact) for hint, item in zip(hints, value, strict=True))


def _union(hints: tuple[Any, ...], value: Any, artifact: FindArtifact) -> Any:
    """None, or the one structured type of the union; a plain value is itself."""
    if isinstance(value, dict | list):
        structured = [hint for hint in hints if dataclasses.is_dataclass(hint) or get_origin(hint) is tuple]
        if len(structured) == 1:
            return _value(structured[0], value, artifact)
    return value
