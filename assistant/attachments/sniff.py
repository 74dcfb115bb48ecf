"""What a file is, by its content; its name is never asked. Nothing is parsed here, so a stranger's file is harmless."""

import re

from assistant.attachments.attachment import FileKind, TextKind
from assistant.attachments.smiles_form import has_smiles_form, is_surely_smiles
from engine.processors.csv_table import has_time_column
from engine.processors.sniff import HEAD_BYTES as SIGNAL_HEAD_BYTES
from engine.processors.sniff import image_format, is_video, signal_format

HEAD_BYTES = 65_536  # as much as file_kind wants to see

# Archives, programs and documents that nothing here reads, though parts of them may look like text.
_MARKUP = re.compile(r"<(\?xml|!doctype|html|svg|[a-z]+:)", re.IGNORECASE)
_OTHER = ("%!PS", "{\\rtf", "#EXTM3U", "ffconcat version")
_PDB_ATOM = re.compile(r"(ATOM  |HETATM)[ \dA-Fa-f*]{5} .{4}.[A-Za-z0-9 ]{3}")
_PDB_RECORD = re.compile(
    r"(HEADER|OBSLTE|TITLE |COMPND|SOURCE|KEYWDS|EXPDTA|AUTHOR|REVDAT|JRNL  |REMARK|SEQRES|CRYST1|MODEL |NUMMDL|DBREF )"
)
_COUNTS = re.compile(r"[ \d]{3}[ \d]{3}.*V[23]000\s*$|[ \d]{2}\d[ \d]{2}\d[ \d]{6}")
_SEQUENCE_LINE = re.compile(r"[A-Za-z*.\-]+( [A-Za-z*.\-]+)*")
_PLAIN_SEQUENCE_LINE = re.compile(r"[A-Z*\-]+|(\d+ )?([ACGTUNacgtun]{10} )*[ACGTUNacgtun]{1,10}")
MIN_PLAIN_SEQUENCE = 20
NUM_LIST_LINES = 50


def file_kind(head: bytes) -> FileKind | None:
    """None for what cannot be used here. head: its first HEAD_BYTES."""
    if head.startswith(b"%PDF-"):
        return "text"
    if image_format(head):
        return "image"
    if is_video(head):
        return "video"
    return "signal" if signal_format(head[:SIGNAL_HEAD_BYTES]) else text_kind(head)


def has_own_rate(head: bytes) -> bool:
    """Of a signal: whether the file itself says its sampling rate."""
    form = signal_format(head[:SIGNAL_HEAD_BYTES])
    if form == "CSV":
        return has_time_column(decoded_head(head) or "")
    return form != "NPY"


def text_kind(head: bytes) -> TextKind | None:
    text = decoded_head(head)
    if text is None:
        return None
    start = text.lstrip()
    if not start or _MARKUP.match(start) or start.startswith(_OTHER):
        return None
    lines = text.splitlines()
    if len(head) >= HEAD_BYTES and len(lines) > 1:
        lines = lines[:-1]  # the cut went through it
    if kind := _cif_kind(lines):
        return kind
    if _is_pdb(lines):
        return "structure"
    if is_molfile(lines):
        return "molecule"
    if start.startswith("LOCUS  ") or is_fasta(lines) or _is_plain_sequence(lines):
        return "sequence"
    return "molecule" if is_smiles_list(lines) else "text"


def decoded_head(head: bytes) -> str | None:
    """UTF-8, or UTF-16 that says so; None for bytes that are no text."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # anything else is a character that the cut went through
            return None
        text = head[: error.start].decode(encoding, "ignore")
    is_clean = all(
        c.isprintable() or c in "\t\n\r\f\v\x1a\x85\xa0\u2028\u2029\u3000\ufeff" for c in set(text) if c < "\x7f"
    )
    return text if is_clean else None


def is_molfile(lines: list[str]) -> bool:
    """A MOL file, or the first of an SDF: its fourth line counts atoms and bonds."""
    return len(lines) > 4 and _COUNTS.match(lines[3]) is not None and ("V2000" in lines[3] or "V3000" in lines[3])


def is_fasta(lines: list[str]) -> bool:
    held = [line.strip() for line in lines if line.strip()]
    if not held or not held[0].startswith(">") or len(held) < 2:
        return False
    return all(line.startswith((">", ";")) or _SEQUENCE_LINE.fullmatch(line) for line in held) and any(
        not line.startswith((">", ";")) for line in held
    )


def is_smiles_list(lines: list[str]) -> bool:
    """The first word of each line has the form of a SMILES, of half of them surely; a line of names may go ahead."""
    held = [line.split() for line in lines if line.strip() and not line.startswith("#")][:NUM_LIST_LINES]
    words = [cells[0] for cells in held]
    if len(words) > 1 and words[0].lower().strip(",;") in ("smiles", "canonical_smiles"):
        words = words[1:]
    is_short = all(len(cells) <= 8 for cells in held)
    return (
        bool(words)
        and is_short
        and all(map(has_smiles_form, words))
        and 2 * sum(map(is_surely_smiles, words)) >= len(words)
    )


def _cif_kind(lines: list[str]) -> TextKind | None:
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    if not first.lower().startswith("data_"):
        return None
    is_macromolecular = any(re.match(r"_[A-Za-z]\w*\.\w", line) for line in lines)
    return "structure" if is_macromolecular else "crystal"


def _is_pdb(lines: list[str]) -> bool:
    held = [line for line in lines if line.strip()]
    if any(_PDB_ATOM.match(line) for line in held):
        return all(_PDB_RECORD.match(line) or _PDB_ATOM.match(line) for line in held[:1])
    return len(held) > 2 and held[0].startswith("HEADER    ") and all(map(_PDB_RECORD.match, held[:3]))


def _is_plain_sequence(lines: list[str]) -> bool:
    held = [line.strip() for line in lines if line.strip()]
    letters = "".join(held)
    if sum(map(str.isalpha, letters)) < MIN_PLAIN_SEQUENCE or set(letters) <= set("CNOPSFIBH"):
        return False
    return all(map(_PLAIN_SEQUENCE_LINE.fullmatch, held))
