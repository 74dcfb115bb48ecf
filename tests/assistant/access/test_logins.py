import pytest

from assistant.access.logins import MAX_AGE_S, MAX_LOGINS, SCHEMA, Logins
from assistant.database import Database
from assistant.sessions import is_session_id

PASSWORDS = {"alice": "hash a", "bob": "hash b"}


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "benchside.sqlite", (SCHEMA,))
    yield database
    database.close()


def test_a_login_is_known_by_its_token_alone(database):
    logins = Logins(database)

    person, token = logins.begin("alice", "hash a")

    assert is_session_id(person.session_id)
    assert logins.person(token, PASSWORDS) == person
    assert logins.person(token[:-1], PASSWORDS) is None
    assert logins.person(person.session_id, PASSWORDS) is None


def test_a_person_keeps_one_session_on_every_device_and_others_have_another(database):
    logins = Logins(database)

    first, _ = logins.begin("alice", "hash a")
    second, _ = logins.begin("alice", "hash a")
    other, _ = logins.begin("bob", "hash b")

    assert first == second
    assert other.session_id != first.session_id


def test_logins_outlive_the_process(database):
    person, token = Logins(database).begin("alice", "hash a")

    assert Logins(database).person(token, PASSWORDS) == person


@pytest.mark.parametrize(
    "passwords", [{"alice": "new hash"}, {"bob": "hash b"}, {}], ids=["changed", "removed", "none"]
)
def test_a_changed_or_removed_password_ends_its_logins_for_good(database, passwords):
    logins = Logins(database)
    _, token = logins.begin("alice", "hash a")

    assert logins.person(token, passwords) is None
    assert logins.person(token, PASSWORDS) is None
    assert Logins(database).person(token, PASSWORDS) is None


def test_a_logout_ends_this_login_only(database):
    logins = Logins(database)
    _, here = logins.begin("alice", "hash a")
    person, there = logins.begin("alice", "hash a")

    logins.end(here)

    assert logins.person(here, PASSWORDS) is None
    assert logins.person(there, PASSWORDS) == person


def test_a_login_ends_after_a_month_and_the_oldest_when_there_are_many(database):
    now = 0.0
    logins = Logins(database, clock=lambda: now)
    tokens = []
    for now in range(MAX_LOGINS + 1):  # noqa: B007  the clock reads it
        tokens.append(logins.begin("alice", "hash a")[1])

    assert logins.person(tokens[0], PASSWORDS) is None
    assert logins.person(tokens[1], PASSWORDS) is not None
    now = MAX_AGE_S + 10.5
    assert logins.person(tokens[1], PASSWORDS) is None
    assert logins.person(tokens[-1], PASSWORDS) is not None


def test_the_database_holds_no_token(database):
    _, token = Logins(database).begin("alice", "hash a")

    assert token not in str([tuple(row) for row in database.rows("SELECT * FROM logins")])
