import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from assistant.agent import REPEATED
from assistant.events import Text
from assistant.handover.notebook_export import notebook_export
from assistant.handover.places import MAX_EMBEDDED_BYTES
from assistant.handover.record import Content
from assistant.ui.strings import Words
from tests.assistant.handover.records import abroad, artifact, hostile, ordinary, record, tool, turn

EN, ZH = Words("en"), Words("zh")
ROOT = Path(__file__).parents[3]
BIOLOGY = "assistant.tools.biology.catalogue"
FASTA = b">one\nMKVLAAGIV\n"


def code_cells(text):
    return [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]


def run(text, folder, **environment):
    """The cells one after another, as Jupyter would run them."""
    script = folder / "cells.py"
    script.write_text("\n".join(code_cells(text)))
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("made", [ordinary, hostile, record], ids=["ordinary", "hostile", "empty"])
@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_notebook_is_valid(made, words):
    notebook = nbformat.reads(notebook_export(made(), words), as_version=nbformat.NO_CONVERT)

    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_its_first_cell_says_what_it_needs():
    first = json.loads(notebook_export(ordinary(), EN))["cells"][0]

    assert "start Jupyter in that folder" in first["source"]


def test_tools_files_and_failures_are_named_in_the_readers_language():
    text = notebook_export(abroad(), ZH)

    assert code_cells(text)[1].startswith("# 绘制分子\narguments = ")
    assert "2 行" in text
    assert "模型已关闭。" in text


def test_its_cells_run_and_compare(tmp_path):
    calls = [
        turn(*tool("calculate", {"expression": "6*7"}, "6*7 = 42")),
        turn(*tool("calculate", {"expression": "6*8"}, "6*8 = 50")),
        turn(*tool("no_such_tool", {}, "Error unknown_tool: There is none.", ok=False), Text("No.")),
    ]
    text = notebook_export(record(*calls), EN)

    output = run(text, tmp_path, BENCHSIDE=str(ROOT))

    assert "calculate: same" in output
    assert "-6*8 = 50" in output and "+6*8 = 48" in output
    assert output.splitlines()[-1].startswith("3 calls: 1 same, ")


def test_files_are_in_it_or_beside_it(tmp_path):
    small, unread = Content("my sequences.fasta", "text/plain", FASTA), Content("unread.bin", "text/plain", b"x")
    large = Content("large one.fasta", "text/plain", FASTA + b"\n" * MAX_EMBEDDED_BYTES)
    calls = [turn(*tool("read_sequences", {"file": file.name})) for file in (small, large)]
    text = notebook_export(record(*calls, inputs=(small, unread, large), catalogue=BIOLOGY), EN)
    (tmp_path / "files").mkdir()
    (tmp_path / "files/large_one.fasta").write_bytes(large.read())

    output = run(text, tmp_path, BENCHSIDE=str(ROOT))

    assert "unread.bin" not in text
    assert "NO_FILE" not in output
    assert output.count("FASTA, 1 record") == 2


def test_hostile_text_stays_text_in_python(tmp_path):
    text = notebook_export(hostile(), EN)

    for source in code_cells(text):
        compile(source, "cell", "exec")


def test_what_the_conversation_added_to_a_result_is_not_compared():
    made = artifact("table", "t.csv", "a\n1\n", "text/csv")
    kept = turn(*tool(summary="Done.\nFiles: t.csv\nNote: slow.", artifacts=(made,)))
    repeated = turn(*tool(summary=f"Files: none{REPEATED}"))

    cells = code_cells(notebook_export(record(kept, repeated), EN))

    assert "recorded = 'Done.\\nNote: slow.'" in cells[1]
    assert "recorded = 'Files: none'" in cells[2]
