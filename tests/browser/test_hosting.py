"""The page as others reach it: behind a reverse proxy with a prefix, and with a password before it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import TIMEOUT_MS, App, Watch, running_app, send, wait_for_end
from tests.browser.hosted_app import NAME, PASSWORD
from tests.browser.reverse_proxy import reverse_proxy

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def hosted() -> Iterator[App]:
    with running_app("-m", "tests.browser.hosted_app") as app:
        yield app


@pytest.fixture(scope="module", params=[True, False], ids=["prefix-taken-off", "prefix-left-on"])
def lab(request: pytest.FixtureRequest, hosted: App) -> Iterator[str]:
    """The page's address at the proxy."""
    with reverse_proxy(hosted.url, "/lab", request.param) as address:
        yield address


def log_in(page: Page, password: str = PASSWORD) -> None:
    page.fill("input[name=name]", NAME)
    page.fill("input[name=password]", password)
    page.click("button")


def test_behind_a_proxy_the_whole_page_works_once_the_password_is_given(lab: str, context: BrowserContext):
    page = context.new_page()
    watch = Watch(lab)
    watch.attach(page)
    page.goto(f"{lab}/")

    expect(page.get_by_label("Password")).to_be_visible()
    log_in(page)
    page.wait_for_selector("#model[data-state=ready]", timeout=TIMEOUT_MS)
    send(page, "draw CCO")
    wait_for_end(page)
    page.click(".bs-in-3d")
    page.wait_for_selector(".bs-svg .bs-viewer[data-ready=true] canvas")
    with page.expect_file_chooser() as chooser:
        page.click(".bs-attach")
    chooser.value.set_files({"name": "water.smi", "mimeType": "text/plain", "buffer": b"O water\n"})
    page.wait_for_selector(".bs-chip-mark")  # it has arrived
    send(page, "say done")
    wait_for_end(page, 2)
    page.click("#log-out")
    expect(page.get_by_label("Password")).to_be_visible()

    assert watch.foreign_requests == []
    assert watch.errors == []
    assert page.url.startswith(f"{lab}/login")


def test_a_wrong_password_is_said_and_a_try_without_scripts_works(hosted: App, browser: Browser):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{hosted.url}/lab/")

    log_in(page, "wrong horse")
    expect(page.get_by_role("alert")).to_have_text("用户名或密码错误，请重试。")
    expect(page.locator("input[name=name]")).to_have_value(NAME)
    log_in(page)

    page.wait_for_url(f"{hosted.url}/lab/")
    context.close()
