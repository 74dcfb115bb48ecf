"""A kernel at one shape of a model, with all that compiling it needs: what kernels/report and kernels/bench go through.

Every file with a kernel has `variants(architecture) -> list[Variant]`, architecture as in kernels/launch_config.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kernels.launch_config import LaunchConfig
from kernels.triton_import import triton


@dataclass(frozen=True, slots=True)
class Variant:
    """signature: the type of every argument by name, as Triton spells it ("*bf16", "i32", "tensordesc<bf16[128,64]>"),
    or "constexpr", for those that constants has a value of. ":16" behind an integer: there it is a multiple of 16,
    which lets Triton load several numbers at once.

    shape: for people, such as "S1 decode 64". num_bytes and num_flops: what the operation must at least read, write
    and compute there. uses_*: what must be found in the machine code where the architecture has it.
    """

    kernel: triton.JITFunction
    signature: Mapping[str, str]
    constants: Mapping[str, object]
    config: LaunchConfig
    shape: str
    num_bytes: int
    num_flops: int
    uses_tensor_cores: bool = False
    uses_tma: bool = False
