"""Of the turns that are shown: which version of its place each one is, and what the reader thinks of it."""

from dataclasses import dataclass

from assistant.database import Database

MARKS = """
WITH RECURSIVE path (id, parent_id, feedback, height) AS (
    SELECT turns.id, turns.parent_id, turns.feedback, 0
    FROM turns JOIN conversations ON turns.id = conversations.leaf_id
    WHERE conversations.id = ?1
    UNION ALL
    SELECT turns.id, turns.parent_id, turns.feedback, height + 1 FROM turns JOIN path ON turns.id = path.parent_id
)
SELECT id, feedback,
    (SELECT count(*) FROM turns WHERE conversation_id = ?1 AND parent_id IS path.parent_id AND id < path.id) AS place,
    (SELECT count(*) FROM turns WHERE conversation_id = ?1 AND parent_id IS path.parent_id) AS num_versions
FROM path ORDER BY height DESC
"""


@dataclass(frozen=True, slots=True)
class TurnMark:
    """place: from 0, among num_versions. feedback: -1, 0 or 1."""

    turn_id: int
    place: int
    num_versions: int
    feedback: int


def turn_marks(database: Database, conversation_id: str) -> tuple[TurnMark, ...]:
    """First turn first."""
    rows = database.rows(MARKS, conversation_id)
    return tuple(TurnMark(row["id"], row["place"], row["num_versions"], row["feedback"]) for row in rows)
