"""Text in SymPy's syntax -> a SymPy expression, by a walk over its syntax tree with a whitelist: nothing is run."""

import ast
from typing import Any

from assistant.tools.optional import optional
from assistant.tools.result import ToolError

MAX_EXPONENT = 200
MAX_NODES = 400
MAX_DIGITS = 40
TYPED_SIGNS = str.maketrans({"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-", "（": "(", "）": ")"})
FUNCTIONS = (
    *("sqrt", "cbrt", "exp", "log", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "Abs", "sign", "factorial", "gamma", "erf", "Heaviside"),
)
ALIASES = {"ln": "log", "abs": "Abs", "arcsin": "asin", "arccos": "acos", "arctan": "atan"}
CONSTANTS = ("pi", "E", "I", "oo")


def read_expression(text: str) -> Any:
    """A SymPy expression; ToolError names the part that cannot be read and where it stands."""
    written = text.translate(TYPED_SIGNS).strip()
    try:
        tree = ast.parse(written, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = getattr(error, "offset", None)
        where = f" at character {place}" if place else ""
        hint = "Write products with *, powers with **, for example 3*x**2 + 2*x = 5."
        raise ToolError("PARSE", f"'{text[:80]}' cannot be read{where}.", hint) from error
    if (number := sum(1 for _ in ast.walk(tree))) > MAX_NODES:
        raise ToolError("TOO_LONG", f"The expression has {number} parts; the limit is {MAX_NODES}.")
    return _built(tree.body)


def _built(node: ast.expr) -> Any:
    sympy = optional("sympy")
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return sympy.Integer(_bounded(value))
        case ast.Constant(value=float() as value):
            return sympy.Rational(ast.unparse(node)) if "e" not in ast.unparse(node) else sympy.Float(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_built(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _built(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_built(left), _built(right))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, right=right):
            return _combined(op, _built(left), _built(right))
        case ast.Name(id=name) if name in CONSTANTS:
            return getattr(sympy, name)
        case ast.Name(id=name) if name.isidentifier() and not name.startswith("_") and name not in FUNCTIONS:
            return sympy.Symbol(name)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if ALIASES.get(name, name) in FUNCTIONS:
            return getattr(sympy, ALIASES.get(name, name))(_built(argument))
    allowed = ", ".join((*FUNCTIONS, *CONSTANTS))
    raise ToolError(
        "UNSAFE", f"'{ast.unparse(node)[:60]}' at character {node.col_offset + 1} is not allowed.", f"Known: {allowed}."
    )


def _combined(op: ast.operator, left: Any, right: Any) -> Any:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
    if right == 0:
        raise ToolError("DOMAIN", "The expression divides by zero.")
    return left / right


def _power(base: Any, exponent: Any) -> Any:
    if exponent.is_number and abs(exponent) > MAX_EXPONENT:
        raise ToolError("TOO_LARGE", f"The exponent {exponent} is beyond {MAX_EXPONENT}.")
    if base.is_Pow and base.exp.is_number and exponent.is_number and abs(base.exp * exponent) > MAX_EXPONENT:
        raise ToolError("TOO_LARGE", f"A power of a power goes beyond {MAX_EXPONENT}.")
    return base**exponent


def _bounded(value: int) -> int:
    if abs(value) >= 10**MAX_DIGITS:
        raise ToolError("TOO_LARGE", f"A number has more than {MAX_DIGITS} digits.")
    return value
