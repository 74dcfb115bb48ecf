"""The official client, over HTTP, on the app's own routes."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest

pytest.importorskip("mcp", reason="the package mcp is not installed")

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from assistant.child.runner import ToolRunner
from assistant.model_slot import ModelSlot
from assistant.server import build_app
from assistant.ui.chat import Desk
from tests.assistant.fakes import FakeTools

URL = "http://127.0.0.1/gradio_api/mcp/"


@pytest.fixture(scope="module")
def runner():
    tools = ToolRunner()
    yield tools
    tools.close()


@asynccontextmanager
async def client(runner):
    app = build_app(Desk(ModelSlot("none")), FakeTools(), all_tools=runner)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http,
        streamable_http_client(URL, http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


def test_a_client_lists_the_tools_and_calls_three_of_them(runner):
    async def talk():
        async with client(runner) as session:
            tools = (await session.list_tools()).tools
            added = await session.call_tool("calculate", {"expression": "2*(3+4)"})
            units = await session.call_tool("convert_units", {"value": 1, "from_unit": "kcal", "to_unit": "kJ"})
            fit = await session.call_tool("fit_curve", {"model": "linear", "x": [1, 2, 3], "y": [2, 4, 6.1]})
            return tools, added, units, fit

    tools, added, units, fit = asyncio.run(talk())

    assert {tool.name: tool.inputSchema for tool in tools} == {
        schema["function"]["name"]: schema["function"]["parameters"] for schema in runner.schemas
    }
    assert added.content[0].text == "2*(3+4) = 14" and added.structuredContent["ok"] and not added.isError
    assert "4.184 kJ" in units.content[0].text
    assert [part.resource.mimeType for part in fit.content[1:]] == ["application/json", "text/csv"]


def test_a_refusal_is_an_error_with_its_code(runner):
    async def talk():
        async with client(runner) as session:
            return await session.call_tool("calculate", {"expression": "1/0"})

    answer = asyncio.run(talk())

    assert answer.isError and answer.structuredContent["code"] == "DOMAIN"


def test_a_page_of_another_site_cannot_call_a_tool(runner):
    async def post():
        app = build_app(Desk(ModelSlot("none")), FakeTools(), all_tools=runner)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
            return await http.post(URL, json={}, headers={"Origin": "http://evil.example"})

    assert asyncio.run(post()).status_code == 403
