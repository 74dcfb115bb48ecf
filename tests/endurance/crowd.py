"""64 clients on 8 places: those let in are answered, others learn it at once, and nobody gets much more than the rest.

People here are sessions: 16 of them ask 4 questions each at the same time, all for answers of the same length. What
each has been given is compared whenever a token is delivered, once every session has had two whole answers and until
the first has had all of its own. 200 more clients come when the queue is full.
"""

import threading
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter

from engine.errors import EngineError, QueueFull
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from engine.service import EngineService, TokenStream
from tests.endurance.figures import Figure, spread
from tests.endurance.tiny_model import tiny_service

NUM_CLIENTS, NUM_PLACES, NUM_SESSIONS = 64, 8, 16
NUM_TOKENS = 150
MAX_REFUSAL_S = 0.05
MAX_RATIO = 2.0
NUM_TOO_MANY = 200


@dataclass
class Crowd:
    """Counts of tokens by session."""

    num_tokens: Counter[int] = field(default_factory=Counter)
    worst_ratio: float = 1.0
    ratio_at_first_end: float = 0.0
    num_answers: int = 0
    failures: list[str] = field(default_factory=list)
    refusal_s: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, stream: TokenStream, session: int) -> None:
        try:
            for outputs in stream:
                self._take(session, len(outputs))
        except EngineError as error:
            self.failures.append(str(error))
        else:
            with self._lock:
                self.num_answers += 1

    def knock(self, service: EngineService) -> None:
        """Who is let in, because somebody has just left the queue, leaves at once."""
        asked_at = perf_counter()
        stream = service.submit(Prompt([1]), SamplingParams(max_tokens=1), "somebody else")
        try:
            for _ in stream:
                return
        except QueueFull:
            self.refusal_s.append(perf_counter() - asked_at)

    def _take(self, session: int, num_tokens: int) -> None:
        with self._lock:
            self.num_tokens[session] += num_tokens
            if self.ratio_at_first_end or len(self.num_tokens) < NUM_SESSIONS:
                return
            if min(self.num_tokens.values()) < 2 * NUM_TOKENS:
                return
            ratio = max(self.num_tokens.values()) / min(self.num_tokens.values())
            self.worst_ratio = max(self.worst_ratio, ratio)
            if self.num_tokens[session] == NUM_TOKENS * NUM_CLIENTS // NUM_SESSIONS:
                self.ratio_at_first_end = ratio


def gather() -> Crowd:
    crowd = Crowd()
    with tiny_service(max_num_seqs=NUM_PLACES, max_num_waiting=NUM_CLIENTS - NUM_PLACES) as (service, _):
        streams = [_ask(service, number) for number in range(NUM_PLACES)]
        while service.stats().num_running < NUM_PLACES:  # then the others fill the queue to its last place
            threading.Event().wait(0.001)
        streams += [_ask(service, number) for number in range(NUM_PLACES, NUM_CLIENTS)]
        for _ in range(NUM_TOO_MANY):
            crowd.knock(service)
        readers = [
            threading.Thread(target=crowd.read, args=[stream, number % NUM_SESSIONS])
            for number, stream in enumerate(streams)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    return crowd


def _ask(service: EngineService, number: int) -> TokenStream:
    params = SamplingParams(max_tokens=NUM_TOKENS, ignore_eos=True)
    return service.submit(Prompt([number, 1, 2, 3]), params, f"session {number % NUM_SESSIONS}")


def figures(crowd: Crowd) -> list[Figure]:
    return [
        Figure("crowd: accepted requests that failed", len(crowd.failures), 0),
        Figure("crowd: accepted requests that were answered", crowd.num_answers),
        Figure("crowd: refusals", len(crowd.refusal_s)),
        *spread("crowd: refused after", crowd.refusal_s, MAX_REFUSAL_S),
        Figure("crowd: largest / smallest share of tokens, at worst", crowd.worst_ratio, MAX_RATIO),
        Figure("crowd: the same when the first session had all", crowd.ratio_at_first_end, MAX_RATIO),
    ]
