"""Run tools outside this process, from any number of threads. Every call ends in an outcome, in bounded time."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any

from assistant.cancel import CancelToken
from assistant.child import protocol
from assistant.child.call import Call
from assistant.child.limits import TOOL_LIMITS, Limits
from assistant.child.reply import Refusal, Reply, refusal
from assistant.child.zygote_process import ZygoteProcess
from assistant.tools.progress import Tell
from assistant.tools.result import ToolArtifact, ToolError, with_notes

logger = logging.getLogger(__name__)

CATALOGUE = "assistant.tools.catalogue"
NANO_CATALOGUE = "assistant.tools.nano.catalogue"  # the five tools that the embedded model knows
NO_FILES: Mapping[str, Path] = MappingProxyType({})
MAX_NAME_LENGTH = 60  # of what a model may call; no tool has a longer name


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """How a call ended. The summary of a refusal or a failure begins with `Error CODE: `."""

    ok: bool
    summary: str
    artifacts: tuple[ToolArtifact, ...]
    seconds: float
    warnings: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)
    error: Refusal | None = None

    @property
    def text(self) -> str:
        """What the model is told."""
        return with_notes(self.summary, self.warnings)

    @property
    def envelope(self) -> dict[str, Any]:
        """For programs. The artifacts are named in it; their data goes its own way."""
        if self.error:
            return {"ok": False, **self.error}
        artifacts = [{"kind": a.kind, "name": a.name, "media_type": a.media_type, "alt": a.alt} for a in self.artifacts]
        warnings, provenance = list(self.warnings), self.provenance
        summary = self.summary
        return {"ok": True, "summary": summary, "artifacts": artifacts, "warnings": warnings, "provenance": provenance}


class ToolRunner:
    """start() early, close() at the end; between them call() from any thread."""

    def __init__(self, catalogue: str = CATALOGUE, limits: Limits = TOOL_LIMITS) -> None:
        self._catalogue = catalogue
        self._limits = limits
        self._lock = threading.Lock()  # over _zygote and _is_closed
        self._offers_lock = threading.Lock()
        self._zygote: ZygoteProcess | None = None
        self._offers: tuple[dict[str, Any], ...] | None = None
        self._is_closed = False

    def start(self) -> None:
        """Returns at once; the tools load meanwhile, and early calls wait for them. Once is enough, more is no harm."""
        with self._lock:
            if self._zygote is None and not self._is_closed:
                self._zygote = ZygoteProcess(self._catalogue, self._limits)

    @property
    def schemas(self) -> tuple[dict[str, Any], ...]:
        """The tools on offer, in OpenAI's form. The first time waits until they are loaded, or for ToolsUnavailable."""
        return tuple(offer["schema"] for offer in self._received_offers())

    @property
    def groups(self) -> tuple[str, ...]:
        """The group of each schema."""
        return tuple(offer["group"] for offer in self._received_offers())

    def _received_offers(self) -> tuple[dict[str, Any], ...]:
        with self._offers_lock:
            if self._offers is None:
                self._offers = self._current().receive_offers()
            return self._offers

    def call(
        self,
        name: str,
        arguments: dict[str, Any],
        cancel: CancelToken,
        files: Mapping[str, Path] = NO_FILES,
        on_progress: Tell | None = None,
    ) -> ToolOutcome:
        """files: those that the arguments may name. on_progress: called in this thread as the tool reports."""
        started_at = perf_counter()
        reply = self._reply(name[:MAX_NAME_LENGTH], arguments, files, cancel, on_progress)
        return ToolOutcome(
            ok=reply["ok"],
            summary=reply["summary"],
            artifacts=tuple(ToolArtifact(**artifact) for artifact in reply["artifacts"]),
            seconds=perf_counter() - started_at,
            warnings=tuple(reply["warnings"]),
            provenance=reply["provenance"],
            error=reply.get("error"),
        )

    def close(self) -> None:
        """End all calls. May be called more than once."""
        with self._lock:
            self._is_closed = True
            if self._zygote:
                self._zygote.close()

    def _reply(
        self,
        name: str,
        arguments: dict[str, Any],
        files: Mapping[str, Path],
        cancel: CancelToken,
        on_progress: Tell | None,
    ) -> Reply:
        if (size := len(protocol.pack(arguments))) > protocol.MAX_ARGUMENTS_BYTES:
            limit = protocol.MAX_ARGUMENTS_BYTES
            message = f"The arguments of {name} are {size:,} bytes long; the limit is {limit:,}."
            return refusal(ToolError("TOO_LONG", message))
        packed = protocol.pack({"arguments": arguments, "files": {name: str(path) for name, path in files.items()}})
        for _ in range(2):
            zygote = self._current()
            with Call(name, self._limits.memory_bytes) as call, cancel.interrupting(call.hang_up):
                reply = call.run(zygote, packed, on_progress)
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
