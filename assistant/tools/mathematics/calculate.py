"""Evaluate an arithmetic expression without running code: a walk over its syntax tree with a whitelist."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Annotated

from assistant.tools.base import Schema
from assistant.tools.result import ToolError, ToolResult

MAX_LENGTH = 500
MAX_EXPONENT = 1_000
MAX_DIGITS = 300
MAX_FACTORIAL = 150
MAX_ROUND_DIGITS = 15
TYPED_SIGNS = str.maketrans({"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-", "（": "(", "）": ")"})

FUNCTIONS: dict[str, Callable[..., float]] = {
    name: getattr(math, name)
    for name in (
        *("sqrt", "cbrt", "exp", "log10", "log2", "sin", "cos", "tan", "asin", "acos", "atan", "degrees", "radians"),
        *("sinh", "cosh", "tanh", "floor", "ceil", "hypot"),
    )
} | {"ln": math.log, "log": math.log, "abs": abs, "min": min, "max": max}
# CODATA 2022 values in SI units (physics.nist.gov/cuu/Constants); R, N_A, k_B, h, c, F, q_e and sigma_SB are exact
CONSTANTS = {
    "pi": math.pi,
    "e": math.e,
    "R": 8.314462618,
    "N_A": 6.02214076e23,
    "k_B": 1.380649e-23,
    "h": 6.62607015e-34,
    "c": 299_792_458.0,
    "F": 96485.33212,
    "q_e": 1.602176634e-19,
    "hbar": 1.054571817e-34,
    "m_e": 9.1093837139e-31,
    "m_p": 1.67262192595e-27,
    "u": 1.66053906892e-27,
    "eps_0": 8.8541878188e-12,
    "mu_0": 1.25663706127e-6,
    "sigma_SB": 5.670374419e-8,
    "G": 6.6743e-11,
    "a_0": 5.29177210544e-11,
    "g": 9.80665,
    "atm": 101325.0,
}
BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


def calculate(expression: Annotated[str, Schema(minLength=1, maxLength=MAX_LENGTH)]) -> ToolResult:
    """Evaluate an arithmetic expression with functions and physical constants.

    expression: e.g. 8.314*298.15*log(3.2e-5)/1000
    """
    return evaluated(expression)


def evaluated(expression: str) -> ToolResult:
    text = expression.strip()
    if not text:
        raise ToolError("EMPTY", "The expression is empty.", "Give one, for example 2*(3+4).")
    if len(text) > MAX_LENGTH:
        raise ToolError("TOO_LONG", f"The expression is {len(text):,} characters long; the limit is {MAX_LENGTH}.")
    try:
        value = _evaluate(ast.parse(text.translate(TYPED_SIGNS), mode="eval").body)
    except SyntaxError as error:
        raise ToolError("SYNTAX", f"'{text[:60]}' is not an arithmetic expression.", "Example: 2*(3+4).") from error
    except ZeroDivisionError as error:
        raise ToolError("DOMAIN", f"'{text[:60]}' divides by zero.") from error
    except (ValueError, TypeError) as error:
        raise ToolError("DOMAIN", f"'{text[:60]}' has no real value: {error}.") from error
    except OverflowError as error:
        raise ToolError("TOO_LARGE", f"'{text[:60]}' is too large to evaluate.") from error
    except RecursionError as error:
        raise ToolError("TOO_DEEP", f"'{text[:60]}' is nested too deeply.") from error
    return ToolResult(
        summary=f"{text} = {_written(value)}",
        provenance={"library": "python math", "method": "double precision", "parameters": {}},
    )


def _evaluate(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _evaluate(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_evaluate(left), _evaluate(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            return _bounded(BINARY[type(op)](_evaluate(left), _evaluate(right)))
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.Call(func=ast.Name(id="factorial"), args=[argument], keywords=[]):
            return _factorial(_evaluate(argument))
        case ast.Call(func=ast.Name(id="round"), args=[value, *digits], keywords=[]) if len(digits) <= 1:
            return _round(_evaluate(value), _evaluate(digits[0]) if digits else 0)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return _bounded(FUNCTIONS[name](*(_evaluate(argument) for argument in arguments)))
    allowed = ", ".join((*FUNCTIONS, "round", "factorial", *CONSTANTS))
    raise ToolError("NOT_ALLOWED", f"'{ast.unparse(node)[:60]}' is not allowed.", f"Allowed names: {allowed}.")


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > MAX_EXPONENT:
        raise ToolError("TOO_LARGE", f"The exponent {exponent:g} is beyond {MAX_EXPONENT:,}.")
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError("a negative number has no real root of that order")
    return _bounded(value)


def _factorial(value: float) -> float:
    if value != int(value) or not 0 <= value <= MAX_FACTORIAL:
        raise ToolError("DOMAIN", f"factorial takes whole numbers from 0 to {MAX_FACTORIAL}, got {value:g}.")
    return math.factorial(int(value))


def _round(value: float, digits: float) -> float:
    if digits != int(digits) or not 0 <= digits <= MAX_ROUND_DIGITS:
        raise ToolError("DOMAIN", f"round takes 0 to {MAX_ROUND_DIGITS} digits, got {digits:g}.")
    return round(value, int(digits))


def _bounded(value: float) -> float:
    if abs(value) >= 10**MAX_DIGITS:
        raise ToolError("TOO_LARGE", f"A value has more than {MAX_DIGITS} digits.")
    return value


def _written(value: float) -> str:
    """Whole numbers in full up to 15 digits, everything else with 6 significant digits."""
    if value == math.floor(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.6g}"
