"""GET /model: what the page offers depends on what the loaded model reads, which tools it has and how it samples."""

from dataclasses import asdict
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from assistant.agent import Agent
from assistant.model_slot import ModelSlot
from assistant.turn_settings import LIMITS


def add_model_routes(app: FastAPI, slot: ModelSlot) -> None:
    @app.get("/model")
    def model() -> JSONResponse:
        agent = slot.agent
        return JSONResponse(model_facts(agent)) if agent else JSONResponse({"status": "loading"}, 503)


def model_facts(agent: Agent) -> dict[str, Any]:
    return {
        "reads": sorted(agent.model.media.kinds) if agent.model.media else [],
        "tools": [schema["function"]["name"] for schema in agent.tools.schemas],
        "sampling": {name: getattr(agent.params, name) for name in LIMITS},
        "limits": {name: asdict(limits) for name, limits in LIMITS.items()},
    }
