"""make visitors: 20 people use the page at the same time, and each tries the addresses of all others.

Every visitor has a cookie of his own: he asks, draws, attaches a file, stops an answer, lists his conversations, leaves
and comes again, and in between asks for the files, previews, conversations, exports, pages and running answers of
others. Whatever he is given is searched for the others' secret words. Memory and open files of the server are compared
before and after, once all have left.
"""

import argparse
import random
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

from tests.browser.conftest import running_app
from tests.endurance.figures import Figure, report
from tests.endurance.visitor import Belongings, Visitor

NUM_VISITORS = 20
REFUSED = (403, 404)
MB = 2**20
MAX_GROWTH_MB = 40.0
SETTLE_S = 20.0  # how long the server is given to notice that everybody has left
GRACE_S = 1.0  # how long an answer goes on that nobody reads, and a page that was left is remembered
LOOK_EVERY_S = 0.2


@dataclass
class Outcome:
    """Callable from any thread, for what visitors report."""

    did: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    intrusions: list[str] = field(default_factory=list)
    growth_mb: float = 0.0
    more_files: int = 0


class Crowd:
    def __init__(self, url: str, outcome: Outcome) -> None:
        self._url = url
        self._outcome = outcome
        self._lock = threading.Lock()
        self._all: list[Belongings] = []

    def come(self, num_visitors: int, duration_s: float) -> None:
        """Until all have left again."""
        ends_at = monotonic() + duration_s
        threads = [threading.Thread(target=self._visit, args=(number, ends_at)) for number in range(num_visitors)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _visit(self, number: int, ends_at: float) -> None:
        dice = random.Random(number)
        visitor = Visitor(self._url)
        with self._lock:
            self._all.append(visitor.belongings)
        try:
            while True:
                with visitor.page():
                    self._use(visitor, dice)
                if monotonic() >= ends_at:
                    return
        except Exception as error:
            self._outcome.failures.append(f"visitor {number}: {type(error).__name__}: {error}")
        finally:
            visitor.close()

    def _use(self, visitor: Visitor, dice: random.Random) -> None:
        mine = visitor.belongings
        doings = ["say", "draw", "attach", "stop"]
        dice.shuffle(doings)
        for what in doings:
            if what == "attach":
                visitor.attach(f"notes of {mine.word}".encode())
            question = {"draw": "draw CCO", "stop": "recite"}.get(what, f"say {mine.word}")
            heard = visitor.ask(question, then_stop=what == "stop")
            if what == "say" and mine.word not in heard:
                self._outcome.failures.append(f"{mine.word} was not answered")
            self._note(what, heard, mine)
            self._try_others(visitor, dice)
        self._note("list", visitor.listing(), mine)

    def _note(self, what: str, text: str, mine: Belongings) -> None:
        """Nothing that a visitor is given may hold another's word."""
        with self._lock:
            self._outcome.did[what] += 1
            words = [other.word for other in self._all if other is not mine and other.word in text]
        if words:
            self._outcome.intrusions.append(f"{what}: {words[0]} was seen by {mine.word}")

    def _try_others(self, visitor: Visitor, dice: random.Random) -> None:
        mine = visitor.belongings
        with self._lock:
            others = [other for other in self._all if other is not mine and other.uploads]
        if not others:
            return
        other = dice.choice(others)
        for method, path, options in attempts(other):
            response = visitor.request(method, path, **options)
            self._note("tried", response.text, mine)
            if response.status_code not in REFUSED:
                self._outcome.intrusions.append(f"{method} {path} was answered with {response.status_code}")
        for conversation in list(other.conversations):
            self._note("opened", visitor.call("open_page", f"?c={quote(conversation)}"), mine)


def attempts(other: Belongings) -> list[tuple[str, str, dict[str, object]]]:
    """Every request that would see, change or stop something of that visitor."""
    found: list[tuple[str, str, dict[str, object]]] = []
    for file in list(other.files):
        found += [("GET", f"/files/{file}", {}), ("GET", f"/files/{file}/page", {}), ("POST", f"/files/{file}/3d", {})]
    found += [("GET", preview, {}) for preview in list(other.previews)]
    found += [("POST", f"{upload}?name=x.txt", {"content": b"planted"}) for upload in list(other.uploads)]
    for conversation in list(other.conversations):
        path = f"/conversations/{conversation}"
        found += [
            ("GET", f"{path}/export?format=markdown", {}),
            ("GET", f"{path}/handover", {}),
            ("GET", f"{path}/turns/0/request", {}),
            ("GET", f"{path}/share", {}),
            ("POST", f"{path}/share", {"json": {}}),
            ("POST", path, {"json": {"title": "mine now"}}),
            ("DELETE", path, {}),
        ]
    stop = {"data": [None], "fn_index": 3, "session_hash": other.page_hash, "trigger_id": None}
    if other.page_hash:
        found += [
            ("GET", f"/gradio_api/queue/data?session_hash={other.page_hash}", {}),
            ("GET", f"/gradio_api/heartbeat/{other.page_hash}", {}),
            ("POST", "/gradio_api/run/predict", {"json": stop}),
            ("POST", "/gradio_api/queue/join", {"json": stop}),
        ]
    return found


def run(num_visitors: int, duration_s: float) -> Outcome:
    outcome = Outcome()
    with running_app("-m", "tests.browser.scripted_app", f"unread={GRACE_S}", f"left={GRACE_S}") as app:
        crowd = Crowd(app.url, outcome)
        crowd.come(num_visitors, duration_s=0.0)  # once around, so that all there is to load is loaded
        files, size = _settled(app.process)
        crowd.come(num_visitors, duration_s)
        files_after, size_after = _settled(app.process, files)
    outcome.more_files = max(0, files_after - files)
    outcome.growth_mb = (size_after - size) / MB
    return outcome


def _settled(process: "subprocess.Popen[str]", files: int = 0) -> tuple[int, int]:
    """Open files and resident bytes, once there are no more files than before, or they have stayed the same."""
    deadline, seen = monotonic() + SETTLE_S, -1
    while monotonic() < deadline:
        now = _open_files(process.pid)
        if now <= files or (not files and now == seen):
            break
        seen = now
        sleep(LOOK_EVERY_S)  # between two looks, not in place of one
    return _open_files(process.pid), _resident_bytes(process.pid)


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("Rss:")[1].split()[0]) * 1024


def figures(outcome: Outcome) -> list[Figure]:
    done = [Figure(f"visitors: {what}", number) for what, number in sorted(outcome.did.items())]
    return [
        *done,
        Figure("visitors: seen, fetched or stopped of another", len(outcome.intrusions), 0),
        Figure("visitors: failures", len(outcome.failures), 0),
        Figure("visitors: open files more than before", outcome.more_files, 0),
        Figure("visitors: memory more than before", outcome.growth_mb, MAX_GROWTH_MB, "MB"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.visitors", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--visitors", type=int, default=NUM_VISITORS)
    options = parser.parse_args()
    outcome = run(options.visitors, options.minutes * 60)
    for sentence in (outcome.failures + outcome.intrusions)[:20]:
        print(sentence)
    return report(figures(outcome))


if __name__ == "__main__":
    sys.exit(main())
