"""Conversations and their pictures, kept on the server and bounded. In memory: a restart forgets them.

A browser only ever holds random ids; what was said is never taken back from it.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.attachments.attachment import Question
from assistant.events import Artifact, Event
from engine.messages import Message


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn. For the model: the question, then replies. For the page: the question, then the events of its answer.

    The files that came with the question are not here but in the AttachmentStore, under the ids that it holds.
    """

    question: Question
    replies: tuple[Message, ...]
    events: tuple[Event, ...]

    @property
    def num_bytes(self) -> int:
        """Each text is held twice: as the model reads it and as events."""
        said = sum(len(message.text) + len(message.reasoning) for message in self.replies)
        return 2 * (len(self.question.text) + said)


@dataclass(slots=True)
class _Entry:
    used_at: float
    num_bytes: int = 0
    turns: list[StoredTurn] = field(default_factory=list)
    artifact_ids: list[str] = field(default_factory=list)


class ConversationStore:
    """Callable from any thread. When there is too much, the conversation that was unused for longest goes first."""

    def __init__(
        self,
        max_conversations: int = 500,
        max_bytes: int = 128 * 2**20,
        max_age_s: float = 24 * 3600,
        clock: Callable[[], float] = time.monotonic,
        on_forget: Callable[[str], None] = lambda conversation_id: None,
    ) -> None:
        self._max_conversations = max_conversations
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._clock = clock
        self._on_forget = on_forget
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # longest unused first
        self._artifacts: dict[str, Artifact] = {}
        self._num_bytes = 0

    def create(self) -> str:
        """The id of a new, empty conversation."""
        conversation_id = secrets.token_urlsafe(32)
        with self._lock:
            self._entries[conversation_id] = _Entry(self._clock())
            self._forget_surplus()
        return conversation_id

    def __contains__(self, conversation_id: str) -> bool:
        with self._lock:
            return self._find(conversation_id) is not None

    def turns(self, conversation_id: str) -> tuple[StoredTurn, ...]:
        """Oldest first. Empty for an unknown or forgotten conversation."""
        with self._lock:
            entry = self._find(conversation_id)
            return tuple(entry.turns) if entry else ()

    def append(self, conversation_id: str, turn: StoredTurn) -> None:
        """Add one finished turn.

        A conversation that was forgotten while its answer was written stays forgotten; so with add_artifact.
        """
        with self._lock:
            if entry := self._find(conversation_id):
                entry.turns.append(turn)
                self._grow(entry, turn.num_bytes)

    def drop_last_turn(self, conversation_id: str) -> None:
        """Take back the last append(), when its question is asked again. Artifacts stay as long as the conversation."""
        with self._lock:
            if (entry := self._find(conversation_id)) and entry.turns:
                self._grow(entry, -entry.turns.pop().num_bytes)

    def add_artifact(self, conversation_id: str, artifact: Artifact) -> None:
        """Make an artifact available by its id, as soon as there is something to look at."""
        with self._lock:
            if entry := self._find(conversation_id):
                assert artifact.id not in self._artifacts, "artifact ids are random"
                self._artifacts[artifact.id] = artifact
                entry.artifact_ids.append(artifact.id)
                self._grow(entry, len(artifact.data))

    def artifact(self, artifact_id: str) -> Artifact | None:
        """For a route such as /files/ID; None for an unknown or forgotten one."""
        with self._lock:
            return self._artifacts.get(artifact_id)

    def forget(self, conversation_id: str) -> None:
        with self._lock:
            if conversation_id in self._entries:
                self._drop(conversation_id)

    def _find(self, conversation_id: str) -> _Entry | None:
        self._forget_surplus()
        entry = self._entries.get(conversation_id)
        if entry:
            entry.used_at = self._clock()
            self._entries.move_to_end(conversation_id)
        return entry

    def _grow(self, entry: _Entry, num_bytes: int) -> None:
        entry.num_bytes += num_bytes
        self._num_bytes += num_bytes
        self._forget_surplus()

    def _forget_surplus(self) -> None:
        """Drop the longest unused while one is too old or all are too many; the one in use now is never too big."""
        oldest = self._clock() - self._max_age_s
        while self._entries:
            conversation_id, entry = next(iter(self._entries.items()))
            is_too_much = len(self._entries) > self._max_conversations or self._num_bytes > self._max_bytes
            if entry.used_at >= oldest and (not is_too_much or len(self._entries) == 1):
                return
            self._drop(conversation_id)

    def _drop(self, conversation_id: str) -> None:
        entry = self._entries.pop(conversation_id)
        self._num_bytes -= entry.num_bytes
        for artifact_id in entry.artifact_ids:
            del self._artifacts[artifact_id]
        self._on_forget(conversation_id)
