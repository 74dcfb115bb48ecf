"""The media of a golden prompt, as the data hold them behind the processors of the reference."""

from typing import Any

import torch
from torch import Tensor

from engine.media import ImageInput, MediaInput, SignalInput, VideoInput
from engine.processors.settings import ProcessorSettings
from engine.processors.signals import count_tokens, encoder_stride


def read_media(
    name: str, prompt: dict[str, Any], tensors: dict[str, Tensor], settings: ProcessorSettings
) -> tuple[MediaInput, ...]:
    """name: of the prompt; prompt: its entry in inputs.json; tensors: of inputs.safetensors."""
    parts = {key.removeprefix(f"{name}."): tensor for key, tensor in tensors.items() if key.startswith(f"{name}.")}
    if "ts_values" in parts:
        return (_signal(parts["ts_values"], prompt["sampling_rate"]),)
    if "patches_u8" in parts:
        read = _pro_video if "video_grid_thw" in prompt else _pro_image
        return _pro_media(parts["patches_u8"], parts["grid_thw"], settings, read)
    if "tiles_u8" in parts:
        return (_tiles(parts["tiles_u8"], settings),)
    return (_frames(parts["frames_u8"], settings),) if "frames_u8" in parts else ()


def _signal(values: Tensor, sampling_rate: float) -> SignalInput:
    stride = encoder_stride(sampling_rate)
    num_tokens = count_tokens(len(values), stride, sampling_rate)
    return SignalInput(values.numpy(), sampling_rate, stride, num_tokens)


def _pro_media(patches: Tensor, grids: Tensor, settings: ProcessorSettings, read: Any) -> tuple[MediaInput, ...]:
    """Patches of several media lie behind each other."""
    parts = torch.split(patches, grids.prod(dim=1).tolist())
    return tuple(
        read(part, tuple(grid), len(part) // settings.merge_size**2, settings)
        for part, grid in zip(parts, grids.tolist(), strict=True)
    )


def _pro_image(patches: Tensor, grid: tuple[int, int, int], num_tokens: int, settings: ProcessorSettings) -> ImageInput:
    size = (grid[2] * settings.patch_size, grid[1] * settings.patch_size)
    return ImageInput(patches.numpy(), grid, num_tokens, size)


def _pro_video(patches: Tensor, grid: tuple[int, int, int], num_tokens: int, settings: ProcessorSettings) -> VideoInput:
    return VideoInput(patches.numpy(), grid, num_tokens, timestamps=(0.0,) * grid[0])


def _tiles(tiles: Tensor, settings: ProcessorSettings) -> ImageInput:
    grid, num_tokens = _tile_grid(tiles, settings)
    return ImageInput(tiles.numpy(), grid, num_tokens, size=(tiles.shape[3], tiles.shape[2]))


def _frames(frames: Tensor, settings: ProcessorSettings) -> VideoInput:
    grid, num_tokens = _tile_grid(frames, settings)
    return VideoInput(frames.numpy(), grid, num_tokens, timestamps=(0.0,) * len(frames))


def _tile_grid(tiles: Tensor, settings: ProcessorSettings) -> tuple[tuple[int, int, int], int]:
    rows, columns = (side // settings.patch_size for side in tiles.shape[2:])
    return (len(tiles), rows, columns), len(tiles) * rows * columns // settings.merge_size**2
