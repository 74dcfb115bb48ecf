"""A turn tells what it is doing and what it took, and the engine can be watched at work."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import send, wait_for_end

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# keeps every line that the status has shown
RECORD = """
window.statusLines = [];
new MutationObserver(() => {
  const parts = [...document.querySelectorAll('.bs-status > span:not(.bs-clock)')].map((part) => part.textContent);
  const line = parts.filter(Boolean).join(' ');
  if (line && window.statusLines.at(-1) !== line) window.statusLines.push(line);
}).observe(document.body, {childList: true, subtree: true, characterData: true});
"""


def test_the_status_line_follows_the_turn_through_its_stages(page: Page):
    page.evaluate(RECORD)

    send(page, "stages")
    wait_for_end(page)

    lines = list(dict.fromkeys(page.evaluate("window.statusLines")))  # Gradio shows a moved one twice for a moment
    stages = ["Queued 2nd", "Encoding attachments 3/12", "Reading the prompt 41 %"]
    assert [line for line in lines if line in stages] == stages
    thinking = [line for line in lines if re.fullmatch(r"Thinking \d+ tok at \d+ tok/s", line)]
    answering = [line for line in lines if re.fullmatch(r"Answering \d+ tok/s", line)]
    assert thinking and answering
    assert lines.index(stages[-1]) < lines.index(thinking[0]) < lines.index(answering[0])


def test_the_numbers_are_not_read_out_as_they_run(page: Page):
    send(page, "ponder")

    expect(page.locator(".bs-status .bs-numbers")).to_contain_text("tok/s")
    expect(page.locator(".bs-status .bs-numbers")).to_have_attribute("aria-hidden", "true")
    page.keyboard.press("Escape")
    wait_for_end(page)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["stages", "ponder", "recite", "wait"])
def test_a_stop_says_that_the_slot_is_free_in_every_stage(page: Page, stage):
    shown = {"stages": "Queued", "ponder": "Thinking", "recite": "Answering", "wait": "Running wait"}[stage]
    send(page, stage)
    expect(page.locator(".bs-status")).to_contain_text(shown)

    page.keyboard.press("Escape")

    wait_for_end(page)
    expect(page.locator(".bs-footer .bs-facts")).to_contain_text("stopped")
    page.reload()  # on a busy machine the model's word comes after the page has let the reader go on
    expect(page.locator(".bs-footer .bs-facts")).to_contain_text(re.compile(r"stopped in 0\.\d s, slot free"))


def test_the_footer_opens_to_seconds_and_says_in_words_how_full_the_conversation_is(page: Page):
    send(page, "say it is so")
    wait_for_end(page)

    page.locator(".bs-stages summary").click()

    expect(page.locator(".bs-stages dd").last).to_have_text("all together")
    meter = page.get_by_role("meter", name="context 2 %")
    expect(meter).to_have_attribute("aria-valuetext", re.compile(r"^10\d of the 4,096 tokens that this model can hold"))


def test_the_engine_view_opens_by_keyboard_asks_only_while_it_is_open_and_closes_with_escape(page: Page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/engine") else None)
    send(page, "ponder")
    expect(page.locator(".bs-status")).to_contain_text("Thinking")
    assert asked == []

    page.locator("#engine-open").focus()
    page.keyboard.press("Enter")

    view = page.get_by_role("dialog", name="Engine")
    expect(view).to_contain_text("running1")
    expect(view.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(r"4 layers .* 8 experts .* molecule, 9 tokens")
    )
    expect(view.locator(".bs-legend")).to_contain_text("answer, 20 tokens")
    view.locator("canvas").hover(position={"x": 2, "y": 2})
    expect(view.locator(".bs-engine-note")).to_have_text("layer 0, expert 0: 0")
    page.keyboard.press("Escape")

    expect(view).to_be_hidden()
    expect(page.locator("#engine-open")).to_be_focused()
    expect(page.locator(".bs-status")).to_contain_text("Thinking")  # Escape closed the panel and nothing else
    number = len(asked)
    page.keyboard.press("Escape")
    wait_for_end(page)
    assert len(asked) == number


def test_a_dense_model_has_the_panel_without_experts_and_an_engine_that_is_gone_says_so(page: Page):
    dense = {
        "running": 0, "waiting": 0, "kv_share": 0.5, "cached_share": None, "tokens_per_s": 0.0, "step_ms": None,
        "preemptions": 0, "experts": None,
    }  # fmt: skip
    page.route("**/engine", lambda route: route.fulfill(json=dense))

    page.click("#engine-open")

    view = page.get_by_role("dialog", name="Engine")
    expect(view).to_contain_text("This model has no experts")
    expect(view).to_contain_text("KV cache in use50 %")
    page.unroute("**/engine")
    page.route("**/engine", lambda route: route.fulfill(status=200, body="no JSON"))
    expect(view).to_contain_text("The engine does not answer.")
