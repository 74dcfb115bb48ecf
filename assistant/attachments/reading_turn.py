"""One turn from the question as it was sent: read its files, tell the model of them, and let the agent answer."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Protocol

from assistant.agent import Agent, Files, NoFiles, Turn
from assistant.attachments.attachment import (
    Attachment,
    AttachmentError,
    MediaCount,
    Question,
    Understood,
    is_text,
)
from assistant.attachments.file_text import FileText, characters_for
from assistant.cancel import CancelToken
from assistant.events import AttachmentRead, Event, Failed, Finished, PromptMedia, Reading
from assistant.stored_turn import StoredTurn
from assistant.turn_settings import TurnSettings
from engine.errors import EngineError
from engine.media import ImageInput, MediaInput, SignalInput, VideoInput
from engine.messages import Message, Part
from engine.processors.settings import Kind, ProcessorSettings

KINDS: dict[type[MediaInput], Kind] = {ImageInput: "image", VideoInput: "video", SignalInput: "signal"}


class Reader(Protocol):
    """What a turn needs of assistant.attachments.reader.AttachmentReader."""

    def is_read(self, conversation_id: str, attachment: Attachment, settings: ProcessorSettings | None) -> bool: ...
    def read(
        self, conversation_id: str, attachment: Attachment, settings: ProcessorSettings | None, cancel: CancelToken
    ) -> tuple[MediaInput | FileText, Understood]: ...


class ReadingTurn:
    """Like assistant.agent.Turn: iterate it once, in one thread; cancel() from any; then new_messages."""

    def __init__(
        self,
        agent: Agent,
        reader: Reader,
        conversation_id: str,
        earlier: Sequence[StoredTurn],
        question: Question,
        settings: TurnSettings,
        session: str = "",
        files: Files = NoFiles(),  # noqa: B008 - has no state
    ) -> None:
        self._agent = agent
        self._reader = reader
        self._conversation_id = conversation_id
        self._earlier = earlier
        self._question = question
        self._turn_settings = settings
        self._session = session
        self._files = files
        self._cancel = CancelToken()
        self._started_at = perf_counter()
        self._turn: Turn | None = None
        self._prompt_messages: tuple[Message, ...] = ()

    @property
    def prompt_messages(self) -> tuple[Message, ...]:
        """The conversation as the model was told it, the question last."""
        return self._prompt_messages

    @property
    def new_messages(self) -> tuple[Message, ...]:
        """What came after the question."""
        return self._turn.new_messages if self._turn else ()

    def cancel(self) -> None:
        self._cancel.cancel()

    def __iter__(self) -> Iterator[Event]:
        try:
            yield from self._events()
        finally:
            self._cancel.cancel()

    def _events(self) -> Iterator[Event]:
        messages: list[Message] = []
        failure = ""
        try:
            for turn in self._earlier:
                messages += [(yield from self._message(turn.question, is_new=False)), *turn.replies]
            messages.append((yield from self._message(self._question, is_new=True)))
        except EngineError as error:
            failure = str(error)
        if self._cancel.is_cancelled:
            yield Finished("stopped", (), perf_counter() - self._started_at)
            return
        if failure:
            yield Failed(failure)
            return
        if counts := count_media(messages):
            yield PromptMedia(counts)
        self._prompt_messages = tuple(messages)
        questions = (*(turn.question.text for turn in self._earlier), self._question.text)
        self._turn = self._agent.run(
            self._prompt_messages,
            self._turn_settings.enable_thinking,
            self._session,
            self._files,
            questions,
            self._turn_settings.params(self._agent.params),
        )
        with self._cancel.interrupting(self._turn.cancel):
            yield from self._turn

    def _message(self, question: Question, *, is_new: bool) -> Generator[Event, None, Message]:
        """Yields the events, returns what the model is told. An earlier question has been shown with its files."""
        parts: list[Part] = []
        num_characters = characters_for(self._agent.model.max_model_len, len(question.attachments))
        for attachment in question.attachments:
            settings = self._settings(attachment)
            if is_new or not self._reader.is_read(self._conversation_id, attachment, settings):
                yield Reading(attachment.name)
            read, understood = self._reader.read(self._conversation_id, attachment, settings, self._cancel)
            if isinstance(read, FileText):
                parts.append(read.part(attachment.name, num_characters) + "\n\n")
                understood = replace(understood, description=f"{understood.description}; {read.seen(num_characters)}")
            else:
                parts += [f"[File {attachment.name}: {understood.description}]\n", read]
            if is_new:
                yield AttachmentRead(understood)
        if question.text:
            parts.append(question.text)
        if any(not isinstance(part, str) for part in parts):
            return Message("user", tuple(parts))
        return Message("user", "".join(part for part in parts if isinstance(part, str)).rstrip())

    def _settings(self, attachment: Attachment) -> ProcessorSettings | None:
        """None for what every model reads as text."""
        if is_text(attachment.kind):
            return None
        settings = self._agent.model.media
        if settings is None or attachment.kind not in settings.kinds:
            raise AttachmentError(f"This model cannot read {attachment.name}. Begin a new chat without it.")
        return settings


def count_media(messages: Sequence[Message]) -> tuple[MediaCount, ...]:
    items = [item for message in messages for item in message.media]
    counts = []
    for kind_of_item, kind in KINDS.items():
        tokens = [item.num_tokens for item in items if type(item) is kind_of_item]
        if tokens:
            counts.append(MediaCount(kind, len(tokens), sum(tokens)))
    return tuple(counts)
