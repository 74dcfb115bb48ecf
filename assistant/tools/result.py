"""What a tool returns: facts in words for the model, pictures and files for the person. Plain values, JSON-ready."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ToolArtifact:
    """kind "svg": SVG markup made by us; "mol3d": an SDF block for the 3D viewer. alt says in words what it shows."""

    kind: Literal["svg", "mol3d"]
    name: str
    media_type: str
    data: str
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
        """What the model is told: the facts, then one line a warning."""
        return "\n".join((self.summary, *(f"Note: {warning}" for warning in self.warnings)))


class ToolError(Exception):
    """A refusal written for the model: what was wrong with its call and what would be right."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.code = code
        self.message = message
        self.hint = hint

    @property
    def text(self) -> str:
        """What the model is told."""
        return f"Error {self.code}: {self}"
