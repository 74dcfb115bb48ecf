"""The program that trial.py starts: a grammar comes in, and why it cannot be compiled goes out; nothing when it can.

Arguments: seconds of processor time, and bytes of memory beyond what the interpreter takes.
"""

import resource
import sys
from pathlib import Path

from llguidance import LLMatcher, LLTokenizer


def main() -> None:
    max_cpu_s, max_memory_bytes = map(int, sys.argv[1:])
    num_pages = int(Path("/proc/self/statm").read_text().split()[0])
    end = num_pages * resource.getpagesize() + max_memory_bytes
    resource.setrlimit(resource.RLIMIT_CPU, (max_cpu_s, max_cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (end, end))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source = sys.stdin.buffer.read().decode()
    grammar = LLMatcher(LLTokenizer("byte"), source, log_level=0)  # a vocabulary of single bytes makes the same lexer
    grammar.compute_bitmask()
    sys.stdout.buffer.write(grammar.get_error().encode())


if __name__ == "__main__":
    main()
