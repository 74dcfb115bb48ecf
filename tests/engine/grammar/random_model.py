"""A model without sense: its logits are noise that depends on the tokens in its paged cache alone."""

import zlib

import numpy as np
import torch
from torch import Tensor

from engine.config import EngineConfig
from engine.engine import Engine, Failure, Finish
from engine.grammar.compiler import GrammarCompiler
from engine.grammar.vocabulary import GrammarVocabulary
from engine.interruption import Check, go_on
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from engine.step_choice import choose
from engine.step_plan import SequencePlan, StepPlan, StepResult
from engine.tokenizer import Tokenizer
from tests.engine.fakes import PagedRunner

# What ends texts, lists and objects comes e^4 times as often as the rest, so that answers end.
_CLOSERS, _CLOSER_LOGIT = (b'"', b"}", b"]", b","), 4.0


class RandomModel(PagedRunner):
    """wishes: what is added to the logits of tokens."""

    def __init__(self, tokenizer: Tokenizer, wishes: dict[int, float] | None = None, num_blocks: int = 512) -> None:
        super().__init__(num_blocks, block_size=16, max_model_len=4000)
        self.vocab_size = tokenizer.known_ids_end
        self._noise = torch.from_numpy(np.random.default_rng(0).standard_normal(2 * self.vocab_size, np.float32))
        is_closer = [
            any(closer in tokenizer.token_bytes.get(i, b"") for closer in _CLOSERS) for i in range(self.vocab_size)
        ]
        self._wishes = torch.tensor(is_closer) * _CLOSER_LOGIT
        for token_id, wish in (wishes or {}).items():
            self._wishes[token_id] += wish

    def execute(self, plan: StepPlan, check: Check = go_on) -> StepResult:
        result = super().execute(plan, check)
        sampled = [part for part in plan.sequences if part.is_sampled]
        rows = [self._logits(part, num_drafted) for part in sampled for num_drafted in range(len(part.draft) + 1)]
        return choose(plan, torch.stack(rows)) if rows else result

    def _logits(self, part: SequencePlan, num_drafted: int) -> Tensor:
        """Behind so many tokens of its draft."""
        history = self._history(part, part.start + len(part.token_ids) - len(part.draft) + num_drafted)
        offset = zlib.crc32(str(history).encode()) % self.vocab_size
        return self._noise[offset : offset + self.vocab_size] + self._wishes


class Answers:
    """What an engine said: token ids and the finish of each request, or why it failed."""

    def __init__(self) -> None:
        self.token_ids: dict[int, list[int]] = {}
        self.finishes: dict[int, Finish] = {}
        self.failures: dict[int, str] = {}


def run(engine: Engine) -> Answers:
    """Until nothing is left."""
    answers = Answers()
    while engine.has_work:
        for output in engine.step():
            if isinstance(output, Failure):
                answers.failures[output.request_id] = output.message
                continue
            answers.token_ids.setdefault(output.request_id, []).append(output.token_id)
            if output.finish:
                answers.finishes[output.request_id] = output.finish
    return answers


def compiler_for(tokenizer: Tokenizer, tags) -> GrammarCompiler:
    return GrammarCompiler(GrammarVocabulary(tokenizer, tokenizer.eos_token_ids), tags)


def make_engine(tokenizer: Tokenizer, runner: PagedRunner, **config) -> Engine:
    return Engine(EngineConfig("unused", **config), runner, tokenizer.eos_token_ids, tokenizer.incremental_decoder)


def ask(engine: Engine, request_id: int, form, **params) -> None:
    params = SamplingParams(**{"temperature": 1.0, "seed": request_id, "max_tokens": 300} | params)
    engine.add(request_id, Prompt([1, 2, 3], form=form), params, submitted_at=0.0)
