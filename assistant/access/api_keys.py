"""Keys of programs. They are 256 random bits, so a plain hash tells nothing about them."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

from assistant.access.entries import Kind

API_KEYS = Kind("key", "--api-keys-file", re.compile(r"sha256\$[0-9a-f]{64}"))


def new_key() -> str:
    return f"bs-{secrets.token_urlsafe(32)}"


def hashed_key(key: bytes) -> str:
    return f"sha256${hashlib.sha256(key).hexdigest()}"


def owner_of(key: bytes, entries: Mapping[str, str]) -> str | None:
    """The name that the key was made for. Takes the same time whichever of them it is."""
    hashed = hashed_key(key)
    owners = [name for name, entry in entries.items() if hmac.compare_digest(entry, hashed)]
    return owners[0] if owners else None
