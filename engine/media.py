"""What the encoders read: pictures, videos and signals, already decoded and brought to the model's size.

Numpy arrays only: a child process without torch makes them out of a person's file (engine/processors).
"""

from dataclasses import dataclass
from typing import Required, TypedDict

import numpy as np
from numpy.typing import NDArray

from engine.answer_form import AnswerForm

Pixels = NDArray[np.uint8]
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ImageInput:
    """pixels: Intern-S1 tiles [N, 3, 448, 448]; Intern-S1-Pro patches [P, 1536], two identical frames in each; the
    picture itself [1, H, W, 3] for a server that has a processor of its own (engine/processors/plain.py).

    grid: (1, rows, columns) of patches for Pro, (N, rows, columns) of a tile's patches for Intern-S1.
    size: (width, height) of the picture that was read.
    """

    pixels: Pixels
    grid: tuple[int, int, int]
    num_tokens: int
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class VideoInput:
    """pixels: Intern-S1 frames [N, 3, 448, 448]; Intern-S1-Pro patches [P, 1536], two neighbouring frames in each.

    grid: (slices, rows, columns) of patches; a slice is one frame for Intern-S1 and two for Pro.
    timestamps: seconds from the start, one per slice; every slice has num_tokens / slices tokens.
    """

    pixels: Pixels
    grid: tuple[int, int, int]
    num_tokens: int
    timestamps: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SignalInput:
    """values: [L, C], each channel with mean 0 and deviation 1; sampling_rate in Hz.

    stride: samples between the patches of the encoder, settled once so that num_tokens and the features agree.
    """

    values: Samples
    sampling_rate: float
    stride: int
    num_tokens: int


MediaInput = ImageInput | VideoInput | SignalInput


@dataclass(frozen=True, slots=True)
class MediaSpan:
    """Positions [start, start + num_tokens) stand for features [first_feature, ...) of inputs[input_index]."""

    start: int
    num_tokens: int
    input_index: int
    first_feature: int = 0


class TokensPrompt(TypedDict, total=False):
    """media stand in the places of their placeholder ids, in order."""

    prompt_token_ids: Required[list[int]]
    media: list[MediaInput]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Ids of a prompt, and what its placeholders stand for; every feature of every input stands somewhere.

    num_shared_tokens: the first tokens are the same for everybody and nobody's secret, such as the app's system prompt.
    form: what every answer to it is held to; None leaves it to the model.
    starts_thinking: its end is inside the thinking, with which the answer goes on.
    """

    token_ids: list[int]
    spans: tuple[MediaSpan, ...] = ()
    inputs: tuple[MediaInput, ...] = ()
    num_shared_tokens: int = 0
    form: AnswerForm | None = None
    starts_thinking: bool = False
