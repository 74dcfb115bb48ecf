"""Run tools outside this process, from any number of threads. Every call ends in an outcome, in bounded time."""

import logging
import threading
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from assistant.cancel import CancelToken
from assistant.child import protocol
from assistant.child.call import Call
from assistant.child.limits import TOOL_LIMITS, Limits
from assistant.child.reply import Reply, refusal
from assistant.child.zygote_process import ZygoteProcess
from assistant.tools.result import ToolArtifact, ToolError

logger = logging.getLogger(__name__)

CATALOGUE = "assistant.tools.catalogue"
MAX_NAME_LENGTH = 60  # of what a model may call; no tool has a longer name


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """summary is what the model is told; that of a refusal or a failure begins with `Error CODE: `."""

    ok: bool
    summary: str
    artifacts: tuple[ToolArtifact, ...]
    seconds: float


class ToolRunner:
    """start() once and early, close() at the end; between them call() from any thread."""

    def __init__(self, catalogue: str = CATALOGUE, limits: Limits = TOOL_LIMITS) -> None:
        self._catalogue = catalogue
        self._limits = limits
        self._lock = threading.Lock()  # over _zygote and _is_closed
        self._schemas_lock = threading.Lock()
        self._zygote: ZygoteProcess | None = None
        self._schemas: tuple[dict[str, Any], ...] | None = None
        self._is_closed = False

    def start(self) -> None:
        """Returns at once; the tools load meanwhile, and early calls wait for them."""
        self._zygote = ZygoteProcess(self._catalogue, self._limits)

    @property
    def schemas(self) -> tuple[dict[str, Any], ...]:
        """The tools on offer, in OpenAI's form. The first time waits until they are loaded, or for ToolsUnavailable."""
        with self._schemas_lock:
            if self._schemas is None:
                self._schemas = self._current().receive_schemas()
            return self._schemas

    def call(self, name: str, arguments: dict[str, Any], cancel: CancelToken) -> ToolOutcome:
        started_at = perf_counter()
        reply = self._reply(name[:MAX_NAME_LENGTH], arguments, cancel)
        artifacts = tuple(ToolArtifact(**artifact) for artifact in reply["artifacts"])
        return ToolOutcome(reply["ok"], reply["text"], artifacts, perf_counter() - started_at)

    def close(self) -> None:
        """End all calls. May be called more than once."""
        with self._lock:
            self._is_closed = True
            if self._zygote:
                self._zygote.close()

    def _reply(self, name: str, arguments: dict[str, Any], cancel: CancelToken) -> Reply:
        packed = protocol.pack(arguments)
        if len(packed) > protocol.MAX_ARGUMENTS_BYTES:
            size, limit = len(packed), protocol.MAX_ARGUMENTS_BYTES
            message = f"The arguments of {name} are {size:,} bytes long; the limit is {limit:,}."
            return refusal(ToolError("TOO_LONG", message))
        for _ in range(2):
            zygote = self._current()
            with Call(name, self._limits.memory_bytes) as call, cancel.interrupting(call.hang_up):
                reply = call.run(zygote, packed)
            if cancel.is_cancelled:
                return refusal(ToolError("cancelled", f"The user stopped {name}."))
            if reply:
                return reply
            self._replace(zygote)
        return refusal(ToolError("tool_failed", "The process that runs the tools ended (see the server log)."))

    def _current(self) -> ZygoteProcess:
        assert self._zygote, "start() comes first"
        return self._zygote

    def _replace(self, dead: ZygoteProcess) -> None:
        """Start another one, unless another thread has."""
        with self._lock:
            if self._zygote is dead and not self._is_closed:
                logger.warning("the process that runs the tools ended; starting another")
                dead.close()
                self._zygote = ZygoteProcess(self._catalogue, self._limits)
