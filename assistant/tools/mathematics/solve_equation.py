"""Symbolic mathematics with SymPy."""

import re
from typing import Annotated, Any, Literal

from assistant.tools.base import Schema
from assistant.tools.mathematics.expression import CONSTANTS, read_expression
from assistant.tools.optional import optional
from assistant.tools.result import ToolError, ToolResult

MAX_SOLUTIONS = 12
MAX_SHOWN = 400  # characters of one result
SERIES_TERMS = 6
Bound = Annotated[str, Schema(maxLength=40)]


def solve_equation(
    task: Literal["solve", "differentiate", "integrate", "simplify", "limit", "series"],
    expression: Annotated[str, Schema(maxLength=500)],
    variable: Annotated[str, Schema(maxLength=20)] = "x",
    lower: Bound | None = None,
    upper: Bound | None = None,
) -> ToolResult:
    """Solve equations symbolically, differentiate, integrate.

    task: Task
    expression: SymPy syntax; an equation may use =
    variable: Variable
    lower: Lower bound
    upper: Upper bound
    """
    sympy = optional("sympy")
    if not re.fullmatch(r"[^\W\d_]\w*", variable) or variable in CONSTANTS:
        raise ToolError("WRONG_VALUE", f"'{variable}' cannot be a variable.", "Give a name such as x.")
    x = sympy.Symbol(variable)
    whole = _read(expression, task)
    low, high = (read_expression(bound) if bound is not None else None for bound in (lower, upper))
    try:
        title, results = _TASKS[task](whole, x, low, high)
    except NotImplementedError as error:
        raise ToolError("NO_METHOD", f"SymPy has no method to {task} this: {str(error)[:200]}") from error
    lines = [f"{title}: {_short(str(result))}" + _decimal(result) for result in results[:MAX_SOLUTIONS]]
    if len(results) > MAX_SOLUTIONS:
        lines.append(f"and {len(results) - MAX_SOLUTIONS} more solutions.")
    latex = [f"${_short(sympy.latex(result))}$" for result in results[:MAX_SOLUTIONS]]
    return ToolResult(
        summary="\n".join((*lines, f"LaTeX: {', '.join(latex)}" if latex else "No solution was found.")),
        provenance={
            "library": f"sympy {sympy.__version__}",
            "method": task,
            "parameters": {"expression": expression, "variable": variable, "lower": lower, "upper": upper},
        },
    )


def _read(text: str, task: str) -> Any:
    """left = right becomes left - right."""
    left, equals, right = text.partition("=")
    if not equals:
        return read_expression(text)
    if task != "solve":
        raise ToolError("PARSE", f"Only the task solve takes an equation; '{text[:60]}' has an =.")
    if "=" in right:
        raise ToolError("PARSE", f"'{text[:60]}' has more than one =.", "Give one equation with one =.")
    return read_expression(left) - read_expression(right)


def _solved(whole: Any, x: Any, low: Any, high: Any) -> tuple[str, list[Any]]:
    sympy = optional("sympy")
    if x not in whole.free_symbols:
        names = ", ".join(sorted(str(symbol) for symbol in whole.free_symbols)) or "none"
        raise ToolError("NO_VARIABLE", f"The equation has no {x}; its variables are: {names}.")
    try:
        solutions = sympy.solve(whole, x)
    except NotImplementedError:
        return _solved_numerically(whole, x, low, high)
    if low is not None or high is not None:
        floor, ceiling = (low if low is not None else -sympy.oo), (high if high is not None else sympy.oo)
        solutions = [s for s in solutions if s.is_real and bool(s >= floor) and bool(s <= ceiling)]
    return str(x), sorted(solutions, key=sympy.default_sort_key)


def _solved_numerically(whole: Any, x: Any, low: Any, high: Any) -> tuple[str, list[Any]]:
    """One root near the middle of the bounds, or near 1."""
    sympy = optional("sympy")
    start = (low + high) / 2 if low is not None and high is not None else 1
    try:
        root = sympy.nsolve(whole, x, start)
    except (ValueError, TypeError, ZeroDivisionError) as error:
        hint = "Give lower and upper around a root, and numbers for all other variables."
        raise ToolError("NO_METHOD", "There is no closed form, and no root was found numerically.", hint) from error
    return f"{x} (one root, found numerically from {x} = {start}; there may be others)", [root.evalf(10)]


def _differentiated(whole: Any, x: Any, low: Any, high: Any) -> tuple[str, list[Any]]:
    return f"d/d{x}", [optional("sympy").simplify(whole.diff(x))]


def _integrated(whole: Any, x: Any, low: Any, high: Any) -> tuple[str, list[Any]]:
    sympy = optional("sympy")
    if (low is None) != (high is None):
        raise ToolError("MISSING_ARGUMENT", "A definite integral needs both lower and upper.")
    result = sympy.integrate(whole, x if low is None else (x, low, high))
    if result.has(sympy.Integral):
        raise ToolError("NO_METHOD", "SymPy finds no closed form of this integral.", "Give bounds and a simpler form.")
    name = "integral, without its constant" if low is None else f"integral from {low} to {high}"
    return name, [result]


def _simplified(whole: Any, x: Any, low: Any, high: Any) -> tuple[str, list[Any]]:
    return "simplified", [optional("sympy").simplify(whole)]


def _limited(whole: Any, x: Any, low: Any, high: Any) -> tuple[str, list[Any]]:
    at = low if low is not None else high
    if at is None:
        raise ToolError(
            "MISSING_ARGUMENT", "A limit needs lower: the value that the variable goes to.", "E.g. 0 or oo."
        )
    return f"limit for {x} -> {at}", [optional("sympy").limit(whole, x, at)]


def _expanded(whole: Any, x: Any, low: Any, high: Any) -> tuple[str, list[Any]]:
    at = low if low is not None else 0
    return f"series around {x} = {at}", [optional("sympy").series(whole, x, at, SERIES_TERMS)]


_TASKS = {
    "solve": _solved,
    "differentiate": _differentiated,
    "integrate": _integrated,
    "simplify": _simplified,
    "limit": _limited,
    "series": _expanded,
}


def _decimal(result: Any) -> str:
    """Its value in 8 digits beside an exact number that is not one already."""
    if not result.is_number or result.is_Integer or result.is_Float or not result.is_finite:
        return ""
    return f" = {result.evalf(8)} (rounded)"


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
