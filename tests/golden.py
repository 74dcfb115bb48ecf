"""Where the parity data lie, and the mark of tests that need them."""

from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[2] / "shared" / "golden"
needs_golden = pytest.mark.skipif(not GOLDEN.is_dir(), reason="the parity data are not here: no ../shared/golden")
