"""What leaves the page: files that work without us, pages behind links, and turns as requests."""

import json
import re
import zipfile

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import TIMEOUT_MS, App, Watch, open_page, send, wait_for_end

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

QUESTIONS = ("show everything", "show hostile", "say a<b [N+](=O) <img src=x onerror=document.title='pwned'>")
NUM_FIGURES = 26  # of both shows
DIALOG = "dialog.bs-handover"


@pytest.fixture(scope="module")
def desk(browser: Browser, app: App):
    """A page with a conversation that has a result of every kind, twice: the second time they are hostile."""
    context = browser.new_context(viewport={"width": 1100, "height": 850})
    context.set_default_timeout(TIMEOUT_MS)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app.url)
    page, watch = context.new_page(), Watch(app.url)
    watch.attach(page)
    open_page(page, app.url)
    for number, question in enumerate(QUESTIONS, 1):
        send(page, question)
        wait_for_end(page, number)
    yield page
    assert watch.foreign_requests == []
    assert watch.errors == []
    context.close()


@pytest.fixture
def reader(browser: Browser):
    """Somebody else's browser; what it asks for is noted."""
    context = browser.new_context(viewport={"width": 1000, "height": 850})
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    context.close()


def choose(page: Page, action: str) -> None:
    """From the menu of the conversation's row."""
    page.hover(".bs-conversation[data-conversation]")
    page.click(".bs-conversation .bs-more")
    page.click(f".bs-row-menu [data-action={action}]")
    page.wait_for_selector(DIALOG)


def export(page: Page, label: str, folder):
    choose(page, "export")
    with page.expect_download() as download:
        page.locator(".bs-choice").filter(has=page.get_by_text(label, exact=True)).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    expect(page.locator(DIALOG)).to_have_count(0)
    return path


def share(page: Page) -> str:
    choose(page, "share")
    page.click(f"{DIALOG} .bs-main")
    return page.input_value(f"{DIALOG} .bs-made input")


def read_through(context: BrowserContext, address: str, num_figures: int) -> tuple[Page, list[str]]:
    """Open a kept page, look at the first figures until they are drawn, and list what it asked for."""
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith("data:") else None)
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(address)
    for figure in page.locator("figure.bs-figure").all()[:num_figures]:
        figure.scroll_into_view_if_needed()
        live = figure.locator(".bs-viewer")
        if live.count():
            expect(live).to_have_attribute("data-ready", "true", timeout=TIMEOUT_MS)
        elif not figure.locator(".bs-kept-line, img").count():
            expect(figure).to_have_attribute("data-ready", "true", timeout=TIMEOUT_MS)
    return page, asked


def assert_nothing_ran(page: Page) -> None:
    assert page.title() == QUESTIONS[0]
    assert page.locator("main img[src=x]").count() == 0
    assert page.locator("main script").count() == 0


def test_a_page_that_was_kept_works_from_a_disk_and_asks_for_nothing(desk: Page, reader: BrowserContext, tmp_path):
    reader.set_offline(True)
    path = export(desk, "Web page", tmp_path)

    page, asked = read_through(reader, path.as_uri(), NUM_FIGURES)

    assert path.name == "show-everything.html"
    assert asked == [path.as_uri()]
    assert page.locator("figure.bs-figure").count() == NUM_FIGURES
    assert page.locator(".bs-problem").count() == 0
    assert page.locator("canvas").count() > 4
    assert_nothing_ran(page)
    page.locator(".bs-sort").first.click()  # a table is still sorted by a click
    expect(page.locator("[aria-sort=ascending]")).to_have_count(1)


def test_the_other_formats_are_whole_files(desk: Page, tmp_path):
    markdown = export(desk, "Markdown", tmp_path).read_text()
    value = json.loads(export(desk, "JSON", tmp_path).read_text())
    notebook = json.loads(export(desk, "Jupyter notebook", tmp_path).read_text())
    archive = zipfile.ZipFile(export(desk, "Archive", tmp_path))

    assert markdown.startswith("# show everything")
    assert [turn["question"] for turn in value["turns"]] == list(QUESTIONS)
    assert notebook["nbformat"] == 4
    assert archive.testzip() is None
    assert {"show-everything/show-everything.md", "show-everything/files/traces.mseed"} <= set(archive.namelist())


def test_a_link_shows_a_page_that_can_reach_nothing_until_it_is_ended(desk: Page, reader: BrowserContext):
    address = share(desk)
    page, asked = read_through(reader, address, NUM_FIGURES // 2)

    assert asked == [address]
    assert page.evaluate("origin") == "null"
    assert page.locator("figure.bs-figure").count() == NUM_FIGURES
    assert page.locator(".bs-problem").count() == 0
    assert_nothing_ran(page)
    assert page.evaluate("fetch('/ready').then(() => 'reached', () => 'refused')") == "refused"
    assert page.evaluate("try { document.cookie } catch { 'none' }") == "none"

    desk.locator(f"{DIALOG} .bs-links button").first.click()
    expect(desk.locator(f"{DIALOG} .bs-handover-note")).to_have_text("The link has ended.")
    assert page.goto(address).status == 410
    assert "no longer here" in page.content()
    desk.keyboard.press("Escape")
    expect(desk.locator(DIALOG)).to_have_count(0)


@pytest.mark.parametrize(
    ("action", "beginning"), [("copy-curl", "curl http://127.0.0.1:"), ("copy-python", "# pip install openai\n")]
)
def test_a_turn_is_copied_as_a_request(desk: Page, action: str, beginning: str):
    desk.evaluate("document.querySelectorAll('.bs-told').forEach((told) => told.remove())")  # of an earlier copy
    desk.locator(".bs-turn-more summary").last.click()
    desk.locator(f".bs-turn-more [data-action={action}]").last.click()
    expect(desk.locator(".bs-told")).to_have_text("Copied")

    text = desk.evaluate("navigator.clipboard.readText()")

    assert text.startswith(beginning)
    assert json.dumps(QUESTIONS[2])[1:-1] in text or QUESTIONS[2] in text.replace("\\'", "'")


def test_where_the_clipboard_is_closed_the_text_is_shown(desk: Page):
    desk.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('closed')); }")
    desk.locator(".bs-turn-more summary").first.click()
    desk.locator(".bs-turn-more [data-action=copy-curl]").first.click()

    shown = desk.locator(f"{DIALOG} textarea")

    expect(shown).to_have_value(re.compile("^curl http"))
    desk.click(f"{DIALOG} .bs-close")
    expect(desk.locator(DIALOG)).to_have_count(0)


def test_the_dialogs_speak_chinese_and_show_what_the_server_refuses(browser: Browser, app: App):
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    open_page(page, app.url)
    send(page, "say 你好")
    wait_for_end(page)

    choose(page, "share")

    expect(page.locator(f"{DIALOG} h2")).to_have_text("分享只读页面")
    expect(page.locator(f"{DIALOG} .bs-main")).to_have_text("生成链接")
    page.route("**/share", lambda route: route.fulfill(status=413, body="太大。"))
    page.click(f"{DIALOG} .bs-main")
    expect(page.locator(f"{DIALOG} .bs-handover-note")).to_have_text("太大。")
    context.close()
