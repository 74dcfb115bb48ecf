"""The tools of this field."""

from contextlib import suppress

from assistant.tools.base import Tool
from assistant.tools.result import ToolError
from assistant.tools.signals.analyze_timeseries import analyze_timeseries
from assistant.tools.signals.detect_events import detect_events
from assistant.tools.signals.epicentral_distance import epicentral_distance
from assistant.tools.signals.estimate_magnitude import estimate_magnitude
from assistant.tools.signals.fetch_waveforms import fetch_waveforms
from assistant.tools.signals.ground_motion import ground_motion
from assistant.tools.signals.pick_phases import pick_phases
from assistant.tools.signals.plot_waveform import plot_waveform
from assistant.tools.signals.remove_response import remove_response
from assistant.tools.signals.signal_info import signal_info
from assistant.tools.signals.spectrum import spectrum
from assistant.tools.signals.travel_times import travel_times
from assistant.tools.signals.warming import exercise_libraries

TOOLS: tuple[Tool, ...] = (
    Tool.from_function(signal_info, timeout_s=20.0, group="signals"),
    Tool.from_function(plot_waveform, timeout_s=60.0, group="signals"),
    Tool.from_function(spectrum, timeout_s=60.0, group="signals"),
    Tool.from_function(analyze_timeseries, timeout_s=60.0, group="signals"),
    Tool.from_function(detect_events, timeout_s=60.0, group="seismology"),
    Tool.from_function(pick_phases, timeout_s=30.0, group="seismology"),
    Tool.from_function(remove_response, timeout_s=30.0, group="seismology"),
    Tool.from_function(ground_motion, timeout_s=30.0, group="seismology"),
    Tool.from_function(estimate_magnitude, timeout_s=30.0, group="seismology"),
    Tool.from_function(travel_times, timeout_s=20.0, group="seismology"),
    Tool.from_function(epicentral_distance, timeout_s=10.0, group="seismology"),
    Tool.from_function(fetch_waveforms, timeout_s=45.0, group="seismology"),
)


def warm_up() -> None:
    """Load what the libraries load at first use."""
    with suppress(ToolError):
        exercise_libraries()
