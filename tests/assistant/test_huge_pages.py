import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import re
from pathlib import Path
from assistant.child.huge_pages import use_huge_pages

def huge_kb():
    return int(re.search(r"AnonHugePages:\\s+(\\d+)", Path("/proc/self/smaps_rollup").read_text())[1])

kept = [bytes([i % 256]) * 200_000 for i in range(500)]  # 100 MB in pieces
before = huge_kb()
use_huge_pages()
assert all(piece == bytes([i % 256]) * 200_000 for i, piece in enumerate(kept))
print(before, huge_kb())
"""


@pytest.mark.skipif(not Path("/sys/kernel/mm/transparent_hugepage").is_dir(), reason="this system has no huge pages")
def test_what_is_in_memory_moves_to_huge_pages_unchanged():
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    before_kb, after_kb = map(int, told.split())

    assert after_kb >= before_kb
    if after_kb == before_kb:
        pytest.skip("this kernel does not collapse pages on demand")
    assert after_kb - before_kb > 20_000
