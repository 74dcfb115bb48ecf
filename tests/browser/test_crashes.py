"""kill -9 in the middle of an answer: after a restart nothing that was shown as done is missing; the page goes on."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.assistant.attachments.files import png
from tests.browser.conftest import open_page, running_app, send, wait_for_end, wait_until
from tests.browser.test_attachments import attach

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SECONDS_OF_WORK = 4.0  # about what the answer to `work` takes
PATIENCE_MS = 60_000  # with a busy machine
NUM_UNWRITTEN_WORDS = 25  # half a second of them at most
SHOWN = """() => {
    const texts = (selector) => [...document.querySelectorAll(`#log ${selector}`)].map((each) => each.textContent);
    return {
        questions: texts(".bs-question"),
        tools: texts(".bs-tool.bs-done"),
        thoughts: texts(".bs-thoughts"),
        words: texts(".bot .prose"),
        num_ends: texts(".bs-footer").length,
        files: [...document.querySelectorAll("#log .bs-figure a[download]")].map((each) => each.getAttribute("href")),
        previews: [...document.querySelectorAll("#log .bs-preview")].map((each) => each.getAttribute("src")),
    };
}"""


@dataclass(slots=True)
class Lab:
    """A conversation that outlives its servers."""

    folder: Path
    page: Page
    address: str = ""

    @contextmanager
    def server(self) -> Iterator[None]:
        """One that is killed at the end."""
        with running_app("-m", "tests.browser.scripted_app", f"data={self.folder}") as app:
            open_page(self.page, f"{app.url}/{self.address}")
            yield
            app.process.kill()

    def shown(self) -> dict[str, Any]:
        return dict(self.page.evaluate(SHOWN))

    def bytes_of(self, addresses: list[str]) -> list[bytes]:
        """As far as they open."""
        responses = [self.page.request.get(self.page.url.partition("/?")[0] + address) for address in addresses]
        return [response.body() for response in responses if response.ok]


@pytest.fixture
def lab(context: BrowserContext, tmp_path: Path) -> Lab:
    return Lab(tmp_path / "data", context.new_page())


def kill_at_random_moments(lab: Lab, number: int, seed: int) -> None:
    random_ = random.Random(seed)
    before: dict[str, Any] = {}
    contents: list[bytes] = []
    for kill in range(number):
        with lab.server():
            if kill:
                check_restored(lab, before, contents, num_turns=1 + kill)
            else:
                finish_one_answer(lab)
            before, contents = ask_until_killed(lab, random_.uniform(0.05, SECONDS_OF_WORK))
    with lab.server():
        check_restored(lab, before, contents, num_turns=1 + number)
        go_on(lab.page)


def finish_one_answer(lab: Lab) -> None:
    attach(lab.page, ("gel.png", png()))
    send(lab.page, "work")
    wait_for_end(lab.page)
    lab.page.wait_for_url(re.compile(r"\?c="))
    lab.address = "?" + lab.page.url.partition("?")[2]
    shown = lab.shown()
    assert len(shown["files"]) == 3 and shown["num_ends"] == 1 and len(shown["previews"]) == 1


def ask_until_killed(lab: Lab, seconds: float) -> tuple[dict[str, Any], list[bytes]]:
    """What was shown at that moment, and the contents of the files in it."""
    attach(lab.page, ("gel.png", png()))
    send(lab.page, "work")
    lab.page.wait_for_timeout(seconds * 1000)  # the moment is what is tested
    shown = lab.shown()
    return shown, lab.bytes_of(shown["files"])


def check_restored(lab: Lab, before: dict[str, Any], contents: list[bytes], num_turns: int) -> None:
    """Every turn has an end, be it that it is broken, and nothing is missing that was shown before."""
    expect(lab.page.locator(".bs-failure, .bs-footer")).to_have_count(num_turns, timeout=PATIENCE_MS)
    lists = [kind for kind, value in before.items() if isinstance(value, list)]
    wait_until(lambda: all(len(lab.shown()[kind]) >= len(before[kind]) for kind in lists), PATIENCE_MS / 1000)
    after = lab.shown()  # not sooner: results are drawn one by one
    for kind in ("questions", "tools", "files", "previews"):
        assert after[kind][: len(before[kind])] == before[kind], kind
    assert lab.bytes_of(before["files"]) == contents
    assert after["num_ends"] >= before["num_ends"]
    for kind in ("thoughts", "words"):
        assert after[kind][: len(before[kind]) - 1] == before[kind][:-1], kind
        written = " ".join(before[kind]).split()[:-NUM_UNWRITTEN_WORDS]
        assert " ".join(after[kind]).split()[: len(written)] == written, kind


def go_on(page: Page) -> None:
    """The broken answer is marked and can be asked for again, and the conversation goes on."""
    num_turns = page.locator(".bs-question").count()
    expect(page.locator(".bs-failure").last).to_contain_text("The server ended in the middle of this answer")
    page.locator(".bs-failure .bs-retry").last.click()
    page.locator(".bs-versions").last.wait_for()
    expect(page.locator(".bs-footer").last).to_contain_text("tok/s", timeout=PATIENCE_MS)
    expect(page.locator("#log .bot .prose").last).to_contain_text("The work is done")
    send(page, "say goodbye")
    expect(page.locator(".bs-question")).to_have_count(num_turns + 1)
    expect(page.locator("#log .bot .prose").last).to_contain_text("goodbye", timeout=PATIENCE_MS)


def test_what_was_shown_survives_two_kills_in_the_middle_of_an_answer(lab: Lab):
    kill_at_random_moments(lab, number=2, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_was_shown_survives_ten_kills_in_the_middle_of_an_answer(lab: Lab):
    kill_at_random_moments(lab, number=10, seed=1)
