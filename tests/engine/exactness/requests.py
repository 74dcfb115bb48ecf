"""What is asked in these tests: the prompts of the parity data, and a crowd of requests made of their parts."""

import random
from dataclasses import dataclass, replace

from engine.media import Prompt
from engine.media_prompt import prompt_of_ids, read_placeholder_ids
from engine.parity.case import Case
from engine.parity.golden_prompts import read_prompts
from engine.parity.greedy import golden_ids
from engine.sampling_params import SamplingParams

NUM_REQUESTS = 32
NUM_SAMPLES = 3  # of one prompt
MAX_TOKENS = 16  # of most answers
MANY_TOKENS = 36  # of the others, which outgrow the memory that they began with
NUM_ARRIVALS = 8  # steps over which they come
SESSIONS = ("", "ann", "bob")


@dataclass(frozen=True, slots=True)
class Request:
    """arrival: the step before which it comes. expected: the reference's tokens, for a prompt of the parity data."""

    prompt: Prompt
    params: SamplingParams
    arrival: int = 0
    session: str = ""
    expected: tuple[int, ...] = ()


def golden_requests(case: Case, max_tokens: int = 100) -> list[Request]:
    """All at once, in one session."""
    goldens = [(golden.prompt, tuple(golden_ids(golden.expected)[:max_tokens])) for golden in read_prompts(case)]
    return [Request(prompt, _greedy(len(expected)), expected=expected) for prompt, expected in goldens]


def crowd(case: Case, seed: int) -> list[Request]:
    """NUM_REQUESTS of three people, over NUM_ARRIVALS steps: the golden ones, samples of one prompt, and more.

    Those begin alike and end differently; some show a picture, video or signal, at different places of the text.
    """
    chance = random.Random(seed)
    golden = golden_requests(case, MAX_TOKENS)
    prompt = max((request.prompt for request in golden if not request.prompt.inputs), key=lambda p: len(p.token_ids))
    samples = [Request(prompt, _sampled(chance)) for _ in range(NUM_SAMPLES)]
    more = [_vary(case, golden, chance) for _ in range(NUM_REQUESTS - len(golden) - len(samples))]
    requests = golden + samples + more
    chance.shuffle(requests)
    return [
        replace(request, arrival=chance.randrange(NUM_ARRIVALS), session=chance.choice(SESSIONS))
        for request in requests
    ]


def _vary(case: Case, golden: list[Request], chance: random.Random) -> Request:
    """The beginning of a golden text, one in three times a golden prompt with media behind it, and an ending."""
    text = chance.choice([request.prompt.token_ids for request in golden if not request.prompt.inputs])
    ids = text[: chance.randint(1, len(text))] if chance.random() < 0.8 else []
    shown = Prompt([])
    if chance.random() < 1 / 3:
        shown = chance.choice([request.prompt for request in golden if request.prompt.inputs])
    ending = [chance.randrange(1000) for _ in range(chance.randint(1, 40))]
    placeholder_ids = read_placeholder_ids(case.json("checkpoint/config.json"))
    prompt = prompt_of_ids([*ids, *shown.token_ids, *ending], shown.inputs, placeholder_ids)
    max_tokens = MANY_TOKENS if chance.random() < 0.6 else chance.randint(1, MAX_TOKENS)
    return Request(prompt, _sampled(chance) if chance.random() < 0.25 else _greedy(max_tokens))


def _greedy(max_tokens: int) -> SamplingParams:
    return SamplingParams(max_tokens=max_tokens, ignore_eos=True)


def _sampled(chance: random.Random) -> SamplingParams:
    return SamplingParams(
        max_tokens=chance.randint(1, MAX_TOKENS),
        ignore_eos=True,
        temperature=chance.choice([0.5, 1.0]),
        top_k=chance.choice([0, 20]),
        top_p=chance.choice([0.9, 1.0]),
        seed=chance.randrange(2**32),
    )
