"""Attached recordings, read by content into a Record."""

from dataclasses import replace

from assistant.tools.attached import attached
from assistant.tools.result import ToolError
from assistant.tools.signals.arrays import read_npy
from assistant.tools.signals.record import Record, select_channels
from assistant.tools.signals.seismic_files import read_seismic
from assistant.tools.signals.sniffing import signal_form
from assistant.tools.signals.tables import read_table
from assistant.tools.signals.wav import read_wav

READABLE = "MiniSEED, SAC, SEG-Y, K-NET, WAV, NPY or CSV"


def read_record(file: str, sampling_rate_hz: float | None = None, column: str | None = None) -> Record:
    """The attached file. Errors: NO_FILE, EMPTY_FILE, UNKNOWN_FORMAT, NO_SAMPLING_RATE, NO_CHANNEL, TOO_LARGE, ..."""
    record = read_any_axis(file, sampling_rate_hz, column)
    if record.axis.unit == "sample":
        raise ToolError(
            "NO_SAMPLING_RATE",
            f"'{file}' ({record.form}) has no time axis, so its sampling rate is unknown.",
            "Ask the person for the sampling rate and give it as sampling_rate_hz.",
        )
    return record


def read_any_axis(file: str, sampling_rate_hz: float | None = None, column: str | None = None) -> Record:
    """As read_record, but a file that says nothing of its spacing is counted in samples."""
    path = attached(file)
    if path.stat().st_size == 0:
        raise ToolError("EMPTY_FILE", f"'{file}' is empty (0 bytes).", "Attach the file again.")
    match signal_form(path):
        case None:
            raise ToolError("UNKNOWN_FORMAT", f"'{file}' is none of {READABLE}.", "Convert it to one of these.")
        case "NPY":
            record = read_npy(path, sampling_rate_hz)
        case "TABLE":
            record = read_table(path, sampling_rate_hz)
        case "WAV":
            record = read_wav(path)
        case form:
            record = read_seismic(path, form)
    if column:
        record = replace(record, channels=tuple(select_channels(record, column)))
    return _checked_against(record, sampling_rate_hz)


def _checked_against(record: Record, sampling_rate_hz: float | None) -> Record:
    """With a warning where the file itself says another rate than the call."""
    rate = record.channels[0].rate
    if sampling_rate_hz is None or (record.axis.is_time and abs(rate - sampling_rate_hz) <= 1e-6 * rate):
        return record
    own = f"{rate:g} Hz" if record.axis.is_time else f"one sample per {1 / rate:g} {record.axis.unit}"
    told = f"sampling_rate_hz {sampling_rate_hz:g} was not used: the file itself says {own}."
    return replace(record, warnings=(*record.warnings, told))
