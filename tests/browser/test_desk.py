"""Working with many conversations: the list, versions of a turn, settings, keys, examples, camera and microphone."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from assistant.ui.example_cards import CARDS, FOLDER
from tests.assistant.attachments.files import png
from tests.browser.conftest import App, Watch, open_page, send, wait_for_end, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

MAX_ECHO_S = 0.6  # 0.15 is promised, and kept on a quiet machine; a busy one must not fail the test


def titles(page: Page) -> list[str]:
    return page.locator(".bs-conversation-link").all_inner_texts()


def questions(page: Page) -> list[str]:
    return page.locator(".bs-question").all_inner_texts()


def action(page: Page, name: str, turn: int = 0):
    return page.locator(".bs-turn-actions").nth(turn).get_by_role("button", name=name, exact=True)


def row_action(page: Page, title: str, name: str):
    page.get_by_role("button", name=f"More for “{title}”").click()
    return page.locator(".bs-row-menu").get_by_role("button", name=name)


def begin_another(page: Page, question: str) -> None:
    page.click("#new-chat")
    page.wait_for_selector("#welcome .bs-example")
    send(page, question)
    wait_for_end(page)


@pytest.fixture
def phone(app: App, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_page(page, app.url)
    yield page
    context.close()


def test_conversations_are_listed_opened_found_again_and_named_by_the_address(page: Page):
    send(page, "say alpha")
    wait_for_end(page)
    first = page.url
    begin_another(page, "say beta particle")

    expect(page.locator(".bs-conversation-link")).to_have_text(["say beta particle", "say alpha"])
    expect(page.locator(".bs-day")).to_have_text("Today")
    page.get_by_role("link", name="say alpha").click()
    expect(page.locator(".bs-question")).to_have_text("say alpha")
    assert page.url == first
    page.go_back()
    expect(page.locator(".bs-question")).to_have_text("say beta particle")
    page.go_forward()
    page.reload()
    expect(page.locator(".bs-question")).to_have_text("say alpha")
    expect(page.locator(".bs-conversation-link[aria-current=page]")).to_have_text("say alpha")
    page.get_by_label("Search titles and texts").fill("PARTICLE")
    expect(page.locator(".bs-conversation-link")).to_have_text(["say beta particle"])
    page.get_by_label("Search titles and texts").fill("nowhere")
    expect(page.locator(".bs-list-note")).to_have_text("Nothing found.")


def test_a_second_tab_opens_the_conversation_by_its_address(page: Page):
    send(page, "say alpha")
    wait_for_end(page)

    other = page.context.new_page()
    other.goto(page.url)

    expect(other.locator(".bs-question")).to_have_text("say alpha")
    expect(other.locator("#log .bot .prose").last).to_have_text("alpha")


def test_somebody_elses_address_opens_a_new_chat_that_says_so(page: Page, app: App, browser: Browser):
    send(page, "say alpha")
    wait_for_end(page)
    context = browser.new_context()
    stranger = context.new_page()

    stranger.goto(page.url)

    expect(stranger.locator("#notice")).to_contain_text("This conversation is not here")
    expect(stranger).to_have_url(f"{app.url}/")
    assert questions(stranger) == titles(stranger) == []
    context.close()


def test_a_conversation_is_renamed_in_place(page: Page):
    send(page, "say alpha")
    wait_for_end(page)

    row_action(page, "say alpha", "Rename").click()
    page.get_by_label("New title").fill("<b>My</b> notes")
    page.keyboard.press("Enter")

    expect(page.locator(".bs-conversation-link")).to_have_text("<b>My</b> notes")
    page.reload()
    expect(page.locator(".bs-conversation-link")).to_have_text("<b>My</b> notes")
    row_action(page, "<b>My</b> notes", "Rename").click()
    page.get_by_label("New title").fill("Another")
    page.keyboard.press("Escape")
    expect(page.locator(".bs-conversation-link")).to_have_text("<b>My</b> notes")


def test_a_conversation_is_deleted_only_after_a_question(page: Page):
    send(page, "say alpha")
    wait_for_end(page)

    row_action(page, "say alpha", "Delete").click()
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".bs-conversation-link")).to_have_text("say alpha")
    row_action(page, "say alpha", "Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()

    page.wait_for_selector("#welcome .bs-example")
    expect(page.locator(".bs-conversation-link")).to_have_count(0)
    assert "c=" not in page.url


def test_export_and_share_name_their_conversation(page: Page):
    send(page, "say alpha")
    wait_for_end(page)
    address = page.url.partition("?c=")[2]

    for name, attribute in (("Export", "export"), ("Share", "share")):
        button = row_action(page, "say alpha", name)
        assert button.get_attribute("data-action") == attribute
        assert button.get_attribute("data-conversation") == address
        page.keyboard.press("Escape")


def test_an_answer_goes_on_in_a_chat_that_is_left_and_the_list_shows_it(app: App, page: Page):
    send(page, "recite")
    page.wait_for_selector("#log .bot .prose")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#welcome .bs-example")

    expect(page.locator(".bs-conversation .bs-pulse")).to_have_count(1)
    page.get_by_role("link", name="recite").click()
    page.wait_for_selector("#box .stop-button")
    page.keyboard.press("Escape")

    wait_for_end(page)
    wait_until(lambda: app.ready()["running"] == 0, timeout_s=2)
    expect(page.locator(".bs-conversation .bs-pulse")).to_have_count(0)


def test_the_list_is_hidden_and_stays_so(page: Page):
    page.get_by_label("Hide conversations").click()

    expect(page.locator("#new-chat")).not_to_be_visible()
    page.reload()
    page.wait_for_selector("#welcome .bs-example")
    expect(page.locator("#new-chat")).not_to_be_visible()
    page.get_by_label("Show conversations").click()
    expect(page.locator("#new-chat")).to_be_visible()


def test_on_a_phone_the_list_is_a_drawer(phone: Page):
    expect(phone.locator("#new-chat")).not_to_be_visible()
    send(phone, "say alpha")
    wait_for_end(phone)
    phone.get_by_label("Show conversations").click()
    expect(phone.locator("#new-chat")).to_be_in_viewport(ratio=1)

    phone.get_by_role("link", name="say alpha").click()

    expect(phone.locator("#new-chat")).not_to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_every_turn_can_be_answered_again_and_its_versions_leafed_through(page: Page):
    for number, question in enumerate(("say one", "say two"), 1):
        send(page, question)
        wait_for_end(page, number)

    action(page, "Answer again").click()
    page.get_by_text("2 / 2").wait_for()
    wait_for_end(page)
    assert questions(page) == ["say one"]
    action(page, "Earlier version").click()

    page.get_by_text("1 / 2").wait_for()
    expect(page.locator(".bs-question")).to_have_text(["say one", "say two"])
    expect(action(page, "Earlier version")).to_be_disabled()
    page.reload()
    page.get_by_text("1 / 2").wait_for()
    expect(page.locator(".bs-question")).to_have_text(["say one", "say two"])


def test_an_edited_question_becomes_another_version_with_its_files(page: Page):
    with page.expect_file_chooser() as chooser:
        page.click("#attach .bs-attach")
    chooser.value.set_files({"name": "gel.png", "mimeType": "image/png", "buffer": png()})
    page.wait_for_selector(".bs-chip:not(.bs-on-its-way)")
    send(page, "say one")
    wait_for_end(page)
    send(page, "say two")
    wait_for_end(page, 2)

    action(page, "Edit the question").click()
    expect(page.locator("#box textarea")).to_have_value("say one")
    expect(page.locator(".bs-chip-name")).to_have_text("gel.png")
    expect(page.locator(".message-row.bs-replaced .bs-question")).to_have_text(["say one", "say two"])
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#box textarea")).to_have_value("")
    expect(page.locator(".bs-replaced")).to_have_count(0)
    action(page, "Edit the question").click()
    expect(page.locator("#box textarea")).to_have_value("say one")
    send(page, "say three")

    page.get_by_text("2 / 2").wait_for()
    wait_for_end(page)
    assert questions(page) == ["say three"]
    expect(page.locator(".bs-file-name")).to_have_text("gel.png")
    expect(page.locator(".bs-replaced")).to_have_count(0)


def test_a_turn_is_taken_back_with_what_follows(page: Page):
    for number, question in enumerate(("say one", "say two"), 1):
        send(page, question)
        wait_for_end(page, number)

    action(page, "Take back this question and what follows", 1).click()

    expect(page.locator(".bs-question")).to_have_text(["say one"])
    expect(page.locator("#box textarea")).to_have_value("say two")


def test_an_opinion_is_remembered(page: Page):
    send(page, "say one")
    wait_for_end(page)

    action(page, "Good answer").click()

    expect(action(page, "Good answer")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(action(page, "Good answer")).to_have_attribute("aria-pressed", "true")
    expect(action(page, "Bad answer")).to_have_attribute("aria-pressed", "false")
    action(page, "Good answer").click()
    expect(action(page, "Good answer")).to_have_attribute("aria-pressed", "false")


def test_an_answer_that_was_cut_can_go_on(page: Page):
    send(page, "say one two three four five six")
    wait_for_end(page)
    expect(page.locator(".bs-go-on")).to_have_count(0)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Longest answer (tokens)").fill("4")
    page.keyboard.press("Escape")
    send(page, "say one two three four five six")
    wait_for_end(page, 2)

    page.get_by_role("button", name="Continue").click()

    page.locator(".bs-question").nth(2).wait_for()
    wait_for_end(page, 3)


def test_the_calls_of_a_turn_name_it(page: Page):
    for number, question in enumerate(("say one", "say two"), 1):
        send(page, question)
        wait_for_end(page, number)

    page.locator(".bs-turn-more").nth(1).locator("summary").click()

    button = page.get_by_role("button", name="Copy as Python")
    assert button.get_attribute("data-action") == "copy-python" and button.get_attribute("data-turn") == "1"
    assert button.get_attribute("data-conversation") == page.url.partition("?c=")[2]


def test_settings_show_the_models_own_values_say_what_differs_and_are_kept(page: Page):
    settings = page.locator(".bs-settings-button")
    expect(settings).to_have_text("Settings")
    settings.click()
    expect(page.get_by_label("Seed")).to_have_attribute("placeholder", "random")
    page.get_by_label("Temperature").fill("0.7")
    expect(settings).to_have_text("Settings · 1 changed")
    expect(page.locator(".bs-setting.bs-changed")).to_contain_text("the model's own: 0")
    page.reload()

    expect(settings).to_have_text("Settings · 1 changed")
    settings.click()
    expect(page.get_by_label("Temperature")).to_have_value("0.7")
    page.get_by_role("button", name="Reset").click()
    expect(settings).to_have_text("Settings")


def test_a_setting_out_of_its_range_is_refused_in_one_sentence(page: Page):
    page.locator(".bs-settings-button").click()
    page.get_by_label("Temperature").fill("11")
    page.keyboard.press("Escape")

    send(page, "say one")

    expect(page.locator("#notice")).to_have_text(re.compile(r"Temperature is 11; it must be 0 to 2\."))
    expect(page.locator("#box textarea")).to_have_value("say one")


def test_without_thinking_is_remembered(page: Page):
    page.uncheck("#think input")
    page.reload()

    expect(page.locator("#think input")).not_to_be_checked()


def test_keys_edit_focus_search_and_show_their_list(page: Page):
    send(page, "say one")
    wait_for_end(page)
    page.focus("#box textarea")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#box textarea")).to_have_value("say one")
    page.keyboard.press("Escape")
    expect(page.locator(".bs-edit-line")).to_have_count(0)

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("new chat")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    expect(page.locator("#box textarea")).to_be_focused()
    expect(page.locator("#box textarea")).to_have_value("")
    page.keyboard.press("Control+/")
    expect(page.locator(".bs-search")).to_be_focused()


def test_no_key_is_taken_from_another_field(page: Page):
    send(page, "recite")
    page.wait_for_selector("#log .bot .prose")
    search = page.get_by_label("Search titles and texts")

    search.press_sequentially("a/?")
    search.press("ArrowUp")
    search.press("Escape")
    search.press("Control+k")

    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("#box .stop-button")).to_be_visible()
    expect(page.locator(".bs-question")).to_have_text("recite")
    page.click("#box .stop-button")
    wait_for_end(page)


@pytest.mark.parametrize("field", ["#box textarea", ".bs-title-field"])
def test_enter_that_ends_a_composition_does_nothing_else(page: Page, field):
    send(page, "say one")
    wait_for_end(page)
    if field != "#box textarea":
        row_action(page, "say one", "Rename").click()
    page.fill(field, "ni")
    page.focus(field)

    for key in ("Enter", "Escape"):
        page.eval_on_selector(
            field,
            "(field, key) => field.dispatchEvent(new KeyboardEvent('keydown', "
            "{ key, isComposing: true, keyCode: 229, bubbles: true, cancelable: true }))",
            key,
        )

    expect(page.locator(field)).to_have_value("ni")
    assert questions(page) == ["say one"]


def serve_model(page: Page, **facts: object) -> None:
    """Let the page believe that another model is loaded."""

    def answer(route: Route) -> None:
        route.fulfill(json={**json.loads(route.fetch().text()), **facts})

    page.route("**/model", answer)
    page.reload()
    page.wait_for_selector("#welcome .bs-example")


def test_there_is_a_card_for_each_kind_and_it_fills_the_box_without_sending(page: Page):
    serve_model(page, reads=["image", "signal", "video"], tools=[need for card in CARDS for need in card.needs])
    cards = page.locator(".bs-example")
    expect(cards).to_have_count(6)
    kinds = ["text", "image", "video", "molecule", "protein", "signal"]
    assert [card.kind for card in CARDS[:6]] == kinds

    for place, card in enumerate(CARDS[:6]):
        cards.nth(place).click()
        expect(page.locator("#box textarea")).to_have_value(card.english)
        if card.file:
            expect(page.locator(".bs-chip:not(.bs-on-its-way) .bs-chip-name")).to_have_text(card.file)

    expect(page.locator(".bs-question")).to_have_count(0)


def test_a_model_gets_only_cards_that_it_can_answer(page: Page):
    serve_model(page, reads=[], tools=["render_molecule", "calculate"])

    expect(page.locator(".bs-example-text")).to_have_text([CARDS[0].english, CARDS[3].english])
    expect(page.locator("#attach .bs-record")).not_to_be_visible()


def test_the_files_of_the_cards_are_small_and_there():
    assert [card.kind for card in CARDS if card.file and not 0 < (FOLDER / card.file).stat().st_size < 50_000] == []


def test_cards_are_in_chinese_for_a_chinese_reader(app: App, browser: Browser):
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    watch = Watch(app.url)
    watch.attach(page)
    open_page(page, app.url)

    expect(page.locator(".bs-example-text").first).to_have_text(CARDS[0].chinese)
    expect(page.locator("#new-chat")).to_have_text("新对话")
    expect(page.locator(".bs-settings-button")).to_have_text("设置")
    send(page, "say 你好")
    wait_for_end(page)
    expect(page.locator(".bs-day")).to_have_text("今天")
    expect(action(page, "重新回答")).to_be_visible()
    assert watch.foreign_requests == watch.errors == []
    context.close()


def test_a_sound_from_the_microphone_becomes_a_wav_file(page: Page):
    page.context.grant_permissions(["microphone"])
    page.click("#attach .bs-record")
    page.get_by_role("button", name=re.compile("Stop recording")).wait_for()
    page.get_by_text("Stop recording · 1 s").wait_for()

    page.click("#attach .bs-record")

    expect(page.locator(".bs-chip:not(.bs-on-its-way) .bs-chip-name")).to_have_text(re.compile(r"^recording-.*\.wav$"))
    send(page, "say heard")
    wait_for_end(page)
    expect(page.locator(".bs-file-facts span:last-child")).to_contain_text("1 channel, 16000 Hz")


def test_a_microphone_that_is_not_allowed_is_explained(app: App, browser: Browser):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('Permission denied'); }"
    )
    open_page(page, app.url)

    page.click("#attach .bs-record")

    expect(page.locator(".bs-problem-line")).to_contain_text("The microphone cannot be used: Permission denied.")
    context.close()


def test_a_camera_is_offered_where_the_browser_has_one(app: App, browser: Browser):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete HTMLInputElement.prototype.capture")
    open_page(page, app.url)
    expect(page.locator("#attach .bs-record")).to_be_visible()
    expect(page.locator("#attach .bs-camera")).not_to_be_visible()
    page.add_init_script("Object.defineProperty(HTMLInputElement.prototype, 'capture', { value: '', writable: true })")
    page.reload()

    with page.expect_file_chooser() as chooser:
        page.click("#attach .bs-camera")

    chooser.value.set_files({"name": "photo.png", "mimeType": "image/png", "buffer": png()})
    expect(page.locator(".bs-chip:not(.bs-on-its-way) .bs-chip-name")).to_have_text("photo.png")
    context.close()


WATCH_ECHO_AND_SHIFTS = """() => {
  const shown = window.shown = { shifts: [] };
  const box = document.querySelector("#box textarea");
  box.addEventListener("keydown", () => { shown.sentAt = performance.now(); }, true);
  new MutationObserver(() => {
    if (document.querySelectorAll(".bs-question").length > 1) shown.seenAt ??= performance.now();
  }).observe(document.querySelector("#log"), { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    const nodes = list.getEntries().filter((entry) => !entry.hadRecentInput)
      .flatMap((entry) => entry.sources.map((source) => source.node));
    const moved = nodes.filter((node) => node?.closest?.("#header, #box, #below, #sidebar"));
    shown.shifts.push(...moved.map((node) => node.className));
  }).observe({ type: "layout-shift" });
}"""


def test_the_question_is_shown_at_once_and_nothing_around_the_answer_moves(page: Page):
    send(page, "say one")
    wait_for_end(page)
    page.fill("#box textarea", "say " + "word " * 40)
    page.evaluate(WATCH_ECHO_AND_SHIFTS)

    page.press("#box textarea", "Enter")
    wait_for_end(page, 2)

    shown = page.evaluate("window.shown")
    assert (shown["seenAt"] - shown["sentAt"]) / 1000 <= MAX_ECHO_S
    assert shown["shifts"] == []
