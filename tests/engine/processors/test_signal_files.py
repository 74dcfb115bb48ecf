import struct
import sys
import warnings
import wave
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidRequest
from engine.processors.signal_files import read_signal


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_an_npy_array_is_read(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(12, dtype=">i2").reshape(6, 2), allow_pickle=False)

    series = read_signal(tmp_path / "a.npy")

    assert series.values.tolist() == np.arange(12).reshape(6, 2).tolist()
    assert series.sampling_rate is None


def test_an_npy_of_objects_is_never_unpacked(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}]))

    with pytest.raises(InvalidRequest, match="holds object; only whole or real numbers"):
        read_signal(tmp_path / "a.npy")


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,), }", "1,000,000,000 numbers; at most"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 1000000000000), }", "empty"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (100,), }", "cut off: 800 bytes"),
        ("{'descr': '<c16', 'fortran_order': False, 'shape': (100,), }", "complex128"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "empty"),
        ("{'descr': 'x', 'fortran_order': False, 'shape': (1,), }", "damaged header"),
        ("__import__('os').system('true')", "damaged header"),
    ],
)
def test_an_npy_header_is_checked_before_its_numbers(tmp_path, header, complaint):
    text = header.ljust(117) + "\n"
    path = write(tmp_path, "a.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode())

    with pytest.raises(InvalidRequest, match=complaint):
        read_signal(path)


@pytest.mark.parametrize(
    "text",
    [
        "1,4\n2,5\n3,6\n",
        "a,b\n1,4\n2,5\n3,6\n",
        "1;4\n2;5\n3;6",
        "1\t4\r\n2\t5\r\n3\t6\r\n",
        "# note\n1 4\n\n2  5\n3 6\n",
    ],
    ids=["comma", "names", "semicolon", "tab", "space and comments"],
)
def test_columns_are_parted_by_any_usual_mark(tmp_path, text):
    series = read_signal(write(tmp_path, "a.csv", text))

    assert series.values.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert series.sampling_rate is None


def test_decimal_commas_are_read_between_semicolons(tmp_path):
    assert read_signal(write(tmp_path, "a.csv", "1,5;2,5\n3,5;4,5\n")).values.tolist() == [[1.5, 2.5], [3.5, 4.5]]


@pytest.mark.parametrize("name", ["time", "t", "Seconds", "time (s)", "time_s", "t[s]"])
def test_a_time_column_gives_the_rate_and_is_no_channel(tmp_path, name):
    rows = "".join(f"{index / 128:.6f},{index % 5}\n" for index in range(300))

    series = read_signal(write(tmp_path, "a.csv", f"{name},value\n{rows}"))

    assert series.sampling_rate == pytest.approx(128, rel=1e-5)
    assert series.values.shape == (300, 1)
    assert series.description == f"CSV columns value, without the {name} column"


def test_uneven_times_are_refused(tmp_path):
    with pytest.raises(InvalidRequest, match=r"column time is not evenly spaced: its steps go from 1 to 2 s"):
        read_signal(write(tmp_path, "a.csv", "time,v\n0,1\n1,1\n2,1\n4,1\n"))


def test_a_column_of_years_is_no_channel(tmp_path):
    series = read_signal(write(tmp_path, "a.csv", '"YEAR","SUNACTIVITY"\n1700,5\n1701,11\n1702,16\n'))

    assert series.values.tolist() == [[5], [11], [16]]
    assert series.sampling_rate is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a,b\n1,2\n\n3,x\n", "Line 4 of the file holds 'x' where a number is needed"),
        ("a,b\n1,2\n3,\n", "Line 3 of the file holds '' where a number is needed"),
        ("a,b\n1,2\n3,4,5\n6,7\n", "Line 3 of the file has 3 numbers and those before it 2"),
        ("a,b\n", "a row of names and no numbers"),
        ("# only a note\n", "no numbers"),
        ("a,b,c\n1,2\n3,4\n", "3 names and the next one 2 numbers"),
        (b"\xff\xfe1\x002\x00", "send NPY, CSV, WAV or MiniSEED"),
    ],
)
def test_a_text_that_is_no_table_says_where(tmp_path, text, complaint):
    with pytest.raises(InvalidRequest, match=complaint):
        read_signal(write(tmp_path, "a.csv", text))


def wav(tag: int, bits: int, samples: bytes, channels: int = 1, rate: int = 8_000) -> bytes:
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8 % 2**16, bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("tag", "bits", "samples"),
    [
        (1, 8, bytes([128, 192, 64])),
        (1, 16, struct.pack("<3h", 0, 16_384, -16_384)),
        (1, 24, b"\0\0\0" + b"\0\0\x40" + b"\0\0\xc0"),
        (1, 32, struct.pack("<3i", 0, 2**30, -(2**30))),
        (3, 32, struct.pack("<3f", 0, 0.5, -0.5)),
        (3, 64, struct.pack("<3d", 0, 0.5, -0.5)),
    ],
)
def test_every_width_of_sound_keeps_its_rate(tmp_path, tag, bits, samples):
    series = read_signal(write(tmp_path, "a.wav", wav(tag, bits, samples)))

    assert series.values.tolist() == [[0.0], [0.5], [-0.5]]
    assert series.sampling_rate == 8_000.0


def test_stereo_as_python_writes_it_is_read(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(struct.pack("<4h", 0, 16_384, 8_192, -16_384))

    series = read_signal(tmp_path / "a.wav")

    assert series.values.tolist() == [[0.0, 0.5], [0.25, -0.5]]
    assert series.sampling_rate == 44_100.0


def test_a_wav_that_claims_more_than_it_has_is_read_to_its_end(tmp_path):
    content = wav(1, 16, struct.pack("<2h", 1, 2)).replace(b"data" + struct.pack("<I", 4), b"data" + b"\xff" * 4)

    assert read_signal(write(tmp_path, "a.wav", content)).values.shape == (2, 1)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (wav(2, 4, b"\0" * 100), "format 2 with 4 bits"),
        (wav(1, 16, b"\0" * 100, channels=0), "0 channels"),
        (wav(1, 16, b"\0" * 100, rate=0), "at 0 Hz"),
        (wav(1, 16, b""), "empty"),
        (wav(1, 16, b"\0" * 131_070, channels=65_535), "65,535 channels"),
        (b"RIFF\0\0\0\0WAVE", "no sound in it"),
    ],
)
def test_a_damaged_wav_is_refused(tmp_path, content, complaint):
    with pytest.raises(InvalidRequest, match=complaint):
        read_signal(write(tmp_path, "a.wav", content))


@pytest.fixture
def obspy():
    return pytest.importorskip("obspy", reason="obspy writes the MiniSEED files", exc_type=ImportError)


def write_miniseed(obspy, path: Path, *channels: str, lengths: tuple[int, ...] = (500, 500, 500)) -> Path:
    traces = [
        obspy.Trace(np.arange(length, dtype=np.int32), {"sampling_rate": 100.0, "station": "A", "channel": channel})
        for channel, length in zip(channels, lengths, strict=False)
    ]
    obspy.Stream(traces).write(str(path), format="MSEED")
    return path


def test_the_components_of_a_seismogram_are_channels(tmp_path, obspy):
    series = read_signal(write_miniseed(obspy, tmp_path / "a[1].mseed", "EHZ", "EHN", "EHE"))

    assert series.values.shape == (500, 3)
    assert series.sampling_rate == 100.0
    assert series.description == "MiniSEED .A..EHZ, .A..EHN, .A..EHE"


def test_gaps_and_unequal_channels_are_refused(tmp_path, obspy):
    with pytest.raises(InvalidRequest, match="2 pieces of 1 channels"):
        read_signal(write_miniseed(obspy, tmp_path / "a", "EHZ", "EHZ"))
    with pytest.raises(InvalidRequest, match="400 to 500 samples"):
        read_signal(write_miniseed(obspy, tmp_path / "b", "EHZ", "EHN", lengths=(500, 400)))


def test_a_pickle_that_poses_as_miniseed_is_not_unpacked(tmp_path, obspy):
    path = write(tmp_path, "a.mseed", b"000001D " + b"A" * 12 + b"obspy.core.stream" + bytes(600))

    with pytest.raises(InvalidRequest, match="MiniSEED file is damaged"):
        read_signal(path)


def test_without_obspy_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "obspy", None)

    with pytest.raises(InvalidRequest, match=r"pip install 'benchside\[seismic\]'"):
        read_signal(write(tmp_path, "a.mseed", b"000001D " + b"A" * 56))


def test_of_a_recording_with_gaps_the_longest_piece_can_be_asked_for(tmp_path, obspy):
    path = write_miniseed(obspy, tmp_path / "a", "EHZ", "EHZ", "EHN", lengths=(400, 500, 500))

    series = read_signal(path, whole=False)

    assert series.values.shape == (500, 2)
    assert series.left_out == "the longest of 3 pieces, since the recording has gaps"
    assert read_signal(write_miniseed(obspy, tmp_path / "b", "EHZ", "EHN"), whole=False).left_out == ""


def test_of_channels_that_differ_the_longest_can_be_asked_for(tmp_path, obspy):
    path = write_miniseed(obspy, tmp_path / "a", "EHZ", "EHN", lengths=(500, 400))

    series = read_signal(path, whole=False)

    assert series.values.shape == (500, 1)
    assert series.left_out == "1 of 2 channels, since they differ in length, rate or start"


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_a_sac_recording_says_its_rate_and_start(tmp_path, obspy, byteorder):
    header = {
        "sampling_rate": 50.0,
        "station": "SCZ",
        "channel": "BHE",
        "starttime": obspy.UTCDateTime(2004, 1, 3, 8, 16),
    }
    obspy.Trace(np.arange(300, dtype=np.float32), header).write(str(tmp_path / "a"), format="SAC", byteorder=byteorder)

    series = read_signal(tmp_path / "a")

    assert series.values[:, 0].tolist() == list(range(300))
    assert series.sampling_rate == pytest.approx(50.0)
    assert (series.description, series.starts_at) == ("SAC .SCZ..BHE", "2004-01-03T08:16:00")


def write_segy(obspy, path: Path, num_traces: int) -> Path:
    header = {"sampling_rate": 500.0}
    traces = [obspy.Trace(np.full(100, place, dtype=np.float32), header) for place in range(num_traces)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # obspy says that it makes headers of its own
        obspy.Stream(traces).write(str(path), format="SEGY", data_encoding=5)
    return path


def test_the_traces_of_a_segy_file_are_channels(tmp_path, obspy):
    series = read_signal(write_segy(obspy, tmp_path / "a", 3))

    assert series.values[0].tolist() == [0, 1, 2]
    assert (series.sampling_rate, series.description) == (500.0, "SEG-Y")


def test_of_very_many_traces_the_first_can_be_asked_for(tmp_path, obspy):
    path = write_segy(obspy, tmp_path / "a", 70)

    with pytest.raises(InvalidRequest, match="SEG-Y file has 70 traces; 1 to 64 can be read"):
        read_signal(path)
    series = read_signal(path, whole=False)

    assert series.values.shape == (100, 64)
    assert series.left_out == "the first 64 of 70 traces"


def test_a_knet_recording_is_read_with_its_time_in_utc(tmp_path, obspy):
    names = ("Lat.", "Long.", "Depth. (km)", "Mag.", "Station Lat.", "Station Long.", "Station Height(m)")
    rows = {
        "Origin Time": "1996/08/11 03:12:00",
        **dict.fromkeys(names[:4], "7"),
        "Station Code": "AKT013",
        **dict.fromkeys(names[4:], "39"),
        "Record Time": "1996/08/11 03:12:39",
        "Sampling Freq(Hz)": "100Hz",
        "Duration Time(s)": "1",
        "Dir.": "E-W",
        "Scale Factor": "2000(gal)/8388608",
        "Max. Acc. (gal)": "1.0",
        "Last Correction": "1996/08/11 03:12:00",
        "Memo.": "",
    }
    header = "".join(f"{name:<18}{value}\n" for name, value in rows.items())
    path = write(tmp_path, "a", header + (" ".join(f"{n:8d}" for n in range(8)) + "\n") * 12)

    series = read_signal(path)

    # Japan is 9 h ahead, and the recorder starts 15 s late (K-NET's description of its format)
    assert (series.sampling_rate, series.starts_at) == (100.0, "1996-08-10T18:12:24")
    assert series.values.shape == (96, 1)


def test_an_error_of_obspy_names_no_path(tmp_path, obspy):
    path = write_miniseed(obspy, tmp_path / "a", "EHZ")
    path.write_bytes(path.read_bytes()[:300])

    with pytest.raises(InvalidRequest) as refusal:
        read_signal(path)

    assert str(tmp_path) not in str(refusal.value)


def test_a_table_of_too_many_rows_is_refused_before_it_is_parsed(tmp_path):
    with pytest.raises(InvalidRequest, match="has 2,000,001 rows; at most 2,000,000 can be read: send an NPY file"):
        read_signal(write(tmp_path, "a.csv", "1\n" * 2_000_001))
