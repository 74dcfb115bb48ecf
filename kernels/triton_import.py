"""Triton, where it is installed: every kernel takes it from here.

It is made for Linux. Elsewhere stand-ins let the kernels' files be imported, so that their CPU paths work as ever, and
refuse what would need Triton.
"""

from typing import Any


class _Absent:
    """Stands for triton, triton.language and every name in them, and for a kernel made with triton.jit."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> "_Absent":
        return _Absent(f"{self._name}.{name}")

    def __call__(self, *args: Any, **options: Any) -> "_Absent":
        """As the decorators are called, with and without options."""
        return self

    def __getitem__(self, grid: Any) -> Any:
        raise RuntimeError("This operation needs Triton on this device, and Triton is not installed here.")


try:
    import triton
    import triton.language as tl
    from triton.tools.tensor_descriptor import TensorDescriptor
except ModuleNotFoundError as error:
    if error.name != "triton":
        raise
    triton, tl, TensorDescriptor = _Absent("triton"), _Absent("triton.language"), _Absent("TensorDescriptor")
    is_interpreted = False
else:
    # Read by triton.jit, so of all kernels that are imported after this.
    is_interpreted = triton.knobs.runtime.interpret
    # Products and sums may become one instruction. Said here because Triton 3.10 will assume otherwise.
    triton.knobs.language.default_fp_fusion = True

__all__ = ["TensorDescriptor", "is_interpreted", "tl", "triton"]
