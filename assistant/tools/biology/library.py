"""The library of most of these tools: its version for provenance, and its substitution matrices."""

from functools import cache
from typing import Any

from assistant.tools.optional import optional


def biopython() -> str:
    """Its name with its version."""
    return f"biopython {optional('Bio', 'biopython').__version__}"


@cache
def substitution_matrix(name: str) -> Any:
    """matrix[letter, letter] is a score."""
    return optional("Bio.Align.substitution_matrices", "biopython").load(name)
