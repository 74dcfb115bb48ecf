"""The time-series encoder on its own: signals as a person gives them to features, and the token counts of many more."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from engine.checkpoint import open_checkpoint
from engine.errors import InvalidRequest
from engine.media import SignalInput
from engine.models.time_series import TimeSeries
from engine.parity.case import Case
from engine.parity.check import Check, close, exact, failure, worst
from engine.parity.network import CPU
from engine.processors.signals import MAX_SAMPLES, count_tokens, encoder_stride, prepare_signal
from engine.signal_config import read_signal_config
from engine.weight_reader import WeightReader


@torch.inference_mode()
def check_series(case: Case) -> Iterator[Check]:
    signals: list[dict[str, Any]] = case.json("cases.json")
    inputs, expected = case.tensors("inputs.safetensors"), case.tensors("expected.safetensors")
    prepared = {signal["name"]: _prepare(signal, inputs) for signal in signals}

    yield exact(case.name, "strides, rates and tokens of signals", _wrong_sizes(signals, prepared), len(signals))
    yield from _check_values(case, inputs, prepared)
    yield from _check_features(case, _load(case), inputs, expected, prepared)
    rows: list[list[float]] = case.json("token_counts.json")["rows"]
    wrong = [f"{row[1]} samples at {row[0]} Hz" for row in rows if _counts(row[0], int(row[1])) != (row[3], row[5])]
    yield exact(case.name, "strides and tokens of the table", wrong, len(rows))


def _prepare(signal: dict[str, Any], inputs: dict[str, Tensor]) -> SignalInput:
    return prepare_signal(inputs[f"{signal['name']}.raw"].numpy(), signal["sampling_rate"])


def _wrong_sizes(signals: list[dict[str, Any]], prepared: dict[str, SignalInput]) -> list[str]:
    keys = ("stride_float32", "feature_rows", "effective_sampling_rate")
    return [
        signal["name"]
        for signal in signals
        for ours in (prepared[signal["name"]],)
        if (ours.stride, ours.num_tokens, ours.sampling_rate) != tuple(signal[key] for key in keys)
    ]


def _check_values(case: Case, inputs: dict[str, Tensor], prepared: dict[str, SignalInput]) -> Iterator[Check]:
    """z-scores, rounded to bfloat16 as the reference hands them to the network."""
    checks = []
    for name, signal in prepared.items():
        ours = torch.from_numpy(signal.values).bfloat16().float()
        checks.append(close(case.name, name, ours, inputs[f"{name}.ts_values_bf16_rounded"], 0.0))
    yield worst(case.name, "z-scored values", checks)


def _check_features(
    case: Case,
    encoder: TimeSeries,
    inputs: dict[str, Tensor],
    expected: dict[str, Tensor],
    prepared: dict[str, SignalInput],
) -> Iterator[Check]:
    tolerance = case.tolerance("float32_abs")
    frames, features, means = [], [], []
    for name, signal in prepared.items():
        values = inputs[f"{name}.ts_values_bf16_rounded"]
        front = encoder.frames(values, signal.stride)
        ours = encoder.projector(encoder.encoder(front))
        if len(ours) != signal.num_tokens:
            yield failure(case.name, f"{name}: features", f"{len(ours)} rows for {signal.num_tokens} tokens")
        rows = expected[f"{name}.feature_rows"].long()
        frames.append(close(case.name, name, front[:16], expected[f"{name}.subsampled_first16"], tolerance))
        features.append(close(case.name, name, ours[rows], expected[f"{name}.features"], tolerance))
        means.append(close(case.name, name, ours.abs().mean()[None], expected[f"{name}.features_mean_abs"], tolerance))
    yield worst(case.name, "front end", frames)
    yield worst(case.name, "features", features)
    yield worst(case.name, "mean size of all features", means)


def _counts(sampling_rate: float, num_samples: int) -> tuple[int, int]:
    """Stride and tokens; 0 tokens where the signal is refused as too short."""
    stride = encoder_stride(sampling_rate)
    try:
        return stride, count_tokens(min(num_samples, MAX_SAMPLES), stride, sampling_rate)
    except InvalidRequest:
        return stride, 0


def _load(case: Case) -> TimeSeries:
    folder = case.path("checkpoint")
    checkpoint = open_checkpoint(folder)
    weights = WeightReader(checkpoint, torch.float32, CPU)
    encoder = TimeSeries(read_signal_config(checkpoint.config, folder / "config.json"), weights)
    weights.finish()
    return encoder
