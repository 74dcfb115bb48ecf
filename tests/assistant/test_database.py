import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from assistant.database import VERSION, Database, DatabaseError

NOTES = "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "data" / "benchside.sqlite", [NOTES])
    yield database
    database.close()


def texts(database):
    return [row["text"] for row in database.rows("SELECT text FROM notes ORDER BY id")]


def write(database, text):
    return database.write("INSERT INTO notes (text) VALUES (?)", text)


def test_what_was_written_is_there_when_the_file_is_opened_again(tmp_path):
    path = tmp_path / "notes.sqlite"
    first = Database(path, [NOTES])
    assert write(first, "one") == 1
    first.close()

    second = Database(path, [NOTES])

    assert texts(second) == ["one"]
    assert second.row("SELECT text FROM notes WHERE id = ?", 2) is None
    second.close()


def test_what_was_written_is_there_after_the_process_was_killed(tmp_path):
    path = tmp_path / "notes.sqlite"
    program = (
        "import os, signal, sys; from pathlib import Path; from assistant.database import Database\n"
        "database = Database(Path(sys.argv[1]), [sys.argv[2]])\n"
        "database.write('INSERT INTO notes (text) VALUES (?)', 'kept')\n"
        "with database.transaction():\n"
        "    database.write('INSERT INTO notes (text) VALUES (?)', 'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, path, NOTES], check=False).returncode == -9

    database = Database(path, [NOTES])

    assert texts(database) == ["kept"]
    database.close()


def test_a_transaction_is_kept_as_a_whole_or_not_at_all(database):
    with database.transaction():
        write(database, "one")
        with database.transaction():
            write(database, "two")
    with pytest.raises(RuntimeError), database.transaction():
        write(database, "three")
        with database.transaction():
            write(database, "four")
        raise RuntimeError

    assert texts(database) == ["one", "two"]


def test_threads_write_side_by_side(database):
    def work(number):
        for i in range(20):
            with database.transaction():
                write(database, f"{number}-{i}")

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(texts(database)) == 80


def test_others_on_the_machine_cannot_read_it(tmp_path, database):
    path = tmp_path / "data" / "benchside.sqlite"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "notes.sqlite"
    path.write_bytes(b"not a database, " * 1000)

    with pytest.raises(DatabaseError, match=r"notes\.sqlite cannot be used: .* Choose another --data-dir"):
        Database(path, [NOTES])


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "notes.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()

    with pytest.raises(DatabaseError, match="written by a newer Benchside"):
        Database(path, [NOTES])

    assert sqlite3.connect(path).execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_a_link_to_another_file_is_not_followed(tmp_path):
    (tmp_path / "target").touch()
    (tmp_path / "notes.sqlite").symlink_to(tmp_path / "target")

    with pytest.raises(DatabaseError):
        Database(tmp_path / "notes.sqlite", [NOTES])
