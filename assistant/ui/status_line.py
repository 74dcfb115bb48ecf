"""What an answer is doing now, in one line. The numbers are the engine's and the reader's own; none is guessed."""

from assistant.progress import ReadingProgress
from assistant.ui.answer import Answer, TextPart, ThinkingPart, ToolPart
from assistant.ui.strings import Words
from engine.messages import StreamProgress

ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def status_line(answer: Answer, words: Words) -> tuple[str, str]:
    """The stage, which changes seldom, and its numbers, which change all the time and may be empty."""
    match answer.parts[-1] if answer.parts else None:
        case ToolPart(started=started, finished=None):
            return words("running", tool=started.name), ""
    match answer.progress:
        case ReadingProgress() as reading:
            frames = words("frames", done=reading.num_done, total=reading.num_frames)
            return words("decoding_video", name=reading.name), frames
        case StreamProgress() as stream:
            return _of_stream(stream, answer, words)
    if answer.reading and not answer.media and not answer.parts:
        return words("reading_file", name=answer.reading), ""
    return _writing(answer, words("reading"), words), ""


def _of_stream(stream: StreamProgress, answer: Answer, words: Words) -> tuple[str, str]:
    match stream.stage:
        case "queued" if stream.place:
            return words("queued"), words("place", place=_place(stream.place, words))
        case "encoding":
            return words("encoding", what=_media(answer, stream.num_total, words)), _count(stream)
        case "reading" if stream.num_total:
            return words("reading_prompt"), f"{100 * stream.num_done // stream.num_total} %"
        case "writing":
            return _writing(answer, words("writing"), words), _speed(stream, answer, words)
    return _writing(answer, words("reading"), words), ""


def _writing(answer: Answer, otherwise: str, words: Words) -> str:
    match answer.parts[-1] if answer.parts else None:
        case ThinkingPart():
            return words("thinking")
        case TextPart():
            return words("answering")
    return otherwise


def _speed(stream: StreamProgress, answer: Answer, words: Words) -> str:
    speed = f"{stream.tokens_per_s:.0f}"
    if not stream.tokens_per_s:
        return words("tokens_so_far", tokens=f"{stream.num_generated:,}")
    if answer.parts and isinstance(answer.parts[-1], TextPart):
        return words("speed", speed=speed)
    return words("tokens_at", tokens=f"{stream.num_generated:,}", speed=speed)


def _media(answer: Answer, number: int, words: Words) -> str:
    """`12 pictures`, or what all of several kinds have in common."""
    if len(answer.media) != 1:
        return words("attachments")
    kind = answer.media[0].kind
    return words(f"one_{kind}" if number == 1 else f"many_{kind}s", number=number)


def _count(stream: StreamProgress) -> str:
    return f"{stream.num_done}/{stream.num_total}" if stream.num_total > 1 else ""


def _place(number: int, words: Words) -> str:
    """In English 1st, 2nd, 11th."""
    if words.language != "en":
        return str(number)
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ORDINALS.get(number % 10, 'th')}"
