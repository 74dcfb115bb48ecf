"""A mixture of SwiGLU experts over routed tokens.

    out[t] = sum over c of weights[t, c] * expert[ids[t, c]](x[t]);    expert(x) = down @ (silu(gate @ x) * (up @ x))

T tokens, C experts per token, E experts, H hidden size, I width of an expert. On GPUs the choices are sorted by expert
and two grouped products compute them, in bfloat16 or, where weights are FP8 and the GPU multiplies that, in block-FP8
with quantised activations, the serving arithmetic of the family.
"""

from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.combine_experts import combine_experts
from kernels.cpu_library import dtype_code
from kernels.dispatch import is_for_cpu
from kernels.fp8 import Fp8Tensor, has_fp8_products
from kernels.gated_linear import GatedWeight, gated_linear, make_gated_panels
from kernels.grouped_gemm import grouped_gemm, grouped_swiglu
from kernels.grouped_gemm_fp8 import grouped_gemm_fp8, grouped_swiglu_fp8
from kernels.int8 import Int8Tensor
from kernels.linear import Weight, linear
from kernels.panels import Matrix, make_panels
from kernels.quantize_fp8 import quantize_fp8
from kernels.ragged_tiles import RaggedTiles, make_tiles, rows_per_tile
from kernels.sort_by_expert import sort_by_expert

# Every new number of rows costs oneDNN about half a millisecond, so groups are padded to a multiple.
_ROWS = 32


def experts_reference(x: Tensor, ids: Tensor, weights: Tensor, gate_up: Tensor, down: Tensor) -> Tensor:
    """The definition, token by token, in the precision of the inputs. gate_up [E, 2 I, H], down [E, H, I]."""
    out = torch.zeros_like(x)
    for t in range(len(x)):
        for expert, weight in zip(ids[t].tolist(), weights[t], strict=True):
            gate, up = (gate_up[expert] @ x[t]).chunk(2)
            out[t] += weight * (down[expert] @ (F.silu(gate) * up))
    return out


class ExpertWeights:
    """gate_up [E, 2 I, H]: gate rows, then up rows; down [E, H, I]. Taken over, as in kernels/linear.py.

    As panels; as stacks, for Triton; or, without our own operation, as matrices of their own.
    """

    def __init__(self, gate_up: Matrix, down: Matrix) -> None:
        E, double, H = gate_up.shape
        assert down.shape == (E, H, double // 2) and down.dtype == gate_up.dtype, (gate_up.shape, down.shape)
        self.shape = (E, H, double // 2)
        self.dtype = gate_up.dtype
        gate_up, down = gate_up.contiguous(), down.contiguous()
        self.gate_up_panels, self.down_panels = make_gated_panels(gate_up), make_panels(down)
        self.stacks = _stacks(gate_up, down)
        is_settled = self.gate_up_panels is not None or self.stacks is not None
        self.gate_up = [] if is_settled else [GatedWeight(matrix) for matrix in gate_up]
        self.down = [] if is_settled else [Weight(matrix) for matrix in down]

    @cached_property
    def has_powers_of_two(self) -> bool:
        """Whether the scales of FP8 weights are such, as ue8m0 asks: those of activations are then too."""
        assert self.stacks is not None and isinstance(self.stacks[0], Fp8Tensor)
        return bool((torch.frexp(self.stacks[0].scales).mantissa == 0.5).all())


def _stacks(gate_up: Matrix, down: Matrix) -> tuple[Tensor, Tensor] | tuple[Fp8Tensor, Fp8Tensor] | None:
    """As the grouped products take them: both FP8, or both not."""
    if isinstance(gate_up, Int8Tensor) or isinstance(down, Int8Tensor):
        return None
    if is_for_cpu(gate_up if isinstance(gate_up, Tensor) else gate_up.codes):
        return None
    if isinstance(gate_up, Fp8Tensor) and isinstance(down, Fp8Tensor) and has_fp8_products(gate_up.codes):
        return gate_up, down
    return _dequantized(gate_up), _dequantized(down)


def _dequantized(stack: Tensor | Fp8Tensor) -> Tensor:
    """One matrix after another: never all of them in float32."""
    return torch.stack([matrix.dequantize() for matrix in stack]) if isinstance(stack, Fp8Tensor) else stack


def experts(x: Tensor, ids: Tensor, weights: Tensor, expert_weights: ExpertWeights) -> Tensor:
    """x [T, H], ids [T, C] int64, weights [T, C] float32 -> [T, H] in x's dtype."""
    T, C = ids.shape
    E, H, I = expert_weights.shape  # noqa: E741
    assert x.shape == (T, H) and weights.shape == (T, C), (x.shape, weights.shape)
    assert ids.dtype == torch.int64 and weights.dtype == torch.float32, (ids.dtype, weights.dtype)
    if expert_weights.stacks is not None:
        return _by_triton(x, ids, weights, expert_weights)
    gate_up, down = expert_weights.gate_up_panels, expert_weights.down_panels
    if gate_up is None or down is None:
        return _expert_by_expert(x, ids, weights, expert_weights)
    assert x.is_contiguous() and ids.is_contiguous() and weights.is_contiguous()
    out = torch.empty_like(x)
    gate_up.library.experts(
        x.data_ptr(), ids.data_ptr(), weights.data_ptr(), gate_up.pointer, gate_up.scales_pointer, down.pointer,
        down.scales_pointer, out.data_ptr(), T, C, E, H, I, dtype_code(x.dtype), gate_up.code,
    )  # fmt: skip
    return out


def _by_triton(x: Tensor, ids: Tensor, weights: Tensor, expert_weights: ExpertWeights) -> Tensor:
    E, C = expert_weights.shape[0], ids.shape[1]
    choices = sort_by_expert(ids, E)
    tiles = make_tiles(choices.offsets, ids.numel(), rows_per_tile(ids.numel(), E))
    row_weights = weights.flatten()[choices.order]
    return combine_experts(_rows(x, choices.order // C, tiles, row_weights, expert_weights), choices.places)


def _rows(x: Tensor, tokens: Tensor, tiles: RaggedTiles, row_weights: Tensor, expert_weights: ExpertWeights) -> Tensor:
    """x [T, H], tokens [M] in the order of their experts -> [M, H], weighted."""
    assert expert_weights.stacks is not None
    gate_up, down = expert_weights.stacks
    if isinstance(gate_up, Fp8Tensor) and isinstance(down, Fp8Tensor):
        is_power_of_two = expert_weights.has_powers_of_two
        codes, scales = quantize_fp8(x, is_power_of_two)
        rows = codes.view(torch.uint8)[tokens].view(codes.dtype)
        inner, inner_scales = grouped_swiglu_fp8(rows, scales[tokens], gate_up, tiles, is_power_of_two)
        return grouped_gemm_fp8(inner, inner_scales, down, tiles, row_weights)
    assert isinstance(gate_up, Tensor) and isinstance(down, Tensor)
    return grouped_gemm(grouped_swiglu(x[tokens], gate_up, tiles), down, tiles, row_weights)


def _expert_by_expert(x: Tensor, ids: Tensor, weights: Tensor, expert_weights: ExpertWeights) -> Tensor:
    """Sort the choices by expert; each expert sees its tokens at once."""
    C = ids.shape[1]
    counts = ids.flatten().bincount(minlength=expert_weights.shape[0]).tolist()
    groups = ids.flatten().argsort(stable=True).split(counts)
    out = torch.zeros_like(x, dtype=torch.float32)
    for gate_up, down, choices in zip(expert_weights.gate_up, expert_weights.down, groups, strict=True):
        n = len(choices)
        if n == 0:
            continue
        rows = F.pad(x[choices // C], (0, 0, 0, -n % _ROWS if n > 1 else 0))
        result = linear(gated_linear(rows, gate_up), down)[:n]
        out.index_add_(0, choices // C, result.float() * weights.flatten()[choices, None])
    return out.to(x.dtype)
