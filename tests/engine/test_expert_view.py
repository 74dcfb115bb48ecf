"""The picture of experts shows what a reference router chooses, and only while somebody watches."""

from collections import Counter

import numpy as np
import pytest
import torch

from engine.config import EngineConfig
from engine.expert_view import MAX_TOKENS, WATCHED_S, ExpertView
from engine.llm import LLM
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from engine.sequence import Sequence
from engine.step_plan import SequencePlan, StepPlan
from engine.token_kinds import TokenKinds
from tests.engine.ranks.checkpoint import write_moe
from tests.engine.tiny_checkpoint import load_reference, write_checkpoint

PROMPTS = [[5, 6, 7, 8, 9], [11, 12], list(range(20, 60))]
GREEDY = SamplingParams(max_tokens=6, temperature=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    return write_checkpoint("qwen3-moe", tmp_path_factory.mktemp("moe"))


@pytest.fixture
def load():
    loaded = []

    def start(folder, **config):
        loaded.append(LLM(EngineConfig(folder, device="cpu", dtype="float32", kv_cache_memory=2**20, **config)))
        return loaded[-1]

    yield start
    for llm in loaded:
        llm.close()


def answers_of(llm):
    return [output.token_ids for output in llm.generate([{"prompt_token_ids": ids} for ids in PROMPTS], GREEDY)]


def reference_counts(folder, answers):
    """[layer, expert] -> of the prompts' tokens and of all answers' tokens but the last, which nobody reads."""
    model, counts = load_reference(folder), {"question": Counter(), "answer": Counter()}
    for prompt, answer in zip(PROMPTS, answers, strict=True):
        with torch.no_grad():
            logits = model(torch.tensor([prompt + answer[:-1]]), output_router_logits=True).router_logits
        for layer, of_layer in enumerate(logits):
            for position, experts in enumerate(of_layer.topk(2).indices.tolist()):
                kind = "question" if position < len(prompt) else "answer"
                counts[kind].update((layer, expert) for expert in experts)
    return counts


def shown_counts(picture):
    return {
        kind: Counter({
            (layer, expert): count
            for layer, row in enumerate(layers)
            for expert, count in enumerate(row)
            if count
        })
        for kind, layers in picture.counts.items()
    }  # fmt: skip


def test_the_picture_is_what_a_reference_router_chooses_in_a_batch_with_chunks(folder, load):
    llm = load(folder, max_num_batched_tokens=16)
    llm.experts()  # somebody watches

    answers = answers_of(llm)

    picture = llm.experts()
    assert (picture.num_layers, picture.num_experts) == (2, 5)
    assert picture.num_tokens == {"question": 47, "molecule": 0, "sequence": 0, "answer": 15}
    assert shown_counts(picture) == reference_counts(folder, answers)


def test_watching_changes_no_token(folder, load):
    llm = load(folder, prefix_cache=False)
    unwatched = answers_of(llm)

    llm.experts()

    assert answers_of(llm) == unwatched


def test_while_nobody_watches_nothing_is_recorded(folder, load):
    llm = load(folder)
    answers_of(llm)

    assert llm.experts().counts == {}


def test_nothing_is_recorded_some_seconds_after_the_last_look(folder, load, monkeypatch):
    clock = 100.0
    monkeypatch.setattr("engine.expert_view.perf_counter", lambda: clock)
    llm = load(folder)
    llm.experts()
    clock += WATCHED_S

    answers_of(llm)

    assert llm.experts().counts == {}


def test_a_model_without_experts_has_no_picture(tmp_path, load):
    assert load(write_checkpoint("llama", tmp_path)).experts() is None


def test_with_ranks_the_picture_is_the_same(tmp_path, load):
    torch.manual_seed(0)
    folder = write_moe(tmp_path)
    pictures = []
    for num_ranks in (1, 2):
        llm = load(folder, tensor_parallel=num_ranks)
        llm.experts()
        answers_of(llm)
        pictures.append(llm.experts())

    alone, of_ranks = pictures
    assert alone.counts and alone == of_ranks


def sequence_of(sequence_id, token_ids):
    return Sequence(sequence_id, Prompt(token_ids), SamplingParams(), submitted_at=0.0)


def ids_of(num_tokens):
    """One layer, one expert a token: its place in the step."""
    return np.arange(num_tokens, dtype=np.int16)[None, :, None] % 8


def test_a_long_prompt_of_one_does_not_push_out_the_answer_of_another():
    view = ExpertView(1, 8, TokenKinds({}))
    long, short = sequence_of(0, list(range(10 * MAX_TOKENS))), sequence_of(1, [1])
    short.append(2)
    for sequence in (long, short):
        view.follow(sequence)

    view.record(StepPlan([short.plan(2), long.plan(10 * MAX_TOKENS)]), ids_of(2 + 10 * MAX_TOKENS))

    assert view.picture().num_tokens == {"question": MAX_TOKENS, "molecule": 0, "sequence": 0, "answer": 1}


def test_what_is_only_drafted_does_not_count():
    view, sequence = ExpertView(1, 8, TokenKinds({})), sequence_of(0, [1, 2])
    sequence.append(3)
    sequence.num_computed = 2
    view.follow(sequence)

    view.record(StepPlan([sequence.plan(1, draft=[4, 5])]), ids_of(3))

    assert view.picture().num_tokens["answer"] == 1


def test_the_kind_of_a_token_is_told_by_what_comes_after_it_too():
    view = ExpertView(1, 8, TokenKinds({i: bytes([i]) for i in range(256)}))
    sequence = sequence_of(0, list(b"? "))
    view.follow(sequence)
    sequence.append(ord("C"))
    view.record(StepPlan([SequencePlan(0, [ord("C")], 2, [], is_sampled=True)]), ids_of(1))
    before = view.picture().num_tokens

    for letter in b"C(=O)O":
        sequence.append(letter)

    after = view.picture().num_tokens
    assert (before["answer"], before["molecule"]) == (1, 0)
    assert (after["answer"], after["molecule"]) == (0, 1)


def test_a_request_that_has_ended_is_still_in_the_picture_for_a_while(monkeypatch):
    clock = 100.0
    monkeypatch.setattr("engine.expert_view.perf_counter", lambda: clock)
    view, sequence = ExpertView(1, 8, TokenKinds({})), sequence_of(0, [1, 2])
    view.follow(sequence)
    view.record(StepPlan([sequence.plan(2)]), ids_of(2))
    view.leave(sequence)

    assert view.picture().num_tokens["question"] == 2
    clock += 11
    assert view.picture().num_tokens["question"] == 0
