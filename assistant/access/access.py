"""Who may come in: people to the page with a password, programs to the API with a key, or everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from assistant.access.api_keys import owner_of
from assistant.access.logins import Logins, Person
from assistant.access.passwords import NOBODY, is_password

LOGIN_COOKIE = "benchside_login"


class Entries(Protocol):
    """EntriesFile, or a fixed few in tests."""

    def entries(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Passwords:
    file: Entries
    logins: Logins


@dataclass(frozen=True, slots=True)
class Access:
    """The guard asks it before every request. As it is without arguments, everything is open."""

    passwords: Passwords | None = None
    keys: Entries | None = None
    needs_key: bool = False  # also where there are no keys: then the API is closed

    @property
    def needs_password(self) -> bool:
        return self.passwords is not None

    def person(self, cookies: Mapping[str, str]) -> Person | None:
        if self.passwords is None or not (token := cookies.get(LOGIN_COOKIE)):
            return None
        return self.passwords.logins.person(token, self.passwords.file.entries())

    def log_in(self, name: str, password: str) -> tuple[Person, str] | None:
        """The person, and the token for the browser. Takes as long for a name that is not there. Half a second."""
        assert self.passwords is not None, "nobody is asked for a password"
        hashed = self.passwords.file.entries().get(name)
        is_right = is_password(password, hashed or NOBODY)
        return self.passwords.logins.begin(name, hashed) if hashed and is_right else None

    def log_out(self, cookies: Mapping[str, str]) -> None:
        if self.passwords is not None and (token := cookies.get(LOGIN_COOKIE)):
            self.passwords.logins.end(token)

    def has_key(self, authorization: str) -> bool:
        """authorization: the header, as it was decoded: every byte one character."""
        scheme, _, key = authorization.partition(" ")
        if self.keys is None or scheme.lower() != "bearer":
            return False
        return owner_of(key.strip().encode("latin-1", "replace"), self.keys.entries()) is not None
