"""Where the model will be once it is loaded. The page is up before that, and says so."""

from typing import Any

from assistant.agent import Agent
from engine.errors import EngineStopped, EngineUnreachable


class ModelSlot:
    """Filled once, by whoever loads the model; read from any thread. is_draining: the app is about to end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_draining = False
        self._progress = ""
        self._agent: Agent | None = None

    @property
    def agent(self) -> Agent | None:
        return self._agent

    def report(self, progress: str) -> None:
        """What is being done towards a model, in words for a person."""
        self._progress = progress

    def fill(self, agent: Agent) -> None:
        self._agent = agent

    def drain(self) -> None:
        """From now on no question is taken; answers that have begun go on."""
        self.is_draining = True

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """HTTP status and body of /ready."""
        if self._agent is None:
            return 503, {"status": "loading", "model": self.name, "detail": self._progress}
        try:
            stats = self._agent.model.stats()
        except EngineUnreachable as error:
            return 503, {"status": "unreachable", "model": self.name, "detail": str(error)}
        except EngineStopped as error:
            return 503, {"status": "stopped", "model": self.name, "detail": str(error)}
        is_draining = self.is_draining or stats.is_draining
        return 503 if is_draining else 200, {
            "status": "draining" if is_draining else "ready",
            "model": self.name,
            "running": stats.num_running,
            "waiting": stats.num_waiting,
            "kv_blocks_used": stats.num_blocks - stats.num_free_blocks,
            "kv_blocks": stats.num_blocks,
        }
