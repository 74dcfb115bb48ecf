"""The calculator in the words that the embedded model was trained on."""

from assistant.tools.mathematics.calculate import evaluated
from assistant.tools.result import ToolResult


def calculate(expression: str) -> ToolResult:
    """Evaluate an arithmetic expression: + - * / ** %, sqrt, exp, ln, log10, sin and constants pi, R, N_A.

    expression: For example 8.314*298.15/1000
    """
    return evaluated(expression)
