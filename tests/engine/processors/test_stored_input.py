from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest

from engine.errors import InvalidRequest
from engine.media import ImageInput, SignalInput, VideoInput
from engine.processors.stored_input import load_input, save_input

IMAGE = ImageInput(np.arange(4 * 1536).reshape(4, 1536).astype(np.uint8), (1, 2, 2), 1, (31, 33))
VIDEO = VideoInput(np.ones((2, 3, 448, 448), np.uint8), (2, 32, 32), 512, (0.25, 1.25))
SIGNAL = SignalInput(np.linspace(-1, 1, 200, dtype=np.float32).reshape(100, 2), 12.5, 3, 8)


@pytest.mark.parametrize("media", [IMAGE, VIDEO, SIGNAL], ids=["image", "video", "signal"])
def test_what_is_saved_is_loaded(tmp_path, media):
    save_input(media, tmp_path / "input.bin")
    loaded = load_input(tmp_path / "input.bin")

    assert type(loaded) is type(media)
    assert np.array_equal(astuple(loaded)[0], astuple(media)[0])
    assert astuple(loaded)[1:] == astuple(media)[1:]


@pytest.mark.parametrize(
    "media",
    [
        replace(IMAGE, grid=(1, 2, 3)),
        replace(IMAGE, num_tokens=0),
        replace(IMAGE, pixels=IMAGE.pixels.astype(np.int16)),
        replace(VIDEO, timestamps=(0.25,)),
        replace(VIDEO, num_tokens=511),
        replace(SIGNAL, values=np.full((10, 1), np.nan, np.float32)),
        replace(SIGNAL, stride=0),
        replace(SIGNAL, values=SIGNAL.values[:, 0]),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path, media):
    save_input(media, tmp_path / "input")

    with pytest.raises(InvalidRequest, match="The prepared file cannot be used"):
        load_input(tmp_path / "input")


def arrays(**changed: Any) -> dict[str, Any]:
    return {"signal": SIGNAL.values, "sampling_rate": 12.5, "stride": 3, "num_tokens": 8} | changed


def test_compressed_and_object_arrays_are_refused(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", **arrays())
    np.savez(tmp_path / "b.npz", **arrays(signal=np.array([{}], dtype=object)))
    np.savez(tmp_path / "c.npz", **{name: array for name, array in arrays().items() if name != "stride"})
    (tmp_path / "d.npz").write_bytes(b"not a zip")

    for name in "abcd":
        with pytest.raises(InvalidRequest, match="The prepared file cannot be used"):
            load_input(tmp_path / f"{name}.npz")
