"""The page on a phone: nothing scrolls sideways, what is pressed is large enough, no viewer fills the window."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import App, open_page, send, wait_for_end

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WIDTH, HEIGHT = 390, 844
SIDEWAYS = """() => Math.max(...[...document.querySelectorAll("html, #log, #log .bubble-wrap, #sidebar")]
  .map((element) => element.scrollWidth - element.clientWidth))"""
TOO_SMALL = """() => [...document.querySelectorAll("button, a.bs-button, summary, select, #box textarea")]
  .filter((element) => element.checkVisibility() && !element.matches(".bs-molecule-chip, .bs-alt *"))
  .map((element) => [element.getBoundingClientRect(), element])
  .filter(([box]) => box.width > 0 && box.height < 43.5)
  .map(([box, element]) => `${Math.round(box.height)} ${element.outerHTML.slice(0, 120)}`)"""
LONG_CODE = "```python\nprint(1234567890, 'a line of code that is much longer than a phone is wide, by far')\n```"
WIDE_TABLE = "| a | b | c | d |\n|---|---|---|---|\n| 1000000000 | 2000000000 | 3000000000 | 4000000000 |"


@pytest.fixture(scope="module")
def phone(browser: Browser, app: App) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True, is_mobile=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    open_page(page, app.url)
    yield page
    context.close()


def test_the_empty_page_asks_for_no_keyboard_and_fits(phone: Page):
    assert phone.evaluate("document.activeElement.tagName") == "BODY"
    assert phone.evaluate(SIDEWAYS) == 0
    assert phone.evaluate(TOO_SMALL) == []


def test_answers_and_every_viewer_fit(phone: Page):
    send(phone, "draw C1CC(")
    wait_for_end(phone)
    send(phone, f"say it is `CCO`\n\n{LONG_CODE}\n\n{WIDE_TABLE}")
    wait_for_end(phone, 2)
    assert phone.evaluate(SIDEWAYS) == 0
    send(phone, "show everything")
    wait_for_end(phone, 3)
    phone.locator(".bs-structure3d").first.scroll_into_view_if_needed()
    phone.locator(".bs-structure3d .bs-viewer[data-ready=true]").first.wait_for()

    heights = phone.evaluate("[...document.querySelectorAll('.bs-screen, .bs-picture')].map(e => e.clientHeight)")

    assert phone.evaluate(SIDEWAYS) == 0
    assert phone.evaluate(TOO_SMALL) == []
    assert max(heights) <= 0.45 * HEIGHT


def test_the_list_of_conversations_opens_over_the_page(phone: Page):
    phone.click("#list-toggle")

    phone.locator(".bs-search").wait_for()
    assert phone.evaluate(SIDEWAYS) == 0
