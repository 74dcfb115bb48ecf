"""What the time-series encoder must know about a checkpoint, read from ts_config in config.json.

Sizes of its front end are part of the architecture and in no file. Facts: sections 1.5 and 3.7 of the family's
description. Fields of the convolutional front end before it (ts_cnn_*) may still be in a file and mean nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.config_fields import ConfigFields

PATCH_HIDDEN_SIZE = 128  # of the front end
PATCHES_PER_FRAME = 2  # which are put side by side before the encoder


@dataclass(frozen=True, slots=True)
class SignalConfig:
    """num_mel_bins: channels that the encoder starts from. projector_size: what it hands to the projector."""

    hidden_size: int
    num_layers: int
    num_heads: int
    intermediate_size: int
    num_mel_bins: int
    max_positions: int
    projector_size: int
    out_size: int


def read_signal_config(config: dict[str, Any], path: Path) -> SignalConfig:
    """config: config.json of Intern-S1-Pro as a dict; path names it in errors."""
    fields = ConfigFields(config, path).section("ts_config")
    fields.require("activation_function", "gelu")
    fields.require("scale_embedding", None, False)
    fields.require("ts_adapt_in_dim", PATCH_HIDDEN_SIZE * PATCHES_PER_FRAME)
    fields.require("ts_concat_subsampling_in_channels", None, PATCH_HIDDEN_SIZE)
    fields.require("ts_concat_subsampling_concat_size", None, PATCHES_PER_FRAME)
    signal = SignalConfig(
        hidden_size=fields.integer("d_model"),
        num_layers=fields.integer("encoder_layers"),
        num_heads=fields.integer("encoder_attention_heads"),
        intermediate_size=fields.integer("encoder_ffn_dim"),
        num_mel_bins=fields.integer("num_mel_bins"),
        max_positions=fields.integer("max_source_positions"),
        projector_size=fields.integer("ts_adapt_out_dim"),
        out_size=fields.integer("out_hidden_size"),
    )
    fields.require("ts_hidden_dim", signal.projector_size)
    if signal.hidden_size % signal.num_heads:
        raise fields.error("encoder_attention_heads", f"it must divide d_model, which is {signal.hidden_size}")
    return signal
