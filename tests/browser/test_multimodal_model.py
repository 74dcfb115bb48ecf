"""The real program with a real multimodal network, Intern-S1-Pro in small with random weights: files in, tokens out."""

import re

import pytest
from playwright.sync_api import expect

from tests.assistant.attachments.files import mp4, npy, png
from tests.browser.conftest import open_page, running_app, send, wait_for_end
from tests.browser.test_attachments import attach, num_tokens
from tests.golden import GOLDEN, needs_golden

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), needs_golden]


@pytest.fixture(scope="module")
def pro_app(tmp_path_factory):
    options = {
        "--port": "0",
        "--model": GOLDEN / "pro-tiny" / "checkpoint",
        "--data-dir": tmp_path_factory.mktemp("data"),
    }
    with running_app("app.py", *(str(word) for option in options.items() for word in option)) as app:
        yield app


def test_a_picture_a_video_and_a_signal_reach_the_network_with_the_right_number_of_tokens(context, pro_app, tmp_path):
    page = context.new_page()
    open_page(page, pro_app.url)
    video = mp4(tmp_path / "run.mp4", seconds=5)
    attach(page, ("gel.png", png()), ("run.mp4", video), ("quake.npy", npy()))
    page.get_by_label("Sampling rate of quake.npy in Hz").fill("100")

    send(page, "What are these?")
    page.wait_for_function("document.body.innerText.includes('Thinking')")  # random words, until it is stopped
    page.click("#box .stop-button")
    wait_for_end(page)

    picture, clip = num_tokens(tmp_path, png(), "image"), num_tokens(tmp_path, video, "video")
    signal = num_tokens(tmp_path, npy(), "signal", 100.0)
    usage = page.locator(".bs-footer")
    expect(usage).to_contain_text(f"({picture} from 1 picture, {clip} from 1 video, {signal} from 1 signal)")
    prompt_tokens = int(re.match(r"([\d,]+) prompt tokens", usage.inner_text())[1].replace(",", ""))
    assert prompt_tokens > picture + clip + signal
