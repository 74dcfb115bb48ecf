"""A model by what a person writes: a folder, a .gguf file, or the id of a repository on the Hugging Face Hub.

Downloading runs in a child process, `python -m engine.hub ID`, the only one that may go online: huggingface_hub reads
HF_HUB_OFFLINE once, when it is imported, and the process that serves keeps it set.
"""

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import CheckpointError

Progress = Callable[[str, float], None]  # what is going on, share done from 0 to 1

# Weights, settings, chat template and tokenizers of the top folder; never code or pickles
_WANTED = ["*.safetensors", "*.json", "*.jinja", "*.model", "vocab.txt", "merges.txt"]
_UNWANTED = ["*/*"]
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_ROOT = Path(__file__).parents[1]


def is_hub_id(model: str) -> bool:
    """Whether resolve_model would ask the Hub. What is on this machine under the same name comes first."""
    return bool(_HUB_ID.fullmatch(model)) and not model.endswith(".gguf") and not Path(model).expanduser().exists()


def resolve_model(model: str, report: Progress) -> Path:
    """The folder or file that open_checkpoint reads; fetched from the Hub if it has to be."""
    path = Path(model).expanduser()
    if path.exists():
        return path
    if is_hub_id(model):
        return _download(model, report)
    raise CheckpointError(
        f"There is no model at {model}; it must be a folder with config.json, a .gguf file or a Hugging Face id such "
        "as internlm/Intern-S1-mini."
    )


def _download(model: str, report: Progress) -> Path:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_OFFLINE")}
    command = [sys.executable, "-m", "engine.hub", model]
    with subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        message: dict[str, Any] = {}
        for line in child.stdout:
            message = json.loads(line)
            if "share" in message:
                report(f"downloading {model}", message["share"])
    if "folder" in message:
        return Path(message["folder"])
    ended = f"The download of {model} ended with status {child.returncode} (see the server log); start it again."
    raise CheckpointError(message.get("error", ended))


def _send(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")  # in one piece: several threads download
    sys.stdout.flush()


def main() -> None:
    """In the child: download argv[1], write progress and the outcome as lines of JSON."""
    # Here, so that the process that serves does not import them
    from httpx import HTTPError
    from huggingface_hub import errors, snapshot_download

    model = sys.argv[1]
    logging.disable(logging.WARNING)  # of the library, which says in several lines what _offline says in one
    try:
        folder = snapshot_download(
            model, allow_patterns=_WANTED, ignore_patterns=_UNWANTED, tqdm_class=_reporting_bar()
        )
        _send(folder=folder)
    except (errors.RepositoryNotFoundError, errors.GatedRepoError, errors.HFValidationError):
        _send(
            error=f"There is no folder {model} here and no model of that name on the Hugging Face Hub that you may "
            "read; check the spelling, or log in with `hf auth login`."
        )
    except (HTTPError, OSError) as error:
        _send(error=_offline(model, error))


def _reporting_bar() -> type[Any]:
    """A progress bar that draws nothing and sends the share of bytes that are there."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    class ReportingBar(tqdm):  # type: ignore[misc]
        last_percent = -1  # of all bars: totals grow as more files begin, but a share never goes back

        def __init__(self, *args: Any, **options: Any) -> None:
            self._counts_bytes = options.get("unit") == "B"
            super().__init__(*args, **{**options, "file": io.StringIO()})

        def update(self, n: float | None = 1) -> Any:
            result = super().update(n)
            if self._counts_bytes and self.total:
                percent = min(100, int(100 * self.n / self.total))
                if percent > ReportingBar.last_percent:
                    ReportingBar.last_percent = percent
                    _send(share=percent / 100)
            return result

    return ReportingBar


def _offline(model: str, error: BaseException) -> str:
    """The innermost cause is what a person can act on."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return (
        f"{model} could not be fetched from the Hugging Face Hub ({reason}); connect this machine once, or give the "
        "model as a local folder."
    )


if __name__ == "__main__":
    main()
