"""The text models of Intern-S1-Pro, Intern-S1 and Intern-S1-mini against the reference implementations, float32."""

import json
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import load_file

from tests.engine.models.text_model import TextModel
from tests.golden import GOLDEN, needs_golden
from tests.kernels.conftest import path  # noqa: F401

pytestmark = [needs_golden, pytest.mark.usefixtures("path")]

# The tolerances of the parity data
LOGITS, HIDDEN = 2e-3, 1e-3


@dataclass(frozen=True)
class Case:
    folder: str
    prompts: tuple[str, ...]
    prefix: str = ""
    keeps_fp8: bool = False


TWO, THREE = ("text_short", "text_mid"), ("text_short", "text_mid", "text_long")
CASES = [
    pytest.param(Case("pro-tiny", THREE), id="pro"),
    pytest.param(Case("pro-tiny-fp8", THREE, "weight_only."), id="pro-fp8"),
    pytest.param(Case("pro-tiny-fp8", THREE, "weight_only.", keeps_fp8=True), id="pro-fp8-in-memory"),
    pytest.param(Case("s1-tiny", TWO), id="s1"),
    pytest.param(Case("mini-tiny", TWO), id="mini"),
]


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small gain nothing from a second one."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)


@pytest.fixture(params=CASES)
def case(request):
    return request.param


@pytest.fixture
def model(case, path):  # noqa: F811
    return TextModel(GOLDEN / case.folder / "checkpoint", case.keeps_fp8)


@pytest.fixture
def golden(case):
    return load_file(GOLDEN / case.folder / "expected.safetensors")


@pytest.fixture
def prompts(case):
    inputs = json.loads((GOLDEN / case.folder / "inputs.json").read_text())
    return {f"{case.prefix}{name}": inputs[name]["input_ids"] for name in case.prompts}


def error(ours, theirs):
    assert ours.shape == theirs.shape
    return (ours - theirs).abs().max()


def test_logits_hidden_states_and_routing_match_the_reference(model, golden, prompts):
    for name, ids in prompts.items():
        trace = model.trace(ids, num_logits=len(golden[f"{name}.logsumexp"]))

        top = trace.logits.gather(1, golden[f"{name}.topk_ids"].long())
        assert error(trace.logits[:, golden["subset_ids"]], golden[f"{name}.subset_values"]) <= LOGITS
        assert error(top, golden[f"{name}.topk_values"]) <= LOGITS
        assert error(trace.logits.logsumexp(dim=-1), golden[f"{name}.logsumexp"]) <= LOGITS
        assert error(trace.hidden_states[:, -1], golden[f"{name}.hidden_last"]) <= HIDDEN
        assert_same_routing(trace, golden, name)


def assert_same_routing(trace, golden, name):
    """Near ties may fall otherwise: one choice in a thousand, says the README of the parity data."""
    if f"{name}.router_ids" in golden:
        assert (trace.router_ids != golden[f"{name}.router_ids"]).float().mean() <= 1e-3
    elif f"{name}.router_ids_sorted" in golden:
        assert (trace.router_ids.sort(dim=-1).values != golden[f"{name}.router_ids_sorted"]).float().mean() <= 1e-3
    else:
        assert trace.router_ids is None
    if f"{name}.router_weights_last" in golden:
        assert error(trace.router_weights[:, -1], golden[f"{name}.router_weights_last"]) <= HIDDEN


def test_a_trace_ends_in_the_logits_of_the_model(model, prompts):
    ids = next(iter(prompts.values()))

    assert torch.equal(model.trace(ids, num_logits=1).logits, model.logits(ids))


def test_greedy_tokens_are_those_of_the_reference_alone_batched_and_in_chunks(model, golden, prompts):
    expected = [golden[f"{name}.greedy_ids"].tolist() for name in prompts]
    num_new = len(expected[0])

    alone = [model.generate([ids], num_new)[0] for ids in prompts.values()]
    batched = model.generate(list(prompts.values()), num_new)
    chunked = model.generate(list(prompts.values()), num_new, chunk=19)

    assert alone == expected
    assert batched == expected
    assert chunked == expected
