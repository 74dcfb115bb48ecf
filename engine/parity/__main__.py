"""Compare this engine with golden data, number for number.

    python -m engine.parity DIR [--case NAME ...]

DIR holds case folders, or is one. Exit status 1 when anything is out of its tolerance, or when nothing was compared.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.parity.check import Check, skipped
from engine.parity.registry import recognise, run_case
from engine.parity.report import print_report


def run(folders: list[Path]) -> Iterator[Check]:
    for folder in folders:
        check = recognise(folder)
        if check is None:
            yield skipped(folder.name, "unknown", "not a case that this program knows")
        else:
            yield from run_case(folder, check)


def case_folders(directory: Path, names: list[str]) -> list[Path]:
    """names: those wanted; empty for all."""
    if recognise(directory):
        return [directory.resolve()]
    folders = sorted(path for path in directory.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [folder for folder in folders if not names or folder.name in names]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m engine.parity", description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, metavar="DIR", help="case folders, or one of them")
    parser.add_argument("--case", action="append", default=[], metavar="NAME", help="only this folder; may be repeated")
    args = parser.parse_args(arguments)
    if not args.directory.is_dir():
        parser.error(f"{args.directory} is not a folder")
    return args


def main(arguments: list[str] | None = None) -> int:
    args = parse(arguments)
    folders = case_folders(args.directory, args.case)
    if missing := set(args.case) - {folder.name for folder in folders}:
        print(f"{args.directory} has no folder {', '.join(sorted(missing))}.", file=sys.stderr)
        return 1
    if not any(map(recognise, folders)):
        print(f"{args.directory} holds no parity case.", file=sys.stderr)
        return 1
    return print_report(run(folders), max(len(folder.name) for folder in folders))


if __name__ == "__main__":
    sys.exit(main())
