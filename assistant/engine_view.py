"""What the engine view of the page asks for, every second while it is open: load, memory, speed, experts at work."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from assistant.model_slot import ModelSlot
from assistant.sessions import COOKIE, is_session_id
from assistant.ui.strings import Language, Words, preferred_language
from engine.errors import EngineStopped
from engine.messages import EngineStats, ExpertPicture

PATH = "/engine"


def add_engine_view(app: FastAPI, slot: ModelSlot, language: Language | None = None) -> None:
    def refusal(request: Request, sentence: str, status: int) -> Response:
        words = Words(language or preferred_language(request.headers))
        return PlainTextResponse(words.sentence(sentence), status)

    @app.get(PATH)
    def engine(request: Request) -> Response:
        """Numbers of all together, and nobody's text."""
        if not is_session_id(request.cookies.get(COOKIE)):
            return refusal(request, "Open the page first: only who has it open may look at the engine.", 403)
        if slot.agent is None:
            return refusal(request, "The model is still loading. Look again in a moment.", 503)
        try:
            stats = slot.agent.model.stats()
        except EngineStopped as error:
            return refusal(request, str(error), 503)
        view = _load(stats) | {"experts": _experts(slot.agent.model.experts())}
        return JSONResponse(view, headers={"Cache-Control": "no-store"})


def _load(stats: EngineStats) -> dict[str, Any]:
    """kv_share and cached_share are null where there is nothing to have a share of."""
    num_used = stats.num_blocks - stats.num_free_blocks
    return {
        "running": stats.num_running,
        "waiting": stats.num_waiting,
        "kv_share": num_used / stats.num_blocks if stats.num_blocks else None,
        "cached_share": stats.num_cached_tokens / stats.num_prompt_tokens if stats.num_prompt_tokens else None,
        "tokens_per_s": stats.tokens_per_s,
        "step_ms": 1000 * stats.last_step_s if stats.num_steps else None,
        "preemptions": stats.num_preemptions,
    }


def _experts(picture: ExpertPicture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    return {
        "num_layers": picture.num_layers,
        "num_experts": picture.num_experts,
        "num_tokens": dict(picture.num_tokens),
        "counts": dict(picture.counts),
    }
