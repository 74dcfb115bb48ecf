"""Stop an answer in each of its stages, and close its tab, and measure when the engine is idle again.

    python -m tests.endurance.stops [--runs 20] [--without-nano]

From the press of Stop in the page until the engine has no request, running or waiting, and no process of a tool or
reader is left. A closed tab leaves its answer for a while in case its reader comes back: here for one second, and what
is measured is what comes on top. Thinking, answering, tools and files are those of a scripted model, so that the stage
is exact; the queue and the reading of a long prompt are those of the embedded model, on this machine's processor.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, sleep

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import App, launch, open_page, running_app, send, wait_for_end
from tests.browser.samples import picture
from tests.endurance.figures import Figure, report, spread
from tests.processes import descendants

MAX_STOP_S, MAX_CLOSE_S = 0.25, 1.0
GRACE_S = 1.0
POLL_S = 0.005
WAIT_S = 30.0  # for what should take a fraction of a second
TIMEOUT_MS = 120_000
CARD = "#welcome button"
LONG_PROMPT = "Tell me about water. " * 900  # some thousand tokens: seconds of reading on a processor
SCRIPTED_STAGES = {
    "thinking": ("ponder", ".bs-thinking.bs-running"),
    "answering": ("recite", "#log .bot .prose"),
    "a tool runs": ("wait", ".bs-tool.bs-running"),
}


class Watched:
    """An app, and whether it works for anybody."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._num_processes = len(descendants(app.process.pid))  # with nothing to do

    def is_idle(self) -> bool:
        ready = self.app.ready()
        return not (ready["running"] or ready["waiting"]) and (
            len(descendants(self.app.process.pid)) <= self._num_processes
        )

    def seconds_to_idle(self, do: Callable[[], None]) -> float:
        began = perf_counter()
        do()
        while not self.is_idle():
            assert perf_counter() < began + WAIT_S, "it goes on"
            sleep(POLL_S)
        return perf_counter() - began


@contextmanager
def opened(browser: Browser, app: App) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    open_page(page, app.url)
    yield page
    page.close()


def press_stop(page: Page) -> None:
    page.evaluate("document.querySelector('#box .stop-button')?.click()")


def stopped(page: Page, watched: Watched, question: str, sign: str) -> float:
    send(page, question)
    page.locator(sign).last.wait_for()
    page.locator("#box .stop-button").wait_for()
    seconds = watched.seconds_to_idle(lambda: press_stop(page))
    page.locator("#box .submit-button").wait_for()
    page.evaluate("document.querySelector('#new-chat').click()")
    page.locator(CARD).first.wait_for()
    return seconds


def attach(page: Page, content: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#attach .bs-attach")
    chooser.value.set_files([{"name": "slow.png", "mimeType": "image/png", "buffer": content}])
    page.locator(".bs-chip:not(.bs-on-its-way)").wait_for()


def stopped_in_a_file(page: Page, watched: Watched, number: int) -> float:
    attach(page, picture() + bytes([number]) + b"SLOW")  # another file each time: what was read is read no more
    return stopped(page, watched, "say it", ".bs-status:has-text('slow.png')")


def closed(browser: Browser, watched: Watched, question: str, sign: str) -> float:
    with opened(browser, watched.app) as page:
        send(page, question)
        page.locator(sign).last.wait_for()
        return watched.seconds_to_idle(page.close) - GRACE_S


def scripted(browser: Browser, runs: int) -> list[Figure]:
    figures = []
    with running_app("-m", "tests.browser.scripted_app", f"unread={GRACE_S}") as app, opened(browser, app) as page:
        attach(page, picture())  # starts what reads files
        send(page, "say it")
        wait_for_end(page)
        watched = Watched(app)
        page.evaluate("document.querySelector('#new-chat').click()")
        page.locator(CARD).first.wait_for()
        for name, (question, sign) in SCRIPTED_STAGES.items():
            seconds = [stopped(page, watched, question, sign) for _ in range(runs)]
            figures += spread(f"stop while {name}", seconds, MAX_STOP_S)
        seconds = [stopped_in_a_file(page, watched, number) for number in range(1, runs + 1)]
        figures += spread("stop while a file is decoded", seconds, MAX_STOP_S)
        for name, (question, sign) in SCRIPTED_STAGES.items():
            seconds = [closed(browser, watched, question, sign) for _ in range(runs)]
            figures += spread(f"tab closed while {name}, after its grace", seconds, MAX_CLOSE_S)
    return figures


def nano(browser: Browser, runs: int) -> list[Figure]:
    reading, queued = [], []
    with running_app("app.py", "--port", "0", "--max-num-seqs", "1") as app, opened(browser, app) as page:
        watched = Watched(app)
        reads = ".bs-status"
        for _ in range(runs):
            reading.append(stopped(page, watched, LONG_PROMPT, reads))
        with opened(browser, app) as other:
            for _ in range(runs):
                send(other, LONG_PROMPT)
                other.locator(reads).wait_for()
                send(page, "Hello")
                page.locator("#box .stop-button").wait_for()
                while not app.ready()["waiting"]:
                    sleep(POLL_S)
                began = perf_counter()
                press_stop(page)
                while app.ready()["waiting"]:
                    sleep(POLL_S)
                queued.append(perf_counter() - began)
                press_stop(other)
                for one in (page, other):
                    one.locator("#box .submit-button").wait_for()
    return spread("stop while the prompt is read (nano)", reading, MAX_STOP_S) + spread(
        "stop in the queue (nano)", queued, MAX_STOP_S
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--without-nano", action="store_true")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        figures = scripted(browser, options.runs)
        if not options.without_nano:
            figures += nano(browser, options.runs)
        browser.close()
    return report(figures)


if __name__ == "__main__":
    sys.exit(main())
