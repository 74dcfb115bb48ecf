import asyncio
import hashlib
import re
import secrets
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from assistant.agent import Agent
from assistant.attachments.store import AttachmentStore
from assistant.events import Artifact
from assistant.http_guard import FIRST_SCRIPT
from assistant.model_slot import ModelSlot
from assistant.server import SCRIPTS, STYLES, WEB, build_app
from assistant.sessions import COOKIE, FileLinks, is_session_id, new_session_id
from assistant.tools.result import ToolArtifact
from assistant.ui.chat import Chat, Desk
from assistant.ui.dark_picture import for_dark_page
from engine.errors import EngineStopped
from engine.processors.settings import INTERN_S1_PRO
from engine.sampling_params import SamplingParams
from tests.assistant.attachments.files import npy, png
from tests.assistant.fakes import FakeTools, ScriptedModel, outcome

ORIGIN = "http://127.0.0.1:7860"
MAX_UPLOAD_BYTES = 3 * 2**20
SDF = ToolArtifact("mol3d", "conformer.sdf", "chemical/x-mdl-sdfile", "an SDF block", "3D structure", {})
TOOLS = FakeTools(
    molecule_3d=lambda arguments: outcome("Built.", SDF) if arguments["smiles"] == "CCO" else outcome("No.", ok=False)
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    slot = ModelSlot("scripted")
    slot.fill(Agent(ScriptedModel(media=INTERN_S1_PRO), TOOLS, "You help.", SamplingParams()))
    desk = Desk(slot, AttachmentStore(tmp_path_factory.mktemp("conversations"), max_bytes=MAX_UPLOAD_BYTES))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def app(desk):
    async def build():
        return build_app(desk, TOOLS)

    return asyncio.run(build())  # outside of a loop Gradio would make some and leave them open


@pytest.fixture
def client(app):
    return TestClient(app, base_url=ORIGIN)


def test_health_is_alive(client):
    response = client.get("/health")

    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_ready_tells_the_engines_state(client):
    response = client.get("/ready")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "model": "scripted",
        "running": 0,
        "waiting": 0,
        "kv_blocks_used": 0,
        "kv_blocks": 100,
    }


def test_before_the_model_is_there_ready_says_what_is_being_done():
    slot = ModelSlot("nano")
    slot.report("reading the weights")

    assert slot.readiness() == (503, {"status": "loading", "model": "nano", "detail": "reading the weights"})


def test_an_engine_that_stopped_is_not_ready():
    class StoppedModel(ScriptedModel):
        def stats(self):
            raise EngineStopped("The model was shut down.")

    slot = ModelSlot("nano")
    slot.fill(Agent(StoppedModel(), TOOLS, "", SamplingParams()))

    assert slot.readiness() == (503, {"status": "stopped", "model": "nano", "detail": "The model was shut down."})


@pytest.mark.parametrize("is_app", [True, False], ids=["app", "engine"])
def test_who_is_about_to_end_is_not_ready(is_app):
    class EndingModel(ScriptedModel):
        def stats(self):
            return replace(super().stats(), is_draining=not is_app, num_running=2)

    slot = ModelSlot("nano")
    slot.fill(Agent(EndingModel(), TOOLS, "", SamplingParams()))
    if is_app:
        slot.drain()

    status, body = slot.readiness()

    assert (status, body["status"], body["running"]) == (503, "draining", 2)


def test_the_page_comes_with_a_session_cookie_once(client):
    first = client.get("/")
    second = client.get("/")

    cookie = first.headers["set-cookie"]
    assert is_session_id(re.match(rf"{COOKIE}=([^;]+)", cookie)[1])
    assert "HttpOnly; SameSite=Lax; Max-Age=31536000; Path=/" in cookie
    assert "set-cookie" not in second.headers


def test_every_script_of_the_page_has_the_nonce_of_its_policy(client):
    response = client.get("/")

    policy = response.headers["content-security-policy"]
    nonce = re.search(r"'nonce-([\w-]+)'", policy)[1]
    scripts = re.findall(r"<script[^>]*>", response.text)
    assert len(scripts) >= 4
    assert all(f'nonce="{nonce}"' in script for script in scripts)
    assert f"'nonce-{nonce}'" not in client.get("/").headers["content-security-policy"]


def test_one_script_of_ours_stands_before_those_of_gradio(client):
    first = re.search(r"<script[^>]*>(.*?)</script>", client.get("/").text, re.DOTALL)

    assert first[1] == FIRST_SCRIPT.decode()


def test_the_policy_allows_no_foreign_source(client):
    policy = client.get("/").headers["content-security-policy"]

    assert "http" not in policy
    assert "*" not in policy
    for rule in ("default-src 'self'", "object-src 'none'", "form-action 'self'", "frame-ancestors 'self'"):
        assert rule in policy
    assert "script-src 'self' 'nonce-" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/web/sciview.js", "/no/such/page", "/files/x"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "content-security-policy" in headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[::2]"])
def test_other_host_names_are_refused(client, host):
    assert client.get("/ready", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860"])
def test_loopback_names_are_served(client, host):
    assert client.get("/ready", headers={"host": host}).status_code == 200


def test_other_origins_may_neither_post_nor_read(client):
    posted = client.post("/gradio_api/queue/join", json={}, headers={"origin": "http://127.0.0.1:9999"})
    read = client.get("/ready", headers={"origin": "http://evil.example"})

    assert posted.status_code == 403
    assert "access-control-allow-origin" not in read.headers


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=http://127.0.0.1/",
        "/gradio_api/proxy=http://127.0.0.1/",
        "/gradio_api/deep_link",
        "/gradio_api/runs",
        "/gradio_api/dev/reload",
        "/gradio_api/vibe-code",
        "/gradio_api/stream/x",
        "/gradio_api/call/send",
        "/gradio_api/info",
        "/gradio_api/cancel",
        "/gradio_api/reset",
        "/config",
        "/gradio_api/app_id",
        "/monitoring",
        "/login",
        "/docs",
        "/openapi.json",
    ],
)
def test_of_gradios_routes_only_those_that_the_page_uses_are_open(client, path):
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404


def test_a_body_that_is_too_large_or_of_unknown_length_is_refused(client):
    large = client.post("/gradio_api/queue/join", content=b"x" * (2 * 2**20 + 1))
    endless = client.post("/gradio_api/queue/join", content=iter([b"x"]))

    assert (large.status_code, endless.status_code) == (413, 411)


@pytest.mark.parametrize("path", ["/web/../settings.py", "/web/%2e%2e/%2e%2e/app.py", "/web/vendor", "/web/"])
def test_only_the_files_for_the_browser_are_served(client, path):
    assert client.get(path).status_code == 404


def test_scripts_are_served_as_scripts(client):
    assert "javascript" in client.get("/web/sciview.js").headers["content-type"]
    assert "javascript" in client.get("/web/vendor/3Dmol-min.js").headers["content-type"]


def test_vendored_files_are_the_ones_that_were_checked():
    vendor = WEB / "vendor"
    manifest = dict(reversed(line.split("  ")) for line in (vendor / "SHA256SUMS").read_text().splitlines())

    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.iterdir()}

    del sums["SHA256SUMS"]
    assert sums == manifest


@pytest.mark.parametrize("name", sorted(path.name for path in WEB.glob("*.js")))
def test_our_scripts_set_text_and_never_markup(name):
    source = (WEB / name).read_text()

    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in source


def test_every_script_and_style_of_ours_is_on_the_page():
    assert {path.name for path in WEB.glob("*.js")} == {*SCRIPTS, "frames.js"}
    assert {path.name for path in WEB.glob("*.css")} <= set(STYLES)


def test_nothing_of_ours_names_another_host():
    for path in WEB.glob("*.*"):
        assert not re.search(r"https?://(?!www\.w3\.org/)", path.read_text()), path.name


def address(desk, client, kind, media_type, data, **meta):
    """Where an artifact of that client's session is served."""
    session_id = new_session_id()
    client.cookies.set(COOKIE, session_id)
    artifact = Artifact(secrets.token_hex(16), kind, "name", media_type, data, "alt", meta)
    desk.store.add_artifact(desk.store.create(new_session_id()), artifact)
    return f"/files/{desk.links.file_id(session_id, artifact.id)}"


@pytest.mark.parametrize(
    ("kind", "media_type", "data"),
    [
        ("png", "image/png", b"\x89PNG\r\n\x00"),
        ("table", "text/csv", "a,b\n"),
        ("plot", "application/json", "{}"),
        ("structure3d", "chemical/x-pdb", "ATOM"),
        ("structure3d", "chemical/x-cif", "data_x"),
    ],
)
def test_a_result_is_served_as_the_bytes_that_it_is(desk, client, kind, media_type, data):
    response = client.get(address(desk, client, kind, media_type, data))

    assert response.headers["content-type"].startswith(media_type)
    assert response.content == (data if isinstance(data, bytes) else data.encode())


def test_a_file_is_saved_under_its_own_name(desk, client):
    response = client.get(address(desk, client, "file", "text/csv", "a\n"))

    assert response.headers["content-disposition"] == "inline; filename*=UTF-8''name"


def test_a_structure_is_kept_as_a_page_and_never_opened_here(desk, client):
    pytest.importorskip("py3Dmol")

    response = client.get(address(desk, client, "structure3d", "chemical/x-pdb", "ATOM", format="pdb") + "/page")

    assert response.text.startswith("<!DOCTYPE html>")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in response.headers["content-security-policy"]


@pytest.mark.parametrize("kind", ["svg", "file"])
def test_only_a_structure_has_a_page(desk, client, kind):
    assert client.get(address(desk, client, kind, "image/svg+xml", "<svg/>") + "/page").status_code == 404


def test_a_picture_is_served_as_one_in_which_nothing_runs(desk, client):
    path = address(desk, client, "svg", "image/svg+xml", "<svg/>")

    response = client.get(path)

    assert (response.status_code, response.text) == (200, "<svg/>")
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert response.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def test_for_a_dark_page_a_picture_is_drawn_in_light_colours(desk, client):
    path = address(desk, client, "svg", "image/svg+xml", "<path style='stroke:#000000'/><path style='fill:#0000FF'/>")

    dark = client.get(f"{path}?theme=dark").text

    assert dark == "<path style='stroke:#ECE8DF'/><path style='fill:#9595FF'/>"
    assert "#000000" in client.get(f"{path}?theme=light").text


@pytest.mark.parametrize("colour", ["#CCCC00", "#33CCCC", "#FF7F00"])
def test_a_colour_that_is_light_enough_stays(colour):
    assert for_dark_page(f"stroke:{colour}") == f"stroke:{colour}"


def test_a_type_that_we_do_not_make_is_only_for_saving(desk, client):
    path = address(desk, client, "file", "text/html", "<script>1</script>")

    response = client.get(path)

    assert response.headers["content-type"] == "application/octet-stream"


def test_a_file_opens_for_its_own_session_only(desk, app, client):
    path = address(desk, client, "svg", "image/svg+xml", "<svg/>")
    stranger = TestClient(app, base_url=ORIGIN, cookies={COOKIE: new_session_id()})

    assert client.get(path).status_code == 200
    assert stranger.get(path).status_code == 404
    assert TestClient(app, base_url=ORIGIN).get(path).status_code == 404
    assert stranger.post(f"{path}/3d").status_code == 404


def test_the_molecule_of_a_picture_can_be_had_in_3d(desk, client):
    path = address(desk, client, "svg", "image/svg+xml", "<svg/>", smiles="CCO")

    response = client.post(f"{path}/3d")

    assert (response.status_code, response.text) == (200, "an SDF block")
    assert response.headers["content-type"].startswith("chemical/x-mdl-sdfile")


def test_a_molecule_that_has_no_3d_structure_gets_the_tools_sentence(desk, client):
    path = address(desk, client, "svg", "image/svg+xml", "<svg/>", smiles="C60")

    response = client.post(f"{path}/3d")

    assert (response.status_code, response.text) == (422, "No.")


def test_what_is_no_molecule_has_no_3d_structure(desk, client):
    path = address(desk, client, "file", "text/csv", "1,2")

    assert client.post(f"{path}/3d").status_code == 404


def test_file_links_open_for_their_session_only(desk):
    links = desk.links
    mine, theirs = new_session_id(), new_session_id()

    file_id = links.file_id(mine, "a1")

    assert links.artifact_id(mine, file_id) == "a1"
    assert links.artifact_id(theirs, file_id) is None
    assert links.artifact_id("", file_id) is None
    assert links.artifact_id(mine, "a1.0000") is None
    assert links.artifact_id(mine, "a2" + file_id[2:]) is None
    assert links.artifact_id(mine, "é") is None
    assert FileLinks(desk.database).artifact_id(mine, file_id) == "a1", "also after a restart"
    assert Desk(ModelSlot("another")).links.artifact_id(mine, file_id) is None


@pytest.mark.parametrize("text", [None, "", "short", "x" * 44, "x" * 42 + ";", "x" * 43 + "\n"])
def test_a_malformed_session_id_is_none(text):
    assert not is_session_id(text)


def test_new_session_ids_are_well_formed_and_differ():
    assert is_session_id(new_session_id())
    assert new_session_id() != new_session_id()


@pytest.fixture
def chat(desk, client):
    """A chat of that client's session."""
    session_id = new_session_id()
    client.cookies.set(COOKIE, session_id)
    return Chat(desk, session_id)


def conversation_of(desk, chat):
    return desk.links.artifact_id(chat._session_id, chat.upload_address.removeprefix("/attachments/"))


def test_a_file_is_received_and_answered_with_what_the_page_shows_of_it(desk, client, chat):
    response = client.post(f"{chat.upload_address}?name=../%3Cb%3Equake.npy", content=npy())

    attachment_id = hashlib.sha256(npy()).hexdigest()
    assert response.status_code == 200
    assert response.json() == {
        "id": attachment_id,
        "name": "<b>quake.npy",
        "kind": "signal",
        "size": "24 kB",
        "asks_rate": True,
        "has_no_rate": False,
        "sampling_rate": None,
    }
    assert desk.attachments.find(conversation_of(desk, chat), attachment_id)


def test_a_file_may_be_larger_than_other_requests(client, chat):
    assert client.post(f"{chat.upload_address}?name=x", content=png() + bytes(5 * 2**19)).status_code == 200


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"", 415, "x.png is empty. Attach another file."),
        (b"PK\x03\x04", 415, "x.png is not a file that can be read here. Attach a picture (PNG, "),
        (bytes(MAX_UPLOAD_BYTES + 1), 413, "The request is larger than 3,145,728 bytes."),
    ],
    ids=["empty", "unknown", "too-large"],
)
def test_a_file_that_cannot_be_used_is_refused_at_the_door_in_one_sentence(client, chat, content, status, sentence):
    response = client.post(f"{chat.upload_address}?name=x.png", content=content)

    assert response.status_code == status
    assert response.text.startswith(sentence)


def test_a_refusal_is_in_the_readers_language(client, chat):
    response = client.post(f"{chat.upload_address}?name=x.png", content=b"", headers={"accept-language": "zh-CN"})

    assert response.text == "x.png 是空文件，请添加其他文件。"


def test_only_the_browser_of_a_chat_may_send_files_to_it(desk, app, chat):
    stranger = TestClient(app, base_url=ORIGIN, cookies={COOKIE: new_session_id()})

    response = stranger.post(f"{chat.upload_address}?name=x.png", content=png())

    assert response.status_code == 404
    assert desk.attachments.find(conversation_of(desk, chat), hashlib.sha256(png()).hexdigest()) is None


def test_a_forgotten_chat_takes_no_files(desk, client, chat):
    desk.store.delete(conversation_of(desk, chat))

    response = client.post(f"{chat.upload_address}?name=x.png", content=png())

    assert (response.status_code, response.text[:32]) == (404, "The attached files were forgotte")


def test_a_model_that_reads_text_only_says_so_when_a_file_comes():
    slot = ModelSlot("nano")
    slot.fill(Agent(ScriptedModel(), TOOLS, "", SamplingParams()))
    desk = Desk(slot)
    session_id = new_session_id()

    async def build():
        return build_app(desk, TOOLS)

    client = TestClient(asyncio.run(build()), base_url=ORIGIN, cookies={COOKIE: session_id})
    response = client.post(f"{Chat(desk, session_id).upload_address}?name=x.png", content=png())

    assert response.status_code == 409
    assert response.text.startswith("This model reads text only.")


@pytest.fixture
def reading(desk, chat):
    """The address of a finished reading, with an SVG preview."""
    reading_id = f"{'a' * 64}-{'b' * 16}"
    with desk.attachments.new_reading(conversation_of(desk, chat)) as part:
        (part / "preview.svg").write_text("<svg stroke='#000000'/>")
        desk.attachments.keep(part, reading_id)
    return f"{chat.upload_address}/{reading_id}"


def test_a_preview_is_served_as_a_picture_in_which_nothing_runs(client, reading):
    response = client.get(reading)

    assert (response.status_code, response.text) == (200, "<svg stroke='#000000'/>")
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert response.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert client.get(f"{reading}?theme=dark").text == "<svg stroke='#ECE8DF'/>"


def test_a_preview_opens_for_its_own_browser_only(app, client, reading):
    stranger = TestClient(app, base_url=ORIGIN, cookies={COOKIE: new_session_id()})

    assert stranger.get(reading).status_code == 404
    assert client.get(f"{reading}0").status_code == 404
    assert client.get(f"{reading.rpartition('/')[0]}/..%2ffiles").status_code == 404


@pytest.mark.parametrize("name", sorted(path.name for path in WEB.glob("*.js")))
def test_scripts_ask_for_addresses_below_the_page(name):
    """A reverse proxy may have put a prefix before it."""
    source = (WEB / name).read_text()

    assert not re.search(r"""(fetch\(|href: |src: |open\("\w+", )["'`]/""", source)
