"""A file of names and hashes, one `NAME HASH` a line, which is read anew whenever it has changed."""

import logging
import os
import re
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

NAME = re.compile(r"[\w.@-]{1,64}")


class EntriesError(Exception):
    """One line for whoever starts the app or changes the file: which line, what is wrong, the way out."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file holds, and the option that names it."""

    what: str
    option: str
    hash_form: re.Pattern[str]


def read_entries(path: Path, kind: Kind) -> dict[str, str]:
    """Hashes by name."""
    entries: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EntriesError(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.strip().partition(" ")
        if not NAME.fullmatch(name) or not kind.hash_form.fullmatch(hashed):
            raise EntriesError(
                f"{path} line {number} is not a name and the hash of a {kind.what}; lines are made with "
                f"python -m assistant.access add NAME {kind.option} {path}."
            )
        entries[name] = hashed
    return entries


def write_entries(path: Path, entries: Mapping[str, str]) -> None:
    """All at once, readable by its owner only."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(f"{name} {hashed}\n" for name, hashed in entries.items())
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


class EntriesFile:
    """Callable from any thread. A file that has been damaged or taken away lets nobody in until it is right again."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self._path = path
        self._kind = kind
        self._lock = threading.Lock()
        self._seen = self._signature()
        self._entries = read_entries(path, kind)
        if not self._entries:
            raise EntriesError(
                f"{path} holds no {kind.what}; python -m assistant.access add NAME {kind.option} {path} adds one."
            )

    def entries(self) -> Mapping[str, str]:
        with self._lock:
            if (now := self._signature()) != self._seen:
                self._seen = now
                self._entries = self._read_again()
            return self._entries

    def _read_again(self) -> dict[str, str]:
        try:
            return read_entries(self._path, self._kind)
        except EntriesError as error:
            logger.error("%s Nobody is let in by it.", error)
            return {}

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
