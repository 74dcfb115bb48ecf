"""Draw the columns of an attached table."""

from typing import Annotated, Literal

import numpy as np

from assistant.tools.base import Schema
from assistant.tools.mathematics.box_plot import box_plot_svg, five_numbers
from assistant.tools.mathematics.columns import Table, read_table
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.views import Cell, Panel, decimate, plot, svg, table

ColumnName = Annotated[str, Schema(maxLength=100)]
MAX_BARS = 200


def plot_data(
    file: FileName,
    y: Annotated[list[ColumnName], Schema(minItems=1, maxItems=8)],
    kind: Literal["line", "scatter", "bar", "histogram", "box"] = "line",
    x: ColumnName | None = None,
    log_y: bool = False,
    title: Annotated[str, Schema(maxLength=120)] | None = None,
) -> ToolResult:
    """Line, scatter, bar or histogram from a CSV attachment.

    file: Name of a file attached to the conversation, exactly as listed
    y: Columns
    kind: Kind
    x: Column name or 0-based index for CSV/NPY
    log_y: Log y axis
    title: Title
    """
    data = read_table(file)
    columns = {data.names[place]: data.numbers(place) for place in map(data.column, y)}
    for name, values in columns.items():
        if not any(value is not None for value in values):
            raise ToolError("EMPTY", f"Column '{name}' of {file} has no values.")
        if log_y and any(value is not None and value <= 0 for value in values):
            raise ToolError("DOMAIN", f"Column '{name}' has values of 0 or below.", "Leave out log_y.")
    alt = f"{title or kind.capitalize() + ' plot'}: {', '.join(columns)} of {file}"
    match kind:
        case "box":
            drawn: tuple[ToolArtifact, ...] = _boxes(columns, alt)
        case "histogram":
            drawn = (_histogram(columns, alt, log_y),)
        case _:
            drawn = (_curves(data, columns, kind, x, alt, log_y),)
    facts = "; ".join(f"{name}: {_range(values)}" for name, values in columns.items())
    return ToolResult(
        summary=f"Drawn as a {kind} plot, {data.num_rows:,} rows. {facts}.",
        artifacts=drawn,
        provenance={"library": f"numpy {np.__version__}", "method": kind, "parameters": {"file": file, "y": y, "x": x}},
    )


def _range(values: list[float | None]) -> str:
    numbers = [value for value in values if value is not None]
    missing = f", {len(values) - len(numbers)} missing" if len(numbers) < len(values) else ""
    return (
        f"{len(numbers):,} values from {min(numbers):.6g} to {max(numbers):.6g}, mean {np.mean(numbers):.6g}{missing}"
    )


def _curves(
    data: Table, columns: dict[str, list[float | None]], kind: str, x: str | None, alt: str, log_y: bool
) -> ToolArtifact:
    style: Literal["line", "points", "bars"] = {"line": "line", "scatter": "points", "bar": "bars"}[kind]  # type: ignore[assignment]
    if kind == "bar" and data.num_rows > MAX_BARS:
        raise ToolError("TOO_MANY", f"{data.num_rows:,} rows make too many bars; the limit is {MAX_BARS}.", "Use line.")
    places, label, notes = _x_values(data, x)
    order = sorted((i for i in range(data.num_rows) if places[i] is not None), key=lambda i: places[i] or 0.0)
    panel: Panel = {"label": ", ".join(columns), "y_scale": "log" if log_y else "linear", "curves": []}
    for name, values in columns.items():
        xs, ys = decimate([places[i] or 0.0 for i in order], [values[i] for i in order])
        panel["curves"].append({"name": name, "x": xs, "y": ys, "style": style})
    return plot("plot.json", label, [panel], alt, notes=notes)


def _x_values(data: Table, x: str | None) -> tuple[list[float | None], str, list[str]]:
    """Rows are numbered where there is no x; names on the x axis are numbered as well, and told."""
    if x is None:
        return [float(i) for i in range(1, data.num_rows + 1)], "row", []
    place = data.column(x)
    if data.is_numeric(place):
        return data.numbers(place), data.names[place], []
    named = [f"{i} = {cell}" for i, cell in enumerate(data.cells[place][:12], 1)]
    more = [] if data.num_rows <= 12 else ["..."]
    numbered: list[float | None] = [float(i) for i in range(1, data.num_rows + 1)]
    return numbered, f"{data.names[place]} (row number)", [", ".join(named + more)]


def _histogram(columns: dict[str, list[float | None]], alt: str, log_y: bool) -> ToolArtifact:
    numbers = {name: [v for v in values if v is not None] for name, values in columns.items()}
    edges = np.histogram_bin_edges(np.concatenate([np.asarray(v) for v in numbers.values()]), bins=_num_bins(numbers))
    centres = ((edges[:-1] + edges[1:]) / 2).tolist()
    panel: Panel = {"label": "count", "x": centres, "y_scale": "log" if log_y else "linear", "curves": []}
    for name, values in numbers.items():
        counts = np.histogram(values, edges)[0]
        shown = [float(count) if count or not log_y else None for count in counts]
        panel["curves"].append({"name": name, "y": shown, "style": "bars"})
    return plot("histogram.json", ", ".join(columns), [panel], alt, notes=[f"{len(centres)} bins"])


def _num_bins(numbers: dict[str, list[float]]) -> int:
    """Sturges' rule, at least 5."""
    return max(5, int(np.ceil(np.log2(max(len(values) for values in numbers.values())))) + 1)


def _boxes(columns: dict[str, list[float | None]], alt: str) -> tuple[ToolArtifact, ToolArtifact]:
    boxes = {name: five_numbers([v for v in values if v is not None]) for name, values in columns.items()}
    rows: list[list[Cell]] = [[name, *numbers] for name, numbers in boxes.items()]
    names = ["column", "minimum", "lower quartile", "median", "upper quartile", "maximum"]
    return svg("boxes.svg", box_plot_svg(boxes), alt), table("boxes.csv", names, rows, f"Quartiles of {alt}")
