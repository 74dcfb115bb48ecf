"""What a checkpoint says about reading pictures, videos and signals, as plain values that can be sent to a child."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from engine.errors import CheckpointError
from engine.processors.json_fields import JsonFields

Family = Literal["intern_s1", "intern_s1_pro", "plain"]
Kind = Literal["image", "video", "signal"]
Triple = tuple[float, float, float]
Bounds = tuple[int, int]

FAMILIES: dict[str, Family] = {
    "InternS1ForConditionalGeneration": "intern_s1",
    "InternS1ProForConditionalGeneration": "intern_s1_pro",
    "InternS1_1_ForConditionalGeneration": "intern_s1_pro",
}


@dataclass(frozen=True, slots=True)
class ProcessorSettings:
    """kinds: what the model reads. mean, std: of pixel values in 0..1, which the vision tower subtracts and divides by.

    tile_size, min_tiles, max_tiles: Intern-S1 pictures; 0 for Pro.
    image_pixels, video_pixels: fewest and most pixels of a picture, and of all frames of a video, for Pro; 0 for S1.
    fps, min_frames, max_frames: frames taken from a video.

    The family "plain" leaves pictures and frames in pixels, for a server that has a processor of its own.
    """

    family: Family
    kinds: tuple[Kind, ...]
    mean: Triple
    std: Triple
    patch_size: int
    merge_size: int
    tile_size: int
    min_tiles: int
    max_tiles: int
    image_pixels: Bounds
    video_pixels: Bounds
    fps: float
    min_frames: int
    max_frames: int

    @property
    def side_factor(self) -> int:
        """Pixels on a side of what becomes one token."""
        return self.patch_size * self.merge_size

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ProcessorSettings":
        """The inverse of to_dict, also after a trip through JSON."""
        fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return cls(**fields)


# Intern-S1 was trained on 4 to 24 frames of a video; how many per second is not published, so it follows Pro's 2.
INTERN_S1 = ProcessorSettings(
    family="intern_s1",
    kinds=("image", "video"),
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    patch_size=14,
    merge_size=2,
    tile_size=448,
    min_tiles=1,
    max_tiles=12,
    image_pixels=(0, 0),
    video_pixels=(0, 0),
    fps=2.0,
    min_frames=4,
    max_frames=24,
)
INTERN_S1_PRO = ProcessorSettings(
    family="intern_s1_pro",
    kinds=("image", "video", "signal"),
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    patch_size=16,
    merge_size=2,
    tile_size=0,
    min_tiles=0,
    max_tiles=0,
    image_pixels=(256**2, 4096**2),
    video_pixels=(4096, 25_165_824),
    fps=2.0,
    min_frames=4,
    max_frames=768,
)
# As large as the servers' own processors make use of; a video is sent as a few pictures.
PLAIN = ProcessorSettings(
    family="plain",
    kinds=("image", "video", "signal"),
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
    patch_size=1,
    merge_size=1,
    tile_size=0,
    min_tiles=0,
    max_tiles=0,
    image_pixels=(1, 2048**2),
    video_pixels=(1, 12 * 512 * 768),
    fps=1.0,
    min_frames=4,
    max_frames=12,
)


def for_kinds(settings: ProcessorSettings, kinds: tuple[Kind, ...]) -> ProcessorSettings:
    return replace(settings, kinds=kinds)


def read_processor_settings(folder: Path, config: dict[str, Any]) -> ProcessorSettings | None:
    """None for a model that reads text only. A preprocessor file that is absent stands for the released values."""
    architectures = config.get("architectures")
    family = FAMILIES.get(architectures[0]) if isinstance(architectures, list) and architectures else None
    kinds = tuple(_kinds(config))
    if family is None or not kinds:
        return None
    if family == "intern_s1":
        return _read_tiled(replace(INTERN_S1, kinds=kinds), folder, config)
    return _read_patched(replace(INTERN_S1_PRO, kinds=kinds), folder, config)


def _kinds(config: dict[str, Any]) -> Iterable[Kind]:
    if config.get("vision_config"):
        yield from ("image", "video")
    if config.get("ts_config"):
        yield "signal"


def _read_tiled(released: ProcessorSettings, folder: Path, config: dict[str, Any]) -> ProcessorSettings:
    """crop_to_patches is not asked for: the released file says false while the released processor turns it on."""
    file = JsonFields.read(folder / "preprocessor_config.json")
    vision = JsonFields(folder / "config.json", config["vision_config"], "vision_config.")
    size = file.table("size")
    settings = replace(
        released,
        mean=file.triple("image_mean", released.mean),
        std=file.triple("image_std", released.std, above=0),
        patch_size=vision.side("patch_size", released.patch_size),
        tile_size=size.integer("height", released.tile_size, 1, 4096),
        min_tiles=file.integer("min_patches", released.min_tiles, 1, 1),
        max_tiles=file.integer("max_patches", released.max_tiles, 1, 64),
    )
    size.same("width", settings.tile_size)
    vision.same_side("image_size", settings.tile_size)
    _check_pixel_steps(file)
    if settings.tile_size % settings.side_factor:
        raise CheckpointError(
            f"{file.path}: size.height is {settings.tile_size}; it must be a multiple of {settings.side_factor}, "
            "the side of what becomes one token."
        )
    return settings


def _read_patched(released: ProcessorSettings, folder: Path, config: dict[str, Any]) -> ProcessorSettings:
    file = JsonFields.read(folder / "preprocessor_config.json")
    video = JsonFields.read(folder / "video_preprocessor_config.json")
    settings = replace(
        released,
        mean=file.triple("image_mean", released.mean),
        std=file.triple("image_std", released.std, above=0),
        patch_size=file.integer("patch_size", released.patch_size, 1, 256),
        merge_size=file.integer("merge_size", released.merge_size, 1, 16),
        image_pixels=_pixel_bounds(file, released.image_pixels),
        video_pixels=_pixel_bounds(video, released.video_pixels),
        fps=video.number("fps", released.fps, above=0),
        min_frames=video.integer("min_frames", released.min_frames, 1, 10_000),
        max_frames=video.integer("max_frames", released.max_frames, 1, 10_000),
    )
    _check_pixel_steps(file)
    vision = JsonFields(folder / "config.json", config.get("vision_config") or {}, "vision_config.")
    for fields, names in ((video, ("patch_size", "merge_size")), (vision, ("patch_size", "spatial_merge_size"))):
        fields.same(names[0], settings.patch_size)
        fields.same(names[1], settings.merge_size)
    for fields in (file, video, vision):
        fields.same("temporal_patch_size", 2)
    video.same("image_mean", list(settings.mean))
    video.same("image_std", list(settings.std))
    return settings


def _pixel_bounds(file: JsonFields, released: Bounds) -> Bounds:
    size = file.table("size")
    fewest = size.integer("shortest_edge", released[0], 1, 2**31)
    return fewest, size.integer("longest_edge", released[1], fewest, 2**31)


def _check_pixel_steps(file: JsonFields) -> None:
    """Bicubic, to 0..1, normalised is the only way of the family: a file that says otherwise is refused."""
    file.same("resample", 3)
    for name in ("do_resize", "do_rescale", "do_normalize", "do_convert_rgb"):
        file.same(name, True)
    file.number("rescale_factor", 1 / 255, above=0.0039215, below=0.0039216)
