"""A whole video at a glance."""

import math
from typing import Annotated

from assistant.tools.base import Schema
from assistant.tools.images.drawing import to_png
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.video.frames import provenance, read_frames
from assistant.tools.video.reading import Video, evenly_spaced, fitted, frame_at, read_video
from assistant.tools.video.sheet import THUMBNAIL_PX, sheet_of
from assistant.tools.views import png

Time = Annotated[float, Schema(minimum=0)]


def contact_sheet(
    file: FileName,
    n_frames: Annotated[int, Schema(minimum=4, maximum=36)] = 16,
    columns: Annotated[int, Schema(minimum=1, maximum=6)] = 4,
    start_s: Time | None = None,
    end_s: Time | None = None,
) -> ToolResult:
    """One picture with evenly spaced, time-stamped thumbnails.

    file: Name of a file attached to the conversation, exactly as listed
    n_frames: Thumbnails
    columns: Columns
    start_s: Start, seconds from the first sample
    end_s: End, seconds from the first sample
    """
    video = read_video(file)
    start, end = _range(video, start_s, end_s)
    indices = evenly_spaced(video, n_frames, start, end)
    found = list(read_frames(video, indices, fitted(video, THUMBNAIL_PX)))
    times = [video.times[index] for index, _ in found]
    across = min(columns, len(found))
    sheet = sheet_of([frame for _, frame in found], times, across)
    return ToolResult(
        summary=f"{len(found)} frames of {file[:80]} from {times[0]:.2f} to {times[-1]:.2f} s (the video is "
        f"{video.duration_s:.2f} s long), in {across} columns and {math.ceil(len(found) / across)} rows, read row by "
        f"row: {', '.join(f'{time_s:.2f}' for time_s in times)} s.",
        artifacts=(
            png(
                "contact_sheet.png",
                to_png(sheet),
                f"{len(found)} frames of {file} with their times",
                times=[round(time_s, 3) for time_s in times],
                columns=across,
            ),
        ),
        warnings=video.notes + _warnings(n_frames, len(indices), len(found)),
        provenance=provenance({"file": file, "n_frames": n_frames, "columns": columns, "start_s": start, "end_s": end}),
    )


def _range(video: Video, start_s: float | None, end_s: float | None) -> tuple[float, float]:
    start = start_s if start_s is not None else 0.0
    end = end_s if end_s is not None else video.duration_s
    for time_s in (start, end):
        frame_at(video, time_s)
    if start >= end:
        raise ToolError("EMPTY_RANGE", f"start_s {start:g} is not before end_s {end:.2f}.", "Give an earlier start_s.")
    return start, end


def _warnings(num_wanted: int, num_different: int, num_found: int) -> tuple[str, ...]:
    said = []
    if num_different < num_wanted:
        said.append(f"There are only {num_different} different frames in that time.")
    if num_found < num_different:
        said.append(f"{num_different - num_found} of the frames cannot be decoded and are left out.")
    return tuple(said)
