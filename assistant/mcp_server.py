"""The tools for any client of the Model Context Protocol, over streamable HTTP and without sessions.

A result comes as its text, its pictures and files, and the envelope as structured content.
"""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from assistant.cancel import CancelToken
from assistant.child.runner import ToolOutcome, ToolRunner
from assistant.tools.result import ToolArtifact

if TYPE_CHECKING:
    from mcp import types

PATH = "/gradio_api/mcp"
MAX_CALLS = 8  # at once; more wait
NOT_INSTALLED = "This needs the package mcp, which is not installed: pip install 'benchside[science]'."
INSTRUCTIONS = "Science tools that run on this machine: molecules, sequences, structures, signals, images, mathematics."


class McpEndpoint:
    """An ASGI application; requests are answered inside running(). Starts the tools when the first one comes."""

    def __init__(self, tools: ToolRunner) -> None:
        self._tools = tools
        self._free = asyncio.Semaphore(MAX_CALLS)
        self._manager: Any = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
        except ImportError:
            yield
            return
        logging.getLogger("mcp").setLevel(logging.WARNING)  # it has several lines to say of every request
        self._manager = StreamableHTTPSessionManager(self._server(), json_response=True, stateless=True)
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._manager is None:
            await PlainTextResponse(NOT_INSTALLED, 501)(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)

    def _server(self) -> Any:
        from mcp import types
        from mcp.server.lowlevel import Server

        server: Any = Server("benchside", instructions=INSTRUCTIONS)

        @server.list_tools()  # type: ignore[untyped-decorator]
        async def list_tools() -> "list[types.Tool]":
            functions = [schema["function"] for schema in await asyncio.to_thread(self._schemas)]
            return [
                types.Tool(name=f["name"], description=f["description"], inputSchema=f["parameters"]) for f in functions
            ]

        @server.call_tool(validate_input=False)  # type: ignore[untyped-decorator]
        async def call_tool(name: str, arguments: dict[str, Any]) -> "types.CallToolResult":
            outcome = await self._call(name, arguments)  # the tools check their arguments, in better words
            content = [types.TextContent(type="text", text=outcome.text)]
            content += [_content(artifact, i) for i, artifact in enumerate(outcome.artifacts)]
            return types.CallToolResult(content=content, structuredContent=outcome.envelope, isError=not outcome.ok)

        return server

    def _schemas(self) -> tuple[dict[str, Any], ...]:
        self._tools.start()
        return self._tools.schemas

    async def _call(self, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """A caller that leaves ends its call."""
        self._tools.start()
        cancel = CancelToken()
        async with self._free:
            try:
                return await asyncio.to_thread(self._tools.call, name, arguments, cancel)
            finally:
                cancel.cancel()


def _content(artifact: ToolArtifact, place: int) -> Any:
    from mcp import types
    from pydantic import AnyUrl

    if artifact.kind == "png" and isinstance(artifact.data, bytes):
        picture = base64.b64encode(artifact.data).decode()
        return types.ImageContent(type="image", data=picture, mimeType=artifact.media_type)
    uri = AnyUrl(f"benchside://result/{place}")
    if isinstance(artifact.data, bytes):
        blob = base64.b64encode(artifact.data).decode()
        resource: Any = types.BlobResourceContents(uri=uri, mimeType=artifact.media_type, blob=blob)
    else:
        resource = types.TextResourceContents(uri=uri, mimeType=artifact.media_type, text=artifact.data)
    return types.EmbeddedResource(type="resource", resource=resource)
