"""Attached files -> what the model reads, made in a killable process and kept on disk for the turns that follow."""

import hashlib
import json
import threading
from typing import Any

from assistant.attachments.attachment import Attachment, AttachmentError, Understood
from assistant.attachments.file_text import FileText, load_text
from assistant.attachments.store import AttachmentStore
from assistant.cancel import CancelToken
from assistant.child.limits import Limits
from assistant.child.runner import ToolRunner
from assistant.tools.progress import Tell
from engine.media import MediaInput, SignalInput
from engine.processors.prepare import describe
from engine.processors.settings import ProcessorSettings
from engine.processors.signals import settled_rate
from engine.processors.stored_input import load_input

CATALOGUE = "assistant.attachments.catalogue"
# A picture of 40 million pixels or the frames of a long video while they are resized; what the model reads of them.
READING_LIMITS = Limits(memory_bytes=2 * 2**30, file_bytes=512 * 2**20)
MAX_FACTS = 500


class AttachmentReader:
    """Callable from any thread. close() at the end."""

    def __init__(self, store: AttachmentStore, catalogue: str = CATALOGUE) -> None:
        self._store = store
        self._runner = ToolRunner(catalogue, READING_LIMITS)
        self._lock = threading.Lock()
        self._is_started = False

    def start(self) -> None:
        """Returns at once; read() does it too, and then waits until the libraries are loaded."""
        with self._lock:
            if not self._is_started:
                self._is_started = True
                self._runner.start()

    def close(self) -> None:
        self._runner.close()

    def is_read(self, conversation_id: str, attachment: Attachment, settings: ProcessorSettings | None) -> bool:
        """Whether read() will answer at once."""
        return self._store.reading(conversation_id, reading_id(attachment, settings)) is not None

    def read(
        self,
        conversation_id: str,
        attachment: Attachment,
        settings: ProcessorSettings | None,
        cancel: CancelToken,
        on_progress: Tell | None = None,
    ) -> tuple[MediaInput | FileText, Understood]:
        """settings: of the model; None for a file that every model reads as text. on_progress: frames of a video.

        AttachmentError with a sentence for a person; one as well when it was cancelled.
        """
        name = reading_id(attachment, settings)
        folder = self._store.reading(conversation_id, name)
        if folder is None:
            self._read_anew(conversation_id, attachment, settings, cancel, on_progress)
            folder = self._store.reading(conversation_id, name)
        if folder is None:
            raise AttachmentError(f"{attachment.name} is no longer there. Attach it again in a new chat.")
        if settings is None:
            text = load_text(folder / "text.json")
            return text, Understood(attachment.id, name, text.understood, num_tokens=0)
        item = load_input(folder / "input.npz")
        facts = (folder / "understood.txt").read_text()[:MAX_FACTS]
        return item, Understood(attachment.id, name, _described(item, facts, attachment), item.num_tokens)

    def _read_anew(
        self,
        conversation_id: str,
        attachment: Attachment,
        settings: ProcessorSettings | None,
        cancel: CancelToken,
        on_progress: Tell | None,
    ) -> None:
        self.start()
        with self._store.new_reading(conversation_id) as folder:
            arguments: dict[str, Any] = {
                "file": str(self._store.path(conversation_id, attachment.id)),
                "folder": str(folder),
                "kind": attachment.kind,
            }
            if settings is not None:
                arguments["settings"] = json.dumps(settings.to_dict())
                if attachment.sampling_rate is not None:
                    arguments["sampling_rate"] = attachment.sampling_rate
            name = "read_attachment" if settings else "read_text_file"
            outcome = self._runner.call(name, arguments, cancel, on_progress=on_progress)
            if not outcome.ok:
                raise AttachmentError(_sentence(attachment.name, outcome.summary))
            self._store.keep(folder, reading_id(attachment, settings))


def reading_id(attachment: Attachment, settings: ProcessorSettings | None) -> str:
    """The same file, read in the same way for the same model, is the same reading."""
    how = json.dumps(
        [attachment.kind, attachment.sampling_rate, settings.to_dict() if settings else None], sort_keys=True
    )
    return f"{attachment.id}-{hashlib.sha256(how.encode()).hexdigest()[:16]}"


def _described(item: MediaInput, facts: str, attachment: Attachment) -> str:
    """What was understood of the file, then what the model sees of it."""
    if not isinstance(item, SignalInput):
        return f"{facts} {describe(item)}".strip()
    description = f"{facts}, {item.num_tokens:,} tokens"
    is_told = attachment.sampling_rate is not None or attachment.has_own_rate
    if not is_told and item.sampling_rate == settled_rate(None, len(item.values)):
        return (
            f"{description}; no sampling rate was given, so the model's processor takes {item.sampling_rate:g} Hz, a "
            "quarter of the number of samples"
        )
    return description


def _sentence(name: str, summary: str) -> str:
    """summary: what a tool's caller is told, `Error CODE: sentence`."""
    code, _, sentence = summary.removeprefix("Error ").partition(": ")
    match code:
        case "unreadable":
            return f"{name}: {sentence}"
        case "tool_timeout":
            return f"{name} took too long to read and was given up. Attach a shorter or smaller one."
        case "tool_memory":
            limit = READING_LIMITS.memory_bytes // 2**30
            return f"{name} needs more than {limit} GB of memory to be read. Attach a shorter or smaller one."
        case "cancelled":
            return f"Reading {name} was stopped."
    return f"{name} is damaged or not what it seems: the reader broke on it. Save it again and attach that."
