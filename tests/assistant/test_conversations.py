from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.attachments.attachment import Attachment, Question
from assistant.conversations import ConversationStore, StoredTurn
from assistant.events import Artifact, Text
from engine.messages import Message

PICTURE = Attachment("0" * 64, "gel.png", "image", 1000)
TURN = StoredTurn(Question("Hi", (PICTURE,)), (Message("assistant", "Hello."),), (Text("Hello."),))
OTHER_TURN = StoredTurn(Question("And?"), (), ())


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def artifact(artifact_id: str, num_bytes: int = 10) -> Artifact:
    return Artifact(artifact_id, "svg", "a.svg", "image/svg+xml", "x" * num_bytes, "a picture", {})


def test_a_turn_is_kept_for_the_model_and_for_the_page():
    store = ConversationStore()
    conversation_id = store.create()

    store.append(conversation_id, TURN)
    store.append(conversation_id, OTHER_TURN)

    assert store.turns(conversation_id) == (TURN, OTHER_TURN)


def test_the_last_turn_can_be_taken_back():
    store = ConversationStore()
    conversation_id = store.create()
    store.append(conversation_id, TURN)
    store.append(conversation_id, OTHER_TURN)

    store.drop_last_turn(conversation_id)

    assert store.turns(conversation_id) == (TURN,)


def test_taking_back_from_an_empty_conversation_does_nothing():
    store = ConversationStore()
    conversation_id = store.create()

    store.drop_last_turn(conversation_id)

    assert store.turns(conversation_id) == ()


def test_conversations_do_not_mix():
    store = ConversationStore()
    mine, yours = store.create(), store.create()

    store.append(mine, TURN)

    assert store.turns(yours) == ()


def test_ids_cannot_be_guessed():
    store = ConversationStore()

    ids = {store.create() for _ in range(100)}

    assert len(ids) == 100
    assert {len(conversation_id) for conversation_id in ids} == {43}  # 256 bits


def test_an_unknown_conversation_is_empty_and_stays_unknown():
    store = ConversationStore()

    store.append("unknown", TURN)
    store.add_artifact("unknown", artifact("a"))

    assert "unknown" not in store
    assert store.turns("unknown") == ()
    assert store.artifact("a") is None


def test_an_artifact_is_found_by_its_id_before_its_turn_ends():
    store = ConversationStore()

    store.add_artifact(store.create(), artifact("a"))

    assert store.artifact("a") == artifact("a")
    assert store.artifact("b") is None


def test_a_forgotten_conversation_takes_its_artifacts_with_it():
    store = ConversationStore()
    conversation_id = store.create()
    store.add_artifact(conversation_id, artifact("a"))

    store.forget(conversation_id)

    assert conversation_id not in store
    assert store.artifact("a") is None


def test_the_longest_unused_goes_when_there_are_too_many():
    store = ConversationStore(max_conversations=2)
    first, second = store.create(), store.create()
    store.turns(first)

    third = store.create()

    assert [conversation_id in store for conversation_id in (first, second, third)] == [True, False, True]


def test_the_longest_unused_goes_when_there_are_too_many_bytes():
    store = ConversationStore(max_bytes=100)
    first, second = store.create(), store.create()
    store.add_artifact(first, artifact("a", 60))

    store.add_artifact(second, artifact("b", 60))

    assert first not in store and store.artifact("a") is None
    assert store.artifact("b") is not None


def test_what_is_said_counts_towards_the_bytes():
    store = ConversationStore(max_bytes=100)
    first, second = store.create(), store.create()

    store.append(second, StoredTurn(Question("x" * 60), (), ()))

    assert first not in store and second in store


def test_the_conversation_in_use_is_never_too_big():
    store = ConversationStore(max_bytes=100)
    conversation_id = store.create()

    store.add_artifact(conversation_id, artifact("a", 200))

    assert store.artifact("a") is not None


def test_bytes_of_forgotten_conversations_do_not_count():
    store = ConversationStore(max_bytes=100)
    first = store.create()
    store.add_artifact(first, artifact("a", 90))
    store.forget(first)
    second, third = store.create(), store.create()

    store.add_artifact(third, artifact("b", 90))

    assert second in store


def test_what_was_taken_back_does_not_count():
    store = ConversationStore(max_bytes=100)
    first, second = store.create(), store.create()
    store.append(first, StoredTurn(Question("x" * 40), (), ()))
    store.drop_last_turn(first)

    store.append(second, StoredTurn(Question("x" * 40), (), ()))

    assert first in store


def test_whoever_keeps_its_files_is_told_that_a_conversation_was_forgotten():
    forgotten = []
    store = ConversationStore(on_forget=forgotten.append)
    conversation_id = store.create()

    store.forget(conversation_id)

    assert forgotten == [conversation_id]


def test_a_conversation_that_is_not_used_for_too_long_is_forgotten(clock):
    store = ConversationStore(max_age_s=60, clock=clock)
    old, used = store.create(), store.create()
    clock.now = 50
    store.turns(used)

    clock.now = 70

    assert old not in store and used in store


def test_many_threads_may_use_it_at_once():
    store = ConversationStore(max_conversations=10)

    def use(i: int) -> bool:
        conversation_id = store.create()
        store.add_artifact(conversation_id, artifact(f"artifact {i}"))
        store.append(conversation_id, TURN)
        return store.turns(conversation_id) in ((), (TURN,))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(500)))
