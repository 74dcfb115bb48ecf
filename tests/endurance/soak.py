"""A crowd, many cancels, and a long mixed load: nothing fails, nothing leaks, nobody starves.

python -m tests.endurance.soak [--minutes 20] [--cancels 500] [--model FOLDER]
"""

import argparse
import logging
import sys
from pathlib import Path

from tests.endurance import cancels, crowd, mixed_load
from tests.endurance.figures import report
from tests.golden import GOLDEN

WARM_UP_MIN = 5.0  # the slope is of what comes after it; a run that is shorter has one without a limit
MAX_SLOPE = 1.0  # MB a minute


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--cancels", type=int, default=500)
    parser.add_argument("--model", type=Path, default=GOLDEN / "pro-tiny")
    options = parser.parse_args()
    if not options.model.is_dir():
        print(f"There is no model at {options.model}; give the folder of one that has a tokenizer with --model.")
        return 2
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    figures = crowd.figures(crowd.gather()) + cancels.figures(cancels.cancel_often(options.cancels))
    print(*figures, sep="\n", flush=True)
    outcome = mixed_load.run(options.model, options.minutes * 60)
    for sentence in outcome.failures[:20]:
        print(f"failed: {sentence}")
    if options.minutes <= WARM_UP_MIN:
        return report(figures + mixed_load.figures(outcome, after_s=options.minutes * 15, max_slope=None))
    return report(figures + mixed_load.figures(outcome, after_s=WARM_UP_MIN * 60, max_slope=MAX_SLOPE))


if __name__ == "__main__":
    sys.exit(main())
