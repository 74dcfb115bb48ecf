"""What a job, or the app in its place, answers to a call.

On the pipe it is one JSON text, preceded by its length, and then the artifacts' bytes one after the other: in the JSON
an artifact whose data is bytes has their number in its place.
"""

import json
import struct
from dataclasses import asdict
from typing import Any, NotRequired, TypedDict

from assistant.tools.result import ToolError, ToolResult

JSON_LENGTH = struct.Struct("!I")


class Refusal(TypedDict):
    """The fields of ToolError."""

    code: str
    message: str
    hint: str
    retryable: bool


class Reply(TypedDict):
    """summary: facts, or an error, for the model. artifacts: the fields of ToolArtifact. error: when ok is False."""

    ok: bool
    summary: str
    warnings: list[str]
    provenance: dict[str, Any]
    artifacts: list[dict[str, Any]]
    error: NotRequired[Refusal]


def success(result: ToolResult) -> Reply:
    return Reply(
        ok=True,
        summary=result.summary,
        warnings=list(result.warnings),
        provenance=result.provenance,
        artifacts=[asdict(artifact) for artifact in result.artifacts],
    )


def refusal(error: ToolError) -> Reply:
    said = Refusal(code=error.code, message=error.message, hint=error.hint, retryable=error.is_retryable)
    return Reply(ok=False, summary=error.text, warnings=[], provenance={}, artifacts=[], error=said)


def out_of_memory(name: str, memory_bytes: int) -> Reply:
    limit = memory_bytes // 2**30
    return refusal(ToolError("tool_memory", f"{name} needed more than {limit} GB of memory.", "Try a smaller input."))


def pack_reply(reply: Reply) -> bytes:
    """ValueError when a number is not finite."""
    blobs = [artifact["data"] for artifact in reply["artifacts"] if isinstance(artifact["data"], bytes)]
    artifacts = [
        artifact | {"data": len(artifact["data"])} if isinstance(artifact["data"], bytes) else artifact
        for artifact in reply["artifacts"]
    ]
    head = json.dumps({**reply, "artifacts": artifacts}, allow_nan=False).encode()
    return b"".join((JSON_LENGTH.pack(len(head)), head, *blobs))


def unpack_reply(body: bytes) -> Reply:
    (length,) = JSON_LENGTH.unpack_from(body)
    start = JSON_LENGTH.size + length
    reply: Reply = json.loads(body[JSON_LENGTH.size : start])
    for artifact in reply["artifacts"]:
        if isinstance(artifact["data"], int):
            artifact["data"] = body[start : (start := start + artifact["data"])]
    return reply
