"""Passwords as they lie on disk: scrypt hashes, each with a salt of its own."""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata

from assistant.access.entries import Kind

# The strength that OWASP's cheat sheet gives for scrypt; 32 MB and 0.3 s of one core for each try.
LOG2_N, R, P = 15, 8, 3
MAX_MEMORY = 64 * 2**20
SALT_BYTES, HASH_BYTES = 16, 32
MIN_CHARACTERS = 8
PREFIX = f"scrypt${LOG2_N}${R}${P}$"

PASSWORDS = Kind("password", "--auth-file", re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{22}==\$[A-Za-z0-9_-]{43}="))
# What a try for a name that is not there is compared with, so that it takes as long as any other.
NOBODY = f"{PREFIX}{'A' * 22}==${'A' * 43}="


def hashed_password(password: str) -> str:
    salt = secrets.token_bytes(SALT_BYTES)
    return f"{PREFIX}{_text(salt)}${_text(_scrypt(password, salt))}"


def is_password(password: str, hashed: str) -> bool:
    """hashed: of PASSWORDS' form."""
    salt, digest = hashed.removeprefix(PREFIX).split("$")
    return hmac.compare_digest(_scrypt(password, base64.urlsafe_b64decode(salt)), base64.urlsafe_b64decode(digest))


def _scrypt(password: str, salt: bytes) -> bytes:
    """One character may be typed as one code point or as two."""
    typed = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(typed, salt=salt, n=2**LOG2_N, r=R, p=P, maxmem=MAX_MEMORY, dklen=HASH_BYTES)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
