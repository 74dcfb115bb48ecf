"""Media of given lengths; their pixels and samples do not matter to a dialect."""

import numpy as np

from engine.media import ImageInput, SignalInput, VideoInput

NO_PIXELS = np.zeros((0,), np.uint8)


def picture(num_tokens: int) -> ImageInput:
    return ImageInput(NO_PIXELS, (1, 2, 2 * num_tokens), num_tokens, (32, 32))


def video(num_tokens: int, *timestamps: float) -> VideoInput:
    return VideoInput(NO_PIXELS, (len(timestamps), 2, 2), num_tokens, timestamps)


def signal(num_tokens: int) -> SignalInput:
    return SignalInput(np.zeros((100, 1), np.float32), sampling_rate=100.0, stride=4, num_tokens=num_tokens)
