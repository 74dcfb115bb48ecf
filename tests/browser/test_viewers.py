"""Results of every kind in the real page: what is drawn, what the buttons do, and that nothing in them is ever run."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser import samples
from tests.browser.conftest import TIMEOUT_MS, App, Watch, open_page, send, wait_for_end, wait_until

expect.set_options(timeout=TIMEOUT_MS)  # a software renderer is slow
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NUM_STRUCTURES = 24
PNG_SIGNATURE = b"\x89PNG"
SIDEWAYS = (
    "() => [document.documentElement, ...document.querySelectorAll('#log, #log .panel-wrap, #log .bubble-wrap')]"
    ".map(element => element.scrollWidth - element.clientWidth)"
)
CONTROLS = ".bs-figure :is(button, select, a)"
NUM_NAMELESS = (
    "controls => [...document.querySelectorAll(controls)]"
    ".filter(e => !(e.textContent.trim() || e.getAttribute('aria-label')) || e.tabIndex < 0).length"
)
# the WebGL contexts that the page's own viewers lost
COUNT_LOST = """
window.lostContexts = 0;
for (const { prototype } of [HTMLCanvasElement, OffscreenCanvas]) {
  const create = prototype.getContext;
  prototype.getContext = function (...args) {
    this.addEventListener('webglcontextlost', count);
    return create.apply(this, args);
  };
}
function count() { window.lostContexts += 1; }
"""


def show(page: Page, what: str) -> Locator:
    """The figures of one result, each drawn."""
    send(page, f"show {what}")
    wait_for_end(page)
    figures = page.locator(".bs-figure")
    for figure in figures.all():
        see(figure)
    return figures


def see(figure: Locator) -> None:
    """Look at it until it is drawn: the chat scrolls to its end as results come, and what is out of view waits."""

    def is_drawn() -> bool:
        figure.scroll_into_view_if_needed()
        viewers = figure.locator(".bs-viewer")
        num_ready = figure.locator(".bs-viewer[data-ready=true]").count()
        return figure.locator(".bs-waiting").count() == 0 and num_ready == viewers.count()

    wait_until(is_drawn, TIMEOUT_MS / 1000)


def saved(page: Page, button: Locator) -> tuple[str, bytes]:
    """The name and the content of what a click gives to the reader."""
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def button(figure: Locator, name: str) -> Locator:
    return figure.get_by_role("button", name=name, exact=True)


def copied(context: BrowserContext, page: Page, figure: Locator, name: str) -> str:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    button(figure, name).click()
    figure.get_by_text("Copied").wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_every_kind_of_result_has_a_viewer_in_one_conversation(page: Page):
    figures = show(page, "everything")

    assert figures.count() == len(samples.EVERY)
    expect(page.locator(".bs-problem")).to_have_count(0)
    drawn = [".bs-molecule", ".bs-viewer canvas", ".bs-box", ".bs-cell", ".bs-tabular", ".uplot canvas", ".bs-line"]
    assert all(page.locator(selector).count() for selector in drawn)
    assert page.locator("img:not([alt])").count() == 0
    assert page.locator(CONTROLS).count() > 40
    assert page.evaluate(NUM_NAMELESS, CONTROLS) == 0, "every control is named and reached by the keyboard"


@pytest.mark.slow
def test_on_a_phone_no_viewer_scrolls_the_page_sideways(app: App, browser: Browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_page(page, app.url)

    show(page, "everything")

    assert max(page.evaluate(SIDEWAYS)) == 0
    too_wide = page.evaluate(
        "() => [...document.querySelectorAll('.bs-figure')].filter(f => f.scrollWidth > f.clientWidth).length"
    )
    assert too_wide == 0
    context.close()


def test_nothing_in_a_result_is_ever_run(app: App, context: BrowserContext):
    page = context.new_page()
    watch = Watch(app.url)
    watch.attach(page)
    open_page(page, app.url)

    figures = show(page, "hostile")

    assert figures.count() == len(samples.EVERY)
    for atom in page.locator(".bs-canvas").all():
        atom.click()
    assert page.title() == "Benchside"
    assert page.locator("img[src='x']").count() == 0
    assert watch.foreign_requests == []
    assert not [error for error in watch.errors if "404" in error]
    expect(page.locator(".bs-alt").first).to_have_text(samples.HOSTILE)
    expect(page.locator(".bs-tabular td").nth(3)).to_have_text(samples.HOSTILE)


@pytest.mark.slow
@pytest.mark.timeout(400)  # a software renderer draws all of them
def test_many_structures_draw_without_a_lost_context(context: BrowserContext, app: App):
    page = context.new_page()
    page.set_viewport_size({"width": 480, "height": 700})
    page.add_init_script(COUNT_LOST)
    warnings: list[str] = []
    page.on("console", lambda line: warnings.append(line.text) if "context" in line.text.lower() else None)
    open_page(page, app.url)

    figures = show(page, "structures")

    assert figures.count() == NUM_STRUCTURES
    assert page.evaluate("window.lostContexts") == 0
    assert warnings == []
    live = page.locator(".bs-canvas canvas").count()
    assert live + page.locator(".bs-still").count() == NUM_STRUCTURES
    assert live <= 10
    figures.first.scroll_into_view_if_needed()
    expect(figures.first.locator(".bs-canvas canvas")).to_have_count(1)
    expect(figures.first.locator(".bs-still")).to_have_count(0)


@pytest.mark.slow
def test_an_atom_tells_its_number_to_the_mouse_and_to_the_keyboard(page: Page):
    figure = show(page, "molecule")
    atoms = figure.locator(".bs-atoms")
    box = atoms.bounding_box()
    assert box

    atoms.click(position={"x": box["width"] * 375 / 450, "y": box["height"] * 175 / 350})
    expect(figure.locator(".bs-readout")).to_have_text("atom 2 · O")
    page.keyboard.press("ArrowRight")
    expect(figure.locator(".bs-readout")).to_have_text("atom 0 · C")


@pytest.mark.slow
def test_a_structure_has_menus_a_legend_and_a_highlight(page: Page):
    figure = show(page, "protein")
    style, colour = figure.get_by_label("Style", exact=True), figure.get_by_label("Colour", exact=True)
    legend = figure.locator(".bs-legend")

    assert (style.input_value(), colour.input_value()) == ("cartoon", "plddt")
    expect(legend).to_contain_text("very high (> 90)")
    expect(legend).to_contain_text("PHE 5")
    colour.select_option("chain")
    expect(legend).to_contain_text("chain B")
    for name in ("stick", "sphere", "line", "ball_and_stick", "surface"):
        style.select_option(name)
    button(figure, "Spin").click()
    expect(button(figure, "Spin")).to_have_attribute("aria-pressed", "true")
    figure.locator(".bs-canvas").focus()
    page.keyboard.press("ArrowLeft")


@pytest.mark.slow
def test_who_wants_less_motion_gets_no_spin(app: App, browser: Browser):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    open_page(page, app.url)

    figure = show(page, "protein")

    expect(button(figure, "PNG")).to_have_count(1)
    expect(button(figure, "Spin")).to_have_count(0)
    context.close()


@pytest.mark.slow
def test_a_structure_can_be_kept_as_a_picture(page: Page):
    figure = show(page, "protein")

    name, data = saved(page, button(figure, "PNG"))

    assert (name, data[:4]) == ("helix.png", PNG_SIGNATURE)


@pytest.mark.slow
def test_a_structure_can_be_kept_as_a_page_that_needs_no_network_and_runs_nothing_of_it(
    app: App, context: BrowserContext, tmp_path
):
    page = context.new_page()
    open_page(page, app.url)
    figure = show(page, "hostile_protein")

    _, data = saved(page, button(figure, "HTML"))
    kept = tmp_path / "kept.html"
    kept.write_bytes(data)
    requests: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.goto(kept.as_uri())

    page.wait_for_selector("main canvas")
    assert samples.HOSTILE.encode() not in data
    assert page.title() == samples.HOSTILE
    assert [url for url in requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert page.locator("img").count() == 0


@pytest.mark.slow
def test_a_table_is_sorted_by_a_column_and_what_is_not_known_comes_last(page: Page):
    figure = show(page, "table")
    second = figure.locator("tbody tr td:nth-child(2)")
    head = figure.locator("th").nth(1)

    head.locator("button").click()
    assert (second.nth(0).inner_text(), second.nth(1).inner_text()) == ("0", "1")
    expect(head).to_have_attribute("aria-sort", "ascending")
    button(figure, "Show all 260").click()
    expect(second).to_have_count(samples.NUM_TABLE_ROWS)
    assert second.last.inner_text() == ""
    head.locator("button").click()
    assert (second.nth(0).inner_text(), second.last.inner_text()) == (str(samples.NUM_TABLE_ROWS - 1), "")
    head.locator("button").click()
    expect(head).to_have_attribute("aria-sort", "none")
    assert figure.locator("td").first.inner_text() == "row 0"


@pytest.mark.slow
def test_a_table_is_copied_as_the_csv_that_it_is(page: Page, context: BrowserContext):
    figure = show(page, "table")

    text = copied(context, page, figure, "Copy as CSV")

    assert text == samples.table().data


@pytest.mark.slow
@pytest.mark.parametrize(
    ("csv", "rows"),
    [
        ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ('a\n"x, ""y""\nz"\n', [["a"], ['x, "y"\nz']]),
        ('a,b\n5" pipe,\n', [["a", "b"], ['5" pipe', ""]]),
        ('\ufeffa\n"never closed', [["a"], ["never closed"]]),
        ('"",x\n,\n', [["", "x"], ["", ""]]),
        ("", []),
    ],
    ids=["plain", "crlf", "quotes", "quote-within", "bom-and-open-quote", "empty-cells", "nothing"],
)
def test_csv_is_read_as_programs_write_it(page: Page, csv, rows):
    assert page.evaluate("text => window.sciview.parseCsv(text)", csv) == rows


def x_range(page: Page, figure: Locator) -> str:
    return figure.locator(".bs-panels").screenshot().hex()


@pytest.mark.slow
def test_panels_zoom_together_by_buttons_and_by_dragging_and_come_back(page: Page):
    figure = show(page, "waveform")
    whole = x_range(page, figure)

    button(figure, "Zoom in").click()
    page.wait_for_timeout(100)
    zoomed = x_range(page, figure)
    button(figure, "Show all of it").click()
    page.wait_for_timeout(100)
    back = x_range(page, figure)

    assert zoomed != whole
    assert back == whole
    box = figure.locator(".u-over").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 50, steps=4)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert x_range(page, figure) != whole


@pytest.mark.slow
def test_the_cursor_tells_the_values_under_it(page: Page):
    figure = show(page, "waveform")

    figure.locator(".u-over").first.hover(position={"x": 200, "y": 40})

    expect(figure.locator(".bs-readout")).to_have_text(re.compile(r"^time \(s\): \d.* EHN "))
    expect(figure.locator(".bs-start")).to_have_text("0 s is 2009-08-24T00:20:03")


@pytest.mark.slow
def test_a_component_that_is_switched_off_goes_away_with_its_panel(page: Page):
    figure = show(page, "waveform")
    component = button(figure, "EHZ")

    component.click()
    expect(component).to_have_attribute("aria-pressed", "false")
    expect(figure.locator(".bs-panel").first).to_be_hidden()
    component.click()
    expect(figure.locator(".bs-panel").first).to_be_visible()


@pytest.mark.slow
def test_a_plot_can_be_kept_as_a_picture_and_as_numbers(page: Page):
    figure = show(page, "spectrum")

    _, picture = saved(page, button(figure, "PNG"))
    name, numbers = saved(page, button(figure, "CSV"))

    assert picture[:4] == PNG_SIGNATURE
    lines = numbers.decode().splitlines()
    assert (name, lines[0]) == ("spectrum.csv", "frequency (Hz),periodogram · power,fit · power")
    assert [float(number) for number in lines[1].split(",")] == pytest.approx([0.1, 1 / 1.01, 1 / 1.001])


@pytest.mark.slow
def test_a_box_shows_its_name_when_the_keyboard_is_on_it(page: Page):
    figure = show(page, "boxes")
    label = figure.locator(".bs-box-label").first

    expect(label).to_be_hidden()
    button(figure, "cell 1").focus()
    expect(label).to_be_visible()


@pytest.mark.slow
def test_frames_have_their_times_under_them(page: Page):
    figure = show(page, "contact_sheet")

    assert figure.locator(".bs-time").all_inner_texts()[:2] == ["0.00 s", "0.40 s"]


@pytest.mark.slow
def test_a_sequence_has_a_ruler_its_features_and_is_copied_exactly(page: Page, context: BrowserContext):
    figure = show(page, "sequence")

    assert figure.locator(".bs-ruler").first.text_content().split()[:2] == ["10", "20"]
    expect(figure.locator(".bs-features")).to_contain_text("helix A")
    assert figure.locator(".bs-bar-of").count() >= 3
    assert copied(context, page, figure, "Copy FASTA").startswith(">sample\nMVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTT")


@pytest.mark.slow
def test_an_alignment_numbers_its_rows_without_the_gaps(page: Page, context: BrowserContext):
    figure = show(page, "alignment")

    first, match, second = copied(context, page, figure, "Copy").splitlines()[:3]

    assert first == "HBA  1 VLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHF-DLSHGSAQVKGHG 59"
    assert second.startswith("HBB  2 HLTPEEKSAVTALWGKV--NVDEVGGEALGRLLVVYPWTQRFFESFGDLST") and second.endswith(" 59")
    assert match.index("|") == first.index("LSPADKT")


@pytest.mark.slow
def test_a_file_is_there_to_keep(page: Page):
    figure = show(page, "kept")

    name, data = saved(page, figure.get_by_role("link", name="Download"))

    assert (name, len(data)) == ("traces.mseed", 2_500)
    expect(figure.locator(".bs-size")).to_have_text("2 kB")


@pytest.mark.slow
def test_on_paper_there_are_results_and_no_controls(page: Page):
    show(page, "everything")

    page.emulate_media(media="print")

    expect(page.locator(".bs-figure .bs-button:visible")).to_have_count(0)
    expect(page.locator("#box:visible")).to_have_count(0)
    expect(page.locator(".bs-molecule:visible")).to_have_count(1)
    expect(page.locator(".bs-tabular table:visible")).to_have_count(1)
