"""A running answer belongs to its conversation: a reload and a second tab read on, and it ends when nobody reads."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import UNREAD_GRACE_S, App, open_page, send, wait_for_end, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ANSWER = "#log .bot .prose"


def begin(page: Page) -> str:
    """A long answer; the address of its conversation."""
    send(page, "recite")
    page.wait_for_selector(ANSWER)
    page.wait_for_url(re.compile(r"\?c="))
    return page.url


def num_words(page: Page) -> int:
    return len(page.locator(ANSWER).inner_text().split())


def test_a_reload_in_the_middle_of_an_answer_shows_it_and_reads_on(app: App, context: BrowserContext):
    page = context.new_page()  # unwatched: Gradio reports the requests that a reload breaks off
    open_page(page, app.url)
    begin(page)
    before = num_words(page)

    page.reload()

    page.wait_for_selector(ANSWER)
    again = num_words(page)
    assert page.locator(".bs-question").all_inner_texts() == ["recite"]
    assert again >= before
    wait_until(lambda: num_words(page) > again, timeout_s=10)
    assert app.ready()["running"] == 1
    page.click("#box .stop-button")
    page.wait_for_selector(".bs-footer.bs-cut")
    wait_until(lambda: app.ready()["running"] == 0, timeout_s=2)


def test_a_second_tab_reads_along_and_may_stop_the_answer(app: App, page: Page, context: BrowserContext):
    address = begin(page)
    second = context.new_page()
    open_page(second, address)
    second.wait_for_selector(ANSWER)
    seen = [num_words(tab) for tab in (page, second)]
    wait_until(lambda: all(num_words(tab) > seen[0] for tab in (page, second)), timeout_s=10)

    second.click("#box .stop-button")

    for tab in (page, second):
        tab.wait_for_selector(".bs-footer.bs-cut")
    assert page.inner_text(ANSWER) == second.inner_text(ANSWER)
    wait_until(lambda: app.ready()["running"] == 0, timeout_s=2)


def test_an_answer_whose_tab_is_closed_goes_on_for_its_grace_and_is_kept_as_stopped(
    app: App, page: Page, context: BrowserContext
):
    address = begin(page)
    before = num_words(page)

    page.close()

    assert app.ready()["running"] == 1
    wait_until(lambda: app.ready()["running"] == 0, timeout_s=UNREAD_GRACE_S + 2)
    again = context.new_page()
    open_page(again, address)
    expect(again.locator(".bs-footer.bs-cut")).to_be_visible()
    assert num_words(again) > before, "it went on unread"
    send(again, "say next")
    wait_for_end(again, 2)


def test_another_browser_opens_neither_the_conversation_nor_its_files(app: App, page: Page, browser):
    send(page, "draw CCO")
    wait_for_end(page)
    page.wait_for_url(re.compile(r"\?c="))
    stranger = browser.new_context().new_page()

    open_page(stranger, page.url)

    expect(stranger.locator("#notice")).not_to_be_empty()
    assert stranger.locator(".bs-question").count() == 0
    stranger.context.close()
