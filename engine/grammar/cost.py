"""What holding 8 answers at once to a schema costs, as a share of a decode step.

python -m engine.grammar.cost MODEL
"""

import sys
from time import perf_counter

import torch

from engine.config import EngineConfig
from engine.dialects.intern_s1_pro import TAGS
from engine.grammar.compiler import GrammarCompiler
from engine.grammar.structure import JsonSchema
from engine.grammar.vocabulary import GrammarVocabulary
from engine.llm import LLM, RequestOutput
from engine.sampler import allowed_logits
from engine.sampling_params import SamplingParams
from engine.step_plan import TokenChoice
from engine.tokenizer import Tokenizer

BATCH_SIZE = 8
NUM_TOKENS = 64
RECORD = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 3, "maxLength": 40},
        "kind": {"enum": ["ion", "atom", "molecule"]},
        "charge": {"type": "integer", "minimum": -3, "maximum": 3},
        "mass": {"type": "number", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 12}, "maxItems": 3},
    },
    "required": ["name", "kind", "charge", "mass", "tags"],
    "additionalProperties": False,
}
STRUCTURE = JsonSchema.of({"type": "array", "items": RECORD, "minItems": 20})


def main() -> None:
    model = sys.argv[1]
    llm = LLM(EngineConfig(model))
    params = SamplingParams(max_tokens=NUM_TOKENS, temperature=1.0, seed=1, structure=STRUCTURE)
    results = llm.generate([f"List number {i}: " for i in range(BATCH_SIZE)], params)
    llm.close()
    step_s = max(result.usage.decode_s for result in results) / (NUM_TOKENS - 1)
    held_s = _seconds_per_step(results, Tokenizer.from_checkpoint(model))
    share = f"{held_s * 1e3:.2f} ms of it for their form, {held_s / step_s:.1%}"
    print(f"a decode step of {BATCH_SIZE} answers: {step_s * 1e3:.1f} ms; {share}")


def _seconds_per_step(results: list[RequestOutput], tokenizer: Tokenizer) -> float:
    """The same answers again without the model: their masks, put on logits, and their tokens, accepted."""
    vocabulary = GrammarVocabulary(tokenizer, tokenizer.eos_token_ids)
    form = GrammarCompiler(vocabulary, TAGS).form(STRUCTURE)
    matchers = [form.begin() for _ in results]
    logits = torch.zeros(len(results), vocabulary.size)
    began_at = perf_counter()
    for position in range(NUM_TOKENS):
        allowed_logits(logits, [TokenChoice(allowed=matcher.allowed()) for matcher in matchers])
        for matcher, result in zip(matchers, results, strict=True):
            matcher.accept(result.token_ids[position])
    return (perf_counter() - began_at) / NUM_TOKENS


if __name__ == "__main__":
    main()
