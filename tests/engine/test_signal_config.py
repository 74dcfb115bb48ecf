"""What the time-series encoder reads of config.json, and what it refuses."""

from pathlib import Path

import pytest

from engine.errors import CheckpointError
from engine.signal_config import SignalConfig, read_signal_config

RELEASED = {
    "d_model": 768,
    "encoder_layers": 17,
    "encoder_attention_heads": 8,
    "encoder_ffn_dim": 3072,
    "activation_function": "gelu",
    "num_mel_bins": 80,
    "max_source_positions": 1500,
    "scale_embedding": False,
    "ts_adapt_in_dim": 256,
    "ts_adapt_out_dim": 1024,
    "ts_hidden_dim": 1024,
    "out_hidden_size": 4096,
}


def read(**changes):
    return read_signal_config({"ts_config": RELEASED | changes}, Path("config.json"))


def test_the_time_series_encoder_is_read():
    assert read() == SignalConfig(
        hidden_size=768,
        num_layers=17,
        num_heads=8,
        intermediate_size=3072,
        num_mel_bins=80,
        max_positions=1500,
        projector_size=1024,
        out_size=4096,
    )


def test_what_the_earlier_front_end_left_in_the_file_means_nothing():
    left = {"ts_cnn_channels": [1, 32, 64, 128, 128], "ts_cnn_strides": [2, 4, 4, 5]}

    assert read(**left, ts_concat_subsampling_in_channels=128, ts_concat_subsampling_concat_size=2) == read()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("activation_function", "relu"),
        ("scale_embedding", True),
        ("ts_adapt_in_dim", 512),
        ("ts_hidden_dim", 512),
        ("ts_concat_subsampling_concat_size", 4),
        ("encoder_attention_heads", 7),
        ("max_source_positions", None),
    ],
)
def test_another_encoder_is_refused_by_name(key, value):
    with pytest.raises(CheckpointError, match=rf"ts_config\.{key}"):
        read(**{key: value})
