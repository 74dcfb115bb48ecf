"""What a job, or the app in its place, answers to a call."""

from typing import Any, TypedDict

from assistant.tools.result import ToolError


class Reply(TypedDict):
    """text is what the model is told. artifacts: the fields of ToolArtifact."""

    ok: bool
    text: str
    artifacts: list[dict[str, Any]]


def refusal(error: ToolError) -> Reply:
    return Reply(ok=False, text=error.text, artifacts=[])


def out_of_memory(name: str, memory_bytes: int) -> Reply:
    limit = memory_bytes // 2**30
    return refusal(ToolError("tool_memory", f"{name} needed more than {limit} GB of memory.", "Try a smaller input."))
