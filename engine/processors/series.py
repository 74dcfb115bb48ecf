"""What the readers of signal files give back."""

from dataclasses import dataclass

from engine.processors.signals import Values


@dataclass(frozen=True, slots=True)
class Series:
    """values: [T] or [T, C]; sampling_rate: None where the file does not say; description: what it was read from.

    starts_at: ISO 8601, UTC, where the file says. left_out: in words, where it is less than all of the file.
    """

    values: Values
    sampling_rate: float | None
    description: str
    starts_at: str = ""
    left_out: str = ""
