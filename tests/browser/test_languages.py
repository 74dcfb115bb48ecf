"""English and Chinese on the open page, switched in the middle of a conversation."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page, running_app, send, wait_for_end

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# What a page shows or tells: texts, names for screen readers, titles, placeholders. Not what a person or a model wrote.
SAID = """() => {
  const skipped = [".bs-question", ".prose", ".bs-thoughts", ".bs-summary", ".bs-name", "dl", "pre", "code", ".bs-alt",
    "kbd", "svg", "textarea", ".bs-file-name", "[lang=en]", "h1", "[translate=no]", ".bs-card"].join(", ");
  const said = [];
  for (const element of document.querySelectorAll("body *:not(script, style)")) {
    if (element.closest(skipped) || !element.checkVisibility({ checkVisibilityCSS: true })) continue;
    said.push(...["aria-label", "title", "placeholder"].map((name) => element.getAttribute(name)));
    for (const child of element.childNodes) if (child.nodeType === Node.TEXT_NODE) said.push(child.data);
  }
  return [...new Set(said.map((text) => (text ?? "").trim()).filter(Boolean))];
}"""
FILE_NAME = re.compile(r"\w+\.\w{2,5}")
NAMES = {"show everything", "show", "PNG", "HTML", "SMILES", "cell 1", "cell 2", "Six frames"}  # of the sample's own


def chosen(page: Page, language: str) -> None:
    page.locator(f"#language[data-language={language}]").click()
    expect(page.locator(f"#model[lang={language}]")).to_be_attached()


def test_the_language_is_switched_in_the_middle_of_a_conversation(page: Page):
    send(page, "draw C1CC(")
    wait_for_end(page)
    send(page, "draw CCO")
    wait_for_end(page, 2)
    send(page, "recite")
    page.wait_for_selector("#log .bot .prose:has-text('word')")
    page.fill("#box textarea", "half a question")

    page.click("#language")

    assert page.get_attribute("html", "lang") == "zh"
    expect(page.locator(".bs-tool .bs-title")).to_have_text(["绘制分子", "绘制分子"])
    expect(page.locator(".bs-tool .bs-name")).to_have_text(["render_molecule", "render_molecule"])
    expect(page.locator(".bs-problem-title")).to_have_text("不是有效的 SMILES")
    expect(page.locator(".bs-alt")).to_have_text("CCO（C2H6O）的二维结构")
    expect(page.locator(".bs-in-3d")).to_have_text("三维显示")
    expect(page.locator(".bs-facts").first).to_contain_text("首个 token")
    expect(page.locator("#box .stop-button")).to_have_text("停止")
    expect(page.locator("#box textarea")).to_have_value("half a question")
    length = len(page.locator("#log .bot .prose").last.inner_text())
    page.wait_for_function(f"[...document.querySelectorAll('#log .bot .prose')].at(-1).innerText.length > {length}")

    page.keyboard.press("Escape")

    page.locator(".bs-footer.bs-cut .bs-facts:has-text('停止')").wait_for()
    chosen(page, "en")
    expect(page.locator(".bs-tool .bs-title")).to_have_text(["Draw a molecule", "Draw a molecule"])
    expect(page.locator(".bs-footer.bs-cut .bs-facts")).to_contain_text("stopped")


def test_what_was_chosen_is_remembered(page: Page):
    chosen(page, "zh")

    page.reload()

    expect(page.locator("#box .submit-button")).to_have_text("发送")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    chosen(page, "en")


def test_a_chinese_page_says_nothing_in_english(page: Page):
    chosen(page, "zh")
    expect(page.locator("#box .submit-button")).to_have_text("发送")
    said = page.evaluate(SAID)
    send(page, "show everything")
    wait_for_end(page)
    said += page.evaluate(SAID)

    english = [text for text in said if re.search(r"[A-Za-z]{3,}", text) and not re.search(r"[\u4e00-\u9fff]", text)]
    english = [text for text in english if not FILE_NAME.fullmatch(text)]

    english = [text for text in english if text not in NAMES]
    assert not english, english


def test_a_fixed_language_is_not_asked_for(browser: Browser):
    with running_app("-m", "tests.browser.scripted_app", "zh") as app:
        page = browser.new_page()
        open_page(page, app.url)

        expect(page.locator("#box .submit-button")).to_have_text("发送")
        expect(page.locator("html")).to_have_attribute("lang", "zh")
        assert page.locator("#language").count() == 0
        page.close()
