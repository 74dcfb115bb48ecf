"""Makes the files of the example cards, the same ones every time: python assets/make_examples.py

Nothing in them is measured: the gel, the pendulum and the earthquake are drawn from the numbers below. The sequence is
that of human ubiquitin.
"""

import math
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

FOLDER = Path(__file__).parent / "examples"

GEL_SIZE = (480, 360)
LADDER = (60, 95, 125, 160, 200, 235, 275, 310)
LANES = (LADDER, (125,), (125, 235), (200,), (95, 275), ())  # heights of the bands, in pixels

PERIOD_S, FRAMES_PER_S, VIDEO_S, VIDEO_SIZE = 1.6, 10, 4.8, (320, 240)

RATE_HZ, SIGNAL_S, P_S, S_S = 100, 30, 8.20, 13.75

UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"


def gel() -> Image.Image:
    picture = Image.new("L", GEL_SIZE, 28)
    draw = ImageDraw.Draw(picture)
    for lane, bands in enumerate(LANES):
        left = 40 + lane * 70
        draw.rectangle((left, 24, left + 44, 30), fill=12)
        for height in bands:
            draw.rounded_rectangle((left + 2, height, left + 42, height + 7), 3, fill=150 if lane == 0 else 225)
    return picture.filter(ImageFilter.GaussianBlur(1.4))


def pendulum_frame(at_s: float) -> Image.Image:
    picture = Image.new("RGB", VIDEO_SIZE, (246, 244, 239))
    draw = ImageDraw.Draw(picture)
    angle = 0.5 * math.cos(2 * math.pi * at_s / PERIOD_S)
    top, length = (160, 24), 160
    bob = (top[0] + length * math.sin(angle), top[1] + length * math.cos(angle))
    draw.line((100, 24, 220, 24), fill=(90, 86, 78), width=4)
    draw.line((*top, *bob), fill=(90, 86, 78), width=2)
    draw.ellipse((bob[0] - 15, bob[1] - 15, bob[0] + 15, bob[1] + 15), fill=(15, 118, 110))
    return picture


def write_video(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h264", rate=FRAMES_PER_S, options={"crf": "26"})
        stream.width, stream.height, stream.pix_fmt = *VIDEO_SIZE, "yuv420p"
        for number in range(round(VIDEO_S * FRAMES_PER_S)):
            container.mux(stream.encode(av.VideoFrame.from_image(pendulum_frame(number / FRAMES_PER_S))))
        container.mux(stream.encode())


def earthquake() -> np.ndarray:
    """Counts of one vertical channel: noise, then two wave trains that begin suddenly and fade."""
    random = np.random.default_rng(7)
    times = np.arange(RATE_HZ * SIGNAL_S) / RATE_HZ
    counts = random.normal(0, 6, times.size)
    for arrival_s, height, frequency_hz, fading_s in ((P_S, 220, 7.0, 1.2), (S_S, 620, 3.2, 2.6)):
        since = np.clip(times - arrival_s, 0, None)
        counts += height * (since > 0) * np.exp(-since / fading_s) * np.sin(2 * np.pi * frequency_hz * since)
    return np.column_stack([times, np.round(counts)])


def main() -> None:
    gel().save(FOLDER / "gel.png", optimize=True)
    write_video(FOLDER / "pendulum.mp4")
    rows = [f"{time:.2f},{count:.0f}" for time, count in earthquake()]
    (FOLDER / "earthquake.csv").write_text("\n".join(["time_s,counts", *rows]) + "\n")
    halves = [UBIQUITIN[start : start + 60] for start in range(0, len(UBIQUITIN), 60)]
    (FOLDER / "ubiquitin.fasta").write_text("\n".join([">ubiquitin, human", *halves]) + "\n")


if __name__ == "__main__":
    main()
