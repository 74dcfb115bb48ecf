"""A headless Chromium, and the app in a process of its own. Every page is watched for foreign requests and errors."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, sync_playwright

from assistant.nano.setup import ensure_nano
from assistant.settings import parse_settings
from engine.errors import CheckpointError
from tests.data_folder import data_folder

ROOT = Path(__file__).parents[2]
TIMEOUT_MS = 30_000
POLL_S = 0.02
# what Gradio notes when a reload breaks off what it was reading
BROKEN_OFF = ("AbortError: signal is aborted", "Connection errored out.")
UNREAD_GRACE_S = 6.0  # how long the shared app lets an answer go on that nobody reads; 60 outside of tests


@dataclass(slots=True)
class App:
    """A running app and the address it printed."""

    process: subprocess.Popen[str]
    url: str

    def ready(self) -> dict[str, object]:
        """What /ready says, be it yes or no."""
        try:
            with urllib.request.urlopen(f"{self.url}/ready") as response:
                return dict(json.load(response))
        except HTTPError as error:
            with error:
                return dict(json.load(error))


@dataclass(slots=True)
class Watch:
    """What a page did that it must not do."""

    url: str
    foreign_requests: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    num_navigations: int = 0

    @property
    def errors(self) -> list[str]:
        """Without what a reload has broken off; it is noted before the reload is."""
        has_left = self.num_navigations > 1
        return [text for text in self.noted if not (has_left and any(known in text for known in BROKEN_OFF))]

    def attach(self, page: Page) -> None:
        page.on("request", lambda request: self._on_request(request))
        page.on("pageerror", lambda error: self.noted.append(str(error)))
        page.on("console", lambda line: self._on_console(line))

    def _on_console(self, line: ConsoleMessage) -> None:
        is_still_loading = line.location["url"] == f"{self.url}/ready"  # 503, which the browser notes
        if line.type == "error" and not is_still_loading:
            self.noted.append(line.text)

    def _on_request(self, request: Request) -> None:
        self.num_navigations += request.is_navigation_request()
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.foreign_requests.append(request.url)


@contextmanager
def running_app(*arguments: str) -> Iterator[App]:
    """python ARGUMENTS, from the moment it has printed its address."""
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = next((found[0] for line in process.stdout if (found := re.search(r"http://\S+", line))), None)
        assert address, f"{' '.join(command)} ended without an address"
        try:
            yield App(process, address)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def app() -> Iterator[App]:
    with running_app("-m", "tests.browser.scripted_app", f"unread={UNREAD_GRACE_S}") as app:
        yield app


@pytest.fixture(scope="session")
def nano_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The real program with its real model: python app.py."""
    try:
        ensure_nano(parse_settings([], os.environ).data_dir, lambda what, share: None)
    except CheckpointError as error:
        pytest.skip(f"nano cannot be set up: {error}")
    folder = data_folder(tmp_path_factory.mktemp("data"))
    with running_app("app.py", "--port", "0", "--data-dir", str(folder)) as app:
        yield app


def launch(playwright: Playwright) -> Browser:
    # a distribution's own Chromium where there is one, else Playwright's
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return playwright.chromium.launch(
        executable_path=chromium, args=["--no-sandbox", "--use-fake-device-for-media-stream"]
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1100, "height": 850})
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, app: App) -> Iterator[Page]:
    watch = Watch(app.url)
    page = context.new_page()
    watch.attach(page)
    open_page(page, app.url)
    yield page
    assert watch.foreign_requests == []
    assert watch.errors == []


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#box textarea")
    page.wait_for_selector("#model[data-state=ready]", timeout=TIMEOUT_MS)


def send(page: Page, question: str) -> None:
    page.fill("#box textarea", question)
    page.press("#box textarea", "Enter")


def wait_for_end(page: Page, number: int = 1, timeout_ms: float = TIMEOUT_MS) -> None:
    """Until the answer to the number-th question has its footer."""
    page.locator(".bs-footer").nth(number - 1).wait_for(timeout=timeout_ms)
    page.locator("#box .submit-button").wait_for()


def wait_until(condition: Callable[[], bool], timeout_s: float) -> None:
    deadline = time.perf_counter() + timeout_s
    while not condition():
        assert time.perf_counter() < deadline, f"it did not come true within {timeout_s} s"
        time.sleep(POLL_S)  # between two looks, not in place of one
