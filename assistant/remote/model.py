"""A model on another server, spoken to as OpenAI's chat completions. Satisfies engine.messages.ChatModel."""

import threading
from time import monotonic

from assistant.remote.discovery import ServedModel, served_models
from assistant.remote.errors import RemoteError
from assistant.remote.exchange import Patience
from assistant.remote.habits import LearnedHabits
from assistant.remote.server_address import ServerAddress
from assistant.remote.stream import RemoteStream
from engine.dialects.base import Dialect
from engine.dialects.intern_s1 import InternS1Dialect
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.errors import EngineUnreachable
from engine.messages import Conversation, EngineStats
from engine.processors.settings import PLAIN, Kind, ProcessorSettings, for_kinds
from engine.sampling_params import SamplingParams

CHECK_INTERVAL_S = 10.0
NO_ANSWER = ("unreachable", "connect_timeout", "not_a_model_server", "key_refused")


class RemoteModel:
    """served: what the server was found to have; media: what its model reads, where that is known."""

    def __init__(
        self,
        address: ServerAddress,
        served: ServedModel,
        media: tuple[Kind, ...] = (),
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self.server = address.name
        self.dialect = _dialect(served.name)
        self.media: ProcessorSettings | None = for_kinds(PLAIN, media) if media else None
        self._address = address
        self._served = served
        self._patience = patience
        self._habits = LearnedHabits()
        self._lock = threading.Lock()
        self._num_running = 0
        self._num_answered = self._num_failed = 0
        self._failure: RemoteError | None = None
        self._checked_at = monotonic()
        self._is_checking = False

    @property
    def name(self) -> str:
        """For people: llama.cpp's server names a model by the path of its file."""
        name = self._served.name
        return name.rpartition("/")[2] if name.startswith("/") else name

    @property
    def max_model_len(self) -> int:
        return self._served.max_model_len or 0

    def stream(self, conversation: Conversation, params: SamplingParams) -> RemoteStream:
        return RemoteStream(
            self._address,
            self._served.name,
            self.dialect,
            self._habits,
            self._patience,
            conversation,
            params,
            self._count_running,
            self._count_end,
        )

    def stats(self) -> EngineStats:
        """Our own requests only: what else the server does, it does not tell. EngineUnreachable while it is away."""
        self._check_soon()
        if self._failure is not None:
            raise EngineUnreachable(str(self._failure))
        return EngineStats(self._num_running, 0, 0, 0, num_answered=self._num_answered, num_failed=self._num_failed)

    def experts(self) -> None:
        """Servers do not say which of them work."""

    def _count_running(self, change: int) -> None:
        with self._lock:
            self._num_running += change

    def _count_end(self, error: RemoteError | None) -> None:
        with self._lock:
            self._num_answered += error is None
            self._num_failed += error is not None
        self._note(error if error is not None and error.code in NO_ANSWER else None)

    def _note(self, failure: RemoteError | None) -> None:
        self._failure = failure
        self._checked_at = monotonic()

    def _check_soon(self) -> None:
        """Now and then, while somebody looks and nothing of ours is running, and never in the way of who does."""
        with self._lock:
            if self._is_checking or self._num_running or monotonic() - self._checked_at < CHECK_INTERVAL_S:
                return
            self._is_checking = True
        threading.Thread(target=self._check, name="remote check", daemon=True).start()

    def _check(self) -> None:
        try:
            served_models(self._address)
            self._note(None)
        except RemoteError as error:
            self._note(error if error.code in NO_ANSWER else None)
        finally:
            self._is_checking = False


def _dialect(model: str) -> Dialect:
    """For calls that a server leaves in the text: Intern-S1's tags, or those of Qwen, Hermes and Intern-S1-Pro."""
    name = model.lower().replace("_", "-")
    is_first_family = ("intern-s1" in name or "interns1" in name) and "pro" not in name
    return InternS1Dialect() if is_first_family else InternS1ProDialect()
