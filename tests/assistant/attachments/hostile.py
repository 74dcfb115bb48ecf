"""Damaged and hostile files, made here. Each names what a person is told of it, or what is understood of it."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from tests.assistant.attachments.files import mp4, png

CANARY = Path("/tmp/benchside-canary")  # what a file that ran would leave behind


@dataclass(frozen=True, slots=True)
class Hostile:
    """end: at the door (a code), at the reader (a sentence), or harmless (what was understood). says: a pattern."""

    name: str
    content: Callable[[Path], bytes]
    end: Literal["door", "reader", "harmless"]
    says: str


def at_the_door(name: str, content: bytes, code: str = "file_unknown") -> Hostile:
    return Hostile(name, lambda folder: content, "door", code)


def at_the_reader(name: str, content: bytes | Callable[[Path], bytes], says: str) -> Hostile:
    return Hostile(name, content if callable(content) else lambda folder: content, "reader", says)


def harmless(name: str, content: bytes | Callable[[Path], bytes], says: str) -> Hostile:
    return Hostile(name, content if callable(content) else lambda folder: content, "harmless", says)


def png_header(width: int, height: int, depth: int = 8) -> bytes:
    """Nothing but a header and a few bytes that unpack to nothing."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0")))
    framed = (
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data)) for tag, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def gif(width: int, height: int, frames: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\x02\x02D\x01\0"
    return head + frame * frames + b";"


def forged_mp4(folder: Path) -> bytes:
    """Its table of times announces 2 147 483 647 frames: decord asks for memory for all of them and dies."""
    content = bytearray(mp4(folder / "forged.mp4"))
    place = content.index(b"stts")
    content[place + 12 : place + 16] = struct.pack(">I", 2**31 - 1)
    return bytes(content)


def wav(channels: int, size: int, data: bytes, tag: int = 1, bits: int = 16, rate: int = 8000) -> bytes:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, (rate * block) % 2**32, block % 2**16, bits)
    return (
        b"RIFF" + struct.pack("<I", 2**32 - 1) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size) + data
    )


def miniseed(folder: Path) -> bytes:
    obspy = pytest.importorskip("obspy", reason="obspy is not installed")
    numpy = pytest.importorskip("numpy")
    file = io.BytesIO()
    data = numpy.arange(5000, dtype=numpy.int32)
    obspy.Trace(data, {"sampling_rate": 100.0, "station": "A", "channel": "HHZ"}).write(file, "MSEED", reclen=512)
    return file.getvalue()


def endless_record(folder: Path) -> bytes:
    """Its first record says that it is 2^30 bytes long."""
    content = bytearray(miniseed(folder))
    content[48 + 6] = 30
    return bytes(content)


def npy_header(shape: str, descr: str = "<f8") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode()


def pdf(page: str = "", stream: bytes = b"", catalogue: str = "") -> bytes:
    objects = (
        f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R {page} >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    content, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, trailer)


def encrypted_pdf(folder: Path) -> bytes:
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    writer = pypdf.PdfWriter(io.BytesIO(pdf(FONT, HELLO)))
    writer.encrypt("secret", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def molblock(counts: str, atoms: str = "") -> bytes:
    return f"x\n  x\n\n{counts}\n{atoms}M  END\n$$$$\n".encode()


def pdb_atom(number: int, x: str = "   1.000") -> str:
    return f"ATOM  {number:5d}  CA  GLY A{number:4d}    {x}   2.000   3.000  1.00 10.00           C\n"


def sac(num_samples: int, spacing: float) -> bytes:
    head = bytearray(632)
    struct.pack_into("<f", head, 0, spacing)
    struct.pack_into("<i", head, 304, 6)
    struct.pack_into("<i", head, 316, num_samples)
    return bytes(head) + bytes(400)


def segy(num_samples: int, interval_us: int) -> bytes:
    binary = bytearray(400)
    struct.pack_into(">h", binary, 16, interval_us)
    struct.pack_into(">H", binary, 20, num_samples)
    struct.pack_into(">h", binary, 24, 5)
    return b"C 1 CLIENT".ljust(3200) + bytes(binary) + bytes(240) + bytes(100)


FONT = "/Resources << /Font << /F1 5 0 R >> >>"
HELLO = b"BT /F1 24 Tf 20 200 Td (Hello from a page) Tj ET"
PICKLE = b"cos\nsystem\n(S'touch %s'\ntR." % bytes(CANARY)
GLYCINES = "".join(map(pdb_atom, range(1, 6)))
ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

HOSTILE = (
    # not what the name says
    harmless("quake.mseed", PICKLE + b"obspy.core.stream", "text, 4 lines"),
    at_the_door(
        "binary.mseed", b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x02os\x94\x8c\x06system\x94\x93.obspy.core.stream"
    ),
    at_the_reader("posing.mseed", b"000001D " + b"A" * 12 + PICKLE + bytes(600), "MiniSEED file is damaged"),
    at_the_door("data.zip", b"PK\x03\x04" + bytes(100)),
    at_the_door("data.csv", b"\x1f\x8b\x08\0" + bytes(100)),
    at_the_door("data.tar", b"notes.txt".ljust(100, b"\0") + b"0000644\0".ljust(412, b"\0") + b"hello"),
    at_the_door("tool.png", b"\x7fELF\x02\x01\x01" + bytes(100)),
    at_the_door("nothing.png", b"", "file_empty"),
    # pictures
    at_the_reader("thin.png", png_header(1, 80_000_000), "1 x 80,000,000 pixels; a side may have 16,384"),
    at_the_reader("flat.png", png_header(13_000, 13_000, 1), "13,000 x 13,000 pixels"),
    at_the_reader(
        "cut.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xda", "not a picture|cut off"
    ),
    at_the_reader("half.png", png()[: len(png()) // 2], "PNG picture is cut off or damaged"),
    at_the_reader("loop.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "not a picture|cut off or damaged"),
    at_the_reader("large.gif", gif(9000, 9000, 200), "9,000 x 9,000 pixels"),
    harmless("long.gif", gif(16, 16, 100_000), "16 x 16 picture"),
    at_the_door("vector.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
    at_the_door("page.png", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run\n"),
    at_the_door("photo.jpg", b"\0\0\0\x20ftypheic" + bytes(40)),
    # videos
    at_the_reader("forged.mp4", forged_mp4, "video|damaged or not what it seems"),
    at_the_reader("noise.webm", b"\x1a\x45\xdf\xa3" + bytes(500), "not a video that can be played"),
    at_the_door("list.mp4", b"#EXTM3U\nfile:///etc/passwd\n"),
    at_the_door("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
    # series of numbers
    at_the_reader(
        "nan.wav", wav(1, 400, struct.pack("<100f", *[float("nan")] * 100), 3, 32), "100 of 100 numbers are not fin"
    ),
    at_the_reader("wide.wav", wav(65_535, 2**32 - 1, bytes(4 * 65_535)), "2 samples of 65,535 channels; at most 64"),
    harmless("lying.wav", wav(1, 2**32 - 1, bytes(range(250)) * 40), "1 channel, 8000 Hz"),
    at_the_reader("rows.csv", lambda folder: b"1\n" * 10**7, "10,000,000 rows; at most 2,000,000"),
    at_the_reader("cut.mseed", lambda folder: miniseed(folder)[:300], "MiniSEED file is damaged"),
    at_the_reader("record.mseed", endless_record, "MiniSEED file is damaged"),
    at_the_reader("object.npy", npy_header("(3,)", "|O") + PICKLE, "holds object; only whole or real numbers"),
    at_the_reader("overflow.npy", npy_header(f"({2**62}, 8)"), "at most"),
    at_the_reader("promise.npy", npy_header("(9000000,)"), "cut off: 72,000,000 bytes"),
    at_the_reader("long.sac", sac(2**31 - 1, 0.01), "SAC file is damaged"),
    at_the_reader("still.sac", sac(100, 0.0), "sampling rate must be above 0|SAC file is damaged"),
    at_the_reader("cut.segy", segy(65_535, 2000), "SEG-Y file is damaged"),
    # molecules
    harmless("chain.smi", b"C" * 2000, "1 molecule, C2000H4002, 2,000 heavy atoms"),
    harmless("chains.smi", b"C" * 100_000, "text, 1 line"),
    at_the_reader(
        "million.sdf",
        molblock("  0  0  0     0  0            999 V3000", "M  V30 COUNTS 1000000 1000000 0 0 0\n"),
        "1,000,000 atoms and at most 10,000",
    ),
    at_the_reader(
        "cut.sdf", molblock("999999  0  0  0  0            999 V2000"), "announces 999 atoms and 999 bonds and has"
    ),
    at_the_reader("valence.smi", b"C(C)(C)(C)(C)(C)C\n", "Line 1: no valid SMILES"),
    # sequences
    at_the_reader(
        "binary.fasta", b">x\n" + b"ACGTACGTAC\n" * 7000 + b"\0\0\0", "holds a zero byte at character 77,004"
    ),
    at_the_reader("tail.fasta", b">x\n" + b"ACGTACGTAC\n" * 7000 + b"\xff\xfe\xfd", "byte 77,004 is no character"),
    at_the_reader(
        "script.fasta", b">x\n" + b"ACGTACGTAC\n" * 7000 + b"AC<script>\n", "Line 7,002, character 3 holds '<'"
    ),
    # structures and crystals
    harmless(
        "remark.pdb", f"REMARK </script><script>alert(1)</script>\n{GLYCINES}END\n".encode(), "1 chain, 5 residues"
    ),
    at_the_reader(
        "nan.pdb", (GLYCINES + pdb_atom(6, "     nan")).encode(), "Line 6 has coordinates that are not finite"
    ),
    at_the_reader("empty.pdb", b"HEADER    X\nTITLE     NOTHING\nREMARK   1\nEND\n", "has no atoms"),
    at_the_reader(
        "loop.cif", b"data_x\n_cell_length_a 1\nloop_\n" + b"_atom_site_label\n" * 100_000, "CIF file is damaged"
    ),
    at_the_reader("quote.cif", b"data_x\n_entry.id 1\n_struct.title 'open\n" + b"x" * 1000, "CIF file is damaged"),
    # text
    at_the_door("bomb.xml", f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "x">{ENTITIES}]><l>&l9;</l>'.encode()),
    at_the_door("page.txt", b"<!DOCTYPE html><html><script>alert(1)</script></html>"),
    harmless("script.pdf", pdf(FONT, HELLO, "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), "PDF, 1 page"),
    at_the_reader("scan.pdf", pdf(), "1 page and no text in it"),
    at_the_reader("secret.pdf", encrypted_pdf, "encrypted"),
    at_the_reader("cut.pdf", pdf(FONT, HELLO)[:100], "PDF is damaged"),
    harmless("deep.json", b"[" * 100_000, "text, 1 line"),
)
