"""Kill and stop ranks while answers stream, and measure what those who are answered see of it.

    python -m tests.endurance.chaos [--kills 20] [--stops 3] [--ranks 2] [--clients 6]

Detection is from the signal until the supervisor has said that a rank is lost; serving again is from the signal until a
client gets a token that was computed after it. Restarts are not rationed here (the app stops the model at the fourth
loss within 60 s); silence counts as a loss after 8 s, as in the app.
"""

import argparse
import logging
import os
import random
import signal
import sys
import threading
from dataclasses import dataclass, field
from time import monotonic

from engine.errors import EngineError
from engine.media import Prompt
from engine.ranks.generation import Patience
from engine.ranks.worker_group import WorkerGroup
from engine.sampling_params import SamplingParams
from engine.service import EngineService
from tests.endurance.figures import Figure, report, spread
from tests.endurance.tiny_model import random_prompt, tiny_service

NUM_PROMPTS = 16
PARAMS = SamplingParams(max_tokens=48, ignore_eos=True)
PATIENCE = Patience(max_restarts=10_000)
MAX_PAUSE_S = 2.0  # of undisturbed work before the next signal
MAX_KILL_DETECTION_S, MAX_STOP_DETECTION_S, MAX_AWAY_S = 1.0, 10.0, 15.0
WAIT_S = 120.0  # for what should take a few seconds


class Moments(logging.Handler):
    """When the engine's own log said that a rank was lost, and that all serve again."""

    def __init__(self) -> None:
        super().__init__()
        self.news = threading.Condition()
        self._lost_at: list[float] = []
        self._restored_at: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        with self.news:
            if "the ranks ended with" in record.msg:
                self._lost_at.append(monotonic())
            elif "all ranks serve again" in record.msg:
                self._restored_at.append(monotonic())
            self.news.notify_all()

    def wait_for_loss(self, number: int) -> float:
        return self._wait(self._lost_at, number)

    def wait_for_return(self, number: int) -> float:
        return self._wait(self._restored_at, number)

    def _wait(self, moments: list[float], number: int) -> float:
        with self.news:
            if not self.news.wait_for(lambda: len(moments) > number, WAIT_S):
                raise TimeoutError(f"the {number + 1}th signal had no effect within {WAIT_S:.0f} s")
            return moments[number]


@dataclass
class Load:
    """Clients that ask one thing after another until stop(), and compare each answer with the undisturbed one."""

    service: EngineService
    prompts: list[Prompt]
    expected: list[list[int]]
    num_answers: int = 0
    num_wrong: int = 0
    lost: list[str] = field(default_factory=list)
    num_tokens: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, num_clients: int) -> None:
        self._threads = [threading.Thread(target=self._ask, args=[number]) for number in range(num_clients)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Every answer that has begun is waited for."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_token(self) -> float:
        """When the next one is delivered."""
        with self._news:
            before = self.num_tokens
            if not self._news.wait_for(lambda: self.num_tokens > before, WAIT_S):
                raise TimeoutError(f"no token within {WAIT_S:.0f} s")
            return monotonic()

    def _ask(self, number: int) -> None:
        chance = random.Random(number)
        while not self._is_over.is_set():
            index = chance.randrange(len(self.prompts))
            try:
                tokens = self._answer(index, f"client {number}")
            except EngineError as error:
                self.lost.append(str(error))
                continue
            with self._news:
                self.num_answers += 1
                self.num_wrong += tokens != self.expected[index]

    def _answer(self, index: int, session: str) -> list[int]:
        tokens: list[int] = []
        for outputs in self.service.submit(self.prompts[index], PARAMS, session):
            tokens += [output.token_id for output in outputs]
            with self._news:
                self.num_tokens += len(outputs)
                self._news.notify_all()
        return tokens


@dataclass
class Outcome:
    """Seconds from each signal on, by its kind."""

    detection: dict[signal.Signals, list[float]]
    away: dict[signal.Signals, list[float]]
    num_answers: int = 0
    num_wrong: int = 0
    lost: list[str] = field(default_factory=list)


def disturb(signals: list[signal.Signals], num_ranks: int, num_clients: int, patience: Patience = PATIENCE) -> Outcome:
    """One signal after the other to a random rank, each once answers stream again."""
    chance = random.Random(1)
    moments = Moments()
    logger = logging.getLogger("engine.ranks")
    logger.addHandler(moments)
    outcome = Outcome({kind: [] for kind in signals}, {kind: [] for kind in signals})
    try:
        with tiny_service(patience, num_ranks) as (service, group):
            assert isinstance(group, WorkerGroup)
            prompts = [random_prompt(chance) for _ in range(NUM_PROMPTS)]
            load = Load(service, prompts, _undisturbed(service, prompts))
            load.start(num_clients)
            for number, kind in enumerate(signals):
                load.wait_for_token()
                threading.Event().wait(chance.uniform(0, MAX_PAUSE_S))
                sent_at = monotonic()
                os.kill(chance.choice(group.worker_pids), kind)
                outcome.detection[kind].append(moments.wait_for_loss(number) - sent_at)
                moments.wait_for_return(number)
                outcome.away[kind].append(load.wait_for_token() - sent_at)
            load.stop()
    finally:
        logger.removeHandler(moments)
    outcome.num_answers, outcome.num_wrong, outcome.lost = load.num_answers, load.num_wrong, load.lost
    return outcome


def _undisturbed(service: EngineService, prompts: list[Prompt]) -> list[list[int]]:
    streams = [service.submit(prompt, PARAMS) for prompt in prompts]
    return [[output.token_id for outputs in stream for output in outputs] for stream in streams]


def figures(outcome: Outcome) -> list[Figure]:
    limits = {signal.SIGKILL: MAX_KILL_DETECTION_S, signal.SIGSTOP: MAX_STOP_DETECTION_S}
    found = []
    for kind, seconds in outcome.detection.items():
        found.append(Figure(f"{kind.name}: how often", len(seconds)))
        found += spread(f"{kind.name}: detected after", seconds, limits[kind])
        found += spread(f"{kind.name}: serving again after", outcome.away[kind], MAX_AWAY_S)
    found.append(Figure("answers that were complete", outcome.num_answers))
    found.append(Figure("answers that were lost", len(outcome.lost), 0))
    found.append(Figure("answers that were not the undisturbed ones", outcome.num_wrong, 0))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--stops", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--clients", type=int, default=6)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    signals = [signal.SIGKILL] * options.kills + [signal.SIGSTOP] * options.stops
    outcome = disturb(signals, options.ranks, options.clients)
    for sentence in outcome.lost:
        print(f"lost: {sentence}")
    return report(figures(outcome))


if __name__ == "__main__":
    sys.exit(main())
