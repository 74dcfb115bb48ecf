"""Print checks as a table, line by line as they are made."""

from collections.abc import Iterable
from time import perf_counter

from engine.parity.check import Check

_CHECK_WIDTH = 46


def print_report(checks: Iterable[Check], case_width: int) -> int:
    """The exit status: 1 when a check failed."""
    started = perf_counter()
    counts = {"ok": 0, "FAIL": 0, "skip": 0}
    _print_row(case_width, "case", "check", "error", "tolerance", "verdict", "")
    for check in checks:
        counts[check.verdict] += 1
        error, tolerance = _number(check.error), _number(check.tolerance)
        _print_row(case_width, check.case, check.name, error, tolerance, check.verdict, check.detail)
    num_checks = counts["ok"] + counts["FAIL"]
    skipped = f", {counts['skip']} skipped" if counts["skip"] else ""
    print(f"{num_checks} checks, {counts['FAIL']} failed{skipped}, {perf_counter() - started:.0f} s", flush=True)
    return 1 if counts["FAIL"] else 0


def _print_row(case_width: int, case: str, name: str, error: str, tolerance: str, verdict: str, detail: str) -> None:
    row = f"{case:<{case_width}}  {name:<{_CHECK_WIDTH}}  {error:>9}  {tolerance:>9}  {verdict:<7}  {detail}"
    print(row.rstrip(), flush=True)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
