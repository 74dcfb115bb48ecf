"""Events, phases, responses, magnitudes, travel times and distances."""

import json
import re
import urllib.error
import urllib.request

import numpy as np
import pytest

from assistant.tools.result import ToolError
from assistant.tools.signals import fetch_waveforms as fetching
from assistant.tools.signals.catalogue import TOOLS
from assistant.tools.signals.detect_events import detect_events
from assistant.tools.signals.epicentral_distance import epicentral_distance
from assistant.tools.signals.estimate_magnitude import estimate_magnitude, local_magnitude
from assistant.tools.signals.fetch_waveforms import fetch_waveforms
from assistant.tools.signals.ground_motion import ground_motion
from assistant.tools.signals.pick_phases import pick_phases
from assistant.tools.signals.remove_response import remove_response
from assistant.tools.signals.strong_motion import arias_intensity, response_spectrum, significant_window
from assistant.tools.signals.travel_times import travel_times
from tests.assistant.tools.shared_files import SHARED, needs_shared, shared_files
from tests.assistant.tools.signal_files import (
    DATALESS,
    KNET,
    OBSPY,
    RESP,
    SAC,
    STATION_XML,
    files,
    number,
    obspy,
    refused,
    sine,
    view,
    write_miniseed,
)


@needs_shared
def test_the_expected_calls_run_clean():
    tools = {tool.name: tool for tool in TOOLS}
    lines = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    calls = [call for line in lines for call in json.loads(line)["expected_calls"] if call["name"] in tools]
    assert calls

    with shared_files():
        for call in calls:
            tools[call["name"]].check_arguments(call["arguments"])
            result = tools[call["name"]].run(**call["arguments"])
            assert 0 < len(result.summary) <= 1500


@needs_shared
def test_rjob_triggers_at_its_p_though_the_default_window_is_longer_than_that():
    # science-tools.md: P at 4.7 s, which a 10 s LTA hides; trigger at 4.77 s with an LTA of 3-4 s
    with shared_files():
        adapted = detect_events("rjob_local.mseed")
        given = detect_events("rjob_local.mseed", lta_s=4)

    assert number(adapted.summary, "Event 1: on at") == pytest.approx(4.77, abs=0.1)
    assert number(given.summary, "Event 1: on at") == pytest.approx(4.77, abs=0.1)
    assert "lta_s 10 is more than a sixth" in adapted.warnings[0]
    assert not given.warnings
    mark = view(adapted)["panels"][0]["marks"][0]
    assert mark["kind"] == "trigger"


def test_a_coincidence_of_four_stations_is_that_of_obspys_tutorial(tmp_path):
    # obspy's trigger tutorial: coincidence of 3 of 4 stations at 16:24:33.21, 16:27:01.26 and 16:27:30.51 UTC, after a
    # band-pass of 10-20 Hz
    stream = obspy.Stream()
    for name in ("UH1._.SHZ", "UH2._.SHZ", "UH3._.SHZ", "UH4._.EHZ"):
        stream += obspy.read(str(OBSPY / f"signal/tests/data/BW.{name}.D.2010.147.cut.slist.gz"), format="SLIST")
    for trace in stream:
        trace.data = trace.data.astype(np.float64)
    stream.write(str(tmp_path / "net.mseed"), format="MSEED")

    with files(tmp_path / "net.mseed"):
        result = detect_events("net.mseed", sta_s=0.5, lta_s=10, freqmin_hz=10, freqmax_hz=20, min_stations=3)

    table = next(artifact for artifact in result.artifacts if artifact.kind == "table").data
    times = [obspy.UTCDateTime(line.split(",")[1]) for line in table.splitlines()[1:]]
    assert len(times) == 3
    for time, clock in zip(times, ("16:24:33.21", "16:27:01.26", "16:27:30.51"), strict=True):
        assert abs(time - obspy.UTCDateTime(f"2010-05-27T{clock}")) < 0.3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"sta_s": 0.001}, "STA_TOO_SHORT"),  # nsta would be 0, on which obspy's C code misbehaves
        ({"sta_s": 5, "lta_s": 5}, "WINDOW_ORDER"),
        ({"sta_s": 20, "lta_s": 30}, "LTA_TOO_LONG"),
        ({"threshold_on": 1, "threshold_off": 2}, "THRESHOLD_ORDER"),
        ({"freqmin_hz": 30}, "BAND_ORDER"),
        ({"freqmax_hz": 60}, "NYQUIST"),
        ({"min_stations": 2}, "TOO_FEW_STATIONS"),
        ({"channel": "BHZ"}, "NO_CHANNEL"),
    ],
)
def test_windows_that_make_no_sense_are_refused(arguments, code, tmp_path):
    with files(write_miniseed(tmp_path / "a.mseed", {"BW.A..EHZ": sine(5)})), refused(code):
        detect_events("a.mseed", **arguments)


@pytest.mark.parametrize("method", ["recursive_sta_lta", "classic_sta_lta", "z_detect"])
@pytest.mark.parametrize("values", [np.zeros(6000), sine(5)], ids=["silence", "sine"])
def test_no_event_is_a_result_that_tells_the_highest_ratio(method, values, tmp_path):
    with files(write_miniseed(tmp_path / "a.mseed", {"BW.A..EHZ": values})):
        summary = detect_events("a.mseed", method=method, threshold_on=50).summary

    assert summary.startswith("No event on BW.A..EHZ: the highest ratio is")


def test_the_default_band_gives_way_to_a_slow_record(tmp_path):
    with files(write_miniseed(tmp_path / "a.mseed", {"BW.A..BHZ": sine(2, rate=20.0)}, rate=20.0)):
        result = detect_events("a.mseed")

    assert "freqmax_hz was lowered to 9 Hz" in result.warnings[0]


@needs_shared
def test_rjob_has_its_p_and_its_s():
    # science-tools.md: ar_pick gives P 4.70 s and S 6.18 s; MANIFEST.tsv: P 4.7 s, S 6.2 s
    with shared_files():
        result = pick_phases("rjob_local.mseed")

    assert 4.7 <= number(result.summary, "P at") <= 4.8
    assert number(result.summary, "S at") == pytest.approx(6.18, abs=0.1)
    assert number(result.summary, "roughly") == pytest.approx(12, abs=1)
    assert [mark["kind"] for mark in view(result)["panels"][0]["marks"]] == ["p", "s"]
    assert "without an estimate of their uncertainty" in result.warnings[-1]


@needs_shared
def test_baer_and_kradolfer_agree_on_the_p_of_rjob():
    with shared_files():
        assert number(pick_phases("rjob_local.mseed", "baer").summary, "P at") == pytest.approx(4.7, abs=0.15)


def test_the_picks_of_a_second_event_are_those_of_the_pickers_own_test(tmp_path):
    # obspy/signal/tests/test_trigger.py: P 30.635 s, S 31.165 s at 200 Hz
    channels = {}
    for component in "zne":
        values = np.loadtxt(OBSPY / f"signal/tests/data/loc_RJOB20050801145719850.{component}")
        channels[f"BW.RJOB..EH{component.upper()}"] = values
    with files(write_miniseed(tmp_path / "a.mseed", channels, rate=200.0)):
        summary = pick_phases("a.mseed").summary

    assert number(summary, "P at") == pytest.approx(30.635, abs=0.01)
    assert number(summary, "S at") == pytest.approx(31.165, abs=0.05)


def test_pickers_say_what_they_lack(tmp_path):
    noise = np.random.default_rng(0).normal(size=3000)
    one = write_miniseed(tmp_path / "one.mseed", {"BW.A..EHZ": noise})
    two = write_miniseed(tmp_path / "two.mseed", {"BW.A..EHZ": noise, "BW.B..EHZ": noise})
    flat = write_miniseed(tmp_path / "flat.mseed", {f"BW.A..EH{c}": np.zeros(3000) for c in "ZNE"})
    short = write_miniseed(tmp_path / "short.mseed", {f"BW.A..EH{c}": noise[:300] for c in "ZNE"})
    apart = write_miniseed(
        tmp_path / "apart.mseed", {f"BW.A..EH{c}": noise for c in "ZNE"}, offsets={"BW.A..EHN": 100.0}
    )

    with files(one, two, flat, short, apart):
        for name, code in (
            ("one", "NEED_3C"),
            ("two", "SEVERAL_STATIONS"),
            ("flat", "NO_PICK"),
            ("short", "TOO_SHORT"),
            ("apart", "UNEQUAL_LENGTH"),
        ):
            with refused(code):
                pick_phases(f"{name}.mseed")
        with refused("NO_STATION"):
            pick_phases("two.mseed", station="C")
        with refused("NO_PICK"):
            pick_phases("flat.mseed", "baer")


def test_components_of_unequal_length_are_picked_in_their_common_window(tmp_path):
    rng = np.random.default_rng(0)
    event = np.concatenate((0.01 * rng.normal(size=2000), rng.normal(size=2000)))
    channels = {"BW.A..EHZ": event, "BW.A..EHN": event[:3900], "BW.A..EHE": event[:3800]}
    with files(write_miniseed(tmp_path / "a.mseed", channels)):
        result = pick_phases("a.mseed")

    assert number(result.summary, "P at") == pytest.approx(20, abs=0.2)
    assert "0.00 to 37.99 s, was used" in result.warnings[0]


@needs_shared
@pytest.mark.parametrize("inventory", [STATION_XML, DATALESS], ids=["StationXML", "dataless SEED"])
def test_the_velocity_of_rjob_is_its_counts_over_the_sensitivity(inventory):
    # passband: STS-2 1500 V/(m/s) and 1677850 counts/V, 2.5168e9 counts/(m/s) (BW_RJOB.xml)
    with shared_files(inventory):
        result = remove_response("rjob_local.mseed", inventory.name, "VEL", [0.3, 0.6, 40, 45])

    peak = number(result.summary, "BW.RJOB..EHZ: peak")
    assert peak == pytest.approx(1515.8 / 2.5168e9, rel=0.1)
    assert "rjob_local_vel.mseed" in result.summary


def test_a_resp_file_serves_as_well():
    with files(SAC, RESP):
        assert "m/s2" in remove_response(SAC.name, RESP.name, "ACC", [0.1, 0.2, 20, 30]).summary


@needs_shared
@pytest.mark.parametrize(("corners", "code"), [([1, 0.5, 10, 20], "PREFILT_ORDER"), ([0.1, 0.2, 40, 60], "NYQUIST")])
def test_a_pre_filter_must_rise_and_end_below_nyquist(corners, code):
    with shared_files(STATION_XML), refused(code):
        remove_response("rjob_local.mseed", STATION_XML.name, "VEL", corners)


@needs_shared
def test_without_a_response_it_is_said_what_to_attach():
    with shared_files(STATION_XML):
        with refused("NO_INVENTORY") as missing:
            remove_response("rjob_local.mseed", "rjob.xml")
        with refused("NO_MATCHING_RESPONSE") as other:
            remove_response("bgld_gaps.mseed", STATION_XML.name)
        with refused("UNKNOWN_FORMAT"):
            remove_response("rjob_local.mseed", "sunspots.csv")

    assert "StationXML, RESP or dataless SEED for BW.RJOB..EHZ" in missing.value.hint
    assert "BW.BGLD..EHE at 2007-12-31" in other.value.message


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><FDSNStationXML/>', "UNSAFE_XML"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><r>&b;</r>', "UNSAFE_XML"),
        ("<quakeml/>", "UNKNOWN_FORMAT"),
        ("<FDSNStationXML>", "DAMAGED"),
        ("<FDSNStationXML/>", "DAMAGED"),
        ("<FDSNStationXML>\udcff", "DAMAGED"),
    ],
)
def test_xml_that_is_hostile_or_something_else_is_refused(xml, code, tmp_path):
    (tmp_path / "a.xml").write_bytes(xml.encode(errors="surrogateescape"))

    with files(KNET, tmp_path / "a.xml"), refused(code):
        remove_response(KNET.name, "a.xml")


def test_the_pga_of_a_k_net_record_is_the_one_in_its_header():
    # header of AKT013: Max. Acc. 4.383 gal
    with files(KNET):
        summary = ground_motion(KNET.name).summary

    assert "= 4.383 gal" in summary
    assert "at 22.46 s" in summary


@pytest.mark.parametrize(("unit", "factor"), [("m/s2", 1.0), ("gal", 0.01), ("g", 9.80665)])
def test_a_sine_of_acceleration_has_its_peak_velocity_and_arias_intensity(unit, factor, tmp_path):
    # a sin(wt), fading in and out over 10 s each: PGV a/w, Arias pi/2g * a^2/2 * (40 + 2 * 10/3) s
    ramp = np.clip(np.minimum(np.arange(6000), np.arange(6000)[::-1]) / 1000, 0, 1)
    with files(write_miniseed(tmp_path / "a.mseed", {"BW.A..HNZ": ramp * sine(2, 3.0 / factor)})):
        summary = ground_motion("a.mseed", unit=unit).summary

    assert number(summary, "PGA") == pytest.approx(3.0, rel=3e-3)  # no sample falls on the very peak
    assert number(summary, "PGV") == pytest.approx(100 * 3 / (4 * np.pi), rel=0.02)
    assert number(summary, "Arias intensity") == pytest.approx(np.pi / (2 * 9.80665) * 4.5 * 46.67, rel=0.01)


def test_the_d5_95_of_a_steady_record_is_nine_tenths_of_it():
    first, last = significant_window(sine(10, seconds=100), 100.0)

    assert (first, last) == (pytest.approx(5, abs=0.1), pytest.approx(95, abs=0.1))
    assert arias_intensity(np.ones(100), 100.0) == pytest.approx(np.pi / (2 * 9.80665))


def test_an_oscillator_in_resonance_amplifies_as_the_textbook_says():
    # Chopra, Dynamics of Structures: total acceleration sqrt(1 + 4 z^2) / 2z = 10.05 at 5 % damping; a stiff one
    # follows the ground
    ground = sine(2, 1.0, seconds=60)

    assert response_spectrum(ground, 100.0, (0.5,))[0] == pytest.approx(10.05, rel=0.01)
    assert response_spectrum(ground, 100.0, (0.02,))[0] == pytest.approx(1.0, rel=0.01)


def test_counts_are_never_taken_for_a_unit(tmp_path):
    with files(write_miniseed(tmp_path / "a.mseed", {"BW.A..HNZ": (100 * sine(2)).astype("i4")})):
        for unit in (None, "counts"):
            with refused("UNITS_UNKNOWN") as caught:
                ground_motion("a.mseed", unit=unit)

    assert "inventory_file" in caught.value.hint


@pytest.mark.parametrize(
    ("amplitude_nm", "distance_km", "magnitude"),
    [
        # Richter's definition: 1 mm on a Wood-Anderson (480 nm of ground at a gain of 2080) at 100 km is ML 3
        (1e6 / 2080, 100, 3.0),
        (1e7 / 2080, 100, 4.0),
        # Hutton and Boore 1987: 10 mm at 17 km is ML 3
        (1e7 / 2080, 17, 3.0),
    ],
)
def test_the_magnitude_formula_keeps_its_anchors(amplitude_nm, distance_km, magnitude):
    assert local_magnitude(amplitude_nm, distance_km) == pytest.approx(magnitude, abs=0.02)


@needs_shared
def test_rjob_has_a_magnitude_of_0_6_at_11_8_km():
    # science-tools.md: ML 0.6
    with shared_files(STATION_XML):
        result = estimate_magnitude("rjob_local.mseed", STATION_XML.name, 11.8)
        far = estimate_magnitude("rjob_local.mseed", STATION_XML.name, 700)

    assert number(result.summary, "ML") == pytest.approx(0.6, abs=0.1)
    assert "gain 2080" in result.summary
    assert "holds up to 600 km" in far.warnings[0]


def test_a_vertical_alone_has_no_magnitude():
    with files(SAC, RESP), refused("NO_HORIZONTAL"):
        estimate_magnitude(SAC.name, RESP.name, 10)


@pytest.mark.parametrize("model", ["iasp91", "ak135"])
def test_travel_times_are_those_of_the_program_of_kennett_and_buland(model):
    # output of ttimes with the tables of Kennett and Engdahl 1991 and of Kennett, Engdahl and Buland 1995
    listing = (OBSPY / f"taup/tests/data/sample_ttimes_{model}.lst").read_text()
    checked = 0
    for block in listing.split("Source Depth:")[1:]:
        depth = float(block.split()[0])
        distance = float(re.search(r"^\s*([\d.]+)\s+1\s+P ", block, re.MULTILINE).group(1))
        for phase in ("P", "PcP", "S", "ScS"):
            theirs = float(re.search(rf"\s{phase}\s+([\d.]+)", block).group(1))
            ours = number(travel_times(distance, depth, [phase], model).summary, f"\n{phase}")
            assert ours == pytest.approx(theirs, abs=0.1), (depth, phase)
            checked += 1
    assert checked >= 4


def test_the_core_casts_a_shadow():
    with refused("NO_ARRIVAL") as caught:
        travel_times(120, 10, ["P"])

    assert "core shadow" in caught.value.message
    assert "Pdiff" in caught.value.message


def test_a_near_station_is_reached_from_below():
    result = travel_times(0.5, 10)

    # 55.6 km along the surface and 10 km up at 5.8 km/s
    assert number(result.summary, "\np") == pytest.approx(np.hypot(55.6, 10) / 5.8, abs=0.2)


@pytest.mark.parametrize("phase", ["foo", "", "P;S", "北", "P" * 10 + "Q"])
def test_what_is_no_phase_is_refused(phase):
    with refused("UNKNOWN_PHASE") as caught:
        travel_times(30, 10, ["P", phase])

    assert f"'{phase}'" in caught.value.message


@pytest.mark.parametrize(
    ("points", "km", "azimuth", "back"),
    [
        # Geoscience Australia's geodesy pages: Flinders Peak to Buninyong, 54,972.271 m
        ((-37.951033417, 144.424867889, -37.652821139, 143.926495528), 54.972271, 306.8682, 127.1736),
        # one degree of longitude on WGS84's equator and of latitude from it (NIMA TR8350.2)
        ((0, 0, 0, 1), 111.3195, 90.0, 270.0),
        ((0, 0, 1, 0), 110.5744, 0.0, 180.0),
        # a quarter of the meridian: 10,001.966 km
        ((0, 10, 90, 10), 10_001.966, 0.0, None),
        # Land's End to John o' Groats, 969,954.166 m at 9.1419 deg, arriving at 11.2972 deg (movable-type.co.uk)
        ((50.06632, -5.71475, 58.64402, -3.07009), 969.954166, 9.1419, 191.2972),
    ],
)
def test_distances_are_those_of_geodesists(points, km, azimuth, back):
    summary = epicentral_distance(*points).summary

    assert number(summary, "Distance") == pytest.approx(km, abs=max(0.01, 2e-5 * km))
    assert number(summary, "azimuth from 1 to 2") == pytest.approx(azimuth, abs=0.1)
    if back is not None:
        assert number(summary, "back-azimuth from 2 to 1") == pytest.approx(back, abs=0.1)


def test_antipodes_and_equal_points_have_no_azimuth():
    antipodal = epicentral_distance(0, 0, 0.1, 179.9)

    assert number(antipodal.summary, "Distance") == pytest.approx(20_003, abs=20)
    assert "undetermined" in antipodal.warnings[0]
    assert "the points coincide" in epicentral_distance(10, 0, 10, 360).summary


class _Answer:
    def __init__(self, content: bytes, status: int = 200) -> None:
        self.content, self.status = content, status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def read(self, limit):
        return self.content[:limit]


@pytest.fixture
def answer(monkeypatch):
    """Set what the data centre answers; returns the URLs that were asked for."""
    asked = []

    def set_answer(reply):
        class Opener:
            def open(self, url, timeout):
                asked.append(url)
                if isinstance(reply, Exception):
                    raise reply
                return reply

        monkeypatch.setattr(fetching.urllib.request, "build_opener", lambda *_: Opener())
        return asked

    return set_answer


REQUEST = {"network": "IU", "station": "ANMO", "channel": "BH?", "starttime": "2010-02-27T06:45:00", "duration_s": 60.0}


def test_waveforms_come_as_a_file_for_the_next_call(answer, tmp_path):
    content = write_miniseed(tmp_path / "x", {"IU.ANMO.00.BHZ": sine(1).astype("f4")}).read_bytes()
    asked = answer(_Answer(content))

    result = fetch_waveforms(**REQUEST)

    kept = next(artifact for artifact in result.artifacts if artifact.kind == "file")
    assert (kept.name, kept.data) == ("IU.ANMO.BHx.20100227T064500.mseed", content)
    assert "IU.ANMO.00.BHZ: 100 Hz, 6,000 samples" in result.summary
    assert asked[0].startswith("https://service.earthscope.org/fdsnws/dataselect/1/query?network=IU&station=ANMO")
    assert "endtime=2010-02-27T06%3A46%3A00.000" in asked[0]


@pytest.mark.parametrize(
    ("reply", "code", "is_retryable"),
    [
        (urllib.error.URLError("no route"), "OFFLINE", True),
        (TimeoutError(), "OFFLINE", True),
        (urllib.error.HTTPError("u", 503, "busy", {}, None), "REFUSED", True),
        (urllib.error.HTTPError("u", 403, "no", {}, None), "REFUSED", False),
        (urllib.error.HTTPError("u", 404, "none", {}, None), "NO_DATA", False),
        (_Answer(b"", 204), "NO_DATA", False),
        (_Answer(b"<html>"), "BAD_ANSWER", True),
        (_Answer(b"x" * (fetching.MAX_BYTES + 1)), "TOO_LARGE", False),
    ],
)
def test_a_failed_download_has_its_reason(reply, code, is_retryable, answer):
    answer(reply)

    with refused(code) as caught:
        fetch_waveforms(**REQUEST)

    assert caught.value.is_retryable == is_retryable


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"network": "I&"}, "WRONG_CODE"),
        ({"station": ""}, "WRONG_CODE"),
        ({"starttime": "yesterday"}, "WRONG_TIME"),
        ({"starttime": "2999-01-01"}, "WRONG_TIME"),
    ],
)
def test_a_request_is_checked_before_it_is_sent(change, code, answer):
    asked = answer(_Answer(b""))

    with refused(code):
        fetch_waveforms(**{**REQUEST, **change})

    assert not asked


def test_a_redirection_to_elsewhere_is_not_followed():
    request = urllib.request.Request("https://service.earthscope.org/x")
    follow = fetching._SameHosts().redirect_request

    for target in ("https://example.org/", "http://service.earthscope.org/", "file:///etc/passwd"):
        with pytest.raises(urllib.error.URLError):
            follow(request, None, 302, "", {}, target)
    assert follow(request, None, 302, "", {}, "https://geofon.gfz.de/").host == "geofon.gfz.de"


def test_every_error_is_written_for_the_model():
    for tool in TOOLS:
        with pytest.raises(ToolError):
            tool.check_arguments({"no such argument": 1})
