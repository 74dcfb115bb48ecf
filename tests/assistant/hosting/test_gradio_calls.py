"""Strange calls, and pages of others."""

import asyncio
from contextlib import nullcontext

import pytest
from fastapi.testclient import TestClient

from assistant.hosting.gradio_calls import GradioCalls
from assistant.hosting.hosting import Hosting
from assistant.hosting.page_state import PAGES_PER_SESSION
from assistant.hosting.visitors import MAX_HASHES, Visitors
from assistant.sessions import COOKIE, new_session_id

ORIGIN = "http://127.0.0.1:7860"
JOIN = "/gradio_api/queue/join"


@pytest.fixture(scope="module")
def app(make_app):
    return make_app(Hosting(max_sessions=2))


@pytest.fixture
def client(app):
    return TestClient(app, base_url=ORIGIN, cookies={COOKIE: new_session_id()})


def call(**changes):
    return {"data": [None], "fn_index": 0, "session_hash": "abc123", "trigger_id": None} | changes


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (call(fn_index=10**9), 404),
        (call(fn_index=-1), 404),
        (call(fn_index=None), 404),
        (call(fn_index="0"), 404),
        (call(fn_index=True), 404),
        (call(fn_index=0.0), 404),
        (call(session_hash="x" * 2**20), 400),
        (call(session_hash="../x"), 400),
        (call(session_hash=None), 400),
        (call(data=None), 400),
        ([], 400),
        (7, 400),
    ],
    ids=str,
)
def test_a_strange_call_is_refused_and_not_an_internal_error(client, body, status):
    assert client.post(JOIN, json=body).status_code == status
    assert client.post("/gradio_api/run/predict", json=body).status_code == status


def test_a_strange_call_is_refused_in_the_visitors_language(client):
    answer = client.post(JOIN, json=call(fn_index=-1), headers={"accept-language": "zh-CN"})

    assert answer.text == "没有这个调用。"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"data":' + b"9" * 5_000 + b"}"])
def test_what_is_not_json_is_refused(client, body):
    assert client.post(JOIN, content=body).status_code == 400


@pytest.mark.parametrize(
    "asked", ["bytes=1-2-3", "bytes=0-1,2-3", "bytes=" + "0-1," * 3000, "bytes=\u00b2-", "lines=1-2", "bytes=-"]
)
def test_an_odd_range_is_416(client, asked):
    response = client.get("/web/page.js", headers={"range": asked.encode("latin-1")})

    assert response.status_code == 416
    assert client.get("/web/page.js", headers={"range": "bytes=0-9"}).status_code == 206


def test_a_page_answers_only_to_the_browser_that_opened_it(app, client):
    stranger = TestClient(app, base_url=ORIGIN, cookies={COOKIE: new_session_id()})
    nobody = TestClient(app, base_url=ORIGIN)
    joined = client.post(JOIN, json=call(session_hash="mine"))

    assert joined.status_code == 200
    for other in (stranger, nobody):
        assert other.post(JOIN, json=call(session_hash="mine")).status_code == 403
        assert other.post("/gradio_api/run/predict", json=call(session_hash="mine")).status_code == 403
        assert other.get("/gradio_api/queue/data?session_hash=mine").status_code == 403
        assert other.get("/gradio_api/heartbeat/mine").status_code == 403


@pytest.mark.parametrize("page_hash", ["", "a/b", "x" * 10_000, "%00"])
def test_an_odd_page_is_refused(client, page_hash):
    assert client.get("/gradio_api/queue/data", params={"session_hash": page_hash}).status_code in (400, 414)


def test_sessions_beyond_the_limit_are_told_so_and_those_inside_go_on():
    visitors = Visitors(max_sessions=2)

    with visitors.present("a", "a1"), visitors.present("a", "a2"), visitors.present("b", "b1"):
        places = [visitors.has_place(session) for session in "abc"]
        with visitors.present("a", "a2"):
            pass
        still = visitors.has_place("a") and visitors.is_open("a2")

    assert (places, still) == ([True, True, False], True)
    assert len(visitors) == 0
    assert not visitors.is_open("a2")
    assert visitors.has_place("c")


def test_a_full_house_is_one_sentence_in_the_visitors_language(make_app, monkeypatch):
    app = make_app(Hosting(max_sessions=1))
    monkeypatch.setattr(Visitors, "has_place", lambda self, session_id: False)
    client = TestClient(app, base_url=ORIGIN, cookies={COOKIE: new_session_id()})

    page = client.get("/", headers={"accept-language": "zh"})

    assert page.status_code == 503
    assert page.headers["retry-after"] == "120"
    assert "请几分钟后重试" in page.text
    assert client.post(JOIN, json=call()).status_code == 503


def test_what_is_remembered_of_pages_is_bounded():
    visitors = Visitors(max_sessions=1)

    for number in range(MAX_HASHES + 1):
        visitors.owns("a", str(number))

    assert visitors.owns("b", "0")
    assert not visitors.owns("b", str(MAX_HASHES))


def test_what_is_held_for_a_page_that_was_left_is_let_go_unless_it_comes_back():
    asked, forgotten = asyncio.Event(), []

    async def app(scope, receive, send):
        await asked.wait()

    async def leave(comes_back):
        visitors = Visitors(max_sessions=1)
        calls = GradioCalls(app, visitors, bool, forgotten.append, page_grace_s=0.0, language=None)
        session = new_session_id()
        headers = [(b"cookie", f"{COOKIE}={session}".encode())]
        asked.set()
        scope = {"type": "http", "path": "/gradio_api/heartbeat/abc", "headers": headers}
        with visitors.present(session, "abc") if comes_back else nullcontext():
            await calls(scope, None, None)
            await asyncio.sleep(0.01)  # the loop's turn

    asyncio.run(leave(comes_back=True))
    assert forgotten == []
    asyncio.run(leave(comes_back=False))

    assert forgotten == ["abc"]


def test_the_pages_that_gradio_remembers_are_bounded(app, client):
    from_page = next(route for route in app.routes if getattr(route, "path", None) == "").app

    for number in range(3 * PAGES_PER_SESSION):
        client.post(JOIN, json=call(session_hash=f"page{number}"))
        client.post("/gradio_api/run/predict", json=call(session_hash=f"page{number}"))

    assert len(from_page.state_holder.session_data) <= 2 * PAGES_PER_SESSION
