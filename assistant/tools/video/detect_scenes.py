"""Where a video cuts from one scene to the next."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from assistant.tools.base import Schema
from assistant.tools.images.drawing import to_png
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.video.frames import Frame, provenance, read_frames
from assistant.tools.video.reading import Video, fitted, read_video
from assistant.tools.video.sheet import THUMBNAIL_PX, sheet_of
from assistant.tools.views import Mark, decimate, plot, png, table

STEP = 5  # frames between those that are compared first
NUM_BINS = 16  # a colour channel
COMPARED_PX = 160  # longest side of what is compared
MAX_DECODED_PIXELS = 12e9  # some 30 s on one core (0.4 gigapixels a second, H.264 at 720p)
MAX_TOLD = 30
MAX_SHOWN = 36

Histogram = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Cut:
    """index: of the first frame of the new scene. distance: across the STEP frames that were compared. is_gradual: less
    than half of it lies between two neighbouring frames."""

    index: int
    distance: float
    is_gradual: bool


def detect_scenes(
    file: FileName,
    threshold: Annotated[float, Schema(minimum=0.05, maximum=1)] = 0.35,
    min_scene_s: Annotated[float, Schema(minimum=0, maximum=60)] = 1.0,
) -> ToolResult:
    """Find cuts by colour-histogram change.

    file: Name of a file attached to the conversation, exactly as listed
    threshold: 0.5*L1 histogram distance
    min_scene_s: Merge shorter scenes, s
    """
    video = read_video(file)
    if (work := video.num_frames * video.width * video.height) > MAX_DECODED_PIXELS:
        most = int(MAX_DECODED_PIXELS / work * video.duration_s)
        raise ToolError(
            "LIMIT",
            f"{file} is too long for this: {video.num_frames:,} frames of {video.width} x {video.height} px; at this "
            f"size the limit is some {most:,} s.",
            "Look through it with contact_sheet, or ask for a smaller or shorter video.",
        )
    size = fitted(video, COMPARED_PX)
    indices, distances = _changes(video, size)
    cuts = _merged(video, _placed(video, size, indices, distances, threshold), min_scene_s)
    return ToolResult(
        summary=_summary(video, cuts, distances, threshold, min_scene_s),
        artifacts=_artifacts(video, cuts, indices, distances, threshold),
        warnings=video.notes + _warnings(cuts),
        provenance=provenance(
            {"file": file, "threshold": threshold, "min_scene_s": min_scene_s, "step": STEP, "bins": NUM_BINS}
        ),
    )


def _changes(video: Video, size: tuple[int, int]) -> tuple[list[int], list[float]]:
    """Every STEP-th frame and the last, and the distance of each to the one before, beginning with the second."""
    wanted = sorted({*range(0, video.num_frames, STEP), video.num_frames - 1})
    found = [(index, _histogram(frame)) for index, frame in read_frames(video, wanted, size)]
    distances = [_distance(before, after) for (_, before), (_, after) in zip(found, found[1:], strict=False)]
    return [index for index, _ in found], distances


def _placed(
    video: Video, size: tuple[int, int], indices: list[int], distances: list[float], threshold: float
) -> list[_Cut]:
    """The changes above the threshold, each at the frame where most of it happens."""
    spans = [(indices[i], indices[i + 1], value) for i, value in enumerate(distances) if value > threshold]
    wanted = sorted({index for start, end, _ in spans for index in range(start, end + 1)})
    if not wanted:
        return []
    histograms = {index: _histogram(frame) for index, frame in read_frames(video, wanted, size)}
    cuts = []
    for start, end, value in spans:
        inside = [index for index in range(start, end + 1) if index in histograms]
        steps = [_distance(histograms[a], histograms[b]) for a, b in zip(inside, inside[1:], strict=False)]
        if steps:
            place = int(np.argmax(steps))
            cuts.append(_Cut(inside[place + 1], value, steps[place] < value / 2))
    return cuts


def _merged(video: Video, cuts: list[_Cut], min_scene_s: float) -> list[_Cut]:
    """The strongest of cuts that follow each other within min_scene_s."""
    kept: list[_Cut] = []
    for cut in cuts:
        if not kept or video.times[cut.index] - video.times[kept[-1].index] >= min_scene_s:
            kept.append(cut)
        elif cut.distance > kept[-1].distance:
            kept[-1] = cut
    return kept


def _histogram(frame: Frame) -> Histogram:
    """[3 x NUM_BINS] shares of the pixels, summing to 1 over all three channels.

    A level counts for the two bins around it by its distance to their middles: in a fade of an even colour all pixels
    would otherwise change their bin at once, as in a cut.
    """
    places = np.clip(frame.reshape(-1, 3).astype(np.float32) / (256 / NUM_BINS) - 0.5, 0, NUM_BINS - 1)
    lower = np.minimum(places.astype(np.int64), NUM_BINS - 2)
    share = places - lower
    bins = lower + NUM_BINS * np.arange(3)
    counts = np.bincount(bins.ravel(), (1 - share).ravel(), 3 * NUM_BINS)
    counts += np.bincount((bins + 1).ravel(), share.ravel(), 3 * NUM_BINS)
    return np.asarray(counts / counts.sum(), np.float32)


def _distance(one: Histogram, other: Histogram) -> float:
    """0.5 * L1: 0 for the same colours, 1 for none in common."""
    return float(0.5 * np.abs(one - other).sum())


def _summary(video: Video, cuts: list[_Cut], distances: list[float], threshold: float, min_scene_s: float) -> str:
    highest = f"largest change {max(distances):.3f}" if distances else "only one frame"
    where = f"{video.name[:80]} ({video.duration_s:.2f} s, {video.num_frames:,} frames)"
    how = f"threshold {threshold:g} on the colour-histogram distance, scenes of at least {min_scene_s:g} s"
    if not cuts:
        return f"Found no cut in {where}: one scene. {how}; {highest}."
    times = [
        f"{video.times[cut.index]:.2f} s (distance {cut.distance:.2f}{', gradual' if cut.is_gradual else ''})"
        for cut in cuts[:MAX_TOLD]
    ]
    more = f" ... and {len(cuts) - MAX_TOLD} more" if len(cuts) > MAX_TOLD else ""
    last = video.duration_s - video.times[cuts[-1].index]
    number = "1 cut, so 2 scenes" if len(cuts) == 1 else f"{len(cuts)} cuts, so {len(cuts) + 1} scenes"
    return (
        f"Found {number}, in {where}: at {', '.join(times)}{more}. The last scene lasts {last:.2f} s. {how}; {highest}."
    )


def _warnings(cuts: list[_Cut]) -> tuple[str, ...]:
    said = [
        "Only sudden changes of colour are found: slow fades, and cuts between scenes of the same colours, are "
        "missed; flashes count as cuts."
    ]
    if any(cut.is_gradual for cut in cuts):
        said.append("The changes called gradual are fades or fast movement rather than cuts.")
    return tuple(said)


def _artifacts(
    video: Video, cuts: list[_Cut], indices: list[int], distances: list[float], threshold: float
) -> tuple[ToolArtifact, ...]:
    times = [video.times[index] for index in indices]
    x, y = decimate(times[1:], distances)
    marks: list[Mark] = [
        {"x": video.times[cut.index], "label": f"{video.times[cut.index]:.2f} s", "kind": "trigger"} for cut in cuts
    ]
    limit: Any = {"name": "threshold", "x": [times[0], times[-1]], "y": [threshold, threshold]}
    panel: Any = {
        "label": "histogram distance",
        "curves": [{"name": "change", "x": x, "y": y}, limit],
        "marks": marks[:200],
    }
    drawn = plot("scene_changes.json", "time (s)", [panel], f"Change of colours in {video.name}")
    return (_first_frames(video, cuts), _listed(video, cuts), drawn)


def _listed(video: Video, cuts: list[_Cut]) -> ToolArtifact:
    starts = [0, *(cut.index for cut in cuts)]
    ends = [*(video.times[cut.index] for cut in cuts), video.duration_s]
    rows = [
        [i, round(video.times[start], 3), round(end, 3), round(end - video.times[start], 3), start]
        for i, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    ]
    names = ["scene", "start (s)", "end (s)", "duration (s)", "first frame"]
    return table("scenes.csv", names, rows[:2000], f"{len(rows)} scenes of {video.name}")


def _first_frames(video: Video, cuts: list[_Cut]) -> ToolArtifact:
    starts = sorted({0, *(cut.index for cut in cuts[: MAX_SHOWN - 1])})
    found = list(read_frames(video, starts, fitted(video, THUMBNAIL_PX)))
    times = [video.times[index] for index, _ in found]
    columns = min(4, len(found))
    sheet = sheet_of([frame for _, frame in found], times, columns)
    alt = f"The first frames of {len(found)} scenes of {video.name}"
    return png("scenes.png", to_png(sheet), alt, times=[round(t, 3) for t in times], columns=columns)
