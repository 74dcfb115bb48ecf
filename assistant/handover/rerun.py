"""Run the tool calls of a conversation again and compare; what the notebooks of notebook_export.py call.

In a notebook the pictures show below their cell; elsewhere only the lines are printed.
"""

import base64
import difflib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.cancel import CancelToken
from assistant.child.runner import ToolOutcome, ToolRunner
from assistant.handover.file_names import file_stem

PICTURES = ("image/svg+xml", "image/png")


class Rerun:
    """files: those of the conversation, by name: base64 texts, or None for one that lies in the folder beside.

    What the calls make goes among the files, so that a later call can read it.
    """

    def __init__(self, catalogue: str, files: Mapping[str, str | None], beside: Path = Path("files")) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="benchside-rerun-")
        self._files: dict[str, Path] = {}
        self._missing: list[str] = []
        for place, (name, text) in enumerate(files.items()):
            self._keep(place, name, text, beside)
        self._runner = ToolRunner(catalogue)
        self._runner.start()
        _ = self._runner.schemas  # waits until the tools are loaded, so that no call is timed with it
        self._states: list[str] = []

    def call(self, name: str, arguments: dict[str, Any], recorded: str | None) -> ToolOutcome:
        """Prints `same`, or how the result differs from what was recorded; recorded None: the call did not end then."""
        outcome = self._runner.call(name, arguments, CancelToken(), self._files)
        state = "not recorded" if recorded is None else "same" if outcome.text == recorded else "differs"
        self._states.append(state)
        print(f"{name}: {state} ({outcome.seconds:.2f} s)")
        print(outcome.text if recorded is None or state == "same" else _difference(recorded, outcome.text))
        for artifact in outcome.artifacts:
            if artifact.media_type in PICTURES:
                _show(artifact.media_type, artifact.data)
        return outcome

    def report(self) -> None:
        counts = ", ".join(f"{self._states.count(state)} {state}" for state in dict.fromkeys(self._states))
        print(f"{len(self._states)} calls: {counts}" if self._states else "No tool was called.")
        for name in self._missing:
            print(f"{name} is not there: put it into the folder files beside the notebook.")

    def close(self) -> None:
        self._runner.close()
        self._folder.cleanup()

    def _keep(self, place: int, name: str, text: str | None, beside: Path) -> None:
        if text is None:
            path = (beside / file_stem(name)).resolve()
            if not path.is_file():
                self._missing.append(name)
                return
        else:
            path = Path(self._folder.name) / str(place)
            path.write_bytes(base64.b64decode(text))
        self._files[name] = path


def _difference(recorded: str, now: str) -> str:
    return "\n".join(difflib.unified_diff(recorded.splitlines(), now.splitlines(), "recorded", "now", lineterm="", n=1))


def _show(media_type: str, data: str | bytes) -> None:
    try:
        from IPython.display import display
    except ImportError:
        return
    display({media_type: data if isinstance(data, str) else base64.b64encode(data).decode()}, raw=True)
