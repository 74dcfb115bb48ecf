import json

import pytest
import torch

from engine.bench import layers
from engine.bench.layer_pairs import NUM_INPUTS, Pair
from engine.bench.layers import Result, compare


def pair(ours: float, theirs: float) -> Pair:
    return Pair("an operation", "1 token", lambda i: torch.tensor([ours]), {"peer": lambda i: torch.tensor([theirs])})


def test_every_operation_is_compared_and_agrees(capsys):
    layers.main(["--preset", "bench-tiny-moe", "--quick", "--rounds", "2", "--json"])

    results = json.loads(capsys.readouterr().out)
    sizes = {(result["operation"], result["size"]) for result in results}
    assert sizes == {
        *((name, size) for name in ("MoE layer", "residual + RMSNorm", "router") for size in ("1 token", "3 tokens")),
        ("decode attention", "1 x 40"),
        ("decode attention", "3 x 70"),
    }
    assert all(result["ours_us"] > 0 and result["ratio"] > 0 for result in results)
    peers = next(result["peers_us"] for result in results if result["operation"] == "MoE layer")
    assert {*peers} == {"transformers eager", "transformers grouped_mm", "transformers batched_mm"}


def test_another_result_is_not_timed():
    with pytest.raises(AssertionError, match="ours and peer differ"):
        compare(pair(1.0, 1.2), num_rounds=1)


def test_every_input_is_used_and_sides_take_turns(monkeypatch):
    monkeypatch.setattr(layers, "_repeats", lambda call: 1)
    seen = []

    def call(name):
        def one(i):
            seen.append((name, i))
            return torch.ones(1)

        return one

    compare(Pair("an operation", "1 token", call("ours"), {"peer": call("peer")}), num_rounds=2)

    samples = seen[2:]  # the first two check that they agree
    assert [name for name, i in samples if i == 0] == ["ours", "peer", "peer", "ours"]
    assert {i for _, i in samples} == {*range(NUM_INPUTS)}


def test_the_ratio_is_to_the_fastest_peer():
    result = Result("an operation", "1 token", 2.0, {"slow": 9.0, "fast": 5.0})

    assert (result.best, result.ratio) == ("fast", 2.5)
