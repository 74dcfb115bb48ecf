"""python -m tests.openai_checks [URL MODEL]"""

import sys
import traceback
from time import perf_counter

import openai

from tests.openai_checks.every_check import CHECKS
from tests.openai_checks.server import Server, SkippedCheck


def main() -> int:
    if len(sys.argv) == 3:
        url = sys.argv[1].rstrip("/")
        return run(Server(url if url.endswith("/v1") else f"{url}/v1", sys.argv[2], reads_media=False))
    from tests.assistant.openai_api.served import serving_nano, serving_pro_tiny

    num_failed = 0
    for start, reads_media in ((serving_nano, False), (serving_pro_tiny, True)):
        with start() as served:
            num_failed += run(Server(f"{served.url}/v1", served.name, reads_media))
    return num_failed


def run(server: Server) -> int:
    """How many checks failed."""
    print(f"{server.model} at {server.url}, openai {openai.__version__}")
    num_passed = num_failed = num_skipped = 0
    for number, check in enumerate(CHECKS, start=1):
        began_at = perf_counter()
        try:
            check(server)
            verdict, num_passed = "passed", num_passed + 1
        except SkippedCheck as reason:
            verdict, num_skipped = f"skipped: {reason}", num_skipped + 1
        except Exception:
            verdict, num_failed = "FAILED", num_failed + 1
            traceback.print_exc(file=sys.stdout)
        seconds = perf_counter() - began_at
        print(f"{number:3} {check.__name__.replace('_', ' ')}: {verdict} ({seconds:.2f} s)", flush=True)
    print(f"{server.model}: {num_passed} checks passed, {num_failed} failed, {num_skipped} skipped\n")
    return num_failed


if __name__ == "__main__":
    sys.exit(main())
