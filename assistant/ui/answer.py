"""One answer as it grows: events merged into the parts that the page shows, each with its times."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from assistant.attachments.attachment import MediaCount, Understood
from assistant.checked_answer import AnswerCheck
from assistant.events import (
    AttachmentRead,
    Checked,
    Event,
    Failed,
    Finished,
    PromptMedia,
    Reading,
    Text,
    TextWasThinking,
    Thinking,
    ToolFinished,
    ToolStarted,
)
from assistant.progress import TurnProgress


@dataclass(slots=True)
class ThinkingPart:
    text: str
    started_s: float
    ended_s: float | None = None


@dataclass(slots=True)
class TextPart:
    text: str
    started_s: float = field(default=0.0, compare=False)


@dataclass(slots=True)
class ToolPart:
    started: ToolStarted
    finished: ToolFinished | None = None


Part = ThinkingPart | TextPart | ToolPart


@dataclass(slots=True)
class Answer:
    """Times are seconds since the question was sent.

    reading: name of the file that is being read; understood: by attachment id; media: what the prompt holds.
    files_s: spent on reading files. progress: between events, while there is no end.
    """

    parts: list[Part] = field(default_factory=list)
    end: Finished | Failed | None = None
    reading: str = ""
    understood: dict[str, Understood] = field(default_factory=dict)
    media: tuple[MediaCount, ...] = ()
    check: AnswerCheck | None = None
    files_s: float = 0.0
    progress: TurnProgress | None = None
    _reading_since: float | None = None

    @classmethod
    def of(cls, events: Iterable[tuple[float, Event]]) -> "Answer":
        answer = cls()
        for at_s, event in events:
            answer.add(event, at_s)
        return answer

    @property
    def text(self) -> str:
        """What the model wrote for the reader, as it wrote it."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def thinking_s(self) -> float:
        """As far as it is over."""
        parts = [part for part in self.parts if isinstance(part, ThinkingPart)]
        return sum(part.ended_s - part.started_s for part in parts if part.ended_s is not None)

    @property
    def tools_s(self) -> float:
        return sum(part.finished.seconds for part in self.parts if isinstance(part, ToolPart) and part.finished)

    def add(self, event: Event, at_s: float) -> None:
        if self._reading_since is not None:
            self.files_s += at_s - self._reading_since
            self._reading_since = None
        last = self.parts[-1] if self.parts else None
        if isinstance(last, ThinkingPart) and last.ended_s is None and not isinstance(event, Thinking):
            last.ended_s = at_s
        match event:
            case Thinking(text=text) if isinstance(last, ThinkingPart):
                last.text += text
            case Thinking(text=text):
                self.parts.append(ThinkingPart(text, started_s=at_s))
            case Text(text=text) if isinstance(last, TextPart):
                last.text += text
            case Text(text=text):
                self.parts.append(TextPart(text, at_s))
            case TextWasThinking():
                self._rethink(at_s)
            case ToolStarted():
                self.parts.append(ToolPart(event))
            case ToolFinished(call_id=call_id):
                self._tool(call_id).finished = event
            case Reading(name=name):
                self.reading, self._reading_since = name, at_s
            case AttachmentRead(understood=understood):
                self.understood[understood.attachment_id] = understood
            case PromptMedia(counts=counts):
                self.media = counts
            case Checked(check=check):
                self.check = check
            case Finished() | Failed():
                self.end = event

    def _rethink(self, at_s: float) -> None:
        """The text since the last tool becomes thinking."""
        for i in range(len(self.parts) - 1, -1, -1):
            match self.parts[i]:
                case TextPart(text, started_s):
                    self.parts[i] = ThinkingPart(text, started_s, ended_s=at_s)
                case ToolPart():
                    return

    def _tool(self, call_id: str) -> ToolPart:
        return next(part for part in self.parts if isinstance(part, ToolPart) and part.started.call_id == call_id)
