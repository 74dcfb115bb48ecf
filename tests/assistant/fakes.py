"""Stand-ins at the seams of the assistant: a model that says what a script tells it, tools that are dictionaries."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from assistant.cancel import CancelToken
from assistant.child.runner import NO_FILES, ToolOutcome
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.errors import EngineError
from engine.messages import Conversation, Delta, EngineStats, ExpertPicture, FinishReason, StreamProgress, Usage
from engine.processors.settings import ProcessorSettings
from engine.sampling_params import SamplingParams

USAGE = Usage(prompt_tokens=10, completion_tokens=5, time_to_first_token_s=0.1, decode_s=0.4)


class Stall:
    """In a script: wait here for a cancel, for ever if none comes. is_reached is set when the model waits."""

    def __init__(self) -> None:
        self.is_reached = threading.Event()


Part = str | Stall | EngineError | Delta


class ScriptedModel:
    """Answers with its scripts in turn, one part a delta. A script that is a plain string comes in one delta."""

    name = "scripted"
    max_model_len = 4096
    dialect = InternS1ProDialect()

    def __init__(
        self,
        *scripts: str | list[Part],
        finish_reason: FinishReason = "stop",
        media: ProcessorSettings | None = None,
    ) -> None:
        self.media = media
        self._scripts = list(scripts)
        self._finish_reason = finish_reason
        self.conversations: list[Conversation] = []
        self.num_running = 0
        self.progress: StreamProgress | None = None  # what every stream of it says

    def stream(self, conversation: Conversation, params: SamplingParams) -> "ScriptedStream":
        self.conversations.append(conversation)
        script = self._scripts.pop(0)
        return ScriptedStream(self, [script] if isinstance(script, str) else script, self._finish_reason)

    def experts(self) -> ExpertPicture | None:
        return None

    def stats(self) -> EngineStats:
        return EngineStats(self.num_running, num_waiting=0, num_blocks=100, num_free_blocks=100)


class ScriptedStream:
    def __init__(self, model: ScriptedModel, parts: list[Part], finish_reason: FinishReason) -> None:
        self._model = model
        self._parts = parts
        self._finish_reason = finish_reason
        self._cancelled = threading.Event()

    def __iter__(self) -> Iterator[Delta]:
        self._model.num_running += 1
        try:
            for part in self._parts:
                if isinstance(part, Stall):
                    part.is_reached.set()
                    self._cancelled.wait()
                if self._cancelled.is_set():
                    return
                if isinstance(part, EngineError):
                    raise part
                if isinstance(part, Delta):
                    yield part
                if isinstance(part, str):
                    yield Delta(part, num_tokens=1)
            yield Delta("", 0, self._finish_reason, USAGE)
        finally:
            self._model.num_running -= 1

    def cancel(self) -> None:
        self._cancelled.set()

    def progress(self) -> StreamProgress | None:
        return self._model.progress


def outcome(summary: str, *artifacts: Any, ok: bool = True) -> ToolOutcome:
    return ToolOutcome(ok, summary, artifacts, seconds=0.01)


class FakeTools:
    """Tools by name: a function of the arguments, or an outcome whatever they are."""

    catalogue = "tests.assistant.fakes"

    def __init__(self, **tools: ToolOutcome | Callable[[dict[str, Any]], ToolOutcome]) -> None:
        self._tools = tools
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @property
    def schemas(self) -> tuple[dict[str, Any], ...]:
        return tuple({"type": "function", "function": {"name": name}} for name in self._tools)

    @property
    def groups(self) -> tuple[str, ...]:
        return ("",) * len(self._tools)

    def call(
        self, name: str, arguments: dict[str, Any], cancel: CancelToken, files: Mapping[str, Path] = NO_FILES
    ) -> ToolOutcome:
        self.calls.append((name, arguments))
        tool = self._tools[name]
        return tool(arguments) if callable(tool) else tool


class StallingTools:
    """One tool, wait, that only a cancel ends."""

    schemas: tuple[dict[str, Any], ...] = ({"type": "function", "function": {"name": "wait"}},)
    groups = ("",)
    catalogue = "tests.assistant.fakes"

    def __init__(self) -> None:
        self.is_reached = threading.Event()

    def call(
        self, name: str, arguments: dict[str, Any], cancel: CancelToken, files: Mapping[str, Path] = NO_FILES
    ) -> ToolOutcome:
        stopped = threading.Event()
        with cancel.interrupting(stopped.set):
            self.is_reached.set()
            stopped.wait()
        return outcome(f"Error cancelled: The user stopped {name}.", ok=False)
