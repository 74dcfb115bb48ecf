"""One chat in one browser tab: what it shows, what is being answered, and whose it is. Lives on the server only."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from assistant.agent import Turn
from assistant.conversations import ConversationStore, StoredTurn
from assistant.events import Artifact, Event, Finished, ToolFinished
from assistant.model_slot import ModelSlot
from assistant.sessions import FileLinks
from assistant.ui.answer import Answer
from assistant.ui.live_turn import LiveTurn
from assistant.ui.render import ChatMessage, answer_messages, question_message
from assistant.ui.strings import Words
from engine.messages import Message


@dataclass(frozen=True, slots=True)
class Desk:
    """What all chats share."""

    slot: ModelSlot
    store: ConversationStore
    links: FileLinks


class Chat:
    """Used from the event loop only."""

    def __init__(self, desk: Desk, session_id: str) -> None:
        self._desk = desk
        self._session_id = session_id
        self._conversation_id = desk.store.create()
        self._question = ""  # the last one
        self._shown: list[list[ChatMessage]] = []  # for each question: it and its answer
        self._is_asked = False
        self._is_answering = False
        self._live: LiveTurn | None = None

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
        return [message for turn in self._shown for message in turn]

    def ask(self, question: str, words: Words) -> None:
        """Show the question at once; answer() then answers it."""
        assert not self.is_busy
        self._question = question
        self._shown.append([])
        self._is_asked = True
        self._show(Answer(), words)

    async def answer(self, words: Words, *, enable_thinking: bool) -> AsyncIterator[list[ChatMessage]]:
        """The messages while the answer to ask() grows. Leaving early, as when the tab closes, stops the turn."""
        if self._live is not None:
            await self._live.wait()  # a stopped turn may still be letting go of its tool
        if not self._is_asked:
            return
        self._is_asked, self._is_answering = False, True
        live = self._live = self._start(words, enable_thinking=enable_thinking)
        try:
            async for answer in live.updates():
                self._show(answer, words)
                yield self.messages
        finally:
            self._is_answering = False
            live.stop()

    def stop(self, words: Words) -> None:
        if self._is_asked:
            self._is_asked = False
            self._show(Answer(end=Finished("stopped", (), 0.0)), words)
        elif self._live is not None:
            self._live.stop()

    def _start(self, words: Words, *, enable_thinking: bool) -> LiveTurn:
        agent = self._desk.slot.agent
        assert agent is not None, "nothing is asked before the model is there"
        question = Message("user", self._question)
        turn = agent.run((*self._desk.store.messages(self._conversation_id), question), enable_thinking)
        return LiveTurn(
            turn, self._keep_artifacts, lambda events: self._keep(question, turn, events), words("internal")
        )

    def _keep_artifacts(self, event: Event) -> None:
        for artifact in event.artifacts if isinstance(event, ToolFinished) else ():
            self._desk.store.add_artifact(self._conversation_id, artifact)

    def _keep(self, question: Message, turn: Turn, events: list[Event]) -> None:
        stored = StoredTurn(question.content, tuple(events))
        self._desk.store.append(self._conversation_id, stored, (question, *turn.new_messages))

    def _show(self, answer: Answer, words: Words) -> None:
        self._shown[-1] = [question_message(self._question), *answer_messages(answer, words, self._link)]

    def _link(self, artifact: Artifact) -> str:
        return f"/files/{self._desk.links.file_id(self._session_id, artifact.id)}"
