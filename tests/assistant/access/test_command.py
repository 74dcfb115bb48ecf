"""python -m assistant.access, as a person types it."""

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.access.api_keys import API_KEYS, owner_of
from assistant.access.entries import read_entries
from assistant.access.passwords import PASSWORDS, is_password

ROOT = Path(__file__).parents[3]


def run(*arguments, typed=""):
    command = [sys.executable, "-m", "assistant.access", *arguments]
    return subprocess.run(command, cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_a_person_is_added_listed_and_removed(tmp_path):
    file = tmp_path / "people.txt"

    added = run("add", "alice", "--auth-file", str(file), typed="correct horse\n")
    listed = run("list", "--auth-file", str(file))

    assert (added.returncode, added.stdout, added.stderr) == (0, "", "")
    assert is_password("correct horse", read_entries(file, PASSWORDS)["alice"])
    assert listed.stdout == "alice\n"
    assert run("remove", "alice", "--auth-file", str(file)).returncode == 0
    assert read_entries(file, PASSWORDS) == {}


def test_a_key_is_shown_once_and_kept_as_its_hash(tmp_path):
    file = tmp_path / "keys.txt"

    key = run("add", "notebook", "--api-keys-file", str(file)).stdout.strip()

    assert owner_of(key.encode(), read_entries(file, API_KEYS)) == "notebook"
    assert key not in file.read_text()


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (["add", "alice"], "short\n", "The password has 5 characters; it needs at least 8.\n"),
        (["add", "a b"], "correct horse\n", "'a b' is no name; allowed: 1 to 64 letters, digits, and . @ _ -\n"),
        (["remove", "bob"], "", "people.txt holds no bob.\n"),
    ],
)
def test_a_mistake_gets_one_sentence(tmp_path, arguments, typed, sentence):
    ended = run(*arguments, "--auth-file", str(tmp_path / "people.txt"), typed=typed)

    assert ended.returncode == 2
    assert ended.stderr.endswith(sentence)
    assert len(ended.stderr.splitlines()) == 1
