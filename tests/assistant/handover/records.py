"""Conversations to hand over: an ordinary one, and one in which everything that others write is hostile."""

from dataclasses import replace
from datetime import UTC, datetime

from assistant.attachments.attachment import Attachment, Understood
from assistant.checked_answer import AnswerCheck, Structure
from assistant.events import (
    Artifact,
    AttachmentRead,
    Checked,
    Failed,
    Finished,
    Text,
    Thinking,
    ToolFinished,
    ToolStarted,
)
from assistant.handover.record import Content, Record, RecordedTurn, SentFile
from assistant.ui.answer import Answer
from engine.messages import Usage
from tests.browser import samples

AT = datetime(2026, 11, 29, 20, 30, tzinfo=UTC)
ALANINE = "C[C@@H](N)C(=O)O"
FORMULA = r"\(E = h\nu_1 * c_2\)"
HOSTILE = (
    "</script></details>\n\n```\n# <img src=x onerror=document.title='pwned'><script>document.title='pwned'</script>"
)
USAGE = Usage(prompt_tokens=100, completion_tokens=40, time_to_first_token_s=0.2, decode_s=1.0)


def artifact(kind, name="result", data="", media_type="text/plain", alt="A result", **meta):
    return Artifact(f"id-{name}", kind, name, media_type, data, alt, meta)


def every_artifact(hostile=False):
    made = samples.hostile() if hostile else samples.every_kind()
    return tuple(Artifact(f"id-{i}", m.kind, m.name, m.media_type, m.data, m.alt, m.meta) for i, m in enumerate(made))


def tool(name="calculate", arguments=None, summary="42", artifacts=(), ok=True):
    return (
        ToolStarted("call-1", name, arguments if arguments is not None else {"expression": "6*7"}),
        ToolFinished("call-1", ok, summary, artifacts, 0.01),
    )


def turn(*events, question="What is it?", files=(), end=True, **fields):
    last = (Finished("stop", (USAGE,), 1.5),) if end else ()
    return RecordedTurn(question, files, Answer.of([(0.0, event) for event in (*events, *last)]), AT, **fields)


def record(*turns, title="Draw alanine", catalogue="assistant.tools.nano.catalogue", **fields):
    return Record(title, "scripted", AT, turns, catalogue=catalogue, **fields)


def sent(name="notes.txt", data=b"one\ntwo\n", kind="text", media_type="text/plain", description="2 lines"):
    attachment = Attachment("0" * 64, name, kind, len(data))
    return SentFile(attachment, description, Content(name, media_type, data))


def ordinary():
    picture = sent("gel.png", samples.picture(330, 210), "image", "image/png", "330 x 210 pixels")
    picture = replace(picture, preview=Content("preview", "image/png", samples.picture(64, 40)))
    check = AnswerCheck(("89.1",), (), ("7.5",), (Structure(ALANINE, ""),))
    return record(
        turn(
            AttachmentRead(Understood(picture.attachment.id, "reading", "330 x 210 pixels", 4)),
            Thinking("The user wants alanine."),
            *tool("render_molecule", {"smiles": ALANINE}, "Drawn.", every_artifact()),
            Text(f"Alanine is {ALANINE}, and {FORMULA}. It weighs 89.1.\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
            Checked(check),
            question=f"Draw {ALANINE}",
            files=(picture,),
            settings={"temperature": 0.5, "seed": 7},
        ),
        turn(Text("Half an ans"), question="And then?", end=False, state="broken"),
        turn(Failed("The prompt is too long."), question="And now?", end=False),
    )


def abroad():
    """What it says is English where it is kept: the caption of a figure, the facts of a file, the end of an answer."""
    drawing = artifact("svg", "ethanol.svg", "<svg/>", "image/svg+xml", "2D structure of CCO (C2H6O)")
    failed = Failed("The model was shut down.")
    return record(
        turn(*tool("render_molecule", {"smiles": "CCO"}, "Drawn.", (drawing,)), failed, files=(sent(),), end=False)
    )


def hostile():
    return record(
        turn(
            Thinking(HOSTILE),
            *tool(HOSTILE, {HOSTILE: HOSTILE}, HOSTILE, every_artifact(hostile=True)),
            Text(f"{HOSTILE}\n\n[x](javascript:alert(1)) ![y](https://example.org/y.png)\n\n```\nopen"),
            question=HOSTILE,
            files=(sent(HOSTILE, description=HOSTILE),),
            settings={"seed": 7},
        ),
        title=HOSTILE,
    )
