"""Names and versions for a result's provenance."""

from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

READERS = ("obspy", "numpy", "pandas")


def version(*packages: str) -> str:
    """ "obspy 1.5.1, scipy 1.17.1": of those that are installed."""
    return ", ".join(filter(None, map(_named, packages)))


@cache
def _named(package: str) -> str:
    try:
        return f"{package} {installed(package)}"
    except PackageNotFoundError:
        return ""
