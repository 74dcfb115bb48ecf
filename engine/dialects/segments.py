"""A prompt as segments: the template's control tokens, plain text, and places that encoder features will fill.

Plain text is encoded without added tokens, so nothing that a user, a file or a tool says becomes a control token.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from engine.errors import InvalidRequest
from engine.media import MediaInput, MediaSpan, Prompt


@dataclass(frozen=True, slots=True)
class Control:
    """A control token by its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`control`, count times, in whose place the model reads features [first_feature, ...) of inputs[input_index]."""

    control: str
    count: int
    input_index: int
    first_feature: int = 0


Segment = Control | Placeholder | str


class Encoder(Protocol):
    """What encoding needs of engine.tokenizer.Tokenizer."""

    def encode(self, text: str) -> list[int]: ...
    def control_id(self, text: str) -> int | None: ...


def joined(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbouring texts as one and empty ones left out."""
    result: list[Segment] = []
    for segment in segments:
        last = result[-1] if result else None
        if isinstance(segment, str) and isinstance(last, str):
            result[-1] = last + segment
        elif segment != "":
            result.append(segment)
    return result


def segments_text(segments: Iterable[Segment]) -> str:
    return "".join(map(_text, segments))


def encode_segments(segments: Iterable[Segment], tokenizer: Encoder, inputs: tuple[MediaInput, ...] = ()) -> Prompt:
    """Neighbouring texts are joined first, so that ids do not depend on how a turn was put together.

    A control token that the vocabulary does not have is text like any other; a placeholder must be there.
    """
    ids: list[int] = []
    spans: list[MediaSpan] = []
    text = ""
    for segment in segments:
        control_id = None if isinstance(segment, str) else tokenizer.control_id(_name(segment))
        if isinstance(segment, Placeholder) and control_id is None:
            raise InvalidRequest(f"This model's vocabulary has no {segment.control}, so it reads text only.")
        if control_id is None:
            text += _text(segment)
            continue
        ids += tokenizer.encode(text)
        text = ""
        if isinstance(segment, Placeholder):
            spans.append(MediaSpan(len(ids), segment.count, segment.input_index, segment.first_feature))
            ids += [control_id] * segment.count
        else:
            ids.append(control_id)
    ids += tokenizer.encode(text)
    return Prompt(ids, tuple(spans), inputs)


def _name(segment: Control | Placeholder) -> str:
    return segment.text if isinstance(segment, Control) else segment.control


def _text(segment: Segment) -> str:
    match segment:
        case Control(text):
            return text
        case Placeholder(control, count):
            return control * count
        case _:
            return segment
