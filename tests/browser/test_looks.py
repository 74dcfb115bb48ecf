"""The page as people see it, with the real model: two languages, two themes, two widths. Pictures go to build/looks.

Each state is checked for what must be in its picture; the pictures are there to be looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, App, Watch, send, wait_for_end

pytestmark = [pytest.mark.browser, pytest.mark.nano, pytest.mark.timeout(300)]

FOLDER = ROOT / "build/looks"
ANSWER_TIMEOUT_MS = 120_000
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
CAFFEINE = "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"
QUESTIONS = {"en": f"Please draw {CAFFEINE}", "zh": f"请画出这个分子的结构：{CAFFEINE}"}
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
BRIGHTNESS = """() => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
  return (red + green + blue) / 3 / 255;
}"""


@dataclass(frozen=True, slots=True)
class Look:
    """A page in one language, theme and width."""

    page: Page
    language: str
    theme: str
    width: str

    def picture(self, state: str) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=FOLDER / f"{state}-{self.language}-{self.theme}-{self.width}.png")


@pytest.fixture(
    scope="module",
    params=[
        ("en", "light", "desktop"),
        ("zh", "dark", "desktop"),
        ("en", "dark", "phone"),
        ("zh", "light", "phone"),
    ],
    ids="-".join,
)
def look(request: pytest.FixtureRequest, browser: Browser, nano_app: App) -> Iterator[Look]:
    language, theme, width = request.param
    on_phone = width == "phone"
    context = browser.new_context(
        viewport=PHONE if on_phone else DESKTOP,
        color_scheme=theme,
        locale=language,
        is_mobile=on_phone,
        has_touch=on_phone,
    )
    context.set_default_timeout(ANSWER_TIMEOUT_MS)
    watch = Watch(nano_app.url)
    page = context.new_page()
    watch.attach(page)
    page.goto(nano_app.url)
    page.wait_for_selector("#model[data-state=ready]")
    yield Look(page, language, theme, width)
    assert watch.foreign_requests == []
    assert watch.errors == []
    context.close()


def test_the_empty_page(look: Look):
    expect(look.page.locator("html")).to_have_attribute("lang", look.language)
    expect(look.page.locator("#welcome button").first).to_be_visible()
    assert look.page.evaluate(SIDEWAYS) == 0
    assert (look.page.evaluate(BRIGHTNESS) < 0.3) == (look.theme == "dark")
    look.picture("empty")


def test_an_answer_with_a_molecule(look: Look):
    send(look.page, QUESTIONS[look.language])
    wait_for_end(look.page, timeout_ms=ANSWER_TIMEOUT_MS)

    assert CAFFEINE in (look.page.get_attribute(".bs-molecule", "alt") or "")
    assert look.page.eval_on_selector(".bs-molecule", "image => image.naturalWidth") > 100
    expect(look.page.locator(".bs-facts").last).to_contain_text("tok")
    assert look.page.evaluate(SIDEWAYS) == 0
    look.picture("answer")


def test_the_molecule_turned_in_space(look: Look):
    if look.width == "phone":
        pytest.skip("the same viewer as on the desktop; tests/browser/test_phone.py has it on a phone")
    look.page.click(".bs-in-3d")
    look.page.wait_for_selector(".bs-viewer[data-ready=true] canvas")
    look.page.locator(".bs-viewer").scroll_into_view_if_needed()

    box = look.page.locator(".bs-viewer canvas").bounding_box()
    assert box and box["width"] > 200
    look.picture("space")


def test_numbers_of_the_conversation_in_chinese_and_english(look: Look):
    facts = look.page.locator(".bs-facts").last.inner_text()

    assert re.search(r"\d", facts)
    assert bool(re.search(r"[\u4e00-\u9fff]", facts)) == (look.language == "zh")
