"""An OpenAI-compatible server that runs already: /v1/completions with token ids, one stream per request."""

import asyncio
import json
from time import perf_counter
from typing import Any

import httpx

from engine.bench.job import Job, Request, Sample, SideSettings
from engine.bench.sides.job_loop import Serve, run_side

_TIMEOUT_S = 3600


async def _serve(base_url: str, model: str, job: Job) -> Sample:
    limits = httpx.Limits(max_connections=None)
    began = perf_counter()
    async with httpx.AsyncClient(base_url=base_url, timeout=_TIMEOUT_S, limits=limits, trust_env=False) as client:
        answers = await asyncio.gather(*(_answer(client, model, request, began) for request in job))
    return Sample([ids for ids, _ in answers], [times for _, times in answers])


async def _answer(
    client: httpx.AsyncClient, model: str, request: Request, began: float
) -> tuple[list[int], list[float]]:
    """A server that names no token ids still says how many came: their times count, the ids are then -1."""
    body = {
        "model": model,
        "prompt": request.prompt,
        "max_tokens": request.max_tokens,
        "temperature": 0.0,
        "ignore_eos": True,
        "return_token_ids": True,
        "stream": True,
    }
    await asyncio.sleep(max(0.0, request.arrival_s - (perf_counter() - began)))
    ids: list[int] = []
    times: list[float] = []
    async with client.stream("POST", "completions", json=body) as response:
        if response.status_code != 200:
            raise SystemExit(
                f"{response.url} answers {response.status_code}: {(await response.aread()).decode()[:500]}"
            )
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                new_ids = _new_ids(json.loads(line.removeprefix("data: ")))
                ids += new_ids
                times += [perf_counter() - began] * len(new_ids)
    if len(ids) != request.max_tokens:
        raise SystemExit(f"The server sent {len(ids)} tokens where {request.max_tokens} were asked for.")
    return ids, times


def _new_ids(event: dict[str, Any]) -> list[int]:
    if not event.get("choices"):
        return []  # usage at the end
    choice = event["choices"][0]
    return choice.get("token_ids") or ([-1] if choice.get("text") or choice.get("finish_reason") else [])


def load(settings: SideSettings) -> Serve:
    """model "URL" names the first model that the server lists."""
    base_url = settings.model.rstrip("/") + "/"
    models = httpx.get(f"{base_url}models", trust_env=False).raise_for_status().json()
    name = models["data"][0]["id"]
    return lambda job: asyncio.run(_serve(base_url, name, job))


if __name__ == "__main__":
    run_side(load)
