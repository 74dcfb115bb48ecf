"""One protein or DNA sequence as a person or a model gives it: letters, a FASTA record, or the name of one in a file.

What was left out or changed on the way is told in notes; what cannot be right is a ToolError with the position.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

from assistant.tools.attached import attached
from assistant.tools.biology.records import clean_name
from assistant.tools.biology.sequence_files import GAPS, read_records
from assistant.tools.result import ToolError

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
RARE = {"U": "selenocysteine", "O": "pyrrolysine"}
AMBIGUOUS = {
    "B": "aspartate or asparagine",
    "Z": "glutamate or glutamine",
    "J": "leucine or isoleucine",
    "X": "any residue",
}
EITHER = {"B": "DN", "Z": "EQ", "J": "IL"}
NUCLEOTIDES = "ACGTURYSWKMBDHVN"  # IUPAC
MAX_PROTEIN = 50_000
MAX_DNA = 200_000
THREE_LETTERS = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H",
    "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W",
    "Tyr": "Y", "Val": "V", "Sec": "U", "Pyl": "O",
}  # fmt: skip
NAMES = {letter: name for name, letter in THREE_LETTERS.items()}

_FILE_NAME = re.compile(
    r"(.*\.(?:fa|fasta|faa|fna|ffn|fas|gb|gbk|gbff|genbank|embl|aln|sto|phy|txt|seq|pep))(?::|$)", re.I
)
_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)  # upper() would make an S of a long s
_THREE_LETTER_CHAIN = re.compile(r"[A-Z][a-z]{2}(?:[-\s]*[A-Z][a-z]{2})+")
_MIN_DNA_LIKE = 6  # letters; a shorter peptide may well consist of A, C, G and T


@dataclass(frozen=True, slots=True)
class GivenSequence:
    """letters: capitals, without gaps. title: of a FASTA header or a file's record, or empty."""

    letters: str
    title: str
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.letters)


def read_protein(text: str, argument: str = "sequence") -> GivenSequence:
    """The 20 amino acids, U, O and the ambiguous B, Z, J, X; a stop at the end is left out.

    ToolError INVALID_RESIDUE, INTERNAL_STOP, LOOKS_LIKE_DNA, EMPTY, TWO_SEQUENCES, TOO_LONG, NO_FILE, NO_RECORD.
    """
    body, title, notes = _given(text, argument)
    if _THREE_LETTER_CHAIN.fullmatch(body.strip()) and set(codes := re.findall("[A-Z][a-z]{2}", body)) <= set(
        THREE_LETTERS
    ):
        body = "".join(THREE_LETTERS[code] for code in codes)
        notes.append(f"{argument} was given in three-letter codes and read as {len(codes)} residues.")
    letters = _letters(body, argument, notes)
    if letters.endswith("*"):
        letters = letters.rstrip("*")
        notes.append(f"The stop sign * at the end of {argument} was left out.")
    _check_length(letters, argument, MAX_PROTEIN, "residues")
    if (stop := letters.find("*")) >= 0:
        raise ToolError(
            "INTERNAL_STOP",
            f"{argument} has a stop sign * at position {stop + 1} of {len(letters):,}: a protein ends there.",
            f"Give only residues 1-{stop}, or check the reading frame with translate_dna.",
        )
    _check_letters(letters, AMINO_ACIDS + "".join(RARE) + "".join(AMBIGUOUS), argument)
    _refuse_dna(letters, argument, notes)
    return GivenSequence(letters, title, tuple(notes))


def read_dna(text: str, argument: str = "sequence") -> GivenSequence:
    """IUPAC nucleotide codes; U may stand for T.

    ToolError NOT_DNA (says so when it looks like a protein), EMPTY, TWO_SEQUENCES, TOO_LONG, NO_FILE, NO_RECORD.
    """
    body, title, notes = _given(text, argument)
    letters = _letters(body, argument, notes)
    _check_length(letters, argument, MAX_DNA, "bases")
    wrong = re.search(f"[^{NUCLEOTIDES}]", letters)
    plain = sum(map(letters.count, "ACGTUN"))
    if wrong is None and 2 * plain >= len(letters):
        return GivenSequence(letters, title, tuple(notes))
    if wrong:
        message = f"'{wrong.group()}' at position {wrong.start() + 1} of {argument} is not a nucleotide code"
    else:
        message = f"Only {plain} of the {len(letters):,} letters of {argument} are A, C, G, T, U or N"
    if set(letters) <= set(AMINO_ACIDS + "UOBZJX*"):
        message += ": it looks like a protein"
    raise ToolError(
        "NOT_DNA",
        message + ".",
        "Give DNA or RNA in IUPAC codes (A, C, G, T or U, R, Y, S, W, K, M, B, D, H, V, N). "
        "For a protein use protein_properties or find_motifs.",
    )


def refuse_ambiguous(letters: str, argument: str = "sequence") -> None:
    """ToolError INVALID_RESIDUE for the first residue without a mass of its own."""
    if wrong := re.search("[BZJX]", letters):
        letter = wrong.group()
        raise ToolError(
            "INVALID_RESIDUE",
            f"'{letter}' at position {wrong.start() + 1} of {argument} is not one of the 20 amino acids "
            f"({letter} stands for {AMBIGUOUS[letter]}): mass and charge are not defined.",
            "Replace it by the residue that is meant, or give the part without it.",
        )


def ambiguity_notes(letters: str, effect: str) -> tuple[str, ...]:
    """One sentence that names the ambiguous letters there are, with what was done about them."""
    found = [f"{letters.count(letter)} {letter} ({AMBIGUOUS[letter]})" for letter in AMBIGUOUS if letter in letters]
    return (f"The sequence holds {', '.join(found)}: {effect}.",) if found else ()


def _given(text: str, argument: str) -> tuple[str, str, list[str]]:
    """Lines of sequence, the title, and notes."""
    record = _named_record(text.strip())
    if record is not None:
        return record[0], record[1], []
    lines = [line.strip() for line in text.replace("\\n", "\n").strip().splitlines()]
    headers = [i for i, line in enumerate(lines) if line.startswith(">")]
    if len(headers) > 1 or headers > [0]:
        raise ToolError(
            "TWO_SEQUENCES",
            f"{argument} holds more than one FASTA record: another begins on line {headers[-1] + 1}.",
            "Give one sequence a call.",
        )
    title = clean_name(lines[0][1:]) if headers else ""
    body = "\n".join(line for line in lines[len(headers) :] if line not in ("//", "ORIGIN"))
    if headers and not body.strip():
        raise ToolError(
            "EMPTY",
            f"{argument} is a FASTA header without a sequence: '{title}'.",
            "Put the sequence on a line of its own below the header.",
        )
    return body, title, []


def _named_record(text: str) -> tuple[str, str] | None:
    """Letters and title of FILE or FILE:RECORD; None for what is no name of a file."""
    named = _named_file(text)
    if named is None:
        return None
    file, wanted = named
    records = read_records(attached(file), file).records
    chosen = [record for record in records if wanted in (record.name, clean_name(record.name))] if wanted else records
    if len(chosen) == 1:
        return chosen[0].letters, chosen[0].name
    names = ", ".join(record.name for record in records[:8]) + (", ..." if len(records) > 8 else "")
    if wanted:
        problem = f"{file} has {len(chosen) or 'no'} records named '{clean_name(wanted)}'."
    else:
        problem = f"{file} holds {len(records):,} records; one sequence is needed."
    raise ToolError("NO_RECORD", problem, f"Name one as {file}:ID. Its records are: {names}.")


def _named_file(text: str) -> tuple[str, str] | None:
    """The attached file that the text begins with, and what follows its colon. NO_FILE for the name of another one."""
    if len(text) > 400 or "\n" in text or text.startswith(">") or not re.search("[.:]", text):
        return None
    for end in (len(text), *(i for i, letter in enumerate(text) if letter == ":")):
        with suppress(ToolError):
            attached(text[:end])
            return text[:end], text[end + 1 :].strip()
    if unknown := _FILE_NAME.match(text):
        attached(unknown.group(1))
    return None


def _letters(body: str, argument: str, notes: list[str]) -> str:
    joined = "".join(body.split())
    letters = joined.translate(dict.fromkeys(map(ord, "0123456789" + GAPS)))
    if any(digit in joined for digit in "0123456789"):
        notes.append(f"Digits in {argument} were left out.")
    if gaps := sum(map(joined.count, GAPS)):
        notes.append(f"{gaps} gap signs in {argument} were left out.")
    if any("a" <= letter <= "z" for letter in letters):
        notes.append(f"Lower-case letters of {argument} were read as capitals.")
    if not letters:
        raise ToolError("EMPTY", f"{argument} holds no letters.", "Give a sequence in one-letter codes.")
    return letters.translate(_CAPITALS)


def _check_length(letters: str, argument: str, limit: int, unit: str) -> None:
    if not letters:
        raise ToolError("EMPTY", f"{argument} holds only a stop sign.", "Give a sequence in one-letter codes.")
    if len(letters) > limit:
        raise ToolError(
            "TOO_LONG",
            f"{argument} has {len(letters):,} {unit}; the limit is {limit:,}.",
            "Give the part that matters.",
        )


def _check_letters(letters: str, allowed: str, argument: str) -> None:
    for i, letter in enumerate(letters, 1):
        if letter not in allowed:
            shown = letter if letter.isprintable() else f"U+{ord(letter):04X}"
            raise ToolError(
                "INVALID_RESIDUE",
                f"'{shown}' at position {i} of {argument} is not an amino-acid letter.",
                f"One-letter codes are {AMINO_ACIDS}.",
            )


def _refuse_dna(letters: str, argument: str, notes: list[str]) -> None:
    if not set(letters) <= set("ACGTUN"):
        return
    if len(letters) >= _MIN_DNA_LIKE and len(set(letters) - {"N"}) >= 3:
        raise ToolError(
            "LOOKS_LIKE_DNA",
            f"{argument} looks like {'RNA' if 'T' not in letters else 'DNA'}, not a protein: "
            f"all of its {len(letters):,} letters are nucleotide codes.",
            "Use translate_dna for its protein, or align_sequences with kind dna.",
        )
    notes.append(f"All letters of {argument} are nucleotide codes too; they were read as amino acids.")
