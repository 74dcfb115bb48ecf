"""Fine-tune nano: low-rank adapters on SmolLM2-135M-Instruct, in bfloat16, on conversations made by nano.corpus.

    python -m assistant.nano.train --work-dir DIR [--minutes 90] [--out assets/nano]

Resumes from its last checkpoint. The system turn is the same in every conversation, so its keys and values are computed
once every few steps, without gradient, and shared by all rows of a batch.
"""

import argparse
import ctypes
import itertools
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from assistant.nano.corpus import read_shard, shard_path, write_corpus
from assistant.nano.examples import PREFIX, Example, make_examples
from assistant.nano.setup import ASSETS, CONTROL_TOKENS, nano_tokenizer, smollm_gguf
from assistant.nano.student import Batch, Prefix, Student
from assistant.settings import Settings
from engine.checkpoint import open_checkpoint
from engine.dialects.segments import encode_segments
from engine.tokenizer import Tokenizer

RANK = 32
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
TOKENS_PER_BATCH = 1_024  # padded; activations of a layer stay in the last-level cache
BATCHES_PER_STEP = 2
PEAK_LEARNING_RATE = 8e-4
WARMUP_STEPS = 40
PREFIX_REFRESH_STEPS = 10
CHECKPOINT_SECONDS = 180


class MasterWeights:
    """AdamW on float32 copies of bfloat16 parameters; without them small updates round away."""

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        self._parameters = parameters
        self._masters = [parameter.detach().float().clone() for parameter in parameters]
        self.optimizer = torch.optim.AdamW(self._masters, lr=0.0, betas=(0.9, 0.98), weight_decay=0.0, foreach=True)

    def step(self, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        for master, parameter in zip(self._masters, self._parameters, strict=True):
            assert parameter.grad is not None
            master.grad = parameter.grad.float()
            parameter.grad = None
        nn.utils.clip_grad_norm_(self._masters, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for master, parameter in zip(self._masters, self._parameters, strict=True):
                parameter.copy_(master)

    def state(self) -> dict[str, Tensor]:
        tensors = {f"master.{i}": master for i, master in enumerate(self._masters)}
        for i, master in enumerate(self._masters):
            for name, value in self.optimizer.state.get(master, {}).items():
                tensors[f"{name}.{i}"] = value
        return tensors

    def load(self, tensors: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for i, (master, parameter) in enumerate(zip(self._masters, self._parameters, strict=True)):
                master.copy_(tensors[f"master.{i}"])
                parameter.copy_(master)
                names = ("step", "exp_avg", "exp_avg_sq")
                self.optimizer.state[master] = {name: tensors[f"{name}.{i}"] for name in names}


def build_student(gguf: Path, tokenizer: Tokenizer) -> Student:
    base = _base_model(gguf)
    ids = [_control_id(tokenizer, name) for name in CONTROL_TOKENS]
    with torch.no_grad():
        weight = base.get_input_embeddings().weight
        for name, token_id in zip(CONTROL_TOKENS, ids, strict=True):
            weight[token_id] = weight[tokenizer.encode(name)].mean(0)
    config = LoraConfig(r=RANK, lora_alpha=2 * RANK, lora_dropout=0.0, target_modules=TARGETS, task_type="CAUSAL_LM")
    return Student(get_peft_model(base, config, autocast_adapter_dtype=False), ids)


def _base_model(gguf: Path) -> LlamaForCausalLM:
    checkpoint = open_checkpoint(gguf)
    model = LlamaForCausalLM(LlamaConfig.from_dict(checkpoint.config)).to(torch.bfloat16)
    weights = {name: checkpoint.tensor(name) for name in checkpoint.names()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert set(missing) <= {"lm_head.weight"} and not unexpected, (missing, unexpected)
    model.tie_weights()
    return model.eval()


def _control_id(tokenizer: Tokenizer, name: str) -> int:
    token_id = tokenizer.control_id(name)
    assert token_id is not None, name
    return token_id


def batched(items: Iterator[Batch], size: int) -> Iterator[tuple[Batch, ...]]:
    while group := tuple(itertools.islice(items, size)):
        yield group


def batches(examples: list[Example], rng: random.Random, pad_id: int) -> Iterator[Batch]:
    """One pass in random order; rows of a batch have similar lengths."""
    order = sorted(examples, key=lambda example: len(example.ids) + rng.uniform(0, 40))
    groups: list[list[Example]] = [[]]
    for example in order:
        if groups[-1] and (len(groups[-1]) + 1) * len(example.ids) > TOKENS_PER_BATCH:
            groups.append([])
        groups[-1].append(example)
    rng.shuffle(groups)
    for group in groups:
        yield _collate(group, pad_id)


def _collate(group: list[Example], pad_id: int) -> Batch:
    length = max(len(example.ids) for example in group)
    ids = torch.full((len(group), length), pad_id)
    targets, positions = [], []
    for row, example in enumerate(group):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        for i, learned in enumerate(example.is_learned):
            if learned:
                targets.append(example.ids[i])
                positions.append(row * length + i - 1)
    return Batch(ids, torch.tensor(targets), torch.tensor(positions))


class Trainer:
    def __init__(self, student: Student, tokenizer: Tokenizer, folder: Path, budget_s: float) -> None:
        self._student = student
        self._prefix_ids = encode_segments(PREFIX, tokenizer).token_ids
        self._pad_id = min(tokenizer.eos_token_ids)
        self._folder = folder
        self._budget_s = budget_s
        trained = [p for name, p in student.named_parameters() if "lora_" in name] + [student.control_rows]
        for parameter in student.parameters():
            parameter.requires_grad_(False)
        for parameter in trained:
            parameter.requires_grad_(True)
        self._weights = MasterWeights(trained)
        self._prefix: Prefix | None = None
        self._losses: list[float] = []
        self._step, self._spent_s, self._tokens = 0, 0.0, 0

    def run(self, shards: Iterator[list[Example]]) -> None:
        """Train until the time is up or the shards end."""
        self._resume()
        passed, last_save = 0, time.monotonic()
        for examples in shards:
            for group in batched(batches(examples, random.Random(len(examples)), self._pad_id), BATCHES_PER_STEP):
                passed += 1
                if passed <= self._step:
                    continue
                start = time.monotonic()
                self._losses.append(self._learn(group))
                self._spent_s += time.monotonic() - start
                if self._step % 10 == 0:
                    self._log(self._losses[-10:])
                if self._spent_s >= self._budget_s:
                    self._save()
                    return
                if time.monotonic() - last_save > CHECKPOINT_SECONDS:
                    self._save()
                    last_save = time.monotonic()
        self._save()

    def _learn(self, group: tuple[Batch, ...]) -> float:
        """One optimiser step; the mean loss of its learned tokens."""
        if self._prefix is None or self._step % PREFIX_REFRESH_STEPS == 0:
            self._prefix = self._student.prefix(self._prefix_ids)
        num_targets = sum(batch.targets.numel() for batch in group)
        total = 0.0
        for batch in group:
            loss = self._student.loss(batch, self._prefix) * (batch.targets.numel() / num_targets)
            loss.backward()
            total += loss.item()
        self._weights.step(self._learning_rate())
        self._step += 1
        self._tokens += sum(batch.ids.numel() for batch in group)
        return total

    def _learning_rate(self) -> float:
        """Linear warm-up, then a cosine over the time budget down to a twentieth."""
        warm = min(1.0, (self._step + 1) / WARMUP_STEPS)
        progress = min(1.0, self._spent_s / self._budget_s)
        return PEAK_LEARNING_RATE * warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress)))

    def _log(self, losses: list[float]) -> None:
        record = {
            "step": self._step,
            "loss": round(sum(losses) / len(losses), 4),
            "minutes": round(self._spent_s / 60, 2),
            "tokens_per_s": round(self._tokens / self._spent_s),
        }
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(record) + "\n")
        print(record, flush=True)

    def _save(self) -> None:
        numbers = torch.tensor([self._step, self._spent_s, self._tokens], dtype=torch.float64)
        path = self._folder / "checkpoint.safetensors"
        save_file({**self._weights.state(), "progress": numbers}, path.with_suffix(".partial"))
        path.with_suffix(".partial").rename(path)

    def _resume(self) -> None:
        path = self._folder / "checkpoint.safetensors"
        if path.exists():
            tensors = load_file(path)
            step, self._spent_s, tokens = tensors.pop("progress").tolist()
            self._step, self._tokens = int(step), int(tokens)
            self._weights.load(tensors)


def shards(folder: Path, num_shards: int, tokenizer: Tokenizer) -> Iterator[list[Example]]:
    """Two shards at a time, for ever."""
    while True:
        for index in range(0, num_shards, 2):
            yield [
                example
                for i in (index, index + 1)
                for dialogue in read_shard(shard_path(folder, i))
                for example in make_examples(dialogue, tokenizer)
            ]


def export(student: Student, out: Path) -> None:
    """adapter_config.json, adapter_model.safetensors (bfloat16) and the rows of the control tokens."""
    out.mkdir(parents=True, exist_ok=True)
    lora = {name: tensor.contiguous() for name, tensor in get_peft_model_state_dict(student.model).items()}
    save_file(lora, out / "adapter_model.safetensors", metadata={"format": "pt"})
    settings = {"peft_type": "LORA", "r": RANK, "lora_alpha": 2 * RANK, "target_modules": TARGETS}
    settings |= {"base_model_name_or_path": "HuggingFaceTB/SmolLM2-135M-Instruct", "task_type": "CAUSAL_LM"}
    (out / "adapter_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    rows = student.control_rows.detach().to(torch.bfloat16)
    save_file({"rows": rows, "token_ids": student.control_ids}, out / "control_tokens.safetensors")


def keep_freed_memory() -> None:
    """Let the C allocator reuse large blocks; returning them to the system costs a page fault for every 4 KiB again."""
    allocator = ctypes.CDLL(None)
    if hasattr(allocator, "mallopt"):
        for option, value in ((-4, 0), (-1, -1), (-8, 1)):  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_ARENA_MAX
            allocator.mallopt(option, value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--work-dir", type=Path, required=True, help="corpus, checkpoint and log; start again to resume"
    )
    parser.add_argument("--data-dir", type=Path, default=Settings().data_dir, help="where the base model is unpacked")
    parser.add_argument("--minutes", type=float, default=90.0, help="time spent in training steps")
    parser.add_argument("--shards", type=int, default=24, help="files of 500 conversations")
    parser.add_argument("--out", type=Path, default=ASSETS)
    arguments = parser.parse_args()

    keep_freed_memory()
    torch.manual_seed(0)
    corpus = arguments.work_dir / "corpus"
    write_corpus(corpus, arguments.shards)
    gguf = smollm_gguf(arguments.data_dir)
    tokenizer = nano_tokenizer(gguf)
    student = build_student(gguf, tokenizer)
    trainer = Trainer(student, tokenizer, arguments.work_dir, 60 * arguments.minutes)
    trainer.run(shards(corpus, arguments.shards, tokenizer))
    export(student, arguments.out)


if __name__ == "__main__":
    main()
