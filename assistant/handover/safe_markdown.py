"""Markdown that a model or a person wrote -> HTML that is only text: no script, style or picture, nothing fetched."""

import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from assistant.ui.chemistry_markdown import chemistry_safe

TAGS = {
    *("p", "br", "hr", "em", "strong", "del", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
FORMULA = re.compile(r"\$\$[\s\S]+?\$\$|\\\[[\s\S]+?\\\]|\\\([^\n]+?\\\)")
FORMULA_CLASS = "kept-formula"


def markdown_html(text: str) -> str:
    """Formulas stand in it as they were written, molecules as code."""
    return nh3.clean(
        _MARKDOWN.render(chemistry_safe(text)),
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes={"span": {FORMULA_CLASS}},
        url_schemes={"http", "https", "mailto"},
    )


def _formula(state: StateInline, is_silent: bool) -> bool:
    match = FORMULA.match(state.src, state.pos)
    if match is None:
        return False
    if not is_silent:
        state.push("formula", "", 0).content = match[0]
    state.pos = match.end()
    return True


def _made() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.disable("image")
    markdown.inline.ruler.before("escape", "formula", _formula)
    markdown.add_render_rule(
        "formula",
        lambda renderer, tokens, place, options, env: (
            f'<span class="{FORMULA_CLASS}">{nh3.clean_text(tokens[place].content)}</span>'
        ),
    )
    return markdown


_MARKDOWN = _made()
