"""Everything at once, for long: texts, pictures, videos and signals, every kind of sampling, cancels, refusals."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch

from engine.config import EngineConfig
from engine.errors import EngineError
from engine.llm import LLM
from engine.media import ImageInput, MediaInput, SignalInput, VideoInput
from engine.messages import Conversation, Message
from engine.parity.case import Case
from engine.parity.golden_prompts import read_prompts
from engine.sampling_params import SamplingParams
from tests.endurance.figures import Figure
from tests.endurance.resources import Held, held, left_beyond, own_temp_folder, resident_bytes

NUM_CLIENTS = 6
NUM_SESSIONS = 40
MAX_WORDS = 400
MAX_TOKENS = 60
LOOK_EVERY_S = 2.0
MB = 2**20
WORDS = (
    "the",
    "boiling",
    "point",
    "of",
    "water",
    "at",
    "2",
    "atm",
    "水的沸点",
    "CC(=O)Oc1ccccc1",
    "3.14",
    "µm",
    "café",
)
REFUSED: list[dict[str, Any]] = [
    {"max_tokens": 0},
    {"temperature": -1.0},
    {"logit_bias": {10**9: 1.0}},
    {"n": 2},  # of a stream
]


@dataclass
class Outcome:
    """samples: (seconds since the start, resident bytes). ends: how often each thing happened, by name."""

    samples: list[tuple[float, int]] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    num_lost_blocks: int = 0
    leaks: dict[str, int] = field(default_factory=dict)

    def slope_mb_per_min(self, after_s: float) -> float:
        """Of the line that fits resident memory best."""
        late = [(at_s / 60, size / MB) for at_s, size in self.samples if at_s >= after_s]
        minutes, sizes = np.array(late).T
        return float(np.polyfit(minutes, sizes, 1)[0])


class Client:
    """Asks one thing after another; every request ends as it should, or is among the failures."""

    def __init__(self, llm: LLM, media: list[MediaInput], seed: int, outcome: Outcome) -> None:
        self._llm = llm
        self._media = media
        self._chance = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._outcome = outcome
        self._actions = [self._chat] * 6 + [self._cancel] * 2 + [self._complete, self._be_refused, self._ask_too_much]

    def ask_until(self, deadline: float) -> None:
        while monotonic() < deadline:
            action = self._chance.choice(self._actions)
            try:
                action()
            except Exception as error:  # a bug on either side; the run goes on and reports it
                self._outcome.failures.append(f"{action.__name__}: {error!r}")

    def _chat(self) -> None:
        deltas = list(self._llm.stream(self._conversation(), self._params()))
        assert deltas[-1].finish_reason in ("stop", "length"), deltas[-1]
        self._outcome.ends["answered"] += 1

    def _cancel(self) -> None:
        stream = self._llm.stream(self._conversation(), replace(self._params(), max_tokens=1000, stop=()))
        cancelling = threading.Timer(self._chance.uniform(0, 0.3), stream.cancel)
        cancelling.start()
        for _ in stream:
            pass
        cancelling.join()
        self._outcome.ends["cancelled"] += 1

    def _complete(self) -> None:
        params = replace(self._params(), n=self._chance.randint(1, 3), prompt_logprobs=self._chance.choice([0, 5]))
        (output,) = self._llm.generate([self._text(60)], params)
        assert len(output.answers) == params.n
        self._outcome.ends["completed"] += params.n

    def _be_refused(self) -> None:
        try:
            self._llm.stream(self._conversation(), SamplingParams(**self._chance.choice(REFUSED)))
        except EngineError:
            self._outcome.ends["refused"] += 1
            return
        raise AssertionError("it was let in")

    def _ask_too_much(self) -> None:
        conversation = Conversation((Message("user", "word " * self._llm.max_model_len),))
        try:
            for _ in self._llm.stream(conversation, SamplingParams()):
                pass
        except EngineError:
            self._outcome.ends["too long"] += 1
            return
        raise AssertionError("it was let in")

    def _conversation(self) -> Conversation:
        parts: list[str | MediaInput] = [self._text(MAX_WORDS)]
        if self._media and self._chance.random() < 0.4:
            parts.insert(0, self._unlike(self._chance.choice(self._media)))
        session = f"session {self._chance.randrange(NUM_SESSIONS)}"
        messages = (Message("system", "You help."), Message("user", tuple(parts)))
        return Conversation(messages, (), self._chance.random() < 0.5, session, num_shared_messages=1)

    def _unlike(self, item: MediaInput) -> MediaInput:
        """Half of the time something that nobody has shown before."""
        if self._chance.random() < 0.5:
            return item
        if isinstance(item, SignalInput):
            return replace(item, values=self._noise.standard_normal(item.values.shape, dtype=np.float32))
        assert isinstance(item, ImageInput | VideoInput)
        return replace(item, pixels=self._noise.integers(0, 256, item.pixels.shape, dtype=np.uint8))

    def _text(self, max_words: int) -> str:
        return " ".join(self._chance.choices(WORDS, k=self._chance.randint(1, max_words)))

    def _params(self) -> SamplingParams:
        chance = self._chance
        kinds: list[dict[str, Any]] = [
            {},
            {"temperature": 1.0, "top_k": 20, "top_p": 0.9, "seed": chance.randrange(2**32)},
            {"temperature": 0.7, "min_p": 0.05},
            {"repetition_penalty": 1.2, "presence_penalty": 0.5, "frequency_penalty": 0.5},
            {"logit_bias": {chance.randrange(1000): 5.0}},
            {"stop": ("e", "of water"), "temperature": 1.0},
            {"logprobs": 5},
        ]
        return SamplingParams(max_tokens=chance.randint(1, MAX_TOKENS), ignore_eos=True, **chance.choice(kinds))


def run(model: Path, duration_s: float, tell: bool = True) -> Outcome:
    """model: a folder of the parity data, or that of a checkpoint, which is then asked for texts only.

    Blocks and memory are few, so that requests are put back and features are dropped.
    """
    outcome = Outcome()
    media: list[MediaInput] = []
    if (model / "checkpoint").is_dir():
        media = [item for golden in read_prompts(Case(model)) for item in golden.prompt.inputs]
        model = model / "checkpoint"
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with own_temp_folder():
        before = held()
        llm = LLM(
            EngineConfig(
                model, device="cpu", dtype="float32", kv_cache_memory=12 * MB, max_num_seqs=8, encoder_cache_tokens=512
            )
        )
        _load(llm, media, duration_s, outcome, tell)
        while (stats := llm.stats()).num_running or stats.num_waiting:
            threading.Event().wait(0.001)
        outcome.num_lost_blocks = stats.num_blocks - stats.num_free_blocks
        outcome.ends["put back"] = stats.num_preemptions
        outcome.ends["encoder runs"] = stats.num_encoder_runs
        llm.close()
        outcome.leaks = _left_behind(before)
    torch.set_num_threads(num_threads)
    return outcome


def _load(llm: LLM, media: list[MediaInput], duration_s: float, outcome: Outcome, tell: bool) -> None:
    started_at = monotonic()
    clients = [Client(llm, media, seed, outcome) for seed in range(NUM_CLIENTS)]
    threads = [threading.Thread(target=client.ask_until, args=[started_at + duration_s]) for client in clients]
    for thread in threads:
        thread.start()
    told_at = started_at
    while any(thread.is_alive() for thread in threads):
        outcome.samples.append((monotonic() - started_at, resident_bytes()))
        if tell and monotonic() - told_at >= 60:
            told_at = monotonic()
            size = outcome.samples[-1][1] / MB
            print(f"{(told_at - started_at) / 60:5.1f} min {size:8.1f} MB  {dict(outcome.ends)}", flush=True)
        threading.Event().wait(LOOK_EVERY_S)


def _left_behind(before: Held) -> dict[str, int]:
    """Threads that the libraries keep for themselves are no leak."""
    return {kind: number for kind, number in left_beyond(before).items() if kind != "threads"}


def figures(outcome: Outcome, after_s: float, max_slope: float | None) -> list[Figure]:
    sizes = [size / MB for _, size in outcome.samples]
    return [
        *(Figure(f"load: {end}", number) for end, number in sorted(outcome.ends.items())),
        Figure("load: requests that did not end as they should", len(outcome.failures), 0),
        Figure("load: blocks that are not free at the end", outcome.num_lost_blocks, 0),
        *(Figure(f"load: {kind} left behind", number, 0) for kind, number in outcome.leaks.items()),
        Figure("load: resident memory at the end", sizes[-1], None, "MB"),
        Figure("load: slope of resident memory", outcome.slope_mb_per_min(after_s), max_slope, "MB/min"),
    ]
