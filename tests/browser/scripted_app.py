"""The real page, server and tools around the scripted model. Prints its address.

PORT=7860 python -m tests.browser.scripted_app [text-only] [small-files]
"""

import os
import sys

os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}  # read when gradio is imported

from assistant.agent import Agent
from assistant.attachments.store import AttachmentStore
from assistant.child.runner import ToolRunner
from assistant.draining import Draining
from assistant.hosting.hosting import Hosting
from assistant.model_slot import ModelSlot
from assistant.server import LOOPBACK_ONLY, build_app
from assistant.serving import Server, listen, url
from assistant.system_prompt import SYSTEM_PROMPT
from assistant.ui.chat import Desk
from engine.sampling_params import SamplingParams
from tests.browser.scripted_model import ScriptedModel


def main(hosting: Hosting = LOOPBACK_ONLY) -> None:
    tools = ToolRunner("tests.browser.catalogue")
    tools.start()
    slot = ModelSlot("scripted")
    slot.fill(Agent(ScriptedModel(reads_media="text-only" not in sys.argv), tools, SYSTEM_PROMPT, SamplingParams()))
    listener = listen("127.0.0.1", int(os.environ.get("PORT", "0")))
    attachments = AttachmentStore(max_bytes=2**20) if "small-files" in sys.argv else None
    desk = Desk(slot, attachments, reading_catalogue="tests.assistant.attachments.slow_catalogue")
    draining = Draining(slot, desk.turns, 4, drain_model=lambda seconds: None, on_end=lambda: server.stop())
    server = Server(
        build_app(desk, tools, hosting=hosting),
        [listener],
        lambda: print(url(listener), flush=True),
        on_signal=draining.begin,
    )
    try:
        server.serve_until_stopped()
    finally:
        tools.close()


if __name__ == "__main__":
    main()
