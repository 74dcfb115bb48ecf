"""What a tool returns: facts in words for the model, pictures and files for the person. Plain values, JSON-ready."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

ArtifactKind = Literal[
    "svg",  # a picture of ours, drawn for a light page
    "mol3d",  # an SDF block
    "structure3d",  # PDB, mmCIF or CIF text; meta: format and how to show it
    "png",  # a picture in pixels; meta: boxes over it, times below it
    "table",  # CSV with a header that names the units
    "plot",  # JSON: panels of curves over one axis
    "sequence",  # JSON: residues and features along them
    "alignment",  # JSON: rows of equal length
    "file",  # something to keep, or to use in the next call
]


@dataclass(frozen=True, slots=True)
class ToolArtifact:
    """A picture, a view or a file. name is what the next call may ask for; alt says in words what it shows.

    data is text, or bytes where the format is not text. The JSON of views is described in assistant/tools/views.py.
    """

    kind: ArtifactKind
    name: str
    media_type: str
    data: str | bytes
    alt: str
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """summary: at most 1,500 characters of facts with units. provenance: library, version, method, parameters."""

    summary: str
    artifacts: tuple[ToolArtifact, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What the model is told."""
        return with_notes(self.summary, self.warnings)


def with_notes(summary: str, warnings: Iterable[str]) -> str:
    """The facts, then one line a warning."""
    return "\n".join((summary, *(f"Note: {warning}" for warning in warnings)))


class ToolError(Exception):
    """A refusal written for the model: what was wrong with its call and what would be right.

    is_retryable: the same call may succeed later.
    """

    def __init__(self, code: str, message: str, hint: str = "", is_retryable: bool = False) -> None:
        super().__init__(f"{message} {hint}".strip())
        self.code = code
        self.message = message
        self.hint = hint
        self.is_retryable = is_retryable

    @property
    def text(self) -> str:
        """What the model is told."""
        return f"Error {self.code}: {self}"
