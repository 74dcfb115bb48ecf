import base64
import hashlib
import json
import re
from typing import get_args

import pytest

from assistant.handover.html_export import html_export
from assistant.handover.record import without_files, without_thinking
from assistant.tools.result import ArtifactKind
from assistant.ui.strings import Words
from tests.assistant.handover.records import ALANINE, abroad, artifact, hostile, ordinary, record, tool, turn

EN, ZH = Words("en"), Words("zh")
SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>[\s\S]*?)</script>")


def body(page):
    """Without the scripts and the styles that are ours."""
    return re.sub(r"<style>[\s\S]*?</style>", "", SCRIPT.sub("", page))


def figures(page):
    data = re.search(r'id="kept-figures">([\s\S]*?)</script>', page)
    return json.loads(data[1])


def test_a_page_names_each_of_its_scripts_by_hash_and_no_address():
    page = html_export(ordinary(), EN)

    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    ran = [match["text"] for match in SCRIPT.finditer(page) if "json" not in match["attributes"]]
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in ran}
    assert set(re.findall(r"'sha256-([^']*)'", policy)) == hashes
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert not re.search(r'(src|href)="(?!data:)', body(page))


def test_it_holds_questions_answers_calls_and_figures():
    page = html_export(ordinary(), EN)

    assert f'<div class="bs-question">Draw {ALANINE}</div>' in page
    assert "<td>1</td>" in page
    assert r"\(E = h\nu_1 * c_2\)" in page
    assert "render_molecule" in body(page)
    assert {value["kind"] for value in figures(page)} == set(get_args(ArtifactKind))
    assert figures(page)[0]["url"].endswith("#")
    assert "cut off" in page


def test_a_page_is_no_larger_than_its_figures_need():
    with_structure = html_export(ordinary(), EN)
    without = html_export(record(turn(*tool(artifacts=(artifact("table", "t.csv", "a\n1\n", "text/csv"),)))), EN)

    assert '<script data-library="3Dmol-min.js">' in with_structure
    assert "<script data-library=" not in without
    assert len(without) < 200_000


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_what_others_wrote_is_never_markup(words):
    page = html_export(hostile(), words)

    assert "<img src=x" not in body(page)
    assert not re.search(r"<(script|iframe|object|embed|link|base|form)", body(page))
    assert 'href="javascript' not in page
    data = re.search(r'id="kept-figures">([\s\S]*?)</script>', page)[1]
    assert not set("<>&") & set(data)


def test_labels_are_in_the_readers_language():
    page = html_export(ordinary(), ZH)

    assert '<html lang="zh-CN">' in page
    assert "问题 1" in page


def test_tools_figures_files_and_failures_are_named_in_the_readers_language():
    page = html_export(abroad(), ZH)

    assert '<span class="bs-title">绘制分子</span><code class="bs-name">render_molecule</code>' in page
    assert "<p>CCO（C2H6O）的二维结构</p>" in page
    assert "2 行" in page
    assert "模型已关闭。" in page


def test_what_is_left_out_is_not_there():
    given = ordinary()

    bare = html_export(without_files(without_thinking(given)), EN)

    assert "The user wants alanine" not in bare
    assert "gel.png" in bare
    assert "330 x 210 pixels" not in bare
    assert base64.b64encode(given.turns[0].files[0].content.read()).decode() not in bare
