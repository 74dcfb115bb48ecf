"""When seismic phases arrive, in a radially symmetric Earth."""

import warnings
from functools import cache
from typing import Annotated, Any, Literal

import numpy as np

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.signals.drawing import rounded
from assistant.tools.signals.libraries import version
from assistant.tools.signals.seismic_files import obspy

DEFAULT_PHASES = ["P", "S"]
OTHERS = {"P": ("p", "Pg", "Pn", "Pdiff", "PKP", "PKIKP"), "S": ("s", "Sg", "Sn", "Sdiff", "SKS", "SKIKS")}
MAX_TOLD = 12
MAX_PATHS = 4
MAX_ROWS = 200
PATH_POINTS = 120

Model = Literal["iasp91", "ak135", "prem"]


def travel_times(
    distance_deg: Annotated[float, Schema(minimum=0, maximum=180)],
    depth_km: Annotated[float, Schema(minimum=0, maximum=800)],
    phases: Annotated[list[Annotated[str, Schema(maxLength=10)]], Schema(maxItems=20)] | None = None,
    model: Model = "iasp91",
) -> ToolResult:
    """Theoretical arrival times for seismic phases.

    distance_deg: Epicentral distance, degrees
    depth_km: Source depth, km
    phases: Phase names; default P,S
    model: Earth model
    """
    wanted = list(dict.fromkeys(phase.strip() for phase in phases or DEFAULT_PHASES))
    arrivals = _arrivals(model, distance_deg, depth_km, wanted)
    found = {arrival.name for arrival in arrivals}
    arrivals = [*arrivals]
    for phase in ("P", "S"):
        if phase in wanted and phase not in found:  # from below, a near station is reached by what goes upwards
            arrivals += _arrivals(model, distance_deg, depth_km, [phase.lower()])
    arrivals.sort(key=lambda arrival: arrival.time)
    absent = [phase for phase in wanted if phase not in found and not phase.startswith("tt")]
    told = [_absence(model, distance_deg, depth_km, phase) for phase in absent]
    if not arrivals:
        raise ToolError("NO_ARRIVAL", " ".join(told), "Ask for one of the phases that do arrive.")
    lines = [
        f"{arrival.name} {arrival.time:.2f} s ({_minutes(arrival.time)}), ray parameter "
        f"{arrival.ray_param_sec_degree:.3f} s/deg, take-off angle {arrival.takeoff_angle:.1f} deg"
        for arrival in arrivals[:MAX_TOLD]
    ]
    if len(arrivals) > MAX_TOLD:
        lines.append(f"... and {len(arrivals) - MAX_TOLD} more (see the table)")
    head = f"{model}, distance {distance_deg:g} deg, source depth {depth_km:g} km:"
    first = {phase: _first(arrivals, phase) for phase in ("P", "S")}
    if first["P"] is not None and first["S"] is not None:
        lines.append(f"S-P {first['S'] - first['P']:.2f} s")
    rows = [
        [
            arrival.name,
            round(arrival.time, 3),
            round(arrival.ray_param_sec_degree, 4),
            round(arrival.takeoff_angle, 2),
            round(arrival.incident_angle, 2),
            round(arrival.purist_distance, 3),
        ]
        for arrival in arrivals[:MAX_ROWS]
    ]
    columns = (
        "phase",
        "time (s)",
        "ray parameter (s/deg)",
        "take-off angle (deg)",
        "incident angle (deg)",
        "path length (deg)",
    )
    return ToolResult(
        summary="\n".join([head, *lines])[:1500],
        artifacts=(
            views.table("travel_times.csv", columns, rows, f"Arrivals at {distance_deg:g} deg"),
            _drawing(model, distance_deg, depth_km, arrivals),
        ),
        warnings=tuple(told),
        provenance={
            "library": version("obspy"),
            "method": f"TauP, model {model}, no ellipticity or elevation correction",
            "parameters": {"distance_deg": distance_deg, "depth_km": depth_km, "phases": wanted},
        },
    )


@cache
def load_model(name: Model) -> Any:
    obspy()
    return optional("obspy.taup", "obspy").TauPyModel(name)


def _arrivals(model: Model, distance: float, depth: float, phases: list[str]) -> Any:
    """In the order of their times. Errors: UNKNOWN_PHASE."""
    for phase in phases:
        if (
            not phase.isascii()
            or not phase.replace("^", "").replace("_", "").replace(".", "").replace("+", "").isalnum()
        ):
            raise _unknown(phase)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of phases at the edge of what a model has
        try:
            return load_model(model).get_travel_times(depth, distance, phases)
        except Exception as error:  # TauP's parser raises what it happens to meet
            raise _unknown(_culprit(model, distance, depth, phases)) from error


def _culprit(model: Model, distance: float, depth: float, phases: list[str]) -> str:
    for phase in phases:
        try:
            load_model(model).get_travel_times(depth, distance, [phase])
        except Exception:  # as above
            return phase
    return ", ".join(phases)


def _unknown(phase: str) -> ToolError:
    return ToolError(
        "UNKNOWN_PHASE",
        f"'{phase}' is no name of a seismic phase.",
        "Examples: P, S, Pn, PcP, PP, PKP, PKIKP, SKS, Pdiff, ScS, pP.",
    )


def _absence(model: Model, distance: float, depth: float, phase: str) -> str:
    others = [name for name in OTHERS.get(phase, ()) if _arrivals(model, distance, depth, [name])]
    instead = f"; {', '.join(others)} {'does' if len(others) == 1 else 'do'}" if others else ""
    why = " (core shadow)" if phase in OTHERS and distance > 95 else ""
    return f"{phase} does not arrive at {distance:g} deg from a depth of {depth:g} km{why}{instead}."


def _first(arrivals: list[Any], phase: str) -> float | None:
    return min((float(arrival.time) for arrival in arrivals if arrival.name == phase), default=None)


def _minutes(seconds: float) -> str:
    """6 min 08.74 s."""
    minutes, rest = divmod(round(seconds, 2), 60)
    return f"{minutes:.0f} min {rest:05.2f} s"


def _drawing(model: Model, distance: float, depth: float, arrivals: list[Any]) -> ToolArtifact:
    curves: list[views.Curve] = []
    for arrival in arrivals[:MAX_PATHS]:
        arrival.phase.calc_path_from_arrival(arrival)  # adds the path to the arrival
        every = max(1, len(arrival.path) // PATH_POINTS)
        points = np.concatenate((arrival.path[:-1:every], arrival.path[-1:]))
        curves.append(
            {
                "name": f"{arrival.name} {arrival.time:.1f} s",
                "x": rounded(np.degrees(points["dist"])),
                "y": [*rounded(-points["depth"])],
            }
        )
    panel: views.Panel = {"label": "depth below the surface (km, downwards)", "curves": curves}
    alt = f"Ray paths over {distance:g} deg from a depth of {depth:g} km"
    return views.plot("ray_paths.json", "distance (deg)", [panel], alt, notes=[model])
