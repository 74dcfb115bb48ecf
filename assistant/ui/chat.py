"""One chat in one browser tab: a conversation, what the tab shows of it, and whose it is. Lives on the server only."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.answer_limits import AnswerLimits, Refusal
from assistant.attachments.attachment import Question, Understood
from assistant.attachments.conversation_files import ConversationFiles
from assistant.attachments.reader import CATALOGUE, AttachmentReader
from assistant.attachments.reading_turn import ReadingTurn
from assistant.attachments.store import AttachmentStore
from assistant.checked_turn import CheckedTurn
from assistant.conversations import ConversationStore
from assistant.events import Artifact, Failed, Finished
from assistant.janitor import Janitor
from assistant.leftovers import remove_leftovers
from assistant.model_slot import ModelSlot
from assistant.sessions import FileLinks
from assistant.stored_settings import SettingsStore
from assistant.stored_turn import StoredTurn
from assistant.turn_log import TurnLogs
from assistant.turn_settings import TurnSettings
from assistant.ui.answer import Answer
from assistant.ui.chemistry_markdown import smiles_in
from assistant.ui.live_turn import UNREAD_GRACE_S, LiveTurn
from assistant.ui.live_turns import LiveTurns
from assistant.ui.render import ChatMessage, answer_messages, question_message
from assistant.ui.strings import Words
from assistant.ui.turn_reader import TurnReader

ANSWER_LIMITS = AnswerLimits()
_POLL_S = 0.01
AS_THE_FAMILY_HAS_IT = TurnSettings()


class Desk:
    """What all chats share. close() at the end. Whatever was running when the process before this one ended is broken.

    Without attachments, all is kept in a folder that goes with the process. unread_grace_s: how long an answer goes on
    that nobody reads. root_path: what addresses of this server begin with, for a reverse proxy.
    """

    def __init__(
        self,
        slot: ModelSlot,
        attachments: AttachmentStore | None = None,
        reading_catalogue: str = CATALOGUE,
        unread_grace_s: float = UNREAD_GRACE_S,
        root_path: str = "",
        limits: AnswerLimits = ANSWER_LIMITS,
    ) -> None:
        self.slot = slot
        self.root_path = root_path
        self._limits = limits
        self.attachments = attachments or AttachmentStore()
        self.database = self.attachments.database
        self.room = self.attachments.room
        self.reader = AttachmentReader(self.attachments, reading_catalogue)
        self.turns = LiveTurns()
        self.store = ConversationStore(self.database, self.attachments, on_delete=self.turns.stop)
        self.links = FileLinks(self.database)
        self.settings = SettingsStore(self.database)
        self.logs = TurnLogs(self.database, self.store)
        self.unread_grace_s = unread_grace_s
        self.janitor = Janitor(self.database, self.store, self.attachments, self.turns.has)
        remove_leftovers(self.attachments.root, self.database)
        self.store.tree.break_running()

    def refusal(self, session_id: str) -> Refusal | None:
        """Why no further question of that session is answered now, if there are too many."""
        owners = (self.store.owner(conversation_id) for conversation_id in self.turns.conversation_ids())
        return self._limits.refusal(session_id, [owner for owner in owners if owner is not None])

    def close(self) -> None:
        self.janitor.close()
        self.reader.close()
        self.logs.close()
        self.attachments.close()


@dataclass(slots=True)
class _ShownTurn:
    id: int
    question: Question
    messages: list[ChatMessage] = field(default_factory=list)
    has_ended: bool = False


class Chat:
    """Used from the event loop only. number: of a turn among those that are shown, from 0.

    Another tab may have the same conversation open: refresh() brings this one up to date.
    """

    def __init__(self, desk: Desk, session_id: str, conversation_id: str | None = None) -> None:
        """conversation_id: one of the session's own; a new one without it."""
        assert conversation_id is None or desk.store.owner(conversation_id) == session_id, "it is somebody else's"
        self._desk = desk
        self._session_id = session_id
        self.conversation_id = conversation_id or desk.store.create(session_id)
        self._turns: list[_ShownTurn] = []
        self._words = Words("en")
        self._reader: TurnReader | None = None
        self._has_left = False

    def belongs_to(self, session_id: str) -> bool:
        return self._session_id == session_id

    @property
    def is_busy(self) -> bool:
        """Whether the last turn that is shown waits for its answer or is being answered, in whichever tab."""
        leaf_id = self._desk.store.tree.leaf_id(self.conversation_id)
        if leaf_id is None:
            return False
        live = self._desk.turns.find(leaf_id)
        return self._desk.turns.is_asked(leaf_id) or (live is not None and not live.has_ended)

    @property
    def is_forgotten(self) -> bool:
        return self.conversation_id not in self._desk.store

    @property
    def messages(self) -> list[ChatMessage]:
        """As of the last refresh() or update."""
        return [message for turn in self._turns for message in turn.messages]

    @property
    def num_turns(self) -> int:
        """That are shown."""
        return len(self._turns)

    @property
    def taken_back(self) -> Question | None:
        """The question of a conversation in which nothing is shown, since all of it was taken back."""
        first = None if self._turns else self._desk.store.tree.newest_first(self.conversation_id)
        return first.question if first else None

    @property
    def address(self) -> str:
        """Names the conversation in the page's URL; it opens for this session only."""
        return self._desk.links.file_id(self._session_id, self.conversation_id)

    @property
    def upload_address(self) -> str:
        """Where this browser sends files for this conversation, and for no other."""
        return f"{self._desk.root_path}/attachments/{self.address}"

    def question(self, text: str, files: Sequence[tuple[str, float | None]]) -> Question:
        """files: ids and sampling rates. Those that were not sent to this conversation are left out."""
        found = []
        for attachment_id, sampling_rate in files:
            if attachment := self._desk.attachments.find(self.conversation_id, attachment_id):
                rate = sampling_rate if attachment.kind == "signal" else None
                found.append(replace(attachment, sampling_rate=rate))
        return Question(text, tuple(found))

    def refresh(self, words: Words) -> None:
        """Show the conversation as it is now, in these words."""
        known = {turn.id: turn for turn in self._turns if turn.has_ended and words.language == self._words.language}
        self._words = words
        ids = self._desk.store.tree.path_ids(self.conversation_id)
        if not all(turn_id in known for turn_id in ids):
            known |= {turn.id: self._shown(turn) for turn in self._desk.store.turns(self.conversation_id)}
        self._turns = [known[turn_id] for turn_id in ids if turn_id in known]

    def ask(self, question: Question, words: Words, settings: TurnSettings = AS_THE_FAMILY_HAS_IT) -> None:
        """Keep the question with its settings and show it at once; answer() then answers it."""
        self.refresh(words)
        self._ask(question, self._turns[-1].id if self._turns else None, settings)

    def retry(self, number: int, settings: TurnSettings) -> None:
        """Ask a question once more; the answer that it had stays beside the new one. As after ask()."""
        turn = self._stored(number)
        self._ask(turn.question, turn.parent_id, settings)

    def edit(self, number: int, question: Question, settings: TurnSettings) -> None:
        """Ask another question in the place of one. As after ask()."""
        self._ask(question, self._stored(number).parent_id, settings)

    def question_of(self, number: int) -> Question:
        return self._turns[number].question

    def go_on(self, settings: TurnSettings) -> None:
        """Let an answer that ended at its length go on. As after ask()."""
        self.ask(Question(self._words("go_on_question")), self._words, settings)

    async def answer(self, words: Words) -> AsyncIterator[list[ChatMessage]]:
        """The messages while the last question is answered, whoever asked it: from this tab or from another one.

        Leaving early, as when the tab closes, leaves the answer running for others; unread, it is stopped after a
        while.
        """
        self.refresh(words)
        live = await self._live_or_started()
        if live is None:
            return
        self.refresh(words)
        turn_id = self._turns[-1].id
        reader = self._reader = TurnReader(live)
        async for answer in reader.updates():
            if shown := next((turn for turn in self._turns if turn.id == turn_id), None):  # refresh() makes new ones
                self._show(shown, answer)
            if self._has_left:
                return
            yield self.messages

    def stop(self, words: Words) -> None:
        """From whichever tab of the session."""
        leaf_id = self._desk.store.tree.leaf_id(self.conversation_id)
        if leaf_id is None:
            return
        if self._desk.turns.take_asked(leaf_id):
            self._desk.store.tree.finish(leaf_id, [(0.0, Finished("stopped", (), 0.0))], ())
            self.refresh(words)
        elif live := self._desk.turns.find(leaf_id):
            live.stop()

    async def has_stopped(self) -> None:
        """Wait until the last turn has ended, which after stop() takes STOP_GRACE_S at the most."""
        leaf_id = self._desk.store.tree.leaf_id(self.conversation_id)
        live = None if leaf_id is None else self._desk.turns.find(leaf_id)
        while live and not live.has_ended:
            await asyncio.sleep(_POLL_S)

    def leave(self) -> None:
        """Another chat takes this one's place on the page."""
        self._has_left = True
        if self._reader:
            self._reader.leave()

    async def take_back(self) -> Question | None:
        """Show one turn less, and tell the model one less. Returns the question, if there is one."""
        if self.is_busy:
            return None
        self.refresh(self._words)
        if not self._turns:
            return None
        await self._earlier_turns_are_over()
        turn = self._stored(len(self._turns) - 1)
        self._desk.store.tree.show(self.conversation_id, turn.parent_id)
        self.refresh(self._words)
        return turn.question

    def alternatives(self, number: int) -> tuple[int, int]:
        """Which of the turns that stand in this place is shown, from 0, and how many there are."""
        turn_id = self._turns[number].id
        siblings = self._desk.store.tree.siblings(turn_id)
        return (siblings.index(turn_id), len(siblings)) if turn_id in siblings else (0, 1)

    def choose(self, number: int, step: int) -> None:
        """Show the turn that stands so many places after this one in its place, with what came after it."""
        turn_id = self._turns[number].id
        siblings = self._desk.store.tree.siblings(turn_id)
        place = siblings.index(turn_id) + step
        if 0 <= place < len(siblings):
            leaf_id = self._desk.store.tree.newest_below(self.conversation_id, siblings[place])
            self._desk.store.tree.show(self.conversation_id, leaf_id)
            self.refresh(self._words)

    def like(self, number: int, value: int) -> None:
        """1: good, -1: bad, 0: neither."""
        self._desk.store.tree.set_feedback(self._turns[number].id, value)

    def _ask(self, question: Question, parent_id: int | None, settings: TurnSettings) -> None:
        assert not self.is_busy
        turn_id = self._desk.store.ask(self.conversation_id, question, parent_id)
        if turn_id is not None:
            self._desk.store.tree.set_settings(turn_id, settings)
            self._desk.turns.ask(turn_id)
        self.refresh(self._words)

    def _stored(self, number: int) -> StoredTurn:
        turn = self._desk.store.tree.find(self._turns[number].id)
        assert turn is not None, "only whole conversations are deleted"
        return turn

    async def _earlier_turns_are_over(self) -> None:
        """A stopped turn may still be letting go of its tool."""
        for live in self._desk.turns.of_conversation(self.conversation_id):
            if live.has_ended:
                await TurnReader(live).over()

    async def _live_or_started(self) -> LiveTurn | None:
        """The last turn that is shown, when it is being answered or waits for it."""
        if not self._turns:
            return None
        turn_id = self._turns[-1].id
        await self._earlier_turns_are_over()
        if self._desk.turns.take_asked(turn_id):
            return self._start(turn_id)
        live = self._desk.turns.find(turn_id)
        return None if live is None or live.has_ended else live

    def _start(self, turn_id: int) -> LiveTurn:
        agent = self._desk.slot.agent
        assert agent is not None, "nothing is asked before the model is there"
        asked = self._desk.store.tree.find(turn_id)
        assert asked is not None
        earlier = self._desk.store.tree.told(self.conversation_id)
        questions = (*(turn.question for turn in earlier), asked.question)
        kinds = [attachment.kind for question in questions for attachment in question.attachments]
        reading = ReadingTurn(
            agent,
            self._desk.reader,
            self.conversation_id,
            earlier,
            asked.question,
            asked.settings,
            self._session_id,
            ConversationFiles(self._desk.attachments, self.conversation_id, kinds),
        )
        live = LiveTurn(
            CheckedTurn(reading, agent.tools, smiles_in),
            self._desk.logs.open(self.conversation_id, turn_id),
            Words("en")("internal"),  # as all errors are; the page tells it in its language
            on_over=lambda: self._desk.turns.remove(turn_id),
            unread_grace_s=self._desk.unread_grace_s,
        )
        self._desk.turns.add(self.conversation_id, turn_id, live)
        live.start()
        return live

    def _shown(self, turn: StoredTurn) -> _ShownTurn:
        shown = _ShownTurn(turn.id, turn.question)
        live = self._desk.turns.find(turn.id)
        answer = Answer.of(live.events(0) if live else turn.timed_events)
        if answer.end is None and live is None and not self._desk.turns.is_asked(turn.id):
            answer.add(Failed(self._words("turn_broken")), turn.times[-1] if turn.times else 0.0)
        self._show(shown, answer)
        return shown

    def _show(self, turn: _ShownTurn, answer: Answer) -> None:
        question = question_message(turn.question, answer.understood, self._words, self._preview_address)
        turn.messages = [question, *answer_messages(answer, self._words, self._link)]
        turn.has_ended = answer.end is not None

    def _link(self, artifact: Artifact) -> str:
        return f"{self._desk.root_path}/files/{self._desk.links.file_id(self._session_id, artifact.id)}"

    def _preview_address(self, understood: Understood) -> str:
        return f"{self.upload_address}/{understood.reading_id}"
