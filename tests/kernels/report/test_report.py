import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from kernels.report.__main__ import write
from kernels.report.compiled_kernel import Line
from kernels.report.machine_code import KINDS, MachineCode
from kernels.report.tables import markdown
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


def test_shapes_with_the_same_machine_code_share_a_row():
    code = MachineCode(registers=40, spills=0, shared_bytes=2048, matrix_columns=0, counts=dict.fromkeys(KINDS, 0))
    line = Line("norm", "a row", "decode 1", "sm_90", code, 4, 0.5, 1000, 2000, {"H100": 1, "H200": 2, "MI300X": 3}, ())
    other = replace(line, shape="decode 64")
    third = replace(line, shape="prefill", code=replace(code, registers=41))

    text = markdown([line, other, third], [])

    assert "| norm | decode 1, decode 64 | a row | 4 | 40 | 0 | 2 KiB | 50% |" in text
    assert "| norm | prefill | a row | 4 | 41 | 0 | 2 KiB | 50% |" in text
    assert "| norm | decode 64 | 0.00 | 0.000 | 1.00 | 2.00 | 3.00 |" in text


def test_tables_are_written_between_the_markers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- python -m kernels.report --write: begin -->\nold\n<!-- end -->\nafter\n")

    write(page, "new")
    write(page, "newer")

    assert page.read_text() == (
        "before\n<!-- python -m kernels.report --write: begin -->\n\nnewer\n\n<!-- end -->\nafter\n"
    )
