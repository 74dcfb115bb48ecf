import pytest

from assistant.attachments.room import Room, RoomLimits
from assistant.conversations import ConversationStore
from assistant.data_folder import TemporaryData
from assistant.handover import share_store
from assistant.handover.share_store import DAY_S, MAX_LINKS, LinkEnded, ShareStore, TooManyLinks, TooMuchShared


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


class Kept:
    """Files of conversations, which go with them."""

    def __init__(self, root):
        self.root = root
        self.forgotten = []

    def forget(self, conversation_id):
        self.forgotten.append(conversation_id)


@pytest.fixture
def desk(tmp_path):
    data = TemporaryData()
    clock = Clock()
    store = ConversationStore(data.database, Kept(tmp_path))
    yield ShareStore(data.database, lambda conversation_id: tmp_path / conversation_id, clock), store, clock, data
    data.close()


def pages(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_link_shows_its_page_until_it_expires(desk):
    shares, store, clock, _ = desk
    token, share = shares.publish(store.create("me"), b"page", 7, ("thinking",))

    assert shares.page(token) == b"page"
    clock.now += 7 * DAY_S - 1
    assert shares.page(token) == b"page"
    clock.now += 1
    with pytest.raises(LinkEnded):
        shares.page(token)
    assert share.includes == ("thinking",)


def test_a_link_that_was_revoked_shows_nothing_and_its_page_is_gone(desk, tmp_path):
    shares, store, _, _ = desk
    mine = store.create("me")
    token, share = shares.publish(mine, b"page", 7, ())

    assert shares.revoke(mine, share.id)

    with pytest.raises(LinkEnded):
        shares.page(token)
    assert pages(tmp_path) == []
    assert not shares.revoke(mine, share.id)


def test_a_page_stays_while_another_link_shows_it(desk):
    shares, store, _, _ = desk
    mine = store.create("me")
    (_, first), (token, _) = (shares.publish(mine, b"page", 7, ()) for _ in range(2))

    shares.revoke(mine, first.id)

    assert shares.page(token) == b"page"


def test_links_are_listed_for_their_conversation_and_ended_by_it_alone(desk):
    shares, store, clock, _ = desk
    mine, other = store.create("me"), store.create("other")
    _, first = shares.publish(mine, b"one", 1, ())
    clock.now += 10
    _, second = shares.publish(mine, b"two", 30, ("files",))

    assert shares.links(mine) == (second, first)
    assert shares.links(other) == ()
    assert not shares.revoke(other, first.id)
    clock.now += DAY_S
    assert shares.links(mine) == (second,)


def test_a_deleted_conversation_takes_its_links_with_it(desk):
    shares, store, _, _ = desk
    mine = store.create("me")
    token, _ = shares.publish(mine, b"page", 7, ())

    store.delete(mine)

    assert shares.page(token) is None


def test_the_token_is_not_in_the_database(desk):
    shares, store, _, data = desk
    token, _ = shares.publish(store.create("me"), b"page", 7, ())

    (row,) = data.database.rows("SELECT * FROM shares")

    assert len(token) == 43
    assert token not in str(tuple(row))


def test_a_conversation_has_a_limited_number_of_links(desk):
    shares, store, clock, _ = desk
    mine = store.create("me")
    for _ in range(MAX_LINKS):
        shares.publish(mine, b"page", 1, ())

    with pytest.raises(TooManyLinks):
        shares.publish(mine, b"page", 1, ())
    clock.now += DAY_S
    shares.publish(mine, b"page", 1, ())


def test_the_pages_of_a_session_together_are_limited(desk, monkeypatch):
    shares, store, _, _ = desk
    monkeypatch.setattr(share_store, "MAX_SESSION_BYTES", 10)
    mine, another, somebody_elses = store.create("me"), store.create("me"), store.create("you")
    _, share = shares.publish(mine, b"12345678", 1, ())

    with pytest.raises(TooMuchShared):
        shares.publish(another, b"123", 1, ())
    shares.publish(somebody_elses, b"123", 1, ())
    shares.revoke(mine, share.id)
    shares.publish(another, b"123", 1, ())


def test_pages_count_among_all_that_is_kept_once_each_and_until_they_are_removed(desk):
    shares, store, clock, data = desk
    room = Room(data.conversations, data.database, RoomLimits())
    mine, others, empty = store.create("me"), store.create("them"), room.surplus_bytes

    def kept_mb():
        return round((room.surplus_bytes - empty) / 2**20)

    _, first = shares.publish(mine, bytes(2**20), 7, ())
    shares.publish(mine, bytes(2**20), 1, ())
    assert kept_mb() == 1
    shares.publish(others, bytes(2**20), 7, ())
    assert kept_mb() == 2
    shares.revoke(mine, first.id)
    assert kept_mb() == 2
    clock.now += DAY_S
    shares.drop_ended()
    assert kept_mb() == 1
    store.delete(others)
    assert kept_mb() == 0


def test_what_has_expired_is_removed_at_the_next_start(desk, tmp_path):
    shares, store, clock, data = desk
    token, _ = shares.publish(store.create("me"), b"page", 1, ())
    clock.now += DAY_S

    shares.drop_ended()

    assert pages(tmp_path) == []
    with pytest.raises(LinkEnded):
        shares.page(token)
    clock.now += 91 * DAY_S
    shares.drop_ended()
    assert data.database.rows("SELECT * FROM shares") == []


def test_a_made_up_token_shows_nothing(desk):
    assert desk[0].page("x") is None
    assert desk[0].page("\ud800") is None
