"""What a model is told of a file that is text to it: what was understood, and as much of the content as fits."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from assistant.attachments.attachment import AttachmentError, TextKind
from assistant.attachments.plain_text import visible

MAX_CHARACTERS = 4_000  # of one file in a prompt
MIN_CHARACTERS = 300
ASSUMED_MODEL_LEN = 32_768
MAX_LINE = 1_500
MAX_UNDERSTOOD = 500


@dataclass(frozen=True, slots=True)
class FileText:
    """lines: from the beginning, as many as may ever be told. num_units: of all lines, molecules ... of the file."""

    kind: TextKind
    understood: str
    lines: tuple[str, ...]
    num_units: int
    unit: str = "line"

    def part(self, name: str, max_characters: int = MAX_CHARACTERS) -> str:
        """What stands in the prompt."""
        told = self.told(max_characters)
        left = self.num_units - len(told)
        units = self.unit if left == 1 else f"{self.unit}s"
        end = f"... {left:,} more {units}; tools can read the whole file by its name" if left else f"end of {name}"
        return "\n".join([f"[File {name}: {self.understood}]", *told, f"[{end}]"])

    def seen(self, max_characters: int = MAX_CHARACTERS) -> str:
        """How much of it stands in the prompt, in words for the person."""
        num_told = len(self.told(max_characters))
        if num_told < self.num_units:
            return f"the model reads the first {num_told:,} of {self.num_units:,} {self.unit}s"
        return "the model reads all of it"

    def told(self, max_characters: int) -> list[str]:
        """The lines that fit."""
        told: list[str] = []
        num_characters = 0
        for line in self.lines:
            num_characters += len(line) + 1
            if num_characters > max_characters and told:
                break
            told.append(line if num_characters <= max_characters else line[: max_characters - 1] + "…")
        return told


def file_text(
    kind: TextKind, understood: str, lines: Sequence[str], num_units: int | None = None, unit: str = "line"
) -> FileText:
    """Of a file's own lines: as many as may ever be told, without what is invisible."""
    kept, num_characters = [], 0
    for line in lines:
        if num_characters > MAX_CHARACTERS:
            break
        shown = visible(line[: MAX_LINE + 1])
        kept.append(
            shown if len(line) <= MAX_LINE else f"{shown[:MAX_LINE]}… ({len(line) - MAX_LINE:,} more characters)"
        )
        num_characters += len(kept[-1]) + 1
    num_units = len(lines) if num_units is None else num_units
    return FileText(kind, visible(understood)[:MAX_UNDERSTOOD], tuple(kept), num_units, unit)


def save_text(text: FileText, path: Path) -> None:
    path.write_text(json.dumps(asdict(text)))


def load_text(path: Path) -> FileText:
    """What save_text wrote. The writer has read a stranger's file, so nothing in it is taken for granted."""
    try:
        found = json.loads(path.read_text())
        text = FileText(
            found["kind"],
            str(found["understood"]),
            tuple(map(str, found["lines"])),
            int(found["num_units"]),
            str(found["unit"]),
        )
        if text.kind not in get_args(TextKind) or sum(map(len, text.lines)) > 2 * MAX_CHARACTERS:
            raise ValueError("it is not of our making")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AttachmentError(f"The prepared file cannot be used ({error}): attach it again.") from error
    return text


def characters_for(max_model_len: int, num_files: int) -> int:
    """How much of each of a question's files a model of this many tokens is told; 0 is of one that does not say."""
    return max(MIN_CHARACTERS, min(MAX_CHARACTERS, (max_model_len or ASSUMED_MODEL_LEN) // (2 * max(num_files, 2))))
