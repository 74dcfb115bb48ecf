"""The real page, server and tools around the scripted model. Prints its address.

PORT=7860 python -m tests.browser.scripted_app
    [text-only] [small-files] [data=FOLDER] [unread=SECONDS] [left=SECONDS] [zh]
Without a folder, all is kept in one that goes with the process.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}  # read when gradio is imported

from assistant.agent import Agent
from assistant.attachments.store import DEFAULT_MAX_BYTES, AttachmentStore
from assistant.child.runner import ToolRunner
from assistant.data_folder import DataFolder, TemporaryData
from assistant.draining import Draining
from assistant.hosting.hosting import Hosting
from assistant.model_slot import ModelSlot
from assistant.server import LOOPBACK_ONLY, build_app
from assistant.serving import Server, listen, url
from assistant.system_prompt import SYSTEM_PROMPT
from assistant.ui.chat import Desk
from assistant.ui.live_turn import UNREAD_GRACE_S
from engine.sampling_params import SamplingParams
from tests.browser.scripted_model import NUM_SLOW_PIECES, ScriptedModel

MAX_TOKENS = 2 * NUM_SLOW_PIECES


def main(hosting: Hosting = LOOPBACK_ONLY) -> None:
    tools = ToolRunner("tests.browser.catalogue")
    tools.start()
    slot = ModelSlot("scripted")
    slot.fill(
        Agent(
            ScriptedModel(reads_media="text-only" not in sys.argv),
            tools,
            SYSTEM_PROMPT,
            SamplingParams(max_tokens=MAX_TOKENS),
        )
    )
    listener = listen("127.0.0.1", int(os.environ.get("PORT", "0")))
    options = dict(argument.split("=", 1) for argument in sys.argv if "=" in argument)
    data = DataFolder(Path(options["data"])) if "data" in options else TemporaryData()
    max_bytes = 2**20 if "small-files" in sys.argv else DEFAULT_MAX_BYTES
    attachments = AttachmentStore(data.conversations, max_bytes, data.database)
    if "left" in options:
        hosting = replace(hosting, page_grace_s=float(options["left"]))
    grace_s = float(options.get("unread", UNREAD_GRACE_S))
    catalogue = "tests.assistant.attachments.slow_catalogue"
    desk = Desk(slot, attachments, reading_catalogue=catalogue, unread_grace_s=grace_s, root_path=hosting.root_path)
    draining = Draining(slot, desk.turns, 4, drain_model=lambda seconds: None, on_end=lambda: server.stop())
    server = Server(
        build_app(desk, tools, "zh" if "zh" in sys.argv else None, hosting=hosting),
        [listener],
        lambda: print(url(listener), flush=True),
        on_signal=draining.begin,
    )
    try:
        server.serve_until_stopped()
    finally:
        tools.close()
        data.close()


if __name__ == "__main__":
    main()
