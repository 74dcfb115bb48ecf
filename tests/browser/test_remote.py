"""The page around models of other servers: one that misbehaves, llama.cpp's, and a second copy of our own."""

import base64
import importlib.util
import io
import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from PIL import Image

from assistant.nano.setup import ensure_nano
from assistant.settings import parse_settings
from tests.assistant.remote.misbehaving_server import ENTRY, MODEL, running_server
from tests.browser.conftest import Watch, running_app, send, wait_for_end, wait_until
from tests.browser.test_attachments import attach

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

START_MS = 90_000
REMOTE_APP = ("-m", "tests.browser.nano_remote_app", "--port", "0")
SMILES = "CC(=O)Oc1ccccc1C(=O)O"
LLAMA_PYTHON = os.environ.get("LLAMA_CPP_PYTHON", sys.executable)  # where llama-cpp-python[server] is installed


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        server.entries = [ENTRY | {"input_modalities": ["text", "image"]}]
        yield server


@pytest.fixture(scope="module")
def remote_app(server, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("remote")
    with running_app(*REMOTE_APP, "--data-dir", str(data_dir), "--engine-url", server.url) as app:
        yield app


@pytest.fixture
def page(context, remote_app, server):
    server.bodies.clear()
    server.num_failures = 0
    yield from watched_page(context, remote_app)


def watched_page(context, app):
    watch = Watch(app.url)
    page = context.new_page()
    watch.attach(page)
    page.goto(app.url)
    page.wait_for_selector("#model[data-state=ready]", timeout=START_MS)
    page.wait_for_selector("#box textarea")
    yield page
    assert watch.foreign_requests == []
    assert [line for line in watch.errors if "409" not in line] == []  # which the browser notes of a refused file


def test_the_page_names_the_model_and_its_server(page, server):
    assert page.inner_text("#model").startswith(f"{MODEL} @ 127.0.0.1:")


def test_a_tool_that_the_model_calls_runs_here(page, server):
    send(page, f"call {SMILES}")
    wait_for_end(page, timeout_ms=START_MS)  # the tools are loaded for the first call

    page.locator(".bs-mol-picture img, .bs-figure img, figure img").first.wait_for()
    called, told = server.bodies[0], server.bodies[-1]
    assert "render_molecule" in {tool["function"]["name"] for tool in called["tools"]}
    assert told["messages"][-1]["role"] == "tool"
    assert "C9H8O4" in told["messages"][-1]["content"]
    assert "14 tok" in page.locator(".bs-footer").last.inner_text()


def test_thinking_is_folded_where_its_opening_tag_was_kept(page):
    for number in (1, 2):
        send(page, "unopened")
        wait_for_end(page, number)

    assert page.locator(".bs-thinking").count() == 2
    assert "</think>" not in page.inner_text("#log")


def test_ten_failures_are_ten_sentences_and_the_page_goes_on(page, server):
    ways = {
        "refuse-key": "refuses the key (HTTP 401)",
        "refuse-model": "has no model odd-model",
        "refuse-busy": "Try again in 17 s.",
        "refuse-long": "maximum context length is 8192",
        "fail": "out of memory",
        "gateway": "text/html (HTTP 502)",
        "html": "text/html (HTTP 200)",
        "drop": "broke off before the end",
        "die-midway": "broke off before the end",
        "fail-midway": "CUDA error",
        "no-json": "no part of an answer",
        "endless-line": "an event of more than",
    }

    for number, (way, sentence) in enumerate(ways.items()):
        send(page, way)
        failure = page.locator(".bs-failure").nth(number)
        failure.wait_for()
        page.locator("#box .submit-button").wait_for()
        assert sentence in failure.inner_text()
    send(page, "still there?")
    wait_for_end(page)

    assert "still there?" in page.inner_text("#log")
    assert page.locator("#model[data-state=ready]").count() == 1


def test_stop_ends_an_answer_that_has_stalled_and_closes_its_connection(page, server):
    server.hung_up.clear()
    send(page, "stall")
    page.get_by_text("So far").wait_for()

    page.click("#box .stop-button")
    wait_for_end(page)

    assert server.hung_up.wait(2.0)
    wait_until(lambda: remote_is_idle(page), timeout_s=2.0)


def remote_is_idle(page):
    return page.evaluate("async () => (await (await fetch('/ready')).json()).running") == 0


def test_a_picture_is_sent_as_a_server_takes_it(page, server):
    drawing = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(drawing, "BMP")

    attach(page, ("shape.bmp", drawing.getvalue()))
    send(page, "look")
    wait_for_end(page)

    parts = server.bodies[-1]["messages"][-1]["content"]
    kind, _, data = next(part for part in parts if part["type"] == "image_url")["image_url"]["url"].partition(",")
    assert kind == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (64, 48)
    assert "tokens" not in page.locator("#log").inner_text()  # which only the server could count


def test_what_a_model_does_not_read_is_said(page):
    rows = b"".join(b"%d,%d\n" % (i, i % 7) for i in range(400))

    with page.expect_file_chooser() as chooser:
        page.click("#attach button")
    chooser.value.set_files([{"name": "waves.csv", "mimeType": "text/csv", "buffer": b"time,value\n" + rows}])

    page.get_by_text("reads no signals").first.wait_for()


@pytest.mark.slow
@pytest.mark.nano
@pytest.mark.timeout(900)
def test_nano_on_another_copy_of_our_server_draws_a_molecule(context, tmp_path):
    with running_app("app.py", "--port", "0", "--data-dir", str(data_dir_with_nano(tmp_path / "own"))) as own:
        wait_until(lambda: own.ready()["status"] == "ready", timeout_s=120)
        draw_with_nano(context, tmp_path / "page", own.url)


@pytest.mark.slow
@pytest.mark.nano
@pytest.mark.timeout(900)
def test_nano_on_llama_cpps_server_draws_a_molecule(context, tmp_path):
    if sys.executable == LLAMA_PYTHON and importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python[server] is not installed; LLAMA_CPP_PYTHON names a Python that has it")
    file = tmp_path / "nano.gguf"
    subprocess.run([sys.executable, "-m", "tests.browser.nano_gguf", str(file)], check=True)
    with llama_server(file) as url:
        draw_with_nano(context, tmp_path / "page", url)


def draw_with_nano(context, data_dir, url):
    with running_app(*REMOTE_APP, "--data-dir", str(data_dir), "--engine-url", url) as app:
        for page in watched_page(context, app):
            send(page, f"Draw {SMILES}")
            wait_for_end(page, timeout_ms=400_000)

            assert "C9H8O4" in page.inner_text("#log")
            assert page.locator(".bs-thinking").count() >= 1
            assert "<think>" not in page.inner_text("#log") and "tool_call" not in page.inner_text("#log")


def data_dir_with_nano(folder):
    """Two processes may not share a data folder; what nano is made of may stay where it is."""
    shared = parse_settings([], os.environ).data_dir
    ensure_nano(shared, lambda what, share: None)
    folder.mkdir()
    for name in ("nano", "smollm2"):
        if (shared / name).is_dir():
            (folder / name).symlink_to(shared / name)
    return folder


@contextmanager
def llama_server(file):
    """With one thread: its threads wait for each other without sleeping, which a busy machine pays for."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [LLAMA_PYTHON, "-m", "llama_cpp.server", "--model", str(file), "--model_alias", "nano"]
    limits = ["--port", str(port), "--n_ctx", "4096", "--n_threads", "1", "--n_threads_batch", "1"]
    with subprocess.Popen([*command, *limits], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
