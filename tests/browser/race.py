"""A long answer at a fixed rate, as a fast engine would write it: paragraphs, lists, code, a table, molecules."""

import re
import threading
import time
from collections.abc import Callable, Iterator

from engine.messages import Delta, Usage

NUM_TOKENS = 3_000
TOKENS_PER_S = 250.0
CLOCK = re.compile(r"clock (\d+\.\d+)")

PART = """## Step {number}

The **acetylation** of salicylic acid, `OC(=O)c1ccccc1O`, gives aspirin, `CC(=O)Oc1ccccc1C(=O)O`; the mass of the
product follows from the yield, and p<0.05 holds for the difference between both runs of this series.

- warm the mixture to 60 degrees and stir it for a quarter of an hour
- let it cool, then add *cold* water drop by drop
- collect the crystals and wash them twice

| run | mass | yield |
|---|---|---|
| first | 1.80 g | 81 % |
| second | 1.74 g | 78 % |

```python
moles = mass / 180.16
print(f"{{moles:.4f}} mol")
```

"""


class RaceStream:
    """A step takes a fixed time, so one that is held up by something else does not catch up.

    Its last words tell when the first and they were written, on the clock that a browser's Date has too. count: told of
    a beginning and an end.
    """

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count
        self._cancelled = threading.Event()

    def __iter__(self) -> Iterator[Delta]:
        self._count(+1)
        try:
            yield from self._deltas()
        finally:
            self._count(-1)

    def cancel(self) -> None:
        self._cancelled.set()

    def _deltas(self) -> Iterator[Delta]:
        began = due = time.time()
        for piece in _pieces()[: NUM_TOKENS - 1]:
            due = max(due + 1 / TOKENS_PER_S, time.time())
            if self._cancelled.wait(due - time.time()):
                return
            yield Delta(piece, 1)
        ended = time.time()
        usage = Usage(100, NUM_TOKENS, 1 / TOKENS_PER_S, ended - began)
        yield Delta(f"\n\nclock {began:.3f} clock {ended:.3f}", 1, "stop", usage)


def _pieces() -> list[str]:
    words = ["</think>\n\n"]
    number = 0
    while len(words) < NUM_TOKENS:
        number += 1
        words += re.findall(r"\S+\s*|\s+", PART.format(number=number))
    return words
