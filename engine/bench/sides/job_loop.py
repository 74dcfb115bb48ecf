"""The loop of every side's program: load, say that tokens can come, then answer one sample per job of stdin."""

import sys
from collections.abc import Callable

from engine.bench.job import Job, Request, Sample, SideSettings, read_job, read_settings, write_sample

READY = "ready"

Serve = Callable[[Job], Sample]


def run_side(load: Callable[[SideSettings], Serve]) -> None:
    """load: settings of argv[1] -> what serves a job. Ends with stdin."""
    settings = read_settings(sys.argv[1])
    replies, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints must not get among the replies
    serve = load(settings)
    serve([Request([1], 1)])
    print(READY, file=replies, flush=True)
    for line in sys.stdin:
        print(write_sample(serve(read_job(line))), file=replies, flush=True)
