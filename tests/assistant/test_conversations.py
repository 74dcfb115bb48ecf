from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.attachments.attachment import Attachment, Question
from assistant.attachments.store import AttachmentStore
from assistant.conversations import ConversationStore, Summary
from assistant.data_folder import DataFolder
from assistant.events import Artifact, Finished, Text
from engine.messages import Message

MINE, THEIRS = "my session", "another session"
PICTURE = Attachment("0" * 64, "gel.png", "image", 1000)
ANSWER = ((0.5, Text("Hello.")), (0.6, Finished("stop", (), 0.6)))
REPLIES = (Message("assistant", "Hello."),)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def data(tmp_path):
    data = DataFolder(tmp_path)
    yield data
    data.close()


@pytest.fixture
def store(data, clock):
    return opened(data, clock)


def opened(data, clock):
    return ConversationStore(data.database, AttachmentStore(data.conversations, database=data.database), clock=clock)


def answered(store, conversation_id, text, parent_id=None):
    """The id of a turn that has its answer."""
    turn_id = store.ask(conversation_id, Question(text), parent_id)
    store.tree.finish(turn_id, ANSWER, REPLIES)
    return turn_id


def shown(store, conversation_id):
    return [turn.question.text for turn in store.turns(conversation_id)]


def artifact(artifact_id: str, data: str | bytes = "<svg/>") -> Artifact:
    return Artifact(artifact_id, "svg", "a.svg", "image/svg+xml", data, "a picture", {"smiles": "C\\C=C/C"})


def test_a_turn_is_kept_for_the_model_and_for_the_page(data, store, clock):
    conversation_id = store.create(MINE)
    clock.now = 7.0
    turn_id = store.ask(conversation_id, Question("Hi", (PICTURE,)), None)
    store.tree.finish(turn_id, ANSWER, REPLIES)

    (turn,) = opened(data, clock).turns(conversation_id)

    assert turn.question == Question("Hi", (PICTURE,))
    assert (turn.replies, turn.timed_events, turn.state) == (REPLIES, ANSWER, "complete")
    assert (turn.id, turn.parent_id, turn.asked_at, turn.feedback) == (turn_id, None, 7.0, 0)


def test_a_conversation_belongs_to_its_session(store):
    mine, theirs = store.create(MINE), store.create(THEIRS)
    answered(store, mine, "Hi")
    answered(store, theirs, "Ho")

    assert store.owner(mine) == MINE
    assert [summary.id for summary in store.summaries(MINE)] == [mine]
    assert shown(store, theirs) == ["Ho"]


def test_ids_cannot_be_guessed(store):
    ids = {store.create(MINE) for _ in range(20)}

    assert len(ids) == 20
    assert {len(conversation_id) for conversation_id in ids} == {43}  # 256 bits


def test_an_unknown_conversation_is_empty_and_stays_unknown(store):
    assert store.ask("unknown", Question("Hi"), None) is None
    store.add_artifact("unknown", artifact("a"))

    assert "unknown" not in store and store.owner("unknown") is None
    assert store.turns("unknown") == ()
    assert store.artifact("a") is None


def test_the_list_is_newest_first_and_named_by_the_first_question(store, clock):
    first, second, empty = store.create(MINE), store.create(MINE), store.create(MINE)
    clock.now = 1.0
    leaf = answered(store, first, "Draw  aspirin\nplease")
    clock.now = 2.0
    store.ask(second, Question("", (PICTURE,)), None)
    clock.now = 3.0
    answered(store, first, "And caffeine?", leaf)

    assert store.summaries(MINE) == (
        Summary(first, "Draw aspirin please", 3.0, 2),
        Summary(second, "gel.png", 2.0, 1),
    )
    assert empty in store


@pytest.mark.parametrize(
    ("query", "is_found"),
    [("ASPIRIN", True), ("hello", True), ("ångström", True), ("100%", False), ("画", True), ("ibuprofen", False)],
)
def test_a_search_looks_at_questions_answers_and_titles(store, query, is_found):
    conversation_id = store.create(MINE)
    answered(store, conversation_id, "Draw aspirin 画")
    store.rename(conversation_id, "One ÅNGSTRÖM wide, 100 percent")

    assert bool(store.summaries(MINE, query)) == is_found


def test_a_title_is_one_short_line(store):
    conversation_id = store.create(MINE)
    answered(store, conversation_id, "Hi")

    store.rename(conversation_id, "  a\nlong " + "word " * 50)

    title = store.title(conversation_id)
    assert title.startswith("a long word") and title.endswith("…") and len(title) == 80


def test_a_retry_stands_beside_the_first_answer_and_takes_its_place(store):
    conversation_id = store.create(MINE)
    root = answered(store, conversation_id, "first")
    second = answered(store, conversation_id, "second", root)

    again = answered(store, conversation_id, "second, better", root)

    assert shown(store, conversation_id) == ["first", "second, better"]
    assert store.tree.siblings(again) == (second, again)
    assert store.tree.siblings(root) == (root,)


def test_another_branch_comes_back_with_all_that_followed(store):
    conversation_id = store.create(MINE)
    root = answered(store, conversation_id, "first")
    answered(store, conversation_id, "below first", root)
    answered(store, conversation_id, "first, edited")

    leaf = store.tree.newest_below(conversation_id, root)
    store.tree.show(conversation_id, leaf)

    assert shown(store, conversation_id) == ["first", "below first"]


def test_undo_shows_less_and_deletes_nothing(store):
    conversation_id = store.create(MINE)
    root = answered(store, conversation_id, "first")

    store.tree.show(conversation_id, None)

    assert shown(store, conversation_id) == []
    assert store.tree.find(root).question.text == "first"
    assert store.summaries(MINE)[0].num_turns == 0


def test_an_artifact_opens_by_its_id_also_after_a_restart(data, store, clock):
    conversation_id = store.create(MINE)
    store.add_artifact(conversation_id, artifact("a"))
    store.add_artifact(conversation_id, artifact("b", b"\x89PNG"))

    again = opened(data, clock)

    assert again.artifact("a") == artifact("a")
    assert again.artifact("b") == artifact("b", b"\x89PNG")
    assert again.artifact("c") is None


def test_a_deleted_conversation_takes_its_turns_and_files_with_it(data, store):
    conversation_id, other = store.create(MINE), store.create(MINE)
    turn_id = answered(store, conversation_id, "Hi")
    for of in (conversation_id, other):
        store.add_artifact(of, artifact(f"a of {of}"))

    store.delete(conversation_id)

    assert conversation_id not in store
    assert store.tree.find(turn_id) is None
    assert store.artifact(f"a of {conversation_id}") is None
    assert not (data.conversations / conversation_id).exists()
    assert store.artifact(f"a of {other}") == artifact(f"a of {other}")


def test_what_is_still_written_for_a_deleted_conversation_is_not_kept(store, data):
    conversation_id = store.create(MINE)
    turn_id = store.ask(conversation_id, Question("Hi"), None)
    store.delete(conversation_id)

    store.tree.add_events(turn_id, 0, ANSWER)
    store.tree.finish(turn_id, ANSWER, REPLIES)
    store.add_artifact(conversation_id, artifact("a"))

    assert store.turns(conversation_id) == ()
    assert data.database.rows("SELECT * FROM turn_events") == []


def test_what_was_running_when_the_server_ended_is_broken(store):
    conversation_id = store.create(MINE)
    root = answered(store, conversation_id, "Hi")
    running = store.ask(conversation_id, Question("And?"), root)
    store.tree.add_events(running, 0, ANSWER[:1])

    store.tree.break_running()

    assert [turn.state for turn in store.turns(conversation_id)] == ["complete", "broken"]
    assert store.turns(conversation_id)[1].timed_events == ANSWER[:1]
    assert [turn.replies for turn in store.tree.told(conversation_id)] == [REPLIES, REPLIES]


def test_a_turn_that_was_cut_off_before_it_said_anything_is_not_told(store):
    conversation_id = store.create(MINE)
    store.ask(conversation_id, Question("Hi"), None)

    store.tree.break_running()

    assert [turn.state for turn in store.turns(conversation_id)] == ["broken"]
    assert store.tree.told(conversation_id) == ()


def test_many_threads_may_use_it_at_once(store):
    def use(i: int) -> bool:
        conversation_id = store.create(MINE)
        store.add_artifact(conversation_id, artifact(f"artifact {i}"))
        answered(store, conversation_id, f"question {i}")
        return shown(store, conversation_id) == [f"question {i}"]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(40)))
    assert len(store.summaries(MINE)) == 40
