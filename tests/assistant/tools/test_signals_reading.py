"""What is read from which file, and what is refused."""

import struct
import zipfile

import numpy as np
import pytest

from assistant.tools.signals.reading import read_any_axis, read_record
from assistant.tools.signals.record import whole_pieces
from assistant.tools.signals.signal_info import signal_info
from assistant.tools.signals.sniffing import inventory_form, signal_form
from tests.assistant.tools.shared_files import needs_shared, shared_files
from tests.assistant.tools.signal_files import (
    DATALESS,
    KNET,
    OBSPY,
    RESP,
    SAC,
    SEGY,
    STATION_XML,
    WAV,
    files,
    refused,
    sine,
    write_miniseed,
    write_npy,
)


@needs_shared
def test_the_gaps_of_bgld_are_those_that_obspys_own_tests_state():
    # obspy/io/mseed/tests: gaps of 2.06, 2.06 and 4.12 s; MANIFEST.tsv: 4 segments, 200 Hz
    with shared_files():
        result = signal_info("bgld_gaps.mseed")

    assert "200 Hz" in result.summary
    assert "3 gaps: 2.06 s at 2.06 s, 2.06 s at 8.23 s, 4.12 s at 14.42 s" in result.summary
    assert "2007-12-31T23:59:59.915Z" in result.summary


@needs_shared
def test_rjob_is_three_channels_of_3000_samples_at_100_hz():
    # MANIFEST.tsv: 3 components, 100 Hz, 30 s
    with shared_files():
        summary = signal_info("rjob_local.mseed").summary

    assert all(f"BW.RJOB..EH{component}: 100 Hz, 3,000 samples" in summary for component in "ZNE")
    assert "duration 29.99 s" in summary
    assert "unit not stated" in summary  # decimals are no counts


def test_k_net_is_read_in_metres_per_second_squared_with_its_header():
    # header of AKT013: magnitude 5.9, maximum acceleration 4.383 gal
    with files(KNET):
        summary = signal_info(KNET.name).summary

    assert "unit m/s2" in summary
    assert "maximum acceleration 4.383 gal" in summary


@pytest.mark.parametrize(
    ("path", "form", "rate", "count"),
    [  # counts and rates from the formats' own headers (obspy's tests state them too)
        (SAC, "SAC", 100.0, 32768),
        (SEGY, "SEG-Y", 500.0, 2050),
        (WAV, "WAV sound, 8 bits", 7000.0, 10599),
        (KNET, "K-NET", 100.0, 5900),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_every_format_is_known_by_its_content(path, form, rate, count, tmp_path):
    renamed = tmp_path / "data.bin"
    renamed.write_bytes(path.read_bytes())

    with files(renamed):
        record = read_record("data.bin")

    assert (record.form, record.channels[0].rate, record.channels[0].num_samples) == (form, rate, count)


def test_responses_are_known_by_their_content():
    assert [inventory_form(path) for path in (STATION_XML, RESP, DATALESS, KNET)] == [
        "STATIONXML",
        "RESP",
        "SEED",
        None,
    ]


def test_a_wave_file_is_a_fraction_of_full_scale(tmp_path):
    samples = np.array([0, 16384, -32768, 32767], "<i2")
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 44, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 8)
    (tmp_path / "a.wav").write_bytes(header + samples.tobytes())

    with files(tmp_path / "a.wav"):
        record = read_record("a.wav")

    assert record.channels[0].pieces[0].values.tolist() == [0.0, 0.5, -1.0, 32767 / 32768]
    assert record.channels[0].rate == 8000.0


@pytest.mark.parametrize("tool", [read_record, signal_info], ids=["reader", "tool"])
def test_a_missing_sampling_rate_is_asked_for_and_never_guessed(tool, tmp_path):
    with files(write_npy(tmp_path / "a.npy", np.zeros(100))), refused("NO_SAMPLING_RATE") as caught:
        tool("a.npy")

    assert "sampling_rate_hz" in caught.value.hint


def test_a_csv_without_a_time_column_needs_a_rate_and_one_with_it_does_not(tmp_path):
    (tmp_path / "bare.csv").write_text("a,b\n" + "1,2\n" * 10)
    (tmp_path / "timed.csv").write_text("time (ms),a\n" + "".join(f"{5 * i},{i}\n" for i in range(10)))

    with files(tmp_path / "bare.csv", tmp_path / "timed.csv"):
        with refused("NO_SAMPLING_RATE"):
            read_record("bare.csv")
        assert read_record("bare.csv", 50.0).channels[1].rate == 50.0
        assert read_record("timed.csv").channels[0].rate == pytest.approx(200.0)


def test_a_given_rate_does_not_overrule_what_the_file_says(tmp_path):
    with files(write_miniseed(tmp_path / "a.mseed", {"BW.A..EHZ": sine(1)})):
        record = read_record("a.mseed", 20.0)

    assert record.channels[0].rate == 100.0
    assert "sampling_rate_hz 20 was not used" in record.warnings[0]


@pytest.mark.parametrize(
    ("rows", "unit", "rate"),
    [
        (["date,x"] + [f"{1990 + i // 12}-{i % 12 + 1:02d}-01,{i}" for i in range(30)], "month", 1.0),
        (["year,x"] + [f"{1990 + i},{i}" for i in range(30)], "year", 1.0),
        (["date,x"] + [f"199001{i + 1:02d},{i}" for i in range(30)], "day", 1.0),
        (["date,x"] + [f"2020-01-01 00:00:{i:02d},{i}" for i in range(30)], "s", 1.0),
        (["t;x"] + [f"{i},5;{i},25" for i in range(30)], "s", 1.0),
    ],
    ids=["calendar months", "years", "dates as numbers", "seconds", "decimal commas"],
)
def test_the_axis_of_a_table_has_the_unit_of_its_column(rows, unit, rate, tmp_path):
    (tmp_path / "a.csv").write_text("\n".join(rows))

    with files(tmp_path / "a.csv"):
        record = read_record("a.csv")

    assert (record.axis.unit, record.channels[0].rate, record.channels[0].num_samples) == (unit, rate, 30)


def test_a_row_left_out_becomes_a_hole(tmp_path):
    (tmp_path / "a.csv").write_text("time,x\n" + "".join(f"{i},{i}\n" for i in range(20) if i != 7))

    with files(tmp_path / "a.csv"):
        channel = read_record("a.csv").channels[0]

    assert (channel.num_samples, channel.num_bad) == (20, 1)
    assert [len(piece.values) for piece in whole_pieces(channel)] == [7, 12]


def test_uneven_spacing_is_refused_with_its_steps(tmp_path):
    (tmp_path / "a.csv").write_text("time,x\n0,1\n1,2\n1.5,3\n4,4\n9,1\n")

    with files(tmp_path / "a.csv"), refused("IRREGULAR_SAMPLING") as caught:
        read_record("a.csv")

    assert "from 0.5 to 5" in caught.value.message


def test_nan_and_infinity_are_counted_and_part_a_channel(tmp_path):
    values = sine(1)
    values[100], values[200:210] = np.inf, np.nan

    with files(write_npy(tmp_path / "a.npy", values)):
        result = signal_info("a.npy", 100.0)
        pieces = whole_pieces(read_record("a.npy", 100.0).channels[0])

    assert "11 of 6,000 samples of column 0 are NaN or infinite." in result.warnings
    assert [len(piece.values) for piece in pieces] == [100, 99, 5790]


def test_records_that_follow_each_other_become_one_piece(tmp_path):
    parts = {"BW.A..EHZ": sine(1)[:3000].astype("i4"), "BW.A..EHZ#2": sine(1)[3000:].astype("i4")}

    with files(write_miniseed(tmp_path / "a.mseed", parts, offsets={"BW.A..EHZ#2": 30.0})):
        channel = read_record("a.mseed").channels[0]

    assert [len(piece.values) for piece in channel.pieces] == [6000]


def test_columns_are_chosen_by_name_or_number(tmp_path):
    (tmp_path / "a.csv").write_text("time,a,b\n" + "".join(f"{i},{i},{-i}\n" for i in range(10)))

    with files(tmp_path / "a.csv"):
        assert [channel.name for channel in read_record("a.csv", column="b").channels] == ["b"]
        assert [channel.name for channel in read_record("a.csv", column="0").channels] == ["a"]
        with refused("NO_CHANNEL") as caught:
            read_record("a.csv", column="c")
    assert "a, b" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (bytes(range(256)) * 20, "UNKNOWN_FORMAT"),
        (b"PK\x03\x04" + b"\x00" * 100, "UNKNOWN_FORMAT"),
        (b"\x80\x04\x95obspy.core.stream Stream" + b"\x00" * 600, "UNKNOWN_FORMAT"),
        (b"name,place\na,b\nc,1\nd,e\n", "NO_NUMERIC_COLUMN"),
        (b"\x93NUMPY\x01\x00\x46\x00{'descr': '|O', 'fortran_order': False, 'shape': (3,), }".ljust(80), "WRONG_DTYPE"),
        (b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }".ljust(80), "DAMAGED"),
        (b"\x93NUMPY\x01\x00\x46\x00{'descr': ('<f8', 'fortran_order".ljust(80), "DAMAGED"),
        (b"\x93NUMPY\x09\x00\x46\x00{", "DAMAGED"),
        (b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': False, 'shape': (9**9,)}".ljust(80), "DAMAGED"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00", "DAMAGED"),
        (b"000001D BGLD   EHEBW" + b"\xff" * 600, "DAMAGED"),
        (b"Origin Time  x\nStation Code y\n", "EMPTY_FILE"),
    ],
)
def test_hostile_and_broken_files_are_refused_in_words(content, code, tmp_path):
    (tmp_path / "a.mseed").write_bytes(content)

    with files(tmp_path / "a.mseed"), refused(code):
        read_record("a.mseed", 100.0)


def test_a_huge_array_is_refused_by_its_header(tmp_path):
    np.lib.format.open_memmap(tmp_path / "a.npy", "w+", "i1", (12_000_001,)).flush()

    with files(tmp_path / "a.npy"), refused("TOO_LARGE"):
        read_record("a.npy", 100.0)


def test_nothing_inside_an_archive_is_read(tmp_path):
    # obspy would unpack a zip at the end of a MiniSEED file
    path = write_miniseed(tmp_path / "a.mseed", {"BW.A..EHZ": sine(1).astype("i4")})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b", write_miniseed(tmp_path / "b", {"BW.B..EHZ": sine(1).astype("i4")}).read_bytes())

    with files(path):
        names = [channel.name for channel in read_any_axis("a.mseed").channels]

    assert names == ["BW.A..EHZ"]


def test_obspys_collection_of_broken_miniseed_files_ends_in_words():
    for path in sorted((OBSPY / "io/mseed/tests/data").glob("*.mseed"))[:40]:
        if signal_form(path) == "MSEED":
            with files(path):
                try:
                    read_any_axis(path.name)
                except Exception as error:
                    assert type(error).__name__ == "ToolError", (path.name, error)


def test_no_file_names_those_there_are():
    with files(KNET), refused("NO_FILE") as caught:
        signal_info("x.mseed")

    assert "test.knet" in caught.value.hint
