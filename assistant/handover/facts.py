"""The small facts that stand around a conversation, in the reader's words; the same in every format."""

from datetime import datetime

from assistant.attachments.attachment import Attachment
from assistant.checked_answer import AnswerCheck
from assistant.events import Failed, Finished
from assistant.handover.record import Record, RecordedTurn
from assistant.ui.answer import ToolPart
from assistant.ui.check_view import check_view
from assistant.ui.footer import footer_line
from assistant.ui.render import file_size
from assistant.ui.strings import Words


def clock_time(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def record_line(record: Record, words: Words) -> str:
    return words("export_about", model=record.model, time=clock_time(record.exported_at), number=len(record.turns))


def turn_line(turn: RecordedTurn) -> str:
    """When it was asked, and what was set for it."""
    facts = [clock_time(turn.asked_at)] if turn.asked_at else []
    return " · ".join([*facts, *(f"{name} {value}" for name, value in turn.settings.items())])


def sent_line(attachment: Attachment, description: str, words: Words) -> str:
    rate = f"{attachment.sampling_rate:g} Hz" if attachment.sampling_rate is not None else ""
    return " · ".join(filter(None, (file_size(attachment.num_bytes), rate, words.description(description))))


def tool_state(tool: ToolPart, words: Words) -> str:
    if tool.finished is None:
        return words("export_unfinished")
    return f"{tool.finished.seconds:.2f} s" + ("" if tool.finished.ok else f" · {words('export_refused')}")


def end_line(turn: RecordedTurn, words: Words) -> str:
    match turn.answer.end:
        case Finished() as end:
            return footer_line(end, words, turn.answer.media)
        case Failed(message=sentence):
            return words.sentence(sentence)
        case _:
            return words("export_running" if turn.state == "running" else "export_broken")


def check_lines(check: AnswerCheck | None, words: Words) -> list[str]:
    """What the check of the answer found; nothing where there was nothing to find."""
    view = check_view(check, words)
    wrong = [f"{smiles}: {problem}" for smiles, problem in view["structures"] if problem]
    rows = [f"{number}: {source}" for number, source in view["rows"]]
    return [*([view["text"]] if view["text"] else []), *rows, *wrong]
