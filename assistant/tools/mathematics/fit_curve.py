"""Fit a curve to measured points."""

import warnings
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from assistant.tools.base import Schema
from assistant.tools.mathematics.columns import read_table
from assistant.tools.mathematics.curves import CURVES, Curve
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.views import decimate, plot, table

Values = NDArray[np.float64]
Numbers = Annotated[list[float], Schema(minItems=2, maxItems=10000)]
ColumnName = Annotated[str, Schema(maxLength=100)]
Model = Literal[
    "linear",
    "quadratic",
    "exponential",
    "power",
    "arrhenius",
    "michaelis_menten",
    "hill",
    "gaussian",
    "first_order_decay",
]
MAX_EVALUATIONS = 20_000
CURVE_POINTS = 300


def fit_curve(
    model: Annotated[Model, Schema(default="linear")],
    x: Numbers | None = None,
    y: Numbers | None = None,
    file: FileName | None = None,
    x_column: ColumnName | None = None,
    y_column: ColumnName | None = None,
) -> ToolResult:
    """Fit a model to x,y data with uncertainties.

    model: Model
    x: x values
    y: y values
    file: CSV instead of x,y
    x_column: Column name or 0-based index for CSV/NPY
    y_column: Column name or 0-based index for CSV/NPY
    """
    xs, ys, x_label, y_label = _points(x, y, file, x_column, y_column)
    curve = CURVES[model]
    _check(curve, model, xs)
    values, errors = _fitted(curve, model, xs, ys)
    residuals = ys - curve.function(xs, *values)
    spread = float(np.sum((ys - ys.mean()) ** 2))
    r2 = f"{1 - float(np.sum(residuals**2)) / spread:.5f}" if spread > 0 else "undefined: all y are equal"
    deviation = float(np.sqrt(np.sum(residuals**2) / max(len(xs) - len(values), 1)))
    facts = [
        f"{name} = {value:.6g} ± {error:.2g}" if np.isfinite(error) else f"{name} = {value:.6g} (no uncertainty)"
        for name, value, error in zip(curve.names, values, errors, strict=True)
    ]
    scipy = optional("scipy")
    return ToolResult(
        summary=f"{curve.formula} fitted to {len(xs)} points: {'; '.join(facts)} (one standard error). "
        f"R2 = {r2}; residual standard deviation {deviation:.4g}.",
        artifacts=(_drawn(curve, values, xs, ys, residuals, x_label, y_label), _listed(curve, values, errors)),
        warnings=_warnings(curve, xs, values, errors),
        provenance={
            "library": f"scipy {scipy.__version__}",
            "method": "least squares, Levenberg-Marquardt (scipy.optimize.curve_fit)",
            "parameters": {"model": model},
        },
    )


def _points(
    x: list[float] | None, y: list[float] | None, file: str | None, x_column: str | None, y_column: str | None
) -> tuple[Values, Values, str, str]:
    if x is not None and y is not None and file is None:
        if len(x) != len(y):
            raise ToolError("LENGTH_MISMATCH", f"x has {len(x)} values and y has {len(y)}.", "Give one y for every x.")
        return np.asarray(x, float), np.asarray(y, float), "x", "y"
    if file is None or x is not None or y is not None:
        raise ToolError("NEED_DATA", "Give either x and y, or a file with x_column and y_column.")
    data = read_table(file)
    places = [data.column(name) if name is not None else i for i, name in enumerate((x_column, y_column))]
    if max(places) >= len(data.names):
        raise ToolError("NEED_DATA", f"{file} has one column only.", "Name x_column and y_column of a wider table.")
    pairs = zip(data.numbers(places[0]), data.numbers(places[1]), strict=True)
    kept = [pair for pair in pairs if None not in pair]
    if len(kept) < 2:
        raise ToolError("NEED_DATA", f"{file} has {len(kept)} rows with both values; a fit needs at least 2.")
    points = np.asarray(kept, float)
    return points[:, 0], points[:, 1], data.names[places[0]], data.names[places[1]]


def _check(curve: Curve, model: str, xs: Values) -> None:
    if len(xs) < len(curve.names):
        needed = len(curve.names)
        raise ToolError("NEED_DATA", f"{model} has {needed} parameters and there are {len(xs)} points.", "Add points.")
    if curve.needs_positive_x and (xs <= 0).any():
        i = int(np.argmax(xs <= 0))
        raise ToolError("DOMAIN", f"{model} needs x greater than 0; x number {i + 1} is {xs[i]:g}.")
    if np.ptp(xs) == 0:
        raise ToolError("NEED_DATA", f"All x are {xs[0]:g}.", "A fit needs different x values.")


def _fitted(curve: Curve, model: str, xs: Values, ys: Values) -> tuple[Any, Any]:
    optimize = optional("scipy.optimize")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of undetermined covariances, which are told as missing uncertainties
        try:
            values, covariance = optimize.curve_fit(
                curve.function, xs, ys, p0=curve.start(xs, ys), maxfev=MAX_EVALUATIONS
            )
        except (RuntimeError, ValueError) as error:
            hint = "Try another model, or scale the data."
            raise ToolError("NOT_CONVERGED", f"No {model} curve fits these points: {error}", hint) from error
        errors = np.sqrt(np.diag(covariance))
    if not np.isfinite(values).all():
        raise ToolError("NOT_CONVERGED", f"No finite {model} curve fits these points.", "Try another model.")
    return values, errors


def _warnings(curve: Curve, xs: Values, values: Any, errors: Any) -> tuple[str, ...]:
    said = []
    if len(xs) == len(curve.names):
        said.append("There are as many parameters as points, so the curve passes through all of them.")
    loose = [
        name
        for name, value, error in zip(curve.names, values, errors, strict=True)
        if np.isfinite(error) and error > abs(value) and error > 1e-12
    ]
    if loose:
        said.append(f"The data hardly determine {', '.join(loose)}: the uncertainty is larger than the value.")
    return tuple(said)


def _drawn(
    curve: Curve, values: Any, xs: Values, ys: Values, residuals: Values, x_label: str, y_label: str
) -> ToolArtifact:
    order = np.argsort(xs, kind="stable")
    fine = np.linspace(xs.min(), xs.max(), CURVE_POINTS)
    x_points, y_points = decimate(xs[order].tolist(), ys[order].tolist())
    x_rest, rest = decimate(xs[order].tolist(), residuals[order].tolist())
    fitted = curve.function(fine, *values).tolist()
    return plot(
        "fit.json",
        x_label,
        [
            {
                "label": y_label,
                "curves": [
                    {"name": "data", "x": x_points, "y": y_points, "style": "points"},
                    {"name": "fit", "x": fine.tolist(), "y": fitted},
                ],
            },
            {"label": "residual", "curves": [{"name": "residual", "x": x_rest, "y": rest, "style": "points"}]},
        ],
        alt=f"{len(xs)} points, the fitted curve {curve.formula}, and the residuals below",
        notes=[curve.formula],
    )


def _listed(curve: Curve, values: Any, errors: Any) -> ToolArtifact:
    rows = [
        [name, float(value), float(error) if np.isfinite(error) else None]
        for name, value, error in zip(curve.names, values, errors, strict=True)
    ]
    return table("fit.csv", ["parameter", "value", "standard error"], rows, f"Parameters of {curve.formula}")
