"""Distance and azimuths between two points."""

import math
import warnings
from typing import Annotated, Any

import numpy as np

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.result import ToolArtifact, ToolResult
from assistant.tools.signals.libraries import version

Latitude = Annotated[float, Schema(minimum=-90, maximum=90)]
Longitude = Annotated[float, Schema(minimum=-180, maximum=360)]

KM_PER_DEGREE = math.pi * 6371.0 / 180  # on a sphere of the Earth's mean radius
ANTIPODAL_KM = 19_900.0  # beyond, obspy's inverse formula may not converge
POINTS = 65  # of the path on the map


def epicentral_distance(lat1: Latitude, lon1: Longitude, lat2: Latitude, lon2: Longitude) -> ToolResult:
    """Great-circle distance, azimuth and back-azimuth on WGS84.

    lat1: deg
    lon1: deg
    lat2: deg
    lon2: deg
    """
    geodetics: Any = optional("obspy.geodetics", "obspy")
    first, second = (lat1, _wrapped(lon1)), (lat2, _wrapped(lon2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # near the antipode, which is told below
        metres, azimuth, back = geodetics.gps2dist_azimuth(*first, *second)
    km = metres / 1000
    told = []
    directions = f"azimuth from 1 to 2 {azimuth % 360:.2f} deg, back-azimuth from 2 to 1 {back % 360:.2f} deg"
    if km > ANTIPODAL_KM:
        directions = "azimuths not given"
        told.append(
            "The points are nearly antipodal: the distance holds within about 100 km, the azimuths are undetermined."
        )
    elif km < 1e-6:
        directions = "no azimuth, as the points coincide"
    return ToolResult(
        summary=(
            f"Distance {km:,.2f} km = {km / KM_PER_DEGREE:.4f} deg (at {KM_PER_DEGREE:.4f} km per degree); "
            f"{directions}. Point 1: {_place(*first)}; point 2: {_place(*second)}. Geodesic on the WGS84 ellipsoid."
        ),
        artifacts=(_map(first, second, km),),
        warnings=tuple(told),
        provenance={
            "library": version("obspy"),
            "method": "geodesic on WGS84 (Vincenty or GeographicLib)",
            "parameters": {"lat1": lat1, "lon1": lon1, "lat2": lat2, "lon2": lon2},
        },
    )


def _wrapped(longitude: float) -> float:
    return longitude - 360 if longitude > 180 else longitude


def _place(latitude: float, longitude: float) -> str:
    return f"{abs(latitude):g} {'N' if latitude >= 0 else 'S'}, {abs(longitude):g} {'E' if longitude >= 0 else 'W'}"


def _map(first: tuple[float, float], second: tuple[float, float], km: float) -> ToolArtifact:
    path = _path(first, second)
    x: list[float] = []
    y: list[float | None] = []
    for latitude, longitude in path:
        if x and abs(longitude - x[-1]) > 180:  # over the date line
            x.append(x[-1])
            y.append(None)
        x.append(round(longitude, 4))
        y.append(round(latitude, 4))
    panel: views.Panel = {
        "label": "latitude (deg)",
        "curves": [
            {"name": "great circle", "x": x, "y": y},
            {"name": "point 1", "x": [first[1]], "y": [first[0]], "style": "points"},
            {"name": "point 2", "x": [second[1]], "y": [second[0]], "style": "points"},
        ],
    }
    return views.plot("great_circle.json", "longitude (deg)", [panel], f"Great circle of {km:,.0f} km")


def _path(first: tuple[float, float], second: tuple[float, float]) -> list[tuple[float, float]]:
    """Along the great circle of a sphere."""
    a, b = _vector(*first), _vector(*second)
    angle = math.acos(float(np.clip(a @ b, -1, 1)))
    if angle < 1e-9 or angle > math.pi - 1e-3:
        return [first, second]
    points = []
    for share in np.linspace(0, 1, POINTS):
        x, y, z = (math.sin((1 - share) * angle) * a + math.sin(share * angle) * b) / math.sin(angle)
        points.append((math.degrees(math.asin(max(-1.0, min(1.0, z)))), math.degrees(math.atan2(y, x))))
    return points


def _vector(latitude: float, longitude: float) -> Any:
    phi, lam = math.radians(latitude), math.radians(longitude)
    return np.array((math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)))
