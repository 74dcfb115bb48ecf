"""What an attached video is, before anything is done with it."""

import av

from assistant.tools.parameters import FileName
from assistant.tools.result import ToolResult
from assistant.tools.video.reading import Video, read_video
from assistant.tools.views import Cell, table

CODECS = {
    "h264": "H.264",
    "hevc": "HEVC (H.265)",
    "libdav1d": "AV1",
    "av1": "AV1",
    "vp8": "VP8",
    "vp9": "VP9",
    "mpeg4": "MPEG-4 part 2",
}
FORMATS = {
    "mov": "MP4/MOV",
    "matroska": "Matroska/WebM",
    "avi": "AVI",
    "mpeg": "MPEG program stream",
    "mpegts": "MPEG transport stream",
    "flv": "Flash video",
    "ogg": "Ogg",
}
STEADY_SHARE = 0.05  # of a frame's duration that steady frames may differ by


def video_info(file: FileName) -> ToolResult:
    """Codec, size, fps, duration, frame count, rotation, audio of a video.

    file: Name of a file attached to the conversation, exactly as listed
    """
    video = read_video(file)
    width, height = video.shown_size
    rate = frame_rate(video)
    facts: dict[str, Cell] = {
        "format": FORMATS[video.format],
        "video codec": CODECS.get(video.codec, video.codec),
        "width (px)": width,
        "height (px)": height,
        "frame rate (frames/s)": float(f"{rate:.5g}"),
        "duration of the pictures (s)": round(video.duration_s, 3),
        "duration of the file (s)": round(video.declared_duration_s, 3),
        "frames": video.num_frames,
        "rotation (degrees counter-clockwise)": video.rotation,
        "pixel format": video.pixel_format,
        "bit rate (kbit/s)": round(video.bit_rate / 1000),
        "file size (bytes)": video.path.stat().st_size,
        "audio": "; ".join(video.audio) or "none",
    }
    turned = f", turned {video.rotation} degrees counter-clockwise for showing" if video.rotation else ""
    return ToolResult(
        summary=f"{file[:80]}: {facts['format']}, {facts['video codec']} video, {width} x {height} px (width x "
        f"height){turned}, frame rate {rate:.5g} frames/s{_steadiness(video)}, duration {video.duration_s:.2f} s, "
        f"{video.num_frames:,} frames, bit rate {facts['bit rate (kbit/s)']:,} kbit/s, audio: {facts['audio']}.",
        artifacts=(table("video_info.csv", ["property", "value"], list(facts.items()), f"Properties of {file}"),),
        warnings=video.notes,
        provenance={
            "library": f"PyAV {av.__version__}",
            "method": "header, time stamps of all packets, first frame decoded",
            "parameters": {"file": file},
        },
    )


def frame_rate(video: Video) -> float:
    """Mean, in frames a second; 0 for a single frame of unknown duration."""
    if video.num_frames == 1:
        return 1 / video.frame_duration_s if video.frame_duration_s else 0.0
    return (video.num_frames - 1) / video.times[-1]


def _steadiness(video: Video) -> str:
    gaps = [after - before for before, after in zip(video.times, video.times[1:], strict=False)]
    usual = video.frame_duration_s
    num_odd = sum(abs(gap - usual) > STEADY_SHARE * usual for gap in gaps)
    if num_odd == 0:
        return ""
    return f" on average (uneven: {num_odd:,} of {len(gaps):,} intervals differ from {usual:.4g} s)"
