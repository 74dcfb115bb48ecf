"""A kernel for the tests of the report: a product of matrices as plain as can be."""

from kernels.launch_config import LaunchConfig
from kernels.triton_import import tl, triton
from kernels.variant import Variant

WIDE = LaunchConfig("wide", {"BLOCK": 128, "BLOCK_K": 64}, num_warps=4, num_stages=3)
SMALL = LaunchConfig("small", {"BLOCK": 16, "BLOCK_K": 16}, num_warps=1, num_stages=2)


@triton.jit
def _matmul_kernel(x_ptr, y_ptr, out_ptr, SIZE, BLOCK: tl.constexpr, BLOCK_K: tl.constexpr):
    """x [SIZE, SIZE] times y [SIZE, SIZE] transposed."""
    x = tl.make_tensor_descriptor(x_ptr, [SIZE, SIZE], [SIZE, 1], [BLOCK, BLOCK_K])
    y = tl.make_tensor_descriptor(y_ptr, [SIZE, SIZE], [SIZE, 1], [BLOCK, BLOCK_K])
    out = tl.make_tensor_descriptor(out_ptr, [SIZE, SIZE], [SIZE, 1], [BLOCK, BLOCK])
    row, column = tl.program_id(0) * BLOCK, tl.program_id(1) * BLOCK
    total = tl.zeros([BLOCK, BLOCK], dtype=tl.float32)
    for k in range(0, SIZE, BLOCK_K):
        total = tl.dot(x.load([row, k]), y.load([column, k]).T, total)
    out.store([row, column], total.to(tl.bfloat16))


@triton.jit
def _broken_kernel(x_ptr, SIZE: tl.constexpr):
    tl.store(x_ptr + tl.arange(0, SIZE), a_name_that_is_not_there)  # noqa: F821


@triton.jit
def _greedy_kernel(x_ptr, SIZE: tl.constexpr):
    """Keeps more numbers than one warp has registers."""
    at = tl.arange(0, SIZE)
    x = tl.load(x_ptr + at[:, None] * SIZE + at[None, :])
    for _ in range(10):
        x = x * tl.sum(x, axis=0)[None, :]
    tl.store(x_ptr + at[:, None] * SIZE + at[None, :], x)


def variants(architecture: str) -> list[Variant]:
    pointers = dict.fromkeys(("x_ptr", "y_ptr", "out_ptr"), "*bf16")
    # In another order than the kernel's: arguments go by their names.
    signature = {"BLOCK": "constexpr", "BLOCK_K": "constexpr", "SIZE": "i32:16", **pointers}
    good, small = (
        Variant(_matmul_kernel, signature, config.tiles, config, "4096", 3 * 2**25, 2**37, True, True)
        for config in (WIDE, SMALL)
    )
    broken, greedy = (
        Variant(kernel, {"x_ptr": "*fp32", "SIZE": "constexpr"}, {"SIZE": size}, SMALL, f"{size}", 2**20, 2**30)
        for kernel, size in ((_broken_kernel, 64), (_greedy_kernel, 128))
    )
    return [good, small, broken, greedy] if architecture == "sm_90" else [good]
