import json
import os
import subprocess
import sys

import pytest

from kernels.report.__main__ import write
from kernels.triton_import import is_interpreted


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kernels.report", *arguments]
    kept = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    return subprocess.run(command, capture_output=True, text=True, env={**kept, **environment})


@pytest.mark.skipif(not is_interpreted, reason="needs Triton's interpreter")
def test_the_report_does_not_run_where_triton_interprets():
    done = run(TRITON_INTERPRET="1")

    assert done.returncode == 2 and "unset TRITON_INTERPRET" in done.stderr


def test_json_is_a_list():
    done = run("--json", "--kernel", "no file has this in its name")

    assert done.returncode == 0 and json.loads(done.stdout) == []


def test_tables_are_written_between_the_markers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- python -m kernels.report --write: begin -->\nold\n<!-- end -->\nafter\n")

    write(page, "new")
    write(page, "newer")

    assert page.read_text() == (
        "before\n<!-- python -m kernels.report --write: begin -->\n\nnewer\n\n<!-- end -->\nafter\n"
    )
