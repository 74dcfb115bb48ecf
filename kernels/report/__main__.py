"""python -m kernels.report: compiles every kernel for GPUs that need not be here and reads the machine code back."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kernels.report.compile_all import compile_all, find_jobs
from kernels.report.compiled_kernel import Line
from kernels.report.padding import padding_table
from kernels.report.tables import markdown
from kernels.report.targets import TARGETS
from kernels.triton_import import is_interpreted

_PAGE = Path(__file__).parent.parent / "REPORT.md"
_BEGIN, _END = "<!-- python -m kernels.report --write: begin -->", "<!-- end -->"


def main() -> int:
    args = _arguments()
    if is_interpreted:
        print("kernels.report compiles; unset TRITON_INTERPRET, which makes Triton interpret instead.", file=sys.stderr)
        return 2
    lines = compile_all(find_jobs(args.target or [*TARGETS], args.kernel))
    paddings = padding_table()
    if args.json:
        print(json.dumps([_json(line) for line in lines], indent=1))
    else:
        print(markdown(lines, paddings))
    if args.write:
        write(_PAGE, markdown(lines, paddings))
    problems = [
        f"{line.kernel} ({line.shape}, {line.config}) on {line.target} {problem}"
        for line in lines
        for problem in line.problems
    ]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def write(page: Path, text: str) -> None:
    """Between the markers of the page."""
    before, _, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    assert end, f"{page} has no markers"
    page.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m kernels.report", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the kernels as JSON")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_PAGE.name}")
    parser.add_argument("--target", action="append", choices=[*TARGETS], help="only this one; may be repeated")
    parser.add_argument("--kernel", default="", help="only kernels of files with this in their name")
    return parser.parse_args()


def _json(line: Line) -> dict[str, Any]:
    """One flat object: what the machine code says stands beside the rest."""
    fields = asdict(line)
    code = fields.pop("code") or {}
    counts = code.pop("counts", {})
    return {**fields, **code, **counts}


if __name__ == "__main__":
    sys.exit(main())
