"""A model that says what it is told to, slowly, in the dialect of Intern-S1-Pro. No torch, no weights."""

import json
import re
import threading
import time
from collections.abc import Iterator

from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.messages import Conversation, Delta, EngineStats, Usage
from engine.processors.settings import INTERN_S1_PRO
from engine.sampling_params import SamplingParams

PIECE_DELAY_S = 0.02
NUM_SLOW_PIECES = 3_000  # a minute: long enough that only a stop ends it
NUM_BLOCKS = 128
NUM_TEXT_TOKENS = 100


class ScriptedModel:
    """`draw SMILES`, `build SMILES` and `show WHAT` call a tool, `work` calls three, `wait` calls one that takes long,
    `ponder` thinks for long, `recite` answers for long, `say TEXT` says it. A prompt is 100 tokens of text and those of
    its media."""

    name = "scripted"
    max_model_len = 4096
    dialect = InternS1ProDialect()

    def __init__(self, reads_media: bool = True) -> None:
        self.media = INTERN_S1_PRO if reads_media else None
        self._lock = threading.Lock()
        self._num_running = 0

    def stream(self, conversation: Conversation, params: SamplingParams) -> "ScriptedStream":
        media = [item for message in conversation.messages for item in message.media]
        num_tokens = NUM_TEXT_TOKENS + sum(item.num_tokens for item in media)
        return ScriptedStream(self, script(conversation), num_tokens)

    def stats(self) -> EngineStats:
        return EngineStats(self._num_running, 0, NUM_BLOCKS, NUM_BLOCKS - self._num_running)

    def count(self, change: int) -> None:
        with self._lock:
            self._num_running += change


class ScriptedStream:
    def __init__(self, model: ScriptedModel, pieces: list[str], num_prompt_tokens: int) -> None:
        self._model = model
        self._num_prompt_tokens = num_prompt_tokens
        self._pieces = pieces
        self._cancelled = threading.Event()

    def __iter__(self) -> Iterator[Delta]:
        started_at = time.perf_counter()
        self._model.count(+1)
        try:
            for number, piece in enumerate(self._pieces, 1):
                if self._cancelled.wait(PIECE_DELAY_S):
                    return
                yield Delta(piece, 1) if number < len(self._pieces) else self._last(piece, started_at)
        finally:
            self._model.count(-1)

    def cancel(self) -> None:
        self._cancelled.set()

    def _last(self, piece: str, started_at: float) -> Delta:
        decode_s = time.perf_counter() - started_at - PIECE_DELAY_S
        usage = Usage(self._num_prompt_tokens, len(self._pieces), PIECE_DELAY_S, decode_s)
        return Delta(piece, 1, "stop", usage)


def script(conversation: Conversation) -> list[str]:
    last = conversation.messages[-1]
    thought = "</think>\n\n" if conversation.enable_thinking else ""
    questions = [place for place, message in enumerate(conversation.messages) if message.role == "user"]
    if conversation.messages[questions[-1]].text.endswith("work"):
        num_results = sum(message.role == "tool" for message in conversation.messages[questions[-1] :])
        return _words(f"Step {num_results + 1} of the work.\n{thought}") + WORK[num_results]
    if last.role == "tool":
        return _words(f"The tool says this.\n{thought}{last.text.splitlines()[0]}")
    command, _, rest = last.text.rpartition("]\n")[2].strip().partition(" ")  # after what is told of files
    match command:
        case "draw":
            return _words(f"The user wants a picture of {rest}.\n{thought}") + _call("render_molecule", smiles=rest)
        case "build":
            return _words(f"A conformer is asked for.\n{thought}") + _call("molecule_3d", smiles=rest)
        case "show":
            return [f"Results.\n{thought}"] + _call("show", what=rest)
        case "wait":
            return _words(f"This takes long.\n{thought}") + _call("wait", seconds=60)
        case "ponder":
            return ["Let me think. "] + ["hmm "] * NUM_SLOW_PIECES
        case "recite":
            return [thought] + ["word "] * NUM_SLOW_PIECES
        case _:
            return _words(f"I repeat.\n{thought}{rest or 'You said nothing.'}")


def _call(name: str, **arguments: object) -> list[str]:
    return _words(f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>")


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


WORK = (
    _call("render_molecule", smiles="CCO"),
    _call("show", what="table"),
    _call("molecule_3d", smiles="CCO"),
    _words("The work is done: " + "it took many words to say so, " * 8),
)
