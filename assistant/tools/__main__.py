"""Run one tool from a shell, in the same killable process as the app's, and print its envelope as JSON.

    python -m assistant.tools NAME '{"argument": value}' [--files FOLDER] [--out FOLDER]
    python -m assistant.tools --list

Exit status 1 when the envelope is not ok. The tools' files are those of FOLDER, by name; with --out, what a tool makes
is written there.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from assistant.cancel import CancelToken
from assistant.child.runner import ToolRunner
from assistant.child.zygote_process import ToolsUnavailable
from assistant.tools.result import ToolArtifact


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m assistant.tools", description="Run one tool.")
    parser.add_argument("name", nargs="?", help="the tool")
    parser.add_argument("arguments", nargs="?", default="{}", help="a JSON object")
    parser.add_argument("--files", type=Path, help="the folder whose files the tool may read, by name")
    parser.add_argument("--out", type=Path, help="the folder for what the tool makes")
    parser.add_argument("--list", action="store_true", help="print the tools' schemas")
    options = parser.parse_args()
    if not options.list and options.name is None:
        parser.error("give the name of a tool, or --list")
    arguments = _object(options.arguments)
    if arguments is None:
        parser.error(f"the arguments are not a JSON object: {options.arguments[:80]}")
    if options.files is not None and not options.files.is_dir():
        parser.error(f"there is no folder {options.files}")

    runner = ToolRunner()
    runner.start()
    try:
        if options.list:
            print(json.dumps(runner.schemas, ensure_ascii=False, indent=1))
            return 0
        outcome = runner.call(options.name, arguments, CancelToken(), _files(options.files))
    except ToolsUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        runner.close()
    for artifact in outcome.artifacts if options.out else ():
        _write(artifact, options.out)
    print(json.dumps(outcome.envelope, ensure_ascii=False, indent=1))
    return 0 if outcome.ok else 1


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _files(folder: Path | None) -> dict[str, Path]:
    return {path.name: path.resolve() for path in sorted(folder.iterdir()) if path.is_file()} if folder else {}


def _write(artifact: ToolArtifact, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    data = artifact.data if isinstance(artifact.data, bytes) else artifact.data.encode()
    (folder / Path(artifact.name).name).write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
