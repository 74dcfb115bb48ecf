"""What the model is told of an answer that the end of the server cut off: as far as it was written, from its events."""

from collections.abc import Iterable

from assistant.events import Event, Text, Thinking, ToolFinished, ToolStarted
from assistant.tools.result import ToolError
from engine.messages import Message, ToolCall

CUT_OFF = ToolError("cancelled", "The server ended before this tool had its result.")


def replies_of(events: Iterable[Event]) -> tuple[Message, ...]:
    """As the agent would have kept them after a stop: every call has a result."""
    rounds = [_Round()]
    for event in events:
        if isinstance(event, Thinking | Text) and rounds[-1].calls:  # the model speaks again, having seen the results
            rounds.append(_Round())
        rounds[-1].add(event)
    return tuple(message for round_ in rounds for message in round_.messages)


class _Round:
    """One answer of the model, and the results of its calls."""

    def __init__(self) -> None:
        self.calls: list[ToolCall] = []
        self._results: list[str] = []
        self._reasoning = ""
        self._text = ""

    def add(self, event: Event) -> None:
        match event:
            case Thinking(text=text):
                self._reasoning += text
            case Text(text=text):
                self._text += text
            case ToolStarted(name=name, arguments=arguments):
                self.calls.append(ToolCall(name, arguments))
            case ToolFinished(summary=summary):
                self._results.append(summary)

    @property
    def messages(self) -> list[Message]:
        if not (self._reasoning or self._text or self.calls):
            return []
        missing = [CUT_OFF.text] * (len(self.calls) - len(self._results))
        answer = Message("assistant", self._text, self._reasoning, tuple(self.calls))
        return [answer, *(Message("tool", result) for result in (*self._results, *missing))]
