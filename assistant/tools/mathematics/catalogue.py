"""Arithmetic, units, symbols, fits and plots."""

from contextlib import suppress

from assistant.tools.base import Tool
from assistant.tools.mathematics.calculate import calculate
from assistant.tools.mathematics.convert_units import convert_units
from assistant.tools.mathematics.fit_curve import fit_curve
from assistant.tools.mathematics.plot_data import plot_data
from assistant.tools.mathematics.solve_equation import solve_equation
from assistant.tools.result import ToolError

TOOLS = (
    Tool.from_function(calculate, group="mathematics"),
    Tool.from_function(convert_units, group="mathematics"),
    Tool.from_function(fit_curve, group="data"),
    Tool.from_function(plot_data, group="data"),
    Tool.from_function(solve_equation, timeout_s=10.0, group="mathematics"),
)


def warm_up() -> None:
    """Load what the libraries load at first use."""
    with suppress(ToolError):
        convert_units(532, "nm", "eV", "spectroscopy")
    with suppress(ToolError):
        solve_equation("solve", "x**2 - 2 = 0")
    with suppress(ToolError):
        fit_curve("exponential", [0.0, 1.0, 2.0], [1.0, 2.0, 4.1])
