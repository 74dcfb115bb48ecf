"""The decoder against transformers, float32, on tiny random checkpoints; and against itself, batched and in chunks."""

from dataclasses import replace

import pytest
import torch

from engine.checkpoint import open_checkpoint
from engine.config import EngineConfig
from engine.engine import Engine
from engine.media import Prompt
from engine.model_config import read_model_config
from engine.model_runner import ModelRunner
from engine.models.decoder import Decoder
from engine.sampling_params import SamplingParams
from engine.step_batch import make_batch
from engine.step_plan import FeaturePlan, SequencePlan, StepPlan
from engine.weight_reader import WeightReader
from kernels.paged_kv import allocate_paged_kv
from tests.engine.tiny_checkpoint import NAMES, VOCAB_SIZE, load_reference, write_checkpoint
from tests.kernels.conftest import path  # noqa: F401

CPU = torch.device("cpu")
NUM_NEW = 12
# As many tokens as fit our few-token operations and as do not, around pages of 32 and chunks of 16
LENGTHS = (1, 5, 16, 17, 31, 33, 64, 70)


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small gain nothing from a second one, and on a busy machine each step would wait for it."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)


@pytest.fixture(scope="module", params=NAMES)
def folder(request, tmp_path_factory):
    torch.manual_seed(0)
    return write_checkpoint(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def reference(folder):
    return load_reference(folder)


def config(folder, **changes):
    defaults = EngineConfig(model=folder, device="cpu", dtype="float32", kv_cache_memory=4 * 2**20)
    return replace(defaults, **changes)


def prompts():
    return [torch.randint(VOCAB_SIZE, (length,)).tolist() for length in LENGTHS]


def logits(folder, ids, features=(), features_of=None):
    """Of every position of one sequence, read in one step."""
    checkpoint = open_checkpoint(folder)
    model = read_model_config(checkpoint.config, folder)
    decoder = Decoder(model, WeightReader(checkpoint, torch.float32, CPU), max_model_len=128)
    caches = allocate_paged_kv(model.num_layers, 4, model.num_kv_heads, model.head_dim, 32, torch.empty(0))
    plan = StepPlan([SequencePlan(0, ids, 0, [2, 0, 3, 1], is_sampled=True, features=list(features))])
    return decoder(make_batch(plan, list(range(len(ids))), 32, CPU, features_of or {}), caches)


def generate(config, prompts):
    """The engine's greedy answers to prompts that are all there from the start."""
    runner = ModelRunner(config)
    engine = Engine(config, runner, frozenset())
    answers = {i: [] for i in range(len(prompts))}
    for i, prompt in enumerate(prompts):
        engine.add(i, Prompt(prompt), SamplingParams(max_tokens=NUM_NEW), submitted_at=0.0)
    while engine.has_work:
        for output in engine.step():
            answers[output.request_id].append(output.token_id)
    runner.close()
    return list(answers.values())


@torch.inference_mode()
def generate_reference(reference, prompt):
    ids = list(prompt)
    for _ in range(NUM_NEW):
        ids.append(int(reference(torch.tensor([ids])).logits[0, -1].argmax()))
    return ids[len(prompt) :]


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("length", [3, 100], ids=["few-tokens", "many-tokens"])
def test_logits_match_transformers(folder, reference, length):
    ids = torch.randint(VOCAB_SIZE, (length,)).tolist()

    with torch.inference_mode():
        ours, theirs = logits(folder, ids), reference(torch.tensor([ids])).logits[0]

    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= 1e-4


@pytest.mark.usefixtures("path")
def test_greedy_tokens_are_those_of_transformers_alone_batched_and_in_chunks(folder, reference):
    requests = prompts()

    alone = [generate(config(folder), [prompt])[0] for prompt in requests]
    batched = generate(config(folder), requests)
    chunked = generate(config(folder, max_num_batched_tokens=16), requests)

    assert alone == [generate_reference(reference, prompt) for prompt in requests]
    assert batched == alone
    assert chunked == alone


def test_greedy_tokens_do_not_depend_on_the_block_size(folder):
    requests = prompts()

    assert generate(config(folder, block_size=5), requests) == generate(config(folder), requests)


def test_features_take_the_place_of_embeddings(folder):
    ids = torch.randint(VOCAB_SIZE, (40,)).tolist()
    features = {7: open_checkpoint(folder).tensor("model.embed_tokens.weight")[ids]}

    with torch.inference_mode():
        whole = logits(folder, [0] * 28 + ids[28:], [FeaturePlan(7, 0, 0, 28)], features)
        shifted = logits(folder, ids[:5] + [0] * 20 + ids[25:], [FeaturePlan(7, 5, 5, 20)], features)

    expected = logits(folder, ids)
    assert torch.equal(whole, expected)
    assert torch.equal(shifted, expected)


@pytest.mark.parametrize("name", ["qwen3-moe", "mixtral"])
def test_packed_experts_are_the_same_model(name, tmp_path):
    folder = write_checkpoint(name, tmp_path, is_packed=True)
    assert any(tensor.endswith("mlp.experts.gate_up_proj") for tensor in open_checkpoint(folder).names())
    ids = list(range(20))

    with torch.inference_mode():
        ours, theirs = logits(folder, ids), load_reference(folder)(torch.tensor([ids])).logits[0]

    assert (ours - theirs).abs().max() <= 1e-4
