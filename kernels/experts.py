"""A mixture of SwiGLU experts over routed tokens.

    out[t] = sum over c of weights[t, c] * expert[ids[t, c]](x[t]);    expert(x) = down @ (silu(gate @ x) * (up @ x))

T tokens, C experts per token, E experts, H hidden size, I width of an expert.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.cpu_library import dtype_code
from kernels.gated_linear import GatedWeight, gated_linear, make_gated_panels
from kernels.linear import Weight, linear
from kernels.panels import Matrix, make_panels

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

    As panels, or, without our own operation, as matrices of their own.
    """

    def __init__(self, gate_up: Matrix, down: Matrix) -> None:
        E, double, H = gate_up.shape
        assert down.shape == (E, H, double // 2) and down.dtype == gate_up.dtype, (gate_up.shape, down.shape)
        self.shape = (E, H, double // 2)
        self.dtype = gate_up.dtype
        gate_up, down = gate_up.contiguous(), down.contiguous()
        self.gate_up_panels, self.down_panels = make_gated_panels(gate_up), make_panels(down)
        has_panels = self.gate_up_panels is not None
        self.gate_up = [] if has_panels else [GatedWeight(matrix) for matrix in gate_up]
        self.down = [] if has_panels else [Weight(matrix) for matrix in down]


def experts(x: Tensor, ids: Tensor, weights: Tensor, expert_weights: ExpertWeights) -> Tensor:
    """x [T, H], ids [T, C] int64, weights [T, C] float32 -> [T, H] in x's dtype."""
    T, C = ids.shape
    E, H, I = expert_weights.shape  # noqa: E741
    assert x.shape == (T, H) and weights.shape == (T, C), (x.shape, weights.shape)
    assert ids.dtype == torch.int64 and weights.dtype == torch.float32, (ids.dtype, weights.dtype)
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
