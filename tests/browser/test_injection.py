"""What a model, a file, a tool or a person writes runs no script and loads nothing from elsewhere."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import App, Watch, open_page, running_app, send, wait_for_end
from tests.browser.payloads import BEACONS, SCRIPTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NOTICE = "window.ran = []; window.ran_by = (number) => window.ran.push(number);"
BATCH = 8  # payloads a message
QUIET_MS = 300  # how long what has been drawn is given to do something


class Elsewhere:
    """Another site, which notes who comes."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        noted = self.visits

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                noted.append(self.path)
                self.send_error(404)

            do_POST = do_GET

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    site = Elsewhere()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def watch(app: App) -> Watch:
    return Watch(app.url)


@pytest.fixture
def page(context: BrowserContext, app: App, watch: Watch, elsewhere: Elsewhere) -> Iterator[Page]:
    """At its end nothing has run, and nobody has been visited."""
    context.add_init_script(NOTICE)
    page = context.new_page()
    watch.attach(page)
    open_page(page, app.url)
    yield page
    page.wait_for_timeout(QUIET_MS)
    assert page.evaluate("window.ran") == []
    assert elsewhere.visits == []
    assert watch.foreign_requests == []
    assert page.url.startswith(f"{app.url}/")
    assert page.title() == "Benchside"


def scripts() -> list[str]:
    return [payload.replace("RUN", f"ran_by({number})") for number, payload in enumerate(SCRIPTS)]


def beacons(elsewhere: Elsewhere) -> list[str]:
    return [payload.replace("URL", f"{elsewhere.url}/{number}") for number, payload in enumerate(BEACONS)]


def click_what_pretends_to_be_a_link(page: Page) -> None:
    page.evaluate(
        "() => document.querySelectorAll('#log :is(a, button[formaction]):not([href^=\"http\"])').forEach("
        "link => link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })))"
    )


def test_the_notice_would_be_seen(page: Page):
    page.evaluate("ran_by(1)")

    assert page.evaluate("window.ran") == [1]
    page.evaluate("window.ran = []")


def test_no_script_runs_and_nobody_is_visited_whatever_the_model_and_the_person_write(page: Page, elsewhere: Elsewhere):
    payloads = scripts() + beacons(elsewhere)
    assert (len(SCRIPTS), len(BEACONS)) == (31, 9)

    for number, start in enumerate(range(0, len(payloads), BATCH), 1):
        send(page, "say " + "\n\n".join(payloads[start : start + BATCH]))
        wait_for_end(page, number)
    click_what_pretends_to_be_a_link(page)
    page.reload()
    page.wait_for_selector(".bs-footer")

    assert page.locator("#log :is(script, iframe, object, embed, base, meta, link)").count() == 0


def test_neither_do_the_names_of_files_tools_and_conversations(page: Page, elsewhere: Elsewhere):
    hostile = f"<img src='{elsewhere.url}/name' onerror=ran_by(100)>"
    with page.expect_file_chooser() as chooser:
        page.click(".bs-attach")
    table = f'name,x\n"{hostile}",1\n'.encode()
    chooser.value.set_files({"name": f"{hostile.replace('/', ' ')}.csv", "mimeType": "text/html", "buffer": table})
    page.wait_for_selector(".bs-chip-mark")  # it has arrived
    call = json.dumps({"name": hostile, "arguments": {hostile: hostile}})
    send(page, f"say <tool_call>\n{call}\n</tool_call>")
    wait_for_end(page)

    send(page, "show hostile")
    wait_for_end(page, 2)

    expect(page.locator("#log .bs-chip-name, #log .bs-question").first).to_contain_text("say")


def test_a_picture_that_is_opened_by_itself_runs_nothing(page: Page, app: App):
    send(page, "draw CCO")
    wait_for_end(page)
    source = page.get_attribute(".bs-molecule", "src")
    headers = page.context.request.get(f"{app.url}/{(source or '').lstrip('/')}").headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.slow
def test_the_page_works_where_a_proxy_is_set_for_everything_else(context: BrowserContext, monkeypatch):
    """Clusters set one; nothing of ours may ask it for the way to ourselves."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setitem(os.environ, name, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        page = context.new_page()
        with running_app("-m", "tests.browser.scripted_app") as app:
            open_page(page, app.url)
            send(page, "draw CCO")
            wait_for_end(page)

            nobody.settimeout(0)
            with pytest.raises(BlockingIOError):
                nobody.accept()
