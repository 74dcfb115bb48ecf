"""The encoders that a checkpoint has, and which of them reads what."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.config_fields import ConfigFields
from engine.errors import CheckpointError, InvalidRequest
from engine.interruption import Check, go_on
from engine.media import ImageInput, MediaInput, SignalInput, VideoInput
from engine.models.intern_vit import InternVision
from engine.models.pro_vision import ProVision
from engine.models.time_series import TimeSeries
from engine.processors.settings import ProcessorSettings, read_processor_settings
from engine.signal_config import read_signal_config
from engine.vision_config import read_pro_vision_config, read_vision_config
from engine.weight_reader import WeightReader

_NAMES: dict[type[MediaInput], str] = {ImageInput: "pictures", VideoInput: "videos", SignalInput: "signals"}


class MediaEncoders:
    """config_file: config.json, beside which the preprocessor's settings lie; a .gguf file has none beside it."""

    def __init__(self, config: dict[str, Any], config_file: Path, weights: WeightReader) -> None:
        settings = read_processor_settings(config_file.parent, config)
        kinds = settings.kinds if settings is not None else ()
        self.vision: InternVision | ProVision | None = None
        self.time_series: TimeSeries | None = None
        if settings is not None and "image" in kinds:
            self.vision = _read_vision(config, config_file, weights, settings)
        if "signal" in kinds:
            signal_config = read_signal_config(config, config_file)
            _check_out_size(config, config_file, signal_config.out_size, "ts_config.out_hidden_size")
            self.time_series = TimeSeries(signal_config, weights)

    def encode(self, media: MediaInput, check: Check = go_on) -> Tensor:
        """Features [num_tokens, H]. check: called in every layer."""
        if isinstance(media, SignalInput):
            if self.time_series is not None:
                return self.time_series(_as_tensor(media.values), media.stride, check)
        elif isinstance(self.vision, ProVision):
            return self.vision(_as_tensor(media.pixels), media.grid, check)
        elif self.vision is not None:
            return self.vision(_as_tensor(media.pixels), check)
        raise InvalidRequest(f"This model cannot read {_NAMES[type(media)]}. Remove the attachment.")


def _read_vision(
    config: dict[str, Any], config_file: Path, weights: WeightReader, settings: ProcessorSettings
) -> InternVision | ProVision:
    mean_std = (settings.mean, settings.std)
    if settings.family == "intern_s1":
        return InternVision(read_vision_config(config, config_file), weights, mean_std)
    vision_config = read_pro_vision_config(config, config_file)
    _check_out_size(config, config_file, vision_config.out_size, "vision_config.out_hidden_size")
    return ProVision(vision_config, weights, mean_std)


def _check_out_size(config: dict[str, Any], config_file: Path, out_size: int, key: str) -> None:
    fields = ConfigFields(config, config_file)
    if fields.optional("text_config") is None:  # an encoder alone, as in the parity data
        return
    hidden_size = fields.section("text_config").integer("hidden_size")
    if out_size != hidden_size:
        raise CheckpointError(
            f"{key} in {config_file} is {out_size}, but the text model it feeds has a hidden_size of {hidden_size}."
        )


def _as_tensor(array: NDArray[np.generic]) -> Tensor:
    """Without a copy where torch allows: it wants memory that may be written to."""
    return torch.from_numpy(array if array.flags.writeable else array.copy())
