"""The server under check, and the few questions that all checks ask it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import openai

QUESTION = [{"role": "user", "content": "What is the boiling point of water?"}]
NO_THINKING = {"enable_thinking": False}


class SkippedCheck(Exception):
    """It says nothing about this model."""


@dataclass(slots=True)
class Server:
    """url: with /v1. reads_media: pictures, videos and signals."""

    url: str
    model: str
    reads_media: bool

    @property
    def client(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.url, api_key="none", max_retries=0, timeout=120, http_client=CLIENT)

    def chat(self, messages: Any = QUESTION, **options: Any) -> Any:
        """Greedy, short and without thinking, unless told otherwise."""
        options = {"max_tokens": 12, "temperature": 0, "extra_body": NO_THINKING} | options
        return self.client.chat.completions.create(model=self.model, messages=messages, **options)

    def complete(self, prompt: Any = "Water boils at", **options: Any) -> Any:
        options = {"max_tokens": 8, "temperature": 0} | options
        return self.client.completions.create(model=self.model, prompt=prompt, **options)

    def post(self, body: Any, path: str = "/chat/completions") -> httpx.Response:
        """Whatever a client could not be made to send."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return CLIENT.post(self.url + path, content=content, headers={"content-type": "application/json"})

    def body(self, **fields: Any) -> dict[str, Any]:
        return {"model": self.model, "messages": QUESTION, "max_tokens": 4, "temperature": 0} | fields

    def refusal(self, **fields: Any) -> dict[str, Any]:
        """The error of a chat request with these fields, which must be refused with 400."""
        return self.refused(self.body(**fields))

    def refused(self, body: Any, path: str = "/chat/completions", status: int = 400) -> dict[str, Any]:
        response = self.post(body, path)
        assert response.status_code == status, (response.status_code, response.text[:300])
        error: dict[str, Any] = response.json()["error"]
        assert error["message"] and error["message"].endswith("."), error
        assert set(error) == {"message", "type", "param", "code"}, error
        assert "Traceback" not in error["message"] and "0x" not in error["message"] and "/tmp" not in error["message"]
        return error


CLIENT = httpx.Client(timeout=120, trust_env=False)


def chunks_by_choice(stream: Iterator[Any]) -> dict[int, list[Any]]:
    """The choices of all chunks, by their index."""
    found: dict[int, list[Any]] = {}
    for chunk in stream:
        for choice in chunk.choices:
            found.setdefault(choice.index, []).append(choice)
    return found


def joined(choices: list[Any]) -> str:
    return "".join(choice.delta.content or "" for choice in choices)
