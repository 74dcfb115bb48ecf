"""What every reply has: its id, time and model, and the tokens it took."""

import secrets
from dataclasses import dataclass
from time import time
from typing import Any

from engine.messages import Usage


@dataclass(frozen=True, slots=True)
class Head:
    id: str
    created: int
    model: str

    @classmethod
    def new(cls, prefix: str, model: str) -> "Head":
        return cls(f"{prefix}-{secrets.token_hex(12)}", int(time()), model)

    def fields(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def usage_of(usages: list[Usage], num_answers_a_prompt: int) -> dict[str, Any]:
    """Of all answers; those to one prompt stand together, and the prompt counts once, as the first read it."""
    firsts = usages[::num_answers_a_prompt]
    num_prompt = sum(usage.prompt_tokens for usage in firsts)
    num_completion = sum(usage.completion_tokens for usage in usages)
    return {
        "prompt_tokens": num_prompt,
        "completion_tokens": num_completion,
        "total_tokens": num_prompt + num_completion,
        "prompt_tokens_details": {"cached_tokens": sum(usage.cached_tokens for usage in firsts)},
        "completion_tokens_details": {"reasoning_tokens": sum(usage.reasoning_tokens for usage in usages)},
    }
