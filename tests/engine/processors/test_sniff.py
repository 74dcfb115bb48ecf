import io
import struct

import numpy as np
import pytest
from PIL import Image

from engine.processors.sniff import HEAD_BYTES, sniff_kind


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_pictures_are_known_by_their_content(form):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, form)

    assert sniff_kind(buffer.getvalue()[:HEAD_BYTES]) == "image"


def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x20ftypisom", "video"),
        (b"\0\0\0\x14ftypqt  ", "video"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0", "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"\0\0\0\x20ftypheic", None),
        (b"\0\0\0\x20ftypavif", None),
        (b"RIFF\0\0\0\0WAVEfmt ", "signal"),
        (npy(), "signal"),
        (b"000001D RJOB   EHZBW\x07\xd9", "signal"),
        (b"MS\x03\x04", "signal"),
        (b"time,value\n0,1\n1,2\n", "signal"),
        (b"1.5\n-2e-3\n.25\n", "signal"),
        (b"\xef\xbb\xbfa;b\r\n1;2\r\n3;4\r\n", "signal"),
        (b"# x\n1 2\n3 4\n", "signal"),
        (b"\xd0\xa2,v\n1,2\n" * 1 + b"3,4\n" * 2000, "signal"),
        (b"", None),
        (b"42\n", None),
        (b"Result:\n42\n", None),
        (b"name,mass\nwater,18\n", None),
        (b"1 m wide and 2 m long\n", None),
        (b"Origin Time       1996/08/11 03:12:00\nStation Code      AKT013\n", "signal"),
        (b"C 1 CLIENT".ljust(3200) + bytes(24) + b"\0\x05" + bytes(374), "signal"),
        (b"\xc3\x40\xf1".ljust(3200, b"\x40") + bytes(24) + b"\0\x01" + bytes(374), "signal"),
        (b"C 1 CLIENT".ljust(3200) + bytes(24) + b"\0\x63" + bytes(374), None),
        (struct.pack("<f300xi8xi312x", 0.01, 6, 1000), "signal"),
        (struct.pack(">f300xi8xi312x", 0.01, 6, 1000), "signal"),
        (struct.pack("<f300xi8xi312x", 0.01, 6, -1), None),
        (b"BMW is a make of car\n", None),
        (b"CCO ethanol\nCC ethane\n", None),
        (b">sp|P69905\nMVLSPADK\n", None),
        (b"%PDF-1.7", None),
        (b"PK\x03\x04", None),
        (b"#EXTM3U\nfile:///etc/passwd\n", None),
        (b"ffconcat version 1.0\nfile x\n", None),
        (b"\xff\xfe\x00\x01", None),
    ],
)
def test_kinds_are_known_by_their_content(head, kind):
    assert sniff_kind(head[:HEAD_BYTES]) == kind


def test_a_character_that_the_cut_goes_through_does_not_hide_a_table():
    text = ("\N{GREEK SMALL LETTER MU}V\n1\n2\n" + "# \N{GREEK SMALL LETTER MU}\n" * 3000).encode()
    cut = next(size for size in range(HEAD_BYTES - 8, HEAD_BYTES) if text[size - 1 : size] == b"\xce")

    assert sniff_kind(text[:cut]) == "signal"
