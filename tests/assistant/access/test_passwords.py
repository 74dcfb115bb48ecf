import hashlib
import os
import stat

import pytest

from assistant.access.api_keys import API_KEYS, hashed_key, new_key, owner_of
from assistant.access.entries import EntriesError, EntriesFile, read_entries, write_entries
from assistant.access.passwords import NOBODY, PASSWORDS, hashed_password, is_password

PASSWORD = "correct horse é"


@pytest.fixture(scope="module")
def hashed():
    return hashed_password(PASSWORD)


def test_only_the_password_itself_is_right(hashed):
    assert is_password(PASSWORD, hashed)
    assert is_password("correct horse e\u0301", hashed)  # the same character, typed as two code points
    assert not is_password("correct horse", hashed)
    assert not is_password("\ud800", hashed)
    assert not is_password("", NOBODY)


def test_the_hash_is_scrypt_with_a_salt_and_tells_nothing(hashed):
    salt = PASSWORDS.hash_form.fullmatch(hashed)

    assert salt
    assert PASSWORDS.hash_form.fullmatch(NOBODY)
    assert PASSWORD not in hashed
    assert hashed.startswith("scrypt$15$8$3$")
    assert hashed_password(PASSWORD) != hashed


def test_a_key_belongs_to_the_name_it_was_made_for():
    mine, theirs = new_key(), new_key()
    entries = {"me": hashed_key(mine.encode()), "them": hashed_key(theirs.encode())}

    assert owner_of(mine.encode(), entries) == "me"
    assert owner_of(theirs.encode(), entries) == "them"
    assert owner_of(mine[:-1].encode(), entries) is None
    assert owner_of("clé".encode(), entries) is None
    assert hashlib.sha256(mine.encode()).hexdigest() in entries["me"]


def test_a_file_is_written_whole_and_for_its_owner_only(tmp_path, hashed):
    path = tmp_path / "people.txt"

    write_entries(path, {"alice": hashed, "bob@lab": hashed})

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_entries(path, PASSWORDS) == {"alice": hashed, "bob@lab": hashed}
    assert [entry.name for entry in tmp_path.iterdir()] == ["people.txt"]


@pytest.mark.parametrize(
    "line", ["alice secret", "alice", "al ice x", "alice scrypt$1$1$1$AAAA$AAAA", "alice sha256$00"]
)
def test_a_plain_password_in_the_file_is_refused_with_the_command_to_type(tmp_path, line):
    path = tmp_path / "people.txt"
    path.write_text(f"# people\n{line}\n")

    with pytest.raises(EntriesError) as refusal:
        EntriesFile(path, PASSWORDS)

    assert "line 2 is not a name and the hash of a password" in str(refusal.value)
    assert "python -m assistant.access add NAME --auth-file" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_file_that_holds_nobody_is_refused(tmp_path):
    (tmp_path / "keys.txt").write_text("\n# nothing\n")

    with pytest.raises(EntriesError, match="holds no key"):
        EntriesFile(tmp_path / "keys.txt", API_KEYS)


def test_a_change_of_the_file_counts_at_once_and_a_damaged_one_lets_nobody_in(tmp_path, hashed):
    path = tmp_path / "people.txt"
    write_entries(path, {"alice": hashed})
    file = EntriesFile(path, PASSWORDS)

    write_entries(path, {"bob": hashed})
    changed = dict(file.entries())
    path.write_text("alice plain\n")
    damaged = dict(file.entries())
    os.unlink(path)

    assert changed == {"bob": hashed}
    assert damaged == {}
    assert file.entries() == {}
