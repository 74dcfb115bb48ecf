"""Plots, spectra and series."""

import io

import numpy as np
import pytest

from assistant.tools.signals.analyze_timeseries import analyze_timeseries
from assistant.tools.signals.plot_waveform import plot_waveform
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.signal_info import signal_info
from assistant.tools.signals.spectrum import spectrum
from tests.assistant.tools.shared_files import DATA, needs_shared, shared_files
from tests.assistant.tools.signal_files import (
    files,
    number,
    obspy,
    refused,
    sine,
    view,
    write_miniseed,
    write_npy,
)


@pytest.fixture
def npy(tmp_path):
    def attach(values):
        return files(write_npy(tmp_path / "a.npy", values))

    return attach


@needs_shared
def test_the_first_ten_seconds_of_z_with_a_spectrogram():
    with shared_files():
        result = plot_waveform("rjob_local.mseed", ["Z"], start_s=0, end_s=10, spectrogram=True)

    trace, spectrogram = view(result)["panels"]
    assert trace["curves"][0]["x"][-1] == 10.0
    assert view(result)["start_time"] == "2009-08-24T00:20:03.000Z"
    heat_map = spectrogram["heat_map"]
    assert len(heat_map["values"]) == len(heat_map["y"]) <= 128
    assert all(len(row) == len(heat_map["x"]) <= 300 for row in heat_map["values"])


@needs_shared
def test_a_filter_is_what_obspy_computes_away_from_the_ends():
    # an implementation of its own: obspy's filter runs forwards and backwards too
    with shared_files():
        plot = plot_waveform("rjob_local.mseed", ["Z"], filter_type="bandpass", freqmin_hz=1, freqmax_hz=10)
    kept = next(artifact for artifact in plot.artifacts if artifact.kind == "file")
    assert kept.name == "rjob_local_filtered.mseed"
    ours = obspy.read(io.BytesIO(kept.data), format="MSEED")[0]
    theirs = obspy.read(str(DATA / "rjob_local.mseed"), format="MSEED").select(component="Z")[0].detrend("linear")
    theirs.filter("bandpass", freqmin=1, freqmax=10, corners=4, zerophase=True)

    assert np.abs(ours.data - theirs.data)[500:-500].max() < 0.01 * np.abs(theirs.data).max()


def test_a_filtered_file_can_be_used_in_the_next_call(tmp_path):
    path = write_miniseed(tmp_path / "a.mseed", {"BW.A..EHZ": sine(2) + sine(20)})
    with files(path):
        result = plot_waveform("a.mseed", filter_type="lowpass", freqmax_hz=5)
    kept = next(artifact for artifact in result.artifacts if artifact.kind == "file")
    (tmp_path / kept.name).write_bytes(kept.data)

    with files(tmp_path / kept.name):
        summary = spectrum(kept.name).summary

    assert number(summary, "Dominant frequency") == pytest.approx(2, abs=0.05)


def test_a_gap_is_told_and_nothing_is_filtered_across_it(tmp_path):
    step = {"BW.A..EHZ": np.zeros(3000), "BW.A..EHZ#2": np.full(3000, 1000.0)}
    with files(write_miniseed(tmp_path / "a.mseed", step, offsets={"BW.A..EHZ#2": 40.0})):
        result = plot_waveform("a.mseed", filter_type="highpass", freqmin_hz=1)

    assert "1 gap (10.00 s in all)" in result.warnings[0]
    curve = view(result)["panels"][0]["curves"][0]
    assert None in curve["y"]
    assert max(abs(value) for value in curve["y"] if value is not None) < 1e-6


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({"filter_type": "bandpass", "freqmin_hz": 1, "freqmax_hz": 80}, "NYQUIST", "80 is above 47.5 Hz"),
        ({"filter_type": "highpass", "freqmin_hz": 50}, "NYQUIST", "50 Hz at 100"),
        ({"filter_type": "bandpass", "freqmin_hz": 10, "freqmax_hz": 10}, "BAND_ORDER", "10"),
        ({"filter_type": "bandpass", "freqmin_hz": 10}, "MISSING_CORNER", "freqmax_hz"),
        ({"filter_type": "highpass"}, "MISSING_CORNER", "freqmin_hz"),
        ({"start_s": 61}, "EMPTY_WINDOW", "0.00 to 59.99 s"),
        ({"start_s": 5, "end_s": 5}, "WINDOW_ORDER", "5"),
        ({"channels": ["X"]}, "NO_CHANNEL", "X"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_numbers(arguments, code, said, npy):
    with npy(sine(1)), refused(code) as caught:
        plot_waveform("a.npy", sampling_rate_hz=100.0, **arguments)

    assert said in caught.value.message


def test_corners_without_a_filter_are_noticed(npy):
    with npy(sine(1)):
        result = plot_waveform("a.npy", sampling_rate_hz=100.0, freqmin_hz=1)

    assert result.warnings == ("freqmin_hz 1 had no effect: filter_type is none.",)


@pytest.mark.parametrize("num_samples", [1, 2, 3999, 4001, 250_000])
def test_a_curve_has_at_most_4000_points_and_keeps_its_extremes(num_samples, npy):
    values = np.random.default_rng(1).normal(size=num_samples)
    with npy(values):
        curve = view(plot_waveform("a.npy", sampling_rate_hz=100.0))["panels"][0]["curves"][0]

    assert len(curve["x"]) == len(curve["y"]) <= 4001
    assert max(curve["y"]) == pytest.approx(values.max(), rel=1e-6)
    assert curve["x"] == sorted(curve["x"])


@pytest.mark.parametrize("method", ["welch", "periodogram"])
@pytest.mark.parametrize(("frequency", "amplitude"), [(7.3, 2.5), (0.5, 100.0), (33.0, 1e-6)])
def test_a_sine_has_its_frequency_and_its_amplitude(method, frequency, amplitude, npy):
    with npy(sine(frequency, amplitude)):
        summary = spectrum("a.npy", method=method, sampling_rate_hz=100.0).summary

    assert number(summary, "Dominant frequency") == pytest.approx(frequency, rel=0.005)
    assert number(summary, "amplitude") == pytest.approx(amplitude, rel=0.03)


def test_the_power_of_white_noise_is_spread_to_the_nyquist_frequency(npy):
    # Parseval: variance 1 over 50 Hz is a density of 0.02 per Hz
    with npy(np.random.default_rng(0).normal(size=100_000)):
        panel = view(spectrum("a.npy", sampling_rate_hz=100.0))["panels"][0]

    curve = panel["curves"][0]
    assert np.median(curve["y"]) == pytest.approx(0.02, rel=0.5)
    assert curve["x"][-1] == pytest.approx(50, rel=0.01)


@needs_shared
def test_rjob_is_drift_before_a_high_pass_and_2_5_hz_after():
    # science-tools.md: raw 0.20 Hz, after a 1 Hz high-pass 2.54 Hz
    with shared_files():
        raw = spectrum("rjob_local.mseed")
        high = spectrum("rjob_local.mseed", filter_type="highpass", freqmin_hz=1)

    assert number(raw.summary, "Dominant frequency") == pytest.approx(0.20, abs=0.02)
    assert any("drift" in warning for warning in raw.warnings)
    assert number(high.summary, "Dominant frequency") == pytest.approx(2.54, abs=0.05)


def test_a_spectrum_of_too_little_or_too_much_is_refused(npy):
    with npy(sine(1)[:63]), refused("TOO_SHORT"):
        spectrum("a.npy", sampling_rate_hz=100.0)
    with npy(sine(1) * 1e300), refused("TOO_LARGE"):
        spectrum("a.npy", sampling_rate_hz=100.0)


def test_samples_that_cannot_be_squared_are_refused_and_still_described(npy):
    with npy(sine(1) * 1e300):
        with refused("TOO_LARGE"):
            plot_waveform("a.npy", sampling_rate_hz=100.0, spectrogram=True)
        assert "maximum 1e+300" in signal_info("a.npy", 100.0).summary


def test_a_constant_has_no_peak(npy):
    with npy(np.full(1000, 3.0)):
        assert "No spectral peak" in spectrum("a.npy", sampling_rate_hz=100.0).summary


@needs_shared
def test_the_sunspot_cycle_lasts_eleven_years():
    # mean length of the Schwabe cycle, 11.0 years (Hathaway 2015, Living Reviews in Solar Physics 12:4); cycles -4 to
    # 23 have their 28 maxima in these years; the highest yearly mean is 190.2 in 1957 (cycle 19)
    with shared_files():
        result = analyze_timeseries("sunspots.csv", ["period", "peaks"], "SUNACTIVITY", prominence=40)

    assert number(result.summary, "Dominant period") == pytest.approx(11.0, abs=0.2)
    assert "28 peaks" in result.summary
    assert "190.2 at year 1957" in result.summary


def test_statistics_are_those_of_a_textbook(npy):
    # 2, 4, 4, 4, 5, 5, 7, 9: mean 5, population deviation 2, so 2.1381 with n - 1
    with npy(np.array([2, 4, 4, 4, 5, 5, 7, 9])):
        summary = analyze_timeseries("a.npy", ["statistics"]).summary

    assert number(summary, "mean") == 5
    assert number(summary, "standard deviation") == pytest.approx(2.1381, abs=1e-4)
    assert number(summary, "median") == 4.5


def test_a_line_has_its_slope_per_second(npy):
    with npy(3 + 0.5 * np.arange(1000) / 10):
        summary = analyze_timeseries("a.npy", ["trend"], sampling_rate_hz=10.0).summary

    assert number(summary, "Trend:") == pytest.approx(0.5)
    assert number(summary, "Theil-Sen slope") == pytest.approx(0.5)


def test_the_period_of_a_sine_is_also_the_lag_of_its_autocorrelation(npy):
    with npy(sine(0.25, seconds=100)):
        summary = analyze_timeseries("a.npy", ["period", "autocorrelation"], sampling_rate_hz=100.0).summary

    assert number(summary, "Dominant period") == pytest.approx(4.0)
    assert number(summary, "at lag 1 (0.01 s); below 0 from lag") == pytest.approx(1.0, abs=0.1)
    assert 0.9 < number(summary, "highest after that") < 1


def test_outliers_are_found_and_missing_values_told(npy):
    values = np.random.default_rng(0).normal(size=1000)
    values[500], values[10:15] = 50.0, np.nan
    with npy(values):
        result = analyze_timeseries("a.npy", ["anomalies", "missing_values"])

    assert "1 anomalies" in result.summary
    assert "50 at sample 500" in result.summary
    assert "5 of 1,000 values are missing, in 1 stretches; the longest has 5 from sample 10 on" in result.summary
    assert "interpolated linearly" in result.warnings[0]


@pytest.mark.parametrize(
    ("values", "tasks", "code"),
    [
        (np.zeros(100), ["period"], "NO_VARIATION"),
        (np.zeros(100), ["anomalies"], "NO_VARIATION"),
        (np.array([1.0, 2, np.nan, np.nan]), ["statistics"], "TOO_SHORT"),
        (np.full(100, 1e200), ["statistics"], "TOO_LARGE"),
    ],
)
def test_a_series_that_cannot_be_analysed_is_refused(values, tasks, code, npy):
    with npy(values), refused(code):
        analyze_timeseries("a.npy", tasks, sampling_rate_hz=1.0)


def test_a_period_needs_a_sampling_rate(npy):
    with npy(sine(1)), refused("NO_SAMPLING_RATE") as caught:
        analyze_timeseries("a.npy", ["statistics", "period"])

    assert "period needs it" in caught.value.message


def test_a_transposed_array_is_read_along_its_longer_axis(npy):
    with npy(np.stack([sine(1), sine(2), sine(3)])):
        record = read_record("a.npy", 100.0)

    assert len(record.channels) == 3
    assert "longer axis" in record.warnings[0]
