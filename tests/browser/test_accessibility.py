"""axe-core finds nothing critical or serious on the page, neither in our parts nor in Gradio's; the keyboard's way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import App, open_page, send, wait_for_end

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text()
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.filter((found) => ["critical", "serious"].includes(found.impact))
    .flatMap((found) => found.nodes.map((node) => [found.id, node.target.join(" "), node.html.slice(0, 200)]));
}"""


@pytest.fixture(params=[("light", "en"), ("dark", "zh")], ids=["light-en", "dark-zh"])
def page(request: pytest.FixtureRequest, browser: Browser, app: App) -> Iterator[Page]:
    theme, language = request.param
    context = browser.new_context(viewport={"width": 1100, "height": 850}, color_scheme=theme, locale=language)
    page = context.new_page()
    open_page(page, app.url)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.evaluate(AXE)
    yield page
    context.close()


def findings(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(RUN)
    return found


def test_the_empty_page(page: Page):
    assert findings(page) == []


def test_a_page_with_answers_and_every_viewer(page: Page):
    send(page, "draw C1CC(")
    wait_for_end(page)
    send(page, "say it is `CCO`\n\n```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    wait_for_end(page, 2)
    page.locator(".bs-thinking summary").last.click()
    assert findings(page) == []

    send(page, "show everything")
    wait_for_end(page, 3)

    assert findings(page) == []


def test_a_thought_opens_with_the_space_key_and_the_composer_comes_after_the_log(page: Page):
    send(page, "say hello")
    wait_for_end(page)

    page.locator(".bs-thinking summary").focus()
    page.keyboard.press("Space")

    assert page.locator(".bs-thinking[open]").count() == 1
    follows = "(a, b) => Boolean(a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING)"
    assert page.evaluate(f"({follows})(document.querySelector('#log'), document.querySelector('#box'))")
    assert page.locator("h1").count() == 1
