"""Start Benchside: read the settings, build the page, the tools and the model, join them, serve."""

import os

# Read when gradio and huggingface_hub are imported: no telemetry, no hub, nothing fetched.
os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.access.entries import EntriesError
from assistant.agent import Agent
from assistant.answer_limits import AnswerLimits
from assistant.attachments.room import RoomLimits
from assistant.attachments.store import AttachmentStore
from assistant.child.runner import CATALOGUE, NANO_CATALOGUE, ToolRunner
from assistant.child.zygote_process import ToolsUnavailable
from assistant.data_folder import DataFolder
from assistant.database import DatabaseError
from assistant.draining import STEP_S, Draining
from assistant.hosting.setup import hosting_of
from assistant.hosting.share_link import ShareLink
from assistant.hosting.tunnel import Tunnel
from assistant.model_slot import ModelSlot
from assistant.prompt_check import PromptLimits
from assistant.remote.connecting import connect
from assistant.remote.server_address import ServerAddress
from assistant.server import build_app
from assistant.serving import PortInUse, Server, listen, url
from assistant.settings import Settings, SettingsError, parse_settings
from assistant.system_prompt import SYSTEM_PROMPT
from assistant.ui.chat import Desk
from engine.config import EngineConfig
from engine.errors import EngineError
from engine.sampling_params import SamplingParams

if TYPE_CHECKING:
    from engine.llm import LLM

ENGINE_OPTIONS = ("device", "dtype", "max_model_len", "kv_cache_memory", "max_num_seqs", "tensor_parallel", "trace")
MAX_ANSWER_TOKENS = 2048
# nano is trained to copy, so it is greedy; Intern-S1's own guides give the others.
NANO_SAMPLING = SamplingParams(max_tokens=512)
NANO_LIMITS = PromptLimits(max_run_length=400)
SAMPLING = SamplingParams(max_tokens=MAX_ANSWER_TOKENS, temperature=0.8, top_k=50, top_p=0.95)


def main() -> int:
    try:
        settings = parse_settings(sys.argv[1:], os.environ)
        listeners = [listen(settings.host, settings.port)]
        tunnel = None
        if settings.share:
            listeners.append(listen("127.0.0.1", 0))
            tunnel = Tunnel(listeners[-1])
        data = DataFolder(settings.data_dir)
        hosting = hosting_of(settings, data.database, tunnel)
    except (SettingsError, PortInUse, DatabaseError, EntriesError) as error:
        print(error, file=sys.stderr)
        return 2
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would note every look at a remote server

    tools = ToolRunner(NANO_CATALOGUE if settings.uses_nano else CATALOGUE)
    tools.start()
    all_tools = ToolRunner() if settings.uses_nano else tools  # the former starts when it is asked for
    slot = ModelSlot(model_name(settings))

    limits = RoomLimits(settings.max_session_size, settings.max_total_size)
    desk = Desk(
        slot,
        AttachmentStore(data.conversations, settings.max_upload_size, data.database, limits),
        root_path=settings.root_path,
        limits=AnswerLimits(settings.max_answers, settings.max_answers_per_session),
    )
    app = build_app(desk, tools, settings.language, all_tools, settings.allow_media_urls, hosting)
    draining = Draining(
        slot,
        desk.turns,
        settings.drain_seconds,
        drain_model=lambda seconds: loading.drain(seconds),
        on_end=lambda: server.stop(),
    )

    def on_start() -> None:
        say(f"The page is at {url(listeners[0])}{settings.root_path}")
        if tunnel:
            ShareLink(tunnel, lambda sentence: print(sentence, flush=True)).start()

    server = Server(app, listeners, on_start, on_signal=draining.begin)
    loading = Loading(settings, slot, tools, on_ready=lambda: say(f"{slot.name} is ready"), on_failure=server.stop)
    loading.start()
    server.serve_until_stopped()
    tools.close()
    all_tools.close()
    loading.close()
    data.close()
    return loading.exit_status


def model_name(settings: Settings) -> str:
    """Until the model says it itself."""
    if settings.engine_url:
        return ServerAddress(settings.engine_url).name
    return settings.model if settings.uses_nano else Path(settings.model).name


def say(what: str) -> None:
    print(f"{what} after {seconds_since_start():.1f} s", flush=True)


def seconds_since_start() -> float:
    """Since the process began, so that imports count."""
    fields_after_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    started_at = int(fields_after_name[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_at


class Loading(threading.Thread):
    """Loads the model while the page is up already. on_failure is called after the reason was printed."""

    def __init__(
        self,
        settings: Settings,
        slot: ModelSlot,
        tools: ToolRunner,
        on_ready: Callable[[], None],
        on_failure: Callable[[], None],
    ) -> None:
        super().__init__(name="loading", daemon=True)
        self._settings = settings
        self._slot = slot
        self._tools = tools
        self._on_ready = on_ready
        self._on_failure = on_failure
        self.exit_status = 0
        self._model: LLM | None = None
        self._is_over = threading.Event()

    def drain(self, seconds: float) -> None:
        """See LLM.drain. Returns at once when there is no model yet."""
        if self._model is not None:
            self._model.drain(seconds)

    def close(self) -> None:
        """Let go of the model, if there is one by now. A step that takes too long ends with the process."""
        self._is_over.set()
        if self._model is None:
            return
        closing = threading.Thread(target=self._model.close, daemon=True)
        closing.start()
        closing.join(STEP_S)
        if closing.is_alive():
            logging.warning("the model's step in progress takes longer than %g s and is cut off", STEP_S)
            logging.shutdown()
            os._exit(self.exit_status)

    def run(self) -> None:
        try:
            agent = self._connect(self._settings.engine_url) if self._settings.engine_url else self._load()
            if agent is not None:
                self._slot.fill(agent)
                self._on_ready()
        except (EngineError, ToolsUnavailable) as error:
            print(error, file=sys.stderr)
            self._fail(exit_status=2)
        except Exception:
            logging.exception("the model could not be loaded")
            self._fail(exit_status=1)

    def _connect(self, url: str) -> Agent | None:
        """None when the app ends before the server answers."""
        address = ServerAddress(url, self._settings.engine_key or "")
        model = connect(
            address, self._settings.engine_model, self._settings.engine_media, self._report_waiting, self._is_over
        )
        if model is None:
            return None
        self._slot.name = f"{model.name} @ {model.server}"
        _ = self._tools.schemas  # waits for them
        return Agent(model, self._tools, SYSTEM_PROMPT, SAMPLING)

    def _load(self) -> Agent:
        # These import torch, which takes seconds: the tools have been started and the page answers meanwhile.
        from assistant.nano.setup import ensure_nano
        from engine.hub import resolve_model
        from engine.llm import LLM

        is_nano = self._settings.uses_nano
        if is_nano:
            folder = ensure_nano(self._settings.data_dir, self._report)
        else:
            folder = resolve_model(self._settings.model, self._report)
        self._slot.report("reading the weights")
        given = {name: value for name in ENGINE_OPTIONS if (value := getattr(self._settings, name)) is not None}
        self._model = model = LLM(EngineConfig(model=folder, **given))
        self._slot.report("starting the tools")
        _ = self._tools.schemas  # waits for them
        if is_nano:
            return Agent(model, self._tools, SYSTEM_PROMPT, NANO_SAMPLING, NANO_LIMITS)
        return Agent(model, self._tools, SYSTEM_PROMPT, SAMPLING)

    def _report(self, what: str, share: float) -> None:
        self._slot.report(f"{what} {share:.0%}")
        print(f"\r{what} {share:4.0%}", end="\n" if share == 1 else "", flush=True)

    def _report_waiting(self, what: str) -> None:
        """Again and again while a server does not answer; printed once."""
        if self._slot.readiness()[1]["detail"] != what:
            self._slot.report(what)
            print(what, flush=True)

    def _fail(self, exit_status: int) -> None:
        self.exit_status = exit_status
        self._on_failure()


if __name__ == "__main__":
    sys.exit(main())
