"""The real page in a real browser, around a scripted model."""

import os
import re
import sys
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import App, Watch, open_page, running_app, send, wait_for_end, wait_until
from tests.processes import descendants, have_ended

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]  # the first test also starts the app and the browser

NITROBENZENE = "C1=CC=C(C=C1)[N+](=O)[O-]"
GLUCOSE = "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"
DIFLUOROETHENE = "F/C=C\\F"
USABLE_WITHIN_S = 2.0  # 0.5 is promised, and kept on a quiet machine; a busy one must not fail the test


def picture_size(page):
    return page.eval_on_selector(".bs-molecule", "image => [image.naturalWidth, image.naturalHeight]")


@pytest.mark.parametrize("smiles", [NITROBENZENE, GLUCOSE, DIFLUOROETHENE])
def test_a_drawing_comes_with_its_card_its_exact_smiles_and_an_alternative_text(page: Page, smiles):
    send(page, f"draw {smiles}")
    wait_for_end(page)

    card = page.locator(".bs-tool")
    expect(card.locator(".bs-name")).to_have_text("render_molecule")
    expect(card.locator("dd")).to_have_text(smiles)
    expect(card.locator(".bs-seconds")).to_have_text(re.compile(r"^\d+\.\d\d s$"))
    assert smiles in page.get_attribute(".bs-molecule", "alt")
    assert min(picture_size(page)) > 100
    expect(page.locator(".bs-question")).to_have_text(f"draw {smiles}")


def test_in_3d_opens_a_live_viewer_under_the_picture(page: Page):
    send(page, f"draw {GLUCOSE}")
    wait_for_end(page)

    page.click(".bs-in-3d")

    page.wait_for_selector(".bs-svg .bs-viewer[data-ready=true] canvas")
    assert is_painted(page)


def test_a_conformer_is_shown_at_once_in_its_own_viewer(page: Page):
    send(page, "build CCO")
    wait_for_end(page)

    page.wait_for_selector(".bs-mol3d .bs-viewer[data-ready=true] canvas")
    assert "CCO" in page.get_attribute(".bs-canvas", "aria-label")
    assert is_painted(page)


def is_painted(page: Page) -> bool:
    """The canvas holds more than one colour."""
    box = page.locator(".bs-viewer canvas").first.bounding_box()
    assert box
    shot = page.screenshot(clip=box)
    blank = page.evaluate("() => getComputedStyle(document.querySelector('.bs-viewer')).getPropertyValue('--bs-stage')")
    return len(shot) > 3_000 and bool(blank)


def test_thinking_is_open_while_it_runs_and_folds_when_the_answer_starts(page: Page):
    send(page, "ponder")
    page.wait_for_selector(".bs-thinking.bs-running[open]")
    page.keyboard.press("Escape")
    wait_for_end(page)
    send(page, "say hello")
    wait_for_end(page, 2)

    expect(page.locator(".bs-thinking summary").last).to_have_text(re.compile(r"^Thought for \d+\.\d s$"))
    assert page.locator(".bs-thinking[open]").count() == 0


def test_thinking_can_be_switched_off(page: Page):
    page.uncheck("#think input")

    send(page, "say hello")
    wait_for_end(page)

    expect(page.locator(".bs-thinking")).to_have_count(0)
    assert "hello" in page.inner_text("#log .bot")


def test_a_tool_that_fails_shows_its_sentence_and_the_chat_goes_on(page: Page):
    send(page, "draw C1CC(")
    wait_for_end(page)
    send(page, "say still here")
    wait_for_end(page, 2)

    card = page.locator(".bs-tool.bs-failed")
    expect(card.locator(".bs-mark")).to_have_text("⚠")
    assert "'C1CC(' is not a valid SMILES" in card.locator(".bs-summary").inner_text()


def test_what_the_model_writes_is_never_markup(page: Page):
    hostile = (
        "<img src=x onerror=document.title='owned'> <script>document.title='owned'</script> ${document.title='owned'}"
    )

    send(page, f"say {hostile} ![](https://example.org/a.png) {NITROBENZENE}")
    wait_for_end(page)

    assert page.title() == "Benchside"
    assert page.locator("#log .bot code").last.inner_text() == NITROBENZENE
    assert page.locator("#log .bot :is(img, script, iframe)").count() == 0


def test_the_footer_tells_tokens_speed_and_first_token(page: Page):
    send(page, "say hello")
    wait_for_end(page)

    line = r"^\d+ tok · \d+\.\d tok/s · first token \d+\.\d\d s · \d+\.\d s · stop$"
    expect(page.locator(".bs-facts")).to_have_text(re.compile(line))


@pytest.mark.parametrize(
    ("question", "sign"),
    [
        pytest.param("ponder", ".bs-thinking.bs-running", id="while-it-thinks"),
        pytest.param("recite", "#log .bot .prose", id="while-it-answers"),
        pytest.param("wait", ".bs-tool.bs-running", id="while-a-tool-runs"),
    ],
)
@pytest.mark.parametrize("way", ["button", "escape"])
def test_stop_frees_the_engine_and_the_page_at_once(app: App, page: Page, question, sign, way):
    send(page, question)
    page.wait_for_selector(sign)

    stopped_at = time.perf_counter()
    page.click("#box .stop-button") if way == "button" else page.keyboard.press("Escape")
    page.wait_for_selector("#box .submit-button")
    usable_after_s = time.perf_counter() - stopped_at

    wait_until(lambda: app.ready()["running"] == 0, timeout_s=USABLE_WITHIN_S)
    page.wait_for_selector(".bs-footer.bs-cut")
    assert page.locator(sign.replace(".bs-running", "")).count() == 1, "what there was stays"
    assert usable_after_s <= USABLE_WITHIN_S
    send(page, "say next")
    wait_for_end(page, 2)
    assert "next" in page.locator("#log .bot .prose").last.inner_text()


def test_retry_answers_the_last_question_again(page: Page):
    send(page, "say first")
    wait_for_end(page)
    send(page, "say second")
    wait_for_end(page, 2)

    page.get_by_role("button", name="Answer again").last.click()

    page.get_by_text("2 / 2").wait_for()
    wait_for_end(page, 2)
    assert page.locator(".bs-question").all_inner_texts() == ["say first", "say second"]


def test_edit_puts_the_last_question_back_into_the_box(page: Page):
    send(page, "say first")
    wait_for_end(page)

    page.get_by_role("button", name="Edit the question").click()

    expect(page.locator("#box textarea")).to_have_value("say first")
    expect(page.locator(".bs-edit-line")).to_be_visible()


def test_an_empty_message_gets_one_sentence(page: Page):
    send(page, "   ")

    page.get_by_text("The message is empty. Type a question.").wait_for()
    expect(page.locator(".bs-question")).to_have_count(0)


def test_a_long_smiles_stays_text_and_is_answered(page: Page):
    smiles = "C" * 1_500

    send(page, f"draw {smiles}")
    wait_for_end(page)

    expect(page.locator(".bs-tool dd")).to_have_text(smiles)
    assert "limit is 300" in page.locator(".bs-tool .bs-summary").inner_text()


def test_shift_enter_makes_a_new_line(page: Page):
    page.fill("#box textarea", "one")
    page.press("#box textarea", "Shift+Enter")
    page.keyboard.type("two")

    expect(page.locator("#box textarea")).to_have_value("one\ntwo")
    expect(page.locator(".bs-question")).to_have_count(0)


def test_enter_that_ends_a_composition_sends_nothing(page: Page):
    page.focus("#box textarea")
    keyboard = page.context.new_cdp_session(page)
    key = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}

    keyboard.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
    keyboard.send("Input.insertText", {"text": "你"})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})

    expect(page.locator("#box textarea")).to_have_value("你")
    send(page, "say 你好")
    wait_for_end(page)
    assert page.locator(".bs-question").all_inner_texts() == ["say 你好"]


def test_copy_gives_the_exact_smiles(app: App, browser: Browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    open_page(page, app.url)
    send(page, f"draw {DIFLUOROETHENE}")
    wait_for_end(page)

    page.click("text=Copy SMILES")

    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == DIFLUOROETHENE
    context.close()


def test_nobody_else_can_open_a_file(app: App, page: Page, browser: Browser):
    send(page, "draw CCO")
    wait_for_end(page)
    address = app.url + page.get_attribute(".bs-molecule", "src")
    stranger = browser.new_context()

    theirs = stranger.request.get(address)
    ours = page.context.request.get(address)

    assert (theirs.status, ours.status) == (404, 200)
    assert ours.headers["content-type"].startswith("image/svg+xml")
    stranger.close()


def test_on_a_phone_nothing_scrolls_sideways(app: App, browser: Browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_page(page, app.url)
    send(page, f"draw {GLUCOSE}")
    wait_for_end(page)
    page.click(".bs-in-3d")
    page.wait_for_selector(".bs-viewer[data-ready=true] canvas")

    widths = page.evaluate(
        "() => [document.documentElement, ...document.querySelectorAll('#log, #log .panel-wrap, #log .bubble-wrap')]"
        ".map(element => element.scrollWidth - element.clientWidth)"
    )

    assert max(widths) == 0
    context.close()


def test_dark_follows_the_system_and_the_switch(app: App, browser: Browser):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    open_page(page, app.url)
    background = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)

    page.click("#theme")
    light = page.evaluate(background)

    assert (dark, light) == ("rgb(23, 22, 20)", "rgb(251, 250, 248)")
    send(page, "draw CCO")
    wait_for_end(page)
    assert page.get_attribute(".bs-molecule", "src").endswith("?theme=light")
    page.click("#theme")
    page.wait_for_selector(".bs-molecule[src$='?theme=dark']")
    page.click("#theme")
    page.reload()
    page.wait_for_selector("#box textarea")
    assert page.evaluate(background) == light
    context.close()


def test_a_chinese_browser_gets_a_chinese_page(app: App, browser: Browser):
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    watch = Watch(app.url)
    watch.attach(page)
    open_page(page, app.url)

    expect(page.locator("#new-chat")).to_have_text("新对话")
    send(page, "say 你好")
    page.wait_for_selector(".bs-facts:has-text('首个 token')")
    expect(page.locator("#box .submit-button")).to_have_text("发送")
    assert watch.foreign_requests == []
    context.close()


def test_the_page_has_one_heading_and_every_picture_a_text(page: Page):
    send(page, "draw CCO")
    wait_for_end(page)

    assert page.locator("h1").all_inner_texts() == ["Benchside"]
    assert page.locator("img:not([alt]), img[alt='']").count() == 0
    assert page.get_attribute("html", "lang").startswith("en")


def test_an_answer_that_has_begun_is_complete_before_the_program_ends(browser: Browser):
    page = browser.new_page()
    with running_app("-m", "tests.browser.scripted_app") as app:
        open_page(page, app.url)
        send(page, f"say {'word ' * 50}and done")
        page.wait_for_selector("#log .bot")

        app.process.terminate()

        page.locator("#log .bot:has-text('and done')").wait_for()
        wait_for_end(page)
        assert app.process.wait(timeout=20) == 0
    page.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for what is left behind in /proc")
def test_no_tool_outlives_a_program_that_is_killed(browser: Browser):
    page = browser.new_page()
    with running_app("-m", "tests.browser.scripted_app") as app:
        open_page(page, app.url)
        send(page, "wait")
        wait_until(lambda: len(descendants(app.process.pid)) == 2, timeout_s=20)  # the tools' process and its job
        handles = [os.pidfd_open(pid) for pid in descendants(app.process.pid)]

        app.process.kill()

        assert have_ended(handles, within_s=2.0)
    page.close()


@pytest.mark.slow
def test_a_second_signal_ends_the_program_in_the_middle_of_an_answer(browser: Browser):
    page = browser.new_page()
    with running_app("-m", "tests.browser.scripted_app") as app:
        open_page(page, app.url)
        send(page, "recite")
        page.wait_for_selector("#log .bot .prose")

        app.process.terminate()

        page.wait_for_selector("#model[data-state=draining]")
        app.process.terminate()

        assert app.process.wait(timeout=10) == 0
    page.wait_for_selector("#model[data-state=gone]")
    page.close()
