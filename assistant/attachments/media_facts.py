"""A picture, video or signal as the model reads it, and what was understood of the file itself."""

from pathlib import Path

from assistant.tools.progress import report_progress
from engine.media import MediaInput
from engine.processors.prepare import prepare
from engine.processors.series import Series
from engine.processors.settings import Kind, ProcessorSettings
from engine.processors.signal_files import read_signal
from engine.processors.signals import MAX_SAMPLES, prepare_signal
from engine.processors.video_readers import read_header

SEISMIC = ("MiniSEED", "SAC", "SEG-Y", "K-NET")


def media_input(
    path: Path, kind: Kind, settings: ProcessorSettings, sampling_rate: float | None
) -> tuple[MediaInput, str]:
    """InvalidRequest where the file cannot be read. The words may be empty: then the input says it all."""
    if kind == "signal":
        series = read_signal(path, whole=False)
        rate = series.sampling_rate if sampling_rate is None else sampling_rate
        return prepare_signal(series.values, rate), signal_facts(series, rate)
    item = prepare(path, kind, settings, on_frame=report_progress)
    return item, video_facts(path) if kind == "video" else ""


def signal_facts(series: Series, sampling_rate: float | None) -> str:
    """`3 components, 100 Hz, 30.0 s, starts 2009-08-24T00:20:03`"""
    num_samples = len(series.values)
    num_channels = 1 if series.values.ndim == 1 else series.values.shape[1]
    noun = "component" if series.description.startswith(SEISMIC) else "channel"
    facts = [f"{num_channels} {noun}{'s' * (num_channels > 1)}"]
    if sampling_rate is None:
        facts.append(f"{num_samples:,} samples")
    else:
        facts += [f"{sampling_rate:g} Hz", f"{num_samples / sampling_rate:,.1f} s"]
    if series.starts_at:
        facts.append(f"starts {series.starts_at}")
    if series.left_out:
        facts.append(series.left_out)
    if num_samples > MAX_SAMPLES:
        facts.append(f"of which the model reads the first {MAX_SAMPLES:,} of {num_samples:,} samples")
    return ", ".join(facts)


def video_facts(path: Path) -> str:
    """`30.0 s, 1280 x 720`, as far as its header says."""
    header = read_header(path)
    if header is None:
        return ""
    facts = [f"{header.duration_s:,.1f} s"] if header.duration_s > 0 else []
    if header.width and header.height:
        facts.append(f"{header.width:,} x {header.height:,}")
    return ", ".join(facts)
