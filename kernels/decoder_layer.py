"""The two halves of a decoder layer, each one call of our own library (kernels/cpu/decoder_layer.cpp).

They compute what the operations of the other files do one after another, bit by bit. What does not change from step to
step is written down once.
"""

import ctypes
from ctypes import c_float, c_int64, c_void_p

import torch
from torch import Tensor

from kernels.contexts import Contexts
from kernels.cpu_library import dtype_code
from kernels.experts import ExpertWeights
from kernels.linear import Weight
from kernels.paged_kv import PagedKV
from kernels.panels import Panels
from kernels.rope_store import Angles, HeadNorms


class _Panels(ctypes.Structure):
    _fields_ = [("panels", c_void_p), ("scales", c_void_p), ("N", c_int64), ("K", c_int64), ("dtype", c_int64)]


class _Step(ctypes.Structure):
    _fields_ = [(name, c_int64) for name in ("T", "S", "B", "width")] + [
        (name, c_void_p) for name in ("angles", "positions", "slots", "tables", "starts", "lengths")
    ]


class _AttentionHalf(ctypes.Structure):
    _fields_ = [
        ("qkv", _Panels),
        ("o", _Panels),
        *((name, c_void_p) for name in ("input_norm", "output_norm", "q_norm", "k_norm", "k_cache", "v_cache")),
        *((name, c_int64) for name in ("H", "Hq", "Hkv", "D", "P", "dtype")),
        *((name, c_float) for name in ("eps", "head_eps", "scale")),
    ]


class _ExpertsHalf(ctypes.Structure):
    _fields_ = [
        *((name, _Panels) for name in ("gate", "gate_up", "down")),
        *((name, c_int64) for name in ("E", "C", "G", "is_normalised", "dtype")),
    ]


class Step:
    """What the layers of one step have in common. slots [S] int64: the first S of the T tokens are stored."""

    def __init__(self, num_tokens: int, angles: Angles, slots: Tensor, contexts: Contexts) -> None:
        self._tensors = angles, slots, contexts  # must outlive the pointers
        positions = angles.positions
        self.arguments = ctypes.byref(
            _Step(
                num_tokens,
                len(slots),
                *contexts.tables.shape,
                angles.table.data_ptr(),
                None if positions is None else positions.data_ptr(),
                slots.data_ptr(),
                contexts.tables.data_ptr(),
                contexts.starts.data_ptr(),
                contexts.lengths.data_ptr(),
            )  # fmt: skip
        )


class AttentionHalf:
    """residual += x; residual += attention(norm(residual)); out = norm(residual)."""

    def __init__(
        self, qkv: Weight, o: Weight, input_norm: Tensor, output_norm: Tensor, eps: float, norms: HeadNorms | None,
        cache: PagedKV,
    ) -> None:  # fmt: skip
        assert qkv.panels is not None and o.panels is not None and cache.library is not None
        self.cache = cache
        self._tensors = qkv, o, input_norm, output_norm, norms
        self._library = cache.library
        D, Hkv = cache.head_size, cache.num_kv_heads
        self._arguments = ctypes.byref(
            _AttentionHalf(
                _panels(qkv.panels, *qkv.shape),
                _panels(o.panels, *o.shape),
                input_norm.data_ptr(),
                output_norm.data_ptr(),
                norms.q.data_ptr() if norms else None,
                norms.k.data_ptr() if norms else None,
                cache.keys.data_ptr(),
                cache.values.data_ptr(),
                qkv.shape[1],
                qkv.shape[0] // D - 2 * Hkv,
                Hkv,
                D,
                cache.page_size,
                dtype_code(qkv.dtype),
                eps,
                norms.eps if norms else 0.0,
                D**-0.5,
            )  # fmt: skip
        )

    def __call__(self, x: Tensor, residual: Tensor, step: Step) -> Tensor:
        """x [T, H], residual [T, H] float32, which is written to -> [T, H]."""
        assert x.is_contiguous() and residual.is_contiguous() and residual.dtype == torch.float32
        out = torch.empty_like(x)
        self._library.attention_half(self._arguments, step.arguments, residual.data_ptr(), x.data_ptr(), out.data_ptr())
        return out


class ExpertsHalf:
    """Router and experts: linear, route_experts and experts in one."""

    def __init__(
        self, gate: Weight, experts: ExpertWeights, num_chosen: int, is_normalised: bool, num_groups: int
    ) -> None:
        gate_up, down = experts.gate_up_panels, experts.down_panels
        assert gate.panels is not None and gate_up is not None and down is not None
        self._tensors = gate, experts
        self._library = gate_up.library
        E, H, I = experts.shape  # noqa: E741
        self._arguments = ctypes.byref(
            _ExpertsHalf(
                _panels(gate.panels, *gate.shape),
                _panels(gate_up, I, H),
                _panels(down, H, I),
                E,
                num_chosen,
                num_groups,
                is_normalised,
                dtype_code(experts.dtype),
            )  # fmt: skip
        )

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, H] -> [T, H]."""
        assert x.is_contiguous()
        out = torch.empty_like(x)
        self._library.experts_half(self._arguments, len(x), x.data_ptr(), out.data_ptr())
        return out


def _panels(panels: Panels, N: int, K: int) -> _Panels:
    return _Panels(panels.pointer, panels.scales_pointer, N, K, panels.code)
