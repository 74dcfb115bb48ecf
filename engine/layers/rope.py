"""The table of rotary positions."""

import torch
from torch import Tensor


def rope_table(head_dim: int, theta: float, num_positions: int, device: torch.device) -> Tensor:
    """[num_positions, head_dim] float32: the cosines of every position's angles, then the sines."""
    frequencies = 1.0 / theta ** (torch.arange(0, head_dim, 2, dtype=torch.float32, device=device) / head_dim)
    angles = torch.arange(num_positions, dtype=torch.float32, device=device)[:, None] * frequencies
    return torch.cat((angles.cos(), angles.sin()), dim=-1)
