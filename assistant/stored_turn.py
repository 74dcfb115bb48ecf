"""One turn of a conversation as it is kept: what was asked and how, and what came of it."""

from dataclasses import dataclass
from typing import Literal

from assistant.attachments.attachment import Question
from assistant.events import Event, Text, Thinking
from assistant.turn_settings import TurnSettings
from engine.messages import Message

TurnState = Literal["running", "complete", "broken"]  # broken: the server ended in the middle of it
TimedEvent = tuple[float, Event]  # seconds since the question was sent


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """For the model: the question, then replies. For the page: the question, then the events of its answer.

    Turns are a tree: those with the same parent_id answer the same question in another way, or another one in its
    place. A turn without replies, as one that failed, is not told to the model.
    times: of the events, in seconds since the question was sent. asked_at: Unix time. feedback: -1, 0 or 1.
    """

    question: Question
    replies: tuple[Message, ...] = ()
    events: tuple[Event, ...] = ()
    times: tuple[float, ...] = ()
    id: int = 0
    parent_id: int | None = None
    asked_at: float = 0.0
    settings: TurnSettings = TurnSettings()
    state: TurnState = "complete"
    feedback: int = 0

    @property
    def timed_events(self) -> tuple[TimedEvent, ...]:
        return tuple(zip(self.times, self.events, strict=True))


def append_merged_(events: list[TimedEvent], at_s: float, event: Event) -> None:
    """Words that follow words of the same kind become one event, with the time of the first ones."""
    if events:
        first_s, last = events[-1]
        match last, event:
            case (Thinking(text=so_far), Thinking(text=text)):
                events[-1] = (first_s, Thinking(so_far + text))
                return
            case (Text(text=so_far), Text(text=text)):
                events[-1] = (first_s, Text(so_far + text))
                return
    events.append((at_s, event))
