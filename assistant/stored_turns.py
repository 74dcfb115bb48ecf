"""The turns of all conversations: trees, of each of which one path is shown. Nothing in a tree is ever deleted."""

import sqlite3
import time
from collections.abc import Callable, Sequence

from assistant.attachments.attachment import Question
from assistant.database import Database
from assistant.events import Event, Text
from assistant.stored_artifacts import ArtifactStore
from assistant.stored_json import (
    dump_event,
    dump_messages,
    dump_question,
    dump_settings,
    load_event,
    load_messages,
    load_question,
    load_settings,
)
from assistant.stored_replies import replies_of
from assistant.stored_turn import StoredTurn, TimedEvent, TurnState, append_merged_
from assistant.turn_settings import TurnSettings
from engine.messages import Message

# leaf_id: the end of the path that is shown. said: what a search looks at, in small letters.
SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    parent_id INTEGER REFERENCES turns ON DELETE CASCADE,
    asked_at REAL NOT NULL,
    question TEXT NOT NULL,
    settings TEXT NOT NULL DEFAULT '{}',
    replies TEXT NOT NULL DEFAULT '[]',
    state TEXT NOT NULL DEFAULT 'running',
    feedback INTEGER NOT NULL DEFAULT 0,
    said TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS turns_by_parent ON turns (conversation_id, parent_id);
CREATE INDEX IF NOT EXISTS turns_by_state ON turns (state);
CREATE TABLE IF NOT EXISTS turn_events (
    turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at_s REAL NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (turn_id, number)
) WITHOUT ROWID;
"""
PATH = """
WITH RECURSIVE path (id, parent_id, height) AS (
    SELECT turns.id, turns.parent_id, 0 FROM turns JOIN conversations ON turns.id = conversations.leaf_id
    WHERE conversations.id = ?
    UNION ALL
    SELECT turns.id, turns.parent_id, height + 1 FROM turns JOIN path ON turns.id = path.parent_id
)
SELECT turns.* FROM turns JOIN path ON turns.id = path.id ORDER BY height DESC
"""
SIBLINGS = "SELECT id FROM turns WHERE conversation_id = ? AND parent_id IS ? ORDER BY id"


class TurnStore:
    """Callable from any thread. What a call has returned from is on disk."""

    def __init__(self, database: Database, artifacts: ArtifactStore, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._artifacts = artifacts
        self._clock = clock

    def begin(self, conversation_id: str, question: Question, parent_id: int | None) -> int | None:
        """Add a turn under a parent and show the path to it; None when the conversation is not there any more."""
        with self._database.transaction():
            now = self._clock()
            is_there = self._database.write("UPDATE conversations SET used_at = ? WHERE id = ?", now, conversation_id)
            if not is_there:
                return None
            self._database.write(
                "INSERT INTO turns (conversation_id, parent_id, asked_at, question, said) VALUES (?, ?, ?, ?, ?)",
                conversation_id, parent_id, now, dump_question(question), searchable(question.text),
            )  # fmt: skip
            (turn_id,) = self._database.rows("SELECT last_insert_rowid()")[0]
            self.show(conversation_id, turn_id)
        return int(turn_id)

    def set_settings(self, turn_id: int, settings: TurnSettings) -> None:
        self._database.write("UPDATE turns SET settings = ? WHERE id = ?", dump_settings(settings), turn_id)

    def add_events(self, turn_id: int, first_number: int, events: Sequence[TimedEvent]) -> None:
        """Numbers count from 0, in the order in which the events happened."""
        with self._database.transaction():
            for number, (at_s, event) in enumerate(events, first_number):
                self._database.write(
                    "INSERT INTO turn_events SELECT id, ?, ?, ? FROM turns WHERE id = ?",
                    number, at_s, dump_event(event), turn_id,
                )  # fmt: skip

    def finish(self, turn_id: int, events: Sequence[TimedEvent], replies: Sequence[Message]) -> None:
        """events: all of the turn, in place of those that were added."""
        with self._database.transaction():
            self._end(turn_id, events, replies, "complete")
            self._database.write(
                "UPDATE conversations SET used_at = ? WHERE id = (SELECT conversation_id FROM turns WHERE id = ?)",
                self._clock(), turn_id,
            )  # fmt: skip

    def break_running(self) -> None:
        """At the start of the server: turns that were running when the last one ended are broken.

        The model is told what had been written, as after a stop.
        """
        with self._database.transaction():
            for row in self._database.rows("SELECT id FROM turns WHERE state = 'running'"):
                merged: list[TimedEvent] = []
                for at_s, event in self._events(row["id"]):
                    append_merged_(merged, at_s, event)
                self._end(row["id"], merged, replies_of(event for _, event in merged), "broken")

    def _end(self, turn_id: int, events: Sequence[TimedEvent], replies: Sequence[Message], state: TurnState) -> None:
        said = "".join(event.text for _, event in events if isinstance(event, Text))
        with self._database.transaction():
            self._database.write("DELETE FROM turn_events WHERE turn_id = ?", turn_id)
            self.add_events(turn_id, 0, events)
            self._database.write(
                "UPDATE turns SET replies = ?, state = ?, said = said || ? WHERE id = ?",
                dump_messages(replies), state, searchable("\n" + said), turn_id,
            )  # fmt: skip

    def path_ids(self, conversation_id: str) -> tuple[int, ...]:
        return tuple(row["id"] for row in self._database.rows(PATH, conversation_id))

    def path(self, conversation_id: str) -> tuple[StoredTurn, ...]:
        """The turns that are shown, first to last."""
        return tuple(self._turn(row, self._events(row["id"])) for row in self._database.rows(PATH, conversation_id))

    def told(self, conversation_id: str) -> tuple[StoredTurn, ...]:
        """Of those, what the model is told, without the events."""
        return tuple(
            self._turn(row, ()) for row in self._database.rows(PATH, conversation_id) if row["replies"] != "[]"
        )

    def find(self, turn_id: int) -> StoredTurn | None:
        row = self._database.row("SELECT * FROM turns WHERE id = ?", turn_id)
        return self._turn(row, self._events(turn_id)) if row else None

    def leaf_id(self, conversation_id: str) -> int | None:
        """The last turn that is shown."""
        row = self._database.row("SELECT leaf_id FROM conversations WHERE id = ?", conversation_id)
        return row["leaf_id"] if row else None

    def siblings(self, turn_id: int) -> tuple[int, ...]:
        """The turns that stand in the same place, itself among them, oldest first."""
        row = self._database.row("SELECT conversation_id, parent_id FROM turns WHERE id = ?", turn_id)
        if row is None:
            return ()
        return tuple(found["id"] for found in self._database.rows(SIBLINGS, row["conversation_id"], row["parent_id"]))

    def show(self, conversation_id: str, turn_id: int | None) -> None:
        """Let the shown path end in this turn; None shows nothing."""
        self._database.write("UPDATE conversations SET leaf_id = ? WHERE id = ?", turn_id, conversation_id)

    def newest_below(self, conversation_id: str, turn_id: int) -> int:
        """The end of the path that goes on from a turn by the newest one each time."""
        while below := self._database.rows(SIBLINGS, conversation_id, turn_id):
            turn_id = below[-1]["id"]
        return turn_id

    def newest_first(self, conversation_id: str) -> StoredTurn | None:
        """Of the turns that the conversation can begin with."""
        rows = self._database.rows(SIBLINGS, conversation_id, None)
        return self.find(rows[-1]["id"]) if rows else None

    def set_feedback(self, turn_id: int, value: int) -> None:
        assert value in (-1, 0, 1), value
        self._database.write("UPDATE turns SET feedback = ? WHERE id = ?", value, turn_id)

    def _events(self, turn_id: int) -> tuple[TimedEvent, ...]:
        rows = self._database.rows("SELECT at_s, event FROM turn_events WHERE turn_id = ? ORDER BY number", turn_id)
        return tuple((row["at_s"], load_event(row["event"], self._artifacts.find)) for row in rows)

    def _turn(self, row: sqlite3.Row, timed: Sequence[TimedEvent]) -> StoredTurn:
        events: tuple[Event, ...] = tuple(event for _, event in timed)
        return StoredTurn(
            load_question(row["question"]),
            load_messages(row["replies"]),
            events,
            tuple(at_s for at_s, _ in timed),
            id=row["id"],
            parent_id=row["parent_id"],
            asked_at=row["asked_at"],
            settings=load_settings(row["settings"]),
            state=row["state"],
            feedback=row["feedback"],
        )


def searchable(text: str) -> str:
    """Half of a surrogate pair is no text for a database."""
    return text.casefold().encode(errors="replace").decode()
