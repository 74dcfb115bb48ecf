"""Who is logged in where. It outlives the process; a password that is changed or taken away ends its logins.

A person keeps one session id, so that conversations are there again on another device and after a new login. That id
alone opens nothing: a browser also needs the token of its login.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.database import Database
from assistant.sessions import new_session_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS people (name TEXT PRIMARY KEY, session_id TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS logins (
    token TEXT PRIMARY KEY,  -- its SHA-256
    name TEXT NOT NULL REFERENCES people (name),
    password TEXT NOT NULL,  -- the SHA-256 of the line it had in the password file
    at REAL NOT NULL
);
"""
MAX_AGE_S = 30 * 24 * 3600
MAX_LOGINS = 20  # of one person; the oldest ends first


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    session_id: str


@dataclass(frozen=True, slots=True)
class _Login:
    person: Person
    password: str
    at: float


class Logins:
    """Callable from any thread."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        database.write("DELETE FROM logins WHERE at < ?", clock() - MAX_AGE_S)
        rows = database.rows("SELECT token, name, session_id, password, at FROM logins JOIN people USING (name)")
        self._logins = {
            row["token"]: _Login(Person(row["name"], row["session_id"]), row["password"], row["at"]) for row in rows
        }

    def begin(self, name: str, hashed_password: str) -> tuple[Person, str]:
        """The person, and the token for this browser."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            login = _Login(self._person(name), _sha256(hashed_password), self._clock())
            self._database.write(
                "INSERT INTO logins VALUES (?, ?, ?, ?)", _sha256(token), name, login.password, login.at
            )
            self._logins[_sha256(token)] = login
            for other in self._surplus(name):
                self._end(other)
        return login.person, token

    def person(self, token: str, passwords: Mapping[str, str]) -> Person | None:
        """Who logged in with that token, while the password is still the one of then."""
        with self._lock:
            login = self._logins.get(_sha256(token))
            if login is None:
                return None
            is_over = login.at < self._clock() - MAX_AGE_S
            if is_over or _sha256(passwords.get(login.person.name, "")) != login.password:
                self._end(_sha256(token))
                return None
            return login.person

    def end(self, token: str) -> None:
        with self._lock:
            self._end(_sha256(token))

    def _person(self, name: str) -> Person:
        self._database.write("INSERT OR IGNORE INTO people VALUES (?, ?)", name, new_session_id())
        row = self._database.row("SELECT session_id FROM people WHERE name = ?", name)
        assert row is not None, name
        return Person(name, row["session_id"])

    def _surplus(self, name: str) -> list[str]:
        theirs = [token for token, login in self._logins.items() if login.person.name == name]
        return sorted(theirs, key=lambda token: self._logins[token].at)[:-MAX_LOGINS]

    def _end(self, hashed_token: str) -> None:
        self._logins.pop(hashed_token, None)
        self._database.write("DELETE FROM logins WHERE token = ?", hashed_token)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
