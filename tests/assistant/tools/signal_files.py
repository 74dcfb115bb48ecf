"""Recordings made for a test, and the files that obspy brings along."""

import io
import json
import re
import warnings
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    obspy = pytest.importorskip("obspy")

from assistant.tools.attached import attached_files
from assistant.tools.result import ToolError, ToolResult

OBSPY = Path(obspy.__file__).parent
KNET = OBSPY / "io/nied/tests/data/test.knet"
SAC = OBSPY / "signal/tests/data/CRLZ.HHZ.10.NZ.SAC"
RESP = OBSPY / "signal/tests/data/RESP.NZ.CRLZ.10.HHZ"
STATION_XML = OBSPY / "core/data/BW_RJOB.xml"
SEGY = OBSPY / "io/segy/tests/data/ld0042_file_00018.sgy_first_trace"
WAV = OBSPY / "io/wav/tests/data/3cssan.reg.8.1.RNON.wav"
DATALESS = OBSPY / "io/xseed/tests/data/dataless.seed.BW_RJOB"


def files(*paths: Path) -> AbstractContextManager[None]:
    return attached_files({path.name: path for path in paths})


def write_miniseed(path: Path, channels: dict[str, np.ndarray], rate: float = 100.0, offsets=None) -> Path:
    """One trace per trace id; an id may be written "BW.A..EHZ#2" for its second piece."""
    stream = obspy.Stream()
    for name, values in channels.items():
        network, station, location, code = name.split("#")[0].split(".")
        header = {"network": network, "station": station, "location": location, "channel": code}
        start = obspy.UTCDateTime(2020, 1, 1) + (offsets or {}).get(name, 0.0)
        stream.append(obspy.Trace(np.ascontiguousarray(values), {**header, "sampling_rate": rate, "starttime": start}))
    buffer = io.BytesIO()
    stream.write(buffer, format="MSEED")
    path.write_bytes(buffer.getvalue())
    return path


def write_npy(path: Path, values: np.ndarray) -> Path:
    np.save(path, values)
    return path


def sine(frequency: float, amplitude: float = 1.0, rate: float = 100.0, seconds: float = 60.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)


def number(text: str, before: str) -> float:
    """The number that follows some words."""
    found = re.search(re.escape(before) + r"\s*([-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?)", text)
    assert found, f"{before!r} is not followed by a number in: {text}"
    return float(found.group(1).replace(",", ""))


def refused(code: str) -> AbstractContextManager[pytest.ExceptionInfo[ToolError]]:
    return pytest.raises(ToolError, check=lambda error: error.code == code)


def view(result: ToolResult, kind: str = "plot") -> dict:
    return json.loads(next(artifact.data for artifact in result.artifacts if artifact.kind == kind))
