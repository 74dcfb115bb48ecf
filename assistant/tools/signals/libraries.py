"""Names and versions for a result's provenance."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

READERS = ("obspy", "numpy", "pandas")


def version(*packages: str) -> str:
    """ "obspy 1.5.1, scipy 1.17.1": of those that are installed."""
    found = []
    for package in packages:
        try:
            found.append(f"{package} {installed(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
