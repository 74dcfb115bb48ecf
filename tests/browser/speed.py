"""How fast the page is: an answer of 3,000 tokens at 250 a second, and the echo of a question.

python -m tests.browser.speed [RUNS]
"""

import os
import statistics
import sys
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.browser.conftest import launch, open_page, running_app, send
from tests.browser.race import CLOCK, NUM_TOKENS, TOKENS_PER_S

ANSWER_TIMEOUT_MS = 90_000
# What a person sees, and when: the clock is Date's, which the scripted engine reads as well.
WATCH = """() => {
  window.seen = { long_tasks_ms: 0, end: null };
  const add = (list) => { for (const task of list.getEntries()) window.seen.long_tasks_ms += task.duration; };
  new PerformanceObserver(add).observe({ type: "longtask" });
  new MutationObserver(() => {
    if (!window.seen.end && document.querySelector(".bs-footer")) window.seen.end = Date.now() / 1000;
  }).observe(document.body, { childList: true, subtree: true });
}"""
ECHO = """() => {
  window.echo = new Promise((resolve) => {
    const number = document.querySelectorAll(".bs-question").length;
    document.querySelector("#box textarea").addEventListener("keydown", (event) => {
      const pressed = performance.now();
      const look = () => (document.querySelectorAll(".bs-question").length > number
        ? resolve(performance.now() - pressed) : requestAnimationFrame(look));
      if (event.key === "Enter") look();
    });
  });
}"""


@dataclass(frozen=True, slots=True)
class Race:
    """page_lag_s: from the engine's last token to the footer. engine_delay: share of time that the engine lost.

    main_thread_busy: share of time that the main thread of the page computed; main_thread_tasks: that it had a task, be
    it on a core or waiting for one, as it does on a machine with other work to do.
    """

    page_lag_s: float
    main_thread_busy: float
    main_thread_tasks: float
    long_tasks_s: float
    engine_delay: float


def race(page: Page) -> Race:
    """page: with no question asked yet."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    page.evaluate(WATCH)
    send(page, "race")
    page.wait_for_selector("#log .bot .prose")
    before, computed_before = _metrics(devtools), _computed_s(page)
    page.locator(".bs-footer").wait_for(timeout=ANSWER_TIMEOUT_MS)
    after, computed_after = _metrics(devtools), _computed_s(page)
    began, ended = (float(second) for second in CLOCK.findall(page.inner_text("#log .bot .prose >> nth=-1"))[-2:])
    seen = page.evaluate("window.seen")
    wall_s = after["Timestamp"] - before["Timestamp"]
    ideal_s = (NUM_TOKENS - 1) / TOKENS_PER_S
    return Race(
        page_lag_s=seen["end"] - ended,
        main_thread_busy=max(computed_after[pid] - computed_before.get(pid, 0.0) for pid in computed_after) / wall_s,
        main_thread_tasks=(after["TaskDuration"] - before["TaskDuration"]) / wall_s,
        long_tasks_s=seen["long_tasks_ms"] / 1000,
        engine_delay=(ended - began) / ideal_s - 1,
    )


def echo_ms(page: Page) -> float:
    """From Enter to the question on the page."""
    page.evaluate(ECHO)
    send(page, "say hello")
    milliseconds: float = page.evaluate("window.echo")
    page.locator("#box .submit-button").wait_for()
    return milliseconds


def _computed_s(page: Page) -> dict[int, float]:
    """By the process of a page, what its main thread has computed so far."""
    browser = page.context.browser
    assert browser
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [process["id"] for process in processes if process["type"] == "renderer"]
    return {pid: _thread_s(Path(f"/proc/{pid}/task/{pid}/stat").read_text()) for pid in pids}


def _thread_s(stat: str) -> float:
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _metrics(devtools: CDPSession) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}


def main() -> None:
    num_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with running_app("-m", "tests.browser.scripted_app") as app, sync_playwright() as playwright:
        browser = launch(playwright)
        races, echoes = [], []
        for _ in range(num_runs):
            page = browser.new_page()
            open_page(page, app.url)
            races.append(race(page))
            echoes += [echo_ms(page) for _ in range(5)]
            page.close()
        browser.close()
    for field, values in zip(fields(Race), zip(*map(astuple, races), strict=True), strict=True):
        print(f"{field.name:18} median {statistics.median(values):.3f}  of {', '.join(f'{v:.3f}' for v in values)}")
    print(f"{'echo_ms':18} median {statistics.median(echoes):.0f}  largest {max(echoes):.0f} of {len(echoes)}")


if __name__ == "__main__":
    main()
