"""Which frames of a video are read, and the times that Intern-S1-Pro reads before them."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.dialects.chat import chat_of
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.segments import segments_text
from engine.errors import InvalidRequest
from engine.media import VideoInput
from engine.messages import Conversation, Message
from engine.parity.case import Case
from engine.parity.check import Check, exact
from engine.processors.frame_sampling import centre_indices, num_sampled, pair_times, spread_indices
from engine.processors.settings import INTERN_S1_PRO

_ELISION = "..."
_TIME = re.compile(r"<[\d.]+ seconds>")


def check_frames(case: Case) -> Iterator[Check]:
    videos = case.json("video_sampling.json")
    wrong = [_name(video) for video in videos["pro"] if not _is_sampled_by_pro(video)]
    yield exact(case.name, "Intern-S1-Pro frames of a video", wrong, len(videos["pro"]))
    wrong = [_name(video) for video in videos["pro"] if not _has_times(video)]
    yield exact(case.name, "Intern-S1-Pro times of a video", wrong, len(videos["pro"]))
    wrong = [_name(video) for video in videos["s1"] if _centres(video) != video.get("indices")]
    yield exact(case.name, "Intern-S1 frames of a video", wrong, len(videos["s1"]))


def _name(video: dict[str, Any]) -> str:
    return ", ".join(f"{key} {video[key]}" for key in ("frames", "fps", "num_frames", "target_fps") if key in video)


def _pro_indices(video: dict[str, Any]) -> list[int]:
    return spread_indices(video["frames"], num_sampled(video["frames"], video["fps"], INTERN_S1_PRO))


def _is_sampled_by_pro(video: dict[str, Any]) -> bool:
    """Of a long list the data hold the ends and the sum."""
    ours = _pro_indices(video)
    if len(ours) != video["n"]:
        return False
    if "indices" in video:
        return bool(ours == video["indices"])
    head, tail = video["indices_head"], video["indices_tail"]
    return bool(ours[: len(head)] == head and ours[-len(tail) :] == tail and sum(ours) == video["indices_sum"])


def _has_times(video: dict[str, Any]) -> bool:
    """Of a long list the data hold the ends, with dots between them."""
    ours, theirs = _time_texts(video), video["timestamps_text"]
    if _ELISION not in theirs:
        return bool(ours == theirs)
    middle = theirs.index(_ELISION)
    head, tail = theirs[:middle], theirs[middle + 1 :]
    return bool(ours[:middle] == head and ours[-len(tail) :] == tail and len(ours) == (video["n"] + 1) // 2)


def _time_texts(video: dict[str, Any]) -> list[str]:
    """As they stand in the prompt."""
    times = pair_times(_pro_indices(video), video["fps"])
    pixels = np.zeros((len(times), 1), np.uint8)
    media = VideoInput(pixels, (len(times), 1, 1), num_tokens=len(times), timestamps=times)
    prompt = InternS1ProDialect().render(chat_of(Conversation((Message("user", (media,)),))))
    return _TIME.findall(segments_text(prompt))


def _centres(video: dict[str, Any]) -> list[int] | None:
    """None: refused."""
    if "num_frames" in video:
        count = video["num_frames"]
    else:
        count = int(video["frames"] / video["fps"] * video["target_fps"])
    try:
        return centre_indices(video["frames"], count)
    except InvalidRequest:
        return None
