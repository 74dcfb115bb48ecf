"""First use of every slow path, so that no call pays for it."""

import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from assistant.tools.attached import attached_files
from assistant.tools.result import ToolError
from assistant.tools.signals.analyze_timeseries import analyze_timeseries
from assistant.tools.signals.detect_events import detect_events
from assistant.tools.signals.drawing import miniseed
from assistant.tools.signals.epicentral_distance import epicentral_distance
from assistant.tools.signals.pick_phases import pick_phases
from assistant.tools.signals.plot_waveform import plot_waveform
from assistant.tools.signals.record import Channel, Piece, Record
from assistant.tools.signals.response import Deconvolution, read_inventory, to_ground
from assistant.tools.signals.seismic_files import obspy
from assistant.tools.signals.spectrum import spectrum
from assistant.tools.signals.travel_times import load_model, travel_times

RATE, NUM_SAMPLES = 100.0, 1_500


def exercise_libraries() -> None:
    """Errors: NOT_INSTALLED."""
    obspy()
    travel_times(30, 10)
    load_model("ak135")
    load_model("prem")
    epicentral_distance(0, 0, 1, 1)
    noise = np.random.default_rng(0).normal(size=NUM_SAMPLES)
    names = ("BW.RJOB..EHZ", "BW.RJOB..EHN", "BW.RJOB..EHE")
    channels = [Channel(name, RATE, (Piece(0.0, noise),)) for name in names]
    record = Record("", tuple(channels))
    library_data = Path(obspy().__file__).parent / "core/data"
    with tempfile.TemporaryDirectory() as folder:
        waves, table = Path(folder) / "w", Path(folder) / "t"
        waves.write_bytes(miniseed(record, channels))
        table.write_text("time,a\n" + "\n".join(f"{i},{value}" for i, value in enumerate(noise[:200].tolist())))
        with attached_files({"w": waves, "t": table, "i": library_data / "BW_RJOB.xml"}):
            plot_waveform("w", filter_type="bandpass", freqmin_hz=1, freqmax_hz=10, spectrogram=True)
            spectrum("w")
            detect_events("w")
            analyze_timeseries("t", ["trend", "period", "peaks", "anomalies"])
            with suppress(ToolError):  # noise need not have a P
                pick_phases("w")
            with suppress(ToolError):  # the time of the record is 1970, which may have no response
                to_ground(record, channels[0], read_inventory("i", record), Deconvolution("VEL", None, 60.0))
