"""The library of most of these tools, for provenance."""

from assistant.tools.optional import optional


def biopython() -> str:
    """Its name with its version."""
    return f"biopython {optional('Bio', 'biopython').__version__}"
