"""The real page, server and tools around the scripted model: python -m tests.browser.scripted_app PORT"""

import os
import sys

os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}  # read when gradio is imported

import uvicorn

from assistant.agent import Agent
from assistant.child.runner import ToolRunner
from assistant.model_slot import ModelSlot
from assistant.server import build_app
from assistant.system_prompt import SYSTEM_PROMPT
from engine.sampling_params import SamplingParams
from tests.browser.scripted_model import ScriptedModel


def main() -> None:
    tools = ToolRunner("tests.browser.catalogue")
    tools.start()
    slot = ModelSlot("scripted")
    slot.fill(Agent(ScriptedModel(), tools, SYSTEM_PROMPT, SamplingParams()))
    try:
        uvicorn.run(build_app(slot, tools), port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)
    finally:
        tools.close()


if __name__ == "__main__":
    main()
