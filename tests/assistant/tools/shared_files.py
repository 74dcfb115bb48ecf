"""The real attachments of ../shared/data, for tools."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.tools.attached import attached_files

SHARED = Path(__file__).parents[4] / "shared"
DATA = SHARED / "data"
needs_shared = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")


@contextmanager
def shared_files(*more: Path) -> Iterator[None]:
    """Every file of ../shared/data by its name, and more by theirs."""
    files = [path for path in DATA.rglob("*") if path.is_file()] if DATA.is_dir() else []
    with attached_files({path.name: path for path in (*files, *more)}):
        yield
