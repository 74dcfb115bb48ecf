"""One chat in one browser tab: what it shows, what is being answered, and whose it is. Lives on the server only."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.attachments.attachment import Question, Understood
from assistant.attachments.conversation_files import ConversationFiles
from assistant.attachments.reader import CATALOGUE, AttachmentReader
from assistant.attachments.reading_turn import ReadingTurn
from assistant.attachments.store import AttachmentStore
from assistant.checked_turn import CheckedTurn
from assistant.conversations import ConversationStore, StoredTurn
from assistant.events import Artifact, Event, Failed, Finished, ToolFinished
from assistant.model_slot import ModelSlot
from assistant.sessions import FileLinks
from assistant.ui.answer import Answer
from assistant.ui.chemistry_markdown import smiles_in
from assistant.ui.live_turn import LiveTurn
from assistant.ui.live_turns import LiveTurns
from assistant.ui.render import ChatMessage, answer_messages, question_message
from assistant.ui.strings import Words


class Desk:
    """What all chats share. close() at the end.

    Without attachments, files are kept in a folder that goes with the process, as conversations do.
    """

    def __init__(
        self, slot: ModelSlot, attachments: AttachmentStore | None = None, reading_catalogue: str = CATALOGUE
    ) -> None:
        self.slot = slot
        self.attachments = attachments or AttachmentStore()
        self.reader = AttachmentReader(self.attachments, reading_catalogue)
        self.store = ConversationStore(on_forget=self.attachments.forget)
        self.links = FileLinks()
        self.turns = LiveTurns()

    def close(self) -> None:
        self.reader.close()
        self.attachments.close()


@dataclass(slots=True)
class _ShownTurn:
    question: Question
    answer: Answer = field(default_factory=Answer)
    messages: list[ChatMessage] = field(default_factory=list)
    is_stored: bool = False  # the model is told of it in the turns that follow


class Chat:
    """Used from the event loop only."""

    def __init__(self, desk: Desk, session_id: str) -> None:
        self._desk = desk
        self._session_id = session_id
        self._conversation_id = desk.store.create()
        self._turns: list[_ShownTurn] = []
        self._is_asked = False  # ask() was called, and answer() not yet
        self._is_answering = False
        self._is_left = False
        self._live: LiveTurn | None = None
        self._words = Words("en")  # of the answer that is written now; speak() changes them

    def belongs_to(self, session_id: str) -> bool:
        return self._session_id == session_id

    @property
    def is_busy(self) -> bool:
        return self._is_asked or self._is_answering

    @property
    def is_forgotten(self) -> bool:
        return self._conversation_id not in self._desk.store

    @property
    def messages(self) -> list[ChatMessage]:
        return [message for turn in self._turns for message in turn.messages]

    @property
    def upload_address(self) -> str:
        """Where this browser sends files for this conversation, and for no other."""
        return f"/attachments/{self._desk.links.file_id(self._session_id, self._conversation_id)}"

    def question(self, text: str, files: Sequence[tuple[str, float | None]]) -> Question:
        """files: ids and sampling rates. Those that were not sent to this conversation are left out."""
        found = []
        for attachment_id, sampling_rate in files:
            if attachment := self._desk.attachments.find(self._conversation_id, attachment_id):
                rate = sampling_rate if attachment.kind == "signal" else None
                found.append(replace(attachment, sampling_rate=rate))
        return Question(text, tuple(found))

    def ask(self, question: Question, words: Words) -> None:
        """Show the question at once; answer() then answers it."""
        assert not self.is_busy
        self._turns.append(_ShownTurn(question))
        self._is_asked = True
        self._show(Answer(), words)

    async def answer(self, words: Words, *, enable_thinking: bool) -> AsyncIterator[list[ChatMessage]]:
        """The messages while the answer to ask() grows. Leaving early, as when the tab closes, stops the turn."""
        await self._last_turn_is_over()
        if not self._is_asked:
            return
        self._is_asked, self._is_answering, self._words = False, True, words
        live = self._live = self._start(enable_thinking)
        try:
            async for answer in live.updates():
                self._show(answer, self._words)
                if self._is_left:
                    return
                self._is_answering = answer.end is None  # who sees the end may ask again at once
                yield self.messages
        finally:
            if self._live is live:
                self._is_answering = False
            live.stop()

    def stop(self, words: Words) -> None:
        if self._is_asked:
            self._is_asked = False
            self._show(Answer(end=Finished("stopped", (), 0.0)), words)
        elif self._live is not None:
            self._live.stop()

    def leave(self, words: Words) -> None:
        """Another chat takes this one's place on the page."""
        self._is_left = True
        self.stop(words)

    def speak(self, words: Words) -> None:
        """Show all of it in these words, and what is still to come of a running answer as well."""
        self._words = words
        for turn in self._turns:
            self._draw(turn, words)

    async def take_back(self) -> Question | None:
        """Undo the last question and its answer, for the model too. Returns the question, if there is one."""
        if self.is_busy or not self._turns:
            return None
        await self._last_turn_is_over()
        turn = self._turns.pop()
        if turn.is_stored:
            self._desk.store.drop_last_turn(self._conversation_id)
        return turn.question

    async def _last_turn_is_over(self) -> None:
        """A stopped turn may still be letting go of its tool."""
        if self._live is not None:
            await self._live.wait()

    def _start(self, enable_thinking: bool) -> LiveTurn:
        agent = self._desk.slot.agent
        assert agent is not None, "nothing is asked before the model is there"
        shown = self._turns[-1]
        earlier = self._desk.store.turns(self._conversation_id)
        questions = (*(turn.question for turn in earlier), shown.question)
        kinds = [attachment.kind for question in questions for attachment in question.attachments]
        reading = ReadingTurn(
            agent,
            self._desk.reader,
            self._conversation_id,
            earlier,
            shown.question,
            enable_thinking,
            self._session_id,
            ConversationFiles(self._desk.attachments, self._conversation_id, kinds),
        )
        turn = CheckedTurn(reading, agent.tools, smiles_in)
        return LiveTurn(
            turn,
            self._keep_artifacts,
            lambda events: self._keep(shown, turn, events),
            Words("en")("internal"),  # as all errors are
            self._desk.turns,
        )

    def _keep_artifacts(self, event: Event) -> None:
        for artifact in event.artifacts if isinstance(event, ToolFinished) else ():
            self._desk.store.add_artifact(self._conversation_id, artifact)

    def _keep(self, shown: _ShownTurn, turn: CheckedTurn, events: list[Event]) -> None:
        """Not a turn that failed: a question that was too long would make every later one too long as well."""
        if not turn.new_messages or isinstance(events[-1], Failed):
            return
        stored = StoredTurn(shown.question, turn.new_messages, tuple(events))
        self._desk.store.append(self._conversation_id, stored)
        shown.is_stored = True

    def _show(self, answer: Answer, words: Words) -> None:
        self._turns[-1].answer = answer
        self._draw(self._turns[-1], words)

    def _draw(self, turn: _ShownTurn, words: Words) -> None:
        question = question_message(turn.question, turn.answer.understood, words, self._preview_address)
        turn.messages = [question, *answer_messages(turn.answer, words, self._link)]

    def _link(self, artifact: Artifact) -> str:
        return f"/files/{self._desk.links.file_id(self._session_id, artifact.id)}"

    def _preview_address(self, understood: Understood) -> str:
        return f"{self.upload_address}/{understood.reading_id}"
