"""Every route of the app is in a room, and nobody comes into a room who must not."""

import re

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Mount

from assistant.access.access import Access
from assistant.hosting.hosting import Hosting
from assistant.hosting.rooms import Room, room_of
from tests.assistant.hosting.conftest import KEY

OURS = {"/health", "/ready", "/favicon.ico", "/login", "/logout", "/account", "/molecule"}
BEARER = {"authorization": f"Bearer {KEY}"}
ALLOWED_WITHOUT = {  # status of a stranger's GET
    Room.OPEN: {200},
    Room.LOGIN: {200, 303},
    Room.PAGE: {401, 303},
    Room.STATUS: {401},
    Room.API: {401},
}


def paths(app):
    """Of every route, Gradio's included, with something in the place of each parameter."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield from (f"{route.path}{path}" for path in (paths(route.app) if route.routes else ["/x"]))
        elif hasattr(route, "path"):
            yield re.sub(r"{[^}]*}", "x", route.path)


def test_every_route_of_ours_is_in_a_room(lab_app):
    gradio = next(route for route in lab_app.routes if isinstance(route, Mount) and route.path == "")
    ours = {
        re.sub(r"{[^}]*}", "x", route.path) + ("/x" if isinstance(route, Mount) else "")
        for route in lab_app.routes
        if route is not gradio
    }

    unclassified = [path for path in ours if room_of(path) is None]

    assert ours >= OURS
    assert not unclassified, "add them to assistant/hosting/rooms.py"


def test_no_route_answers_a_stranger_who_may_not_come_in(lab_app, stranger):
    seen = set()
    for path in sorted(set(paths(lab_app))):
        room = room_of(path)
        for method in ("GET", "POST"):
            status = stranger.request(method, path, headers={"origin": "https://lab.example"}).status_code
            seen.add(room)
            if room is None:
                assert status == 404, (method, path)
            elif method == "GET":
                assert status in ALLOWED_WITHOUT[room] | {404, 405}, (method, path, status)
            elif room not in (Room.OPEN, Room.LOGIN):
                assert status == 401, (method, path, status)
    assert seen >= {None, Room.OPEN, Room.LOGIN, Room.PAGE, Room.STATUS, Room.API}


@pytest.mark.parametrize(
    "path", ["/v1//models", "/V1/models", "//v1/models", "/v1/models/", "/v1./models", "/metrics/", "/METRICS"]
)
def test_no_spelling_of_the_api_gets_round_the_key(stranger, path):
    assert stranger.get(path).status_code in (401, 404)


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY[:-1]}{'a' if KEY[-1] != 'a' else 'b'}",
        f"Basic {KEY}",
        KEY,
        "Bearer",
        "Bearer cl\u00e9".encode("latin-1"),
        "",
    ],
    ids=["too short", "another", "no bearer", "bare", "no key", "not ASCII", "empty"],
)
def test_a_wrong_key_gets_openais_error(stranger, authorization):
    response = stranger.get("/v1/models", headers={"authorization": authorization})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["error"]["code"] == "invalid_api_key"
    assert KEY[:-1] not in response.text


def test_a_key_in_another_header_does_not_count(stranger):
    assert stranger.get("/v1/models", headers={"x-api-key": KEY}).status_code == 401


@pytest.mark.parametrize("path", ["/v1/models", "/metrics", "/gradio_api/mcp/", "/ready"])
def test_a_key_opens_the_api_and_the_state_of_the_server(stranger, path):
    assert stranger.get(path, headers=BEARER).status_code not in (401, 403)


def test_a_key_does_not_open_the_page(stranger):
    assert stranger.get("/", headers=BEARER).status_code == 303
    assert stranger.get("/files/x", headers=BEARER).status_code == 401


def test_a_login_opens_the_page_and_not_the_api(alice):
    assert alice.get("/").status_code == 200
    assert alice.get("/ready").status_code == 200
    assert alice.get("/v1/models").status_code == 401


def test_health_answers_whoever_asks_and_by_whatever_name(stranger):
    assert stranger.get("/health", headers={"host": "10.1.2.3:7860"}).status_code == 200
    assert stranger.get("/health", headers={"host": "unknown.example"}).status_code == 200


def test_an_open_page_has_no_login(make_app):
    client = TestClient(make_app(Hosting(Access(needs_key=True))), base_url="http://127.0.0.1:7860")

    assert client.get("/").status_code == 200
    assert client.get("/login").status_code == 404
    assert client.get("/account").status_code == 204
    assert client.get("/v1/models").status_code == 401, "public opens the page only"
