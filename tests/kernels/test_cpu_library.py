import logging
import shutil

import pytest

from kernels.cpu_library import load_cpu_library


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    load_cpu_library.cache_clear()
    yield
    load_cpu_library.cache_clear()


def put_compiler(monkeypatch, folder, script):
    folder.mkdir()
    (folder / "g++").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "g++").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_without_a_compiler_there_is_no_library_and_the_log_says_so_once(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("PATH", str(tmp_path))

    with caplog.at_level(logging.WARNING):
        assert load_cpu_library() is None
        assert load_cpu_library() is None

    assert [record.message for record in caplog.records] == [
        "CPU operations run on PyTorch alone, which is slower: no g++ is installed."
    ]


def test_what_a_failing_compiler_said_is_in_the_log(monkeypatch, tmp_path, caplog):
    put_compiler(monkeypatch, tmp_path / "bin", 'echo "unknown option -march=native" >&2; exit 1')

    with caplog.at_level(logging.WARNING):
        assert load_cpu_library() is None

    assert "unknown option -march=native" in caplog.text


def test_a_cache_folder_that_others_may_write_to_is_not_loaded_from(tmp_path, caplog):
    if shutil.which("g++") is None:
        pytest.skip("needs g++")
    folder = tmp_path / "cache" / "benchside" / "kernels"
    folder.mkdir(parents=True)
    folder.chmod(0o777)

    assert load_cpu_library() is None

    assert "not this user's alone" in caplog.text


@pytest.mark.slow
def test_the_second_start_finds_what_the_first_compiled(tmp_path):
    if shutil.which("g++") is None:
        pytest.skip("needs g++")
    assert load_cpu_library() is not None
    [compiled] = (tmp_path / "cache" / "benchside" / "kernels").iterdir()
    written = compiled.stat()

    load_cpu_library.cache_clear()
    assert load_cpu_library() is not None

    assert [file.stat() for file in compiled.parent.iterdir()] == [written]
