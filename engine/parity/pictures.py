"""Pictures and frames: what is loaded, how it is cut and resized, which frames of a video are read and when they are.

Sizes, grids and indices exactly; pixels as near as engine/parity/pixels.py says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.errors import InvalidRequest
from engine.media import ImageInput
from engine.parity.case import Case
from engine.parity.check import Check, close, exact, skipped, worst
from engine.parity.frames import check_frames
from engine.parity.pixels import Levels, check_pixels
from engine.processors.images import open_image
from engine.processors.patches import image_size, patch_image, video_size
from engine.processors.settings import INTERN_S1, INTERN_S1_PRO, ProcessorSettings
from engine.processors.tiles import choose_grid, grids, tile_image

_SCALED_MODE = "I;16"  # the reference makes such pictures white; README, "Behaviours of the references"


def check_pictures(case: Case) -> Iterator[Check]:
    yield from _check_files(case)
    yield from _check_tables(case)
    yield from check_frames(case)


def _check_files(case: Case) -> Iterator[Check]:
    expected = case.tensors("expected.safetensors")
    files = [_read(case, file) for file in case.json("cases.json")]
    compared = [file for file in files if file.entry["stored_mode"] != _SCALED_MODE]
    wrong = [file.name for file in compared if not file.is_loaded_alike]
    yield exact(case.name, "files as RGB", wrong, len(compared))
    wrong = [file.name for file in compared if not _has_size(file)]
    yield exact(case.name, "grids and tokens of files", wrong, len(compared))
    yield worst(case.name, "Intern-S1 tiles", [_check_tiles(case, file, expected) for file in compared])
    yield worst(case.name, "Intern-S1-Pro patches", [_check_patches(case, file, expected) for file in compared])
    normalised = [check for file in compared for check in _check_normalised(case, file, expected)]
    yield worst(case.name, "normalised pixels, where identical", normalised)
    if len(files) > len(compared):
        names = ", ".join(file.name for file in files if file not in compared)
        yield skipped(case.name, f"pixels of {names}", "this engine scales 16-bit grey, the reference cuts it at 255")


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """entry: in cases.json."""

    name: str
    entry: dict[str, Any]
    is_loaded_alike: bool
    tiled: ImageInput
    patched: ImageInput


def _read(case: Case, entry: dict[str, Any]) -> _File:
    image = open_image(case.path(entry["file"]))
    is_alike = list(image.size) == entry["loaded_size_wh"] and _sha256(np.asarray(image)) == entry["loaded_rgb_sha256"]
    tiled, patched = tile_image(image, INTERN_S1), patch_image(image, INTERN_S1_PRO)
    return _File(Path(entry["file"]).stem, entry, is_alike, tiled, patched)


def _has_size(file: _File) -> bool:
    tiled, patched, s1, pro = file.tiled, file.patched, file.entry["s1"], file.entry["pro"]
    columns, rows = choose_grid(tiled.size, grids(1, INTERN_S1.max_tiles), INTERN_S1.tile_size)
    ours = (columns, rows, len(tiled.pixels), tiled.num_tokens, list(patched.grid), patched.num_tokens)
    theirs = (s1["columns"], s1["rows"], s1["n_tiles_with_thumbnail"], s1["tokens"], pro["grid_thw"], pro["tokens"])
    return ours == theirs


def _check_tiles(case: Case, file: _File, expected: dict[str, Tensor]) -> Check:
    """All of the pixels by their hash, or those that the data hold."""
    s1, pixels = file.entry["s1"], file.tiled.pixels
    if _sha256(pixels) in (s1["tiles_u8_sha256"], s1["pil_variant_tiles_u8_sha256"]):
        return Check(case.name, file.name, 0.0, 0.0)
    variants = [expected[f"{file.name}.{variant}.u8_every_28th"] for variant in ("s1", "s1_pil")]
    return check_pixels(case.name, file.name, pixels[:, :, 5::28, 5::28], variants)


def _check_patches(case: Case, file: _File, expected: dict[str, Tensor]) -> Check:
    pro, pixels = file.entry["pro"], file.patched.pixels
    if _sha256(pixels) in (pro["patches_u8_sha256"], pro["pil_variant_patches_u8_sha256"]):
        return Check(case.name, file.name, 0.0, 0.0)
    rows = expected[f"{file.name}.pro.rows"].long().numpy()
    variants = [expected[f"{file.name}.{variant}.u8_rows"] for variant in ("pro", "pro_pil")]
    return check_pixels(case.name, file.name, pixels[rows], variants)


def _check_normalised(case: Case, file: _File, expected: dict[str, Tensor]) -> Iterator[Check]:
    """The data hold normalised pixels of the fast variant only."""
    tolerance = case.tolerance("pixel_values")
    if _sha256(file.tiled.pixels) == file.entry["s1"]["tiles_u8_sha256"]:
        ours = _normalised(file.tiled.pixels[:, :, :4, :4], INTERN_S1)
        yield close(case.name, file.name, ours, expected[f"{file.name}.s1.pixel_values_corner"], tolerance)
    if _sha256(file.patched.pixels) == file.entry["pro"]["patches_u8_sha256"]:
        ours = _normalised(file.patched.pixels[0].reshape(3, -1, 1), INTERN_S1_PRO).flatten()
        yield close(case.name, file.name, ours, expected[f"{file.name}.pro.pixel_values_row0"], tolerance)


def _normalised(pixels: Levels, settings: ProcessorSettings) -> Tensor:
    """pixels [..., 3, height, width]."""
    mean, std = torch.tensor(settings.mean)[:, None, None], torch.tensor(settings.std)[:, None, None]
    return (torch.tensor(pixels) / 255 - mean) / std


def _check_tables(case: Case) -> Iterator[Check]:
    tables = case.json("resize_tables.json")
    kinds: dict[str, Callable[[list[Any]], list[Any]]] = {
        "s1_tiling": _tiling,
        "pro_image_resize": _image_resize,
        "pro_video_resize": _video_resize,
    }
    for name, compute in kinds.items():
        rows: list[list[Any]] = tables[name]["rows"]
        wrong = [f"{compute(row)}, not {row}" for row in rows if compute(row) != row]
        yield exact(case.name, f"table {name}", wrong, len(rows))


def _tiling(row: list[Any]) -> list[Any]:
    width, height = row[:2]
    columns, rows = choose_grid((width, height), grids(1, INTERN_S1.max_tiles), INTERN_S1.tile_size)
    num_tiles = columns * rows
    return [width, height, columns, rows, num_tiles + (num_tiles > 1)]


def _image_resize(row: list[Any]) -> list[Any]:
    width, height = row[:2]
    try:
        new_height, new_width = image_size(height, width, INTERN_S1_PRO)
    except InvalidRequest:
        return [width, height, None, None, "ValueError"]
    return [width, height, new_height, new_width, new_height * new_width // INTERN_S1_PRO.side_factor**2]


def _video_resize(row: list[Any]) -> list[Any]:
    frames, width, height = row[:3]
    try:
        return [frames, width, height, *video_size(frames, height, width, INTERN_S1_PRO), None]
    except InvalidRequest:
        return [frames, width, height, None, None, "ValueError"]


def _sha256(values: Levels) -> str:
    return sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
