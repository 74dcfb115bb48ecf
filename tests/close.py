"""The one place that knows how close is close enough for arithmetic that rounds."""

from torch import Tensor

SLACK = 2.0


def assert_as_accurate(actual: Tensor, exact: Tensor, naive: Tensor, slack: float = SLACK) -> None:
    """`actual` may be at most `slack` times as far from `exact` (float64) as PyTorch at its dtype (`naive`) is."""
    assert actual.shape == exact.shape, f"shape {tuple(actual.shape)}, expected {tuple(exact.shape)}"
    assert actual.dtype == naive.dtype, f"dtype {actual.dtype}, expected {naive.dtype}"
    assert actual.isfinite().all(), "output has NaN or Inf"
    error = (actual.double() - exact).abs().max().item() if actual.numel() else 0.0
    allowed = slack * (naive.double() - exact).abs().max().item() + 1e-6 if actual.numel() else 0.0
    assert error <= allowed, f"max error {error:.3g}, allowed {allowed:.3g} ({slack} x PyTorch's own)"
