"""The scaled-down networks of the family: features, logits, hidden states, routing and greedy tokens of prompts."""

from collections.abc import Iterator

import torch
from torch import Tensor

from engine.layers.rotary import FourierEmbedding, kept_frequencies
from engine.parity.case import Case
from engine.parity.check import Check, close, mismatched_share, skipped, worst
from engine.parity.end_to_end import check_end_to_end
from engine.parity.golden_prompts import GoldenPrompt, read_prompts
from engine.parity.greedy import check_greedy
from engine.parity.network import Network, load_network, run_step

# Section "Tolerances" of the data's README, for what a case's meta.json does not name
_HIDDEN, _FEATURES = 1e-3, 5e-4
_ROUTER_MISMATCHES = 0.001  # there: "allow 0.1 % mismatches: near ties exist"
_FOPE = 2e-4  # section 1 of the README


@torch.inference_mode()
def check_network(case: Case) -> Iterator[Check]:
    prompts = read_prompts(case)
    expected = case.tensors("expected.safetensors")
    network = load_network(case.path("checkpoint"), max(len(golden.prompt.token_ids) for golden in prompts))
    if "fope.cos" in expected:
        yield from _check_fope(case, network, expected)
    for golden in prompts:
        yield from _check_prompt(case, network, golden, expected["subset_ids"])
    yield from check_greedy(case, prompts)
    yield from check_end_to_end(case, prompts)
    if any(key.startswith("activation_quant.") for key in expected):
        yield skipped(case.name, "activation_quant", "informative; activations stay as they are in this engine")


def _check_fope(case: Case, network: Network, expected: dict[str, Tensor]) -> Iterator[Check]:
    embedding, config = network.decoder.rotary_emb, network.config
    assert isinstance(embedding, FourierEmbedding) and config.fope is not None, config.architecture
    frequencies = kept_frequencies(config, config.fope)
    yield close(case.name, "fope.inv_freq", frequencies, expected["fope.inv_freq"], _FOPE)
    waves = embedding(expected["fope.positions"].long()).of_key_heads(config.head_dim)
    for name, wave in zip(("fope.cos", "fope.sin"), waves, strict=True):
        yield close(case.name, name, torch.cat((wave, wave), dim=-1).transpose(0, 1), expected[name], _FOPE)


def _check_prompt(case: Case, network: Network, golden: GoldenPrompt, subset_ids: Tensor) -> Iterator[Check]:
    expected, prompt = golden.expected, golden.prompt
    features = {i: network.encoders.encode(media) for i, media in enumerate(prompt.inputs)}
    if "features" in expected:
        tolerance = case.tolerance("float32_features_abs", default=_FEATURES)
        ours = torch.cat(list(features.values()))
        yield close(case.name, f"{golden.name}: features", ours, expected["features"].flatten(0, -2), tolerance)
    T, num_logits = len(prompt.token_ids), len(expected["topk_ids"])
    step = run_step(network.config, network.decoder, prompt.token_ids, num_logits, prompt.spans, features)
    yield _check_logits(case, golden, step.logits, subset_ids)
    tolerance = case.tolerance("float32_hidden_abs", default=_HIDDEN)
    hidden = step.hidden_states[:, T - 1]
    yield close(case.name, f"{golden.name}: hidden states", hidden, expected["hidden_last"], tolerance)
    if step.router_ids is not None and step.router_weights is not None:
        yield from _check_routing(case, golden, step.router_ids[:, :T], step.router_weights[:, T - 1], tolerance)


def _check_logits(case: Case, golden: GoldenPrompt, logits: Tensor, subset_ids: Tensor) -> Check:
    expected = golden.expected
    tolerance = case.tolerance("float32_logits_abs", "weight_only_float32_logits_abs")
    top_ids, top_values = expected["topk_ids"].long(), expected["topk_values"]
    parts = [
        close(case.name, "topk_values", logits.gather(1, top_ids), top_values, tolerance),
        close(case.name, "our own largest", logits.topk(top_ids.shape[1]).values, top_values, tolerance),
        close(case.name, "subset_values", logits[:, subset_ids], expected["subset_values"], tolerance),
        close(case.name, "logsumexp", logits.logsumexp(dim=-1), expected["logsumexp"], tolerance),
    ]
    return worst(case.name, f"{golden.name}: logits", parts)


def _check_routing(
    case: Case, golden: GoldenPrompt, ids: Tensor, last_weights: Tensor, tolerance: float
) -> Iterator[Check]:
    """ids [L, T, C], in the order of their groups where there are groups; last_weights [L, C] come from the hidden
    states of the last token."""
    expected = golden.expected
    if "router_ids" in expected:
        theirs = expected["router_ids"]
    else:
        ids, theirs = ids.sort(dim=-1).values, expected["router_ids_sorted"]
    yield mismatched_share(case.name, f"{golden.name}: router ids", ids, theirs, _ROUTER_MISMATCHES)
    if "router_weights_last" in expected:
        weights = expected["router_weights_last"]
        yield close(case.name, f"{golden.name}: router weights", last_weights, weights, tolerance)
