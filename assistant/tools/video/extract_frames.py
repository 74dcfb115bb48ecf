"""Single frames of a video as pictures."""

from typing import Annotated

from PIL import Image

from assistant.tools.base import Schema
from assistant.tools.images.drawing import reduced, to_png
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolResult
from assistant.tools.video.frames import provenance, read_frames
from assistant.tools.video.reading import Video, evenly_spaced, fitted, frame_at, read_video
from assistant.tools.views import png

MAX_TOTAL_BYTES = 12_000_000  # of all pictures together; a result may have 16 MiB
Time = Annotated[float, Schema(minimum=0)]


def extract_frames(
    file: FileName,
    times_s: Annotated[list[Time], Schema(minItems=1, maxItems=32)] | None = None,
    n_frames: Annotated[int, Schema(minimum=1, maximum=32)] = 8,
    max_side_px: Annotated[int, Schema(minimum=64, maximum=1920)] = 768,
) -> ToolResult:
    """Extract frames at given times, or n evenly spaced, for viewing by the model.

    file: Name of a file attached to the conversation, exactly as listed
    times_s: Times, s
    n_frames: Evenly spaced frames when times_s is absent
    max_side_px: Longest side, px
    """
    video = read_video(file)
    if times_s is None:
        indices, number = evenly_spaced(video, n_frames, 0.0, video.duration_s), n_frames
    else:
        indices, number = sorted({frame_at(video, time_s) for time_s in times_s}), len(times_s)
    found = [
        (index, Image.fromarray(frame)) for index, frame in read_frames(video, indices, fitted(video, max_side_px))
    ]
    pictures, is_reduced = _encoded([image for _, image in found])
    size = f"{pictures[0][0][0]} x {pictures[0][0][1]} px"
    times = [video.times[index] for index, _ in found]
    return ToolResult(
        summary=f"{len(found)} frames of {file[:80]} ({video.duration_s:.2f} s, {video.num_frames:,} frames), {size} "
        f"each, at {', '.join(f'{time_s:.3f}' for time_s in times)} s.",
        artifacts=tuple(
            png(f"frame_{i:02d}.png", data, f"{file} at {time_s:.3f} s", time_s=round(time_s, 3))
            for i, (time_s, (_, data)) in enumerate(zip(times, pictures, strict=True), 1)
        ),
        warnings=video.notes + _warnings(video, number, len(indices), len(found), size if is_reduced else ""),
        provenance=provenance({"file": file, "frames": [index for index, _ in found], "max_side_px": max_side_px}),
    )


def _encoded(images: list[Image.Image]) -> tuple[list[tuple[tuple[int, int], bytes]], bool]:
    """Size and PNG of each, and whether they were reduced to fit into MAX_TOTAL_BYTES."""
    is_reduced = False
    while True:
        encoded = [(image.size, to_png(image)) for image in images]
        total = sum(len(data) for _, data in encoded)
        if total <= MAX_TOTAL_BYTES:
            return encoded, is_reduced
        side = int(max(images[0].size) * 0.95 * (MAX_TOTAL_BYTES / total) ** 0.5)
        images = [reduced(image, side)[0] for image in images]
        is_reduced = True


def _warnings(video: Video, num_wanted: int, num_different: int, num_found: int, size: str) -> tuple[str, ...]:
    said = []
    if num_different < num_wanted:
        said.append(f"The {num_wanted} times fall on {num_different} different frames; each is given once.")
    if num_found < num_different:
        said.append(f"{num_different - num_found} of the frames cannot be decoded and are left out.")
    if size:
        said.append(f"The frames were reduced to {size} so that all of them fit into one answer; ask for fewer.")
    return tuple(said)
