"""The program that trial.py starts: a grammar comes in, and why it cannot be compiled goes out; nothing when it can.

Arguments: seconds of processor time, and bytes of memory beyond what the interpreter takes.
"""

import resource
import sys
from pathlib import Path

from llguidance import LLMatcher, LLParserLimits, LLTokenizer

_ENDLESS = "no answer can have it, because its beginning asks for itself"


def main() -> None:
    max_cpu_s, max_memory_bytes = map(int, sys.argv[1:])
    num_pages = int(Path("/proc/self/statm").read_text().split()[0])
    end = num_pages * resource.getpagesize() + max_memory_bytes
    resource.setrlimit(resource.RLIMIT_CPU, (max_cpu_s, max_cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (end, end))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source = sys.stdin.buffer.read().decode()
    limits = LLParserLimits(verbose_errors=False)
    grammar = LLMatcher(LLTokenizer("byte"), source, log_level=0, limits=limits)  # single bytes make the same lexer
    grammar.compute_bitmask()
    reason = grammar.get_error()
    sys.stdout.buffer.write((_ENDLESS if reason.startswith("NoExtension") else reason).encode())


if __name__ == "__main__":
    main()
