"""The page: its components, and which handler each of them calls."""

from html import escape
from typing import Any

import gradio as gr

from assistant.ui.chat import Desk
from assistant.ui.desk_words import desk_words
from assistant.ui.example_cards import welcome
from assistant.ui.handlers import Handlers
from assistant.ui.strings import Language, Words

LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]
FONTS = ("Inter", "system-ui", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "sans-serif")
MONO_FONTS = ("ui-monospace", "SF Mono", "Cascadia Mono", "Noto Sans Mono", "monospace")
MAX_PASTED_CHARACTERS = 1_000_000  # beyond it Gradio would turn a paste into a file

AT_ONCE: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# No limit of Gradio's own: the engine queues, and refuses when too many wait.
STREAMED: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden", "api_visibility": "private"}


def page_theme() -> gr.themes.Base:
    hues = gr.themes.colors
    return gr.themes.Base(primary_hue=hues.teal, neutral_hue=hues.stone, font=FONTS, font_mono=MONO_FONTS)


def build_page(desk: Desk, language: Language | None) -> gr.Blocks:
    handlers = Handlers(desk, language)
    built_in = Words(language or "en")
    page = gr.Blocks(title="Benchside", fill_height=True, analytics_enabled=False)
    with page:
        chat = gr.State(None)
        words = _scripted("words", desk_words(built_in), "window.desk", "'words'")
        turns = _scripted("turns", None, "window.desk", "'turns'")
        # what the page's own buttons ask for, with the number of a turn or the address of a conversation
        wishes = _scripted("wishes", None, "window.desk", "'wishes'")
        _scripted("sidebar", None, "window.conversationList", template=SIDEBAR)
        header = gr.HTML(_header(built_in), elem_id="header", apply_default_css=False, js_on_load=None)
        greeting = _scripted("welcome", welcome(built_in), "window.examples", template='<div class="bs-welcome"></div>')
        log = _log(built_in)
        notice = gr.HTML("", elem_id="notice", apply_default_css=False, js_on_load=None)
        files = _scripted("files", None, "window.attachments", template='<div class="bs-composer"></div>')
        box = _box(built_in)
        with gr.Row(elem_id="below"):
            attach = gr.HTML(_attach(built_in), elem_id="attach", apply_default_css=False, js_on_load=None)
            thinking = gr.Checkbox(
                value=True, label=built_in("thinking_switch"), elem_id="think", container=False, scale=0, min_width=120
            )
            settings = _scripted("settings", {}, "window.turnSettings", template='<div class="bs-settings"></div>')
            hint = gr.HTML(_hint(built_in), elem_id="hint", apply_default_css=False, js_on_load=None)

        shown = [chat, log, box, files, notice, turns]
        asked = box.submit(handlers.send, [box, files, thinking, settings, chat], shown, **AT_ONCE)
        wish_inputs = [thinking, settings, chat]
        wished = wishes.click(handlers.grant, wish_inputs, shown, trigger_mode="multiple", **AT_ONCE)
        wishes.select(handlers.grant, wish_inputs, shown, trigger_mode="multiple", **AT_ONCE)
        box.stop(handlers.stop, chat, [box, turns], **AT_ONCE)

        async def open_page(request: gr.Request) -> tuple[Any, ...]:
            """The conversation that the address names, and the reader's language where the page has another."""
            reader = handlers.words(request)
            texts = _texts(reader) if reader.language != built_in.language else [gr.skip()] * 8
            return (*await handlers.open_page(request), *texts)

        texts = [header, words, greeting, log, box, attach, thinking, hint]
        opened = page.load(open_page, None, [*shown, *texts], **AT_ONCE)
        for begun in (asked, wished, opened):
            answered = begun.then(handlers.answer, [chat, thinking, settings], log, **STREAMED)
            answered.then(handlers.settle, chat, [log, box, turns], **AT_ONCE)
    return page


SIDEBAR = '<nav class="bs-list"></nav><div class="bs-backdrop"></div>'


def _scripted(elem_id: str, value: Any, script: str, argument: str = "element", template: str = "<i></i>") -> gr.HTML:
    """A component that one of the page's constant scripts draws or reads. Gradio does not wait for the scripts."""
    return gr.HTML(
        value,
        elem_id=elem_id,
        html_template=template,
        # the names of the events stand here for Gradio, which offers only those that it finds in the script
        js_on_load=f"(function start() {{ if ({script}) {script}.mount({argument}, props, watch, trigger); "
        "else setTimeout(start, 10); })() // trigger('click'), trigger('select')",
        apply_default_css=False,
    )


def _texts(words: Words) -> list[Any]:
    return [
        _header(words),
        desk_words(words),
        welcome(words),
        gr.Chatbot(label=words("chat_log")),
        gr.MultimodalTextbox(placeholder=words("input"), label=words("input"), submit_btn=words("send")),
        _attach(words),
        gr.Checkbox(label=words("thinking_switch")),
        _hint(words),
    ]


def _log(words: Words) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="log",
        label=words("chat_log"),
        show_label=False,
        container=False,
        scale=1,
        height=None,
        layout="panel",
        group_consecutive_messages=False,
        buttons=[],
        allow_tags=False,
        latex_delimiters=LATEX,
        feedback_options=None,
    )


def _box(words: Words) -> gr.MultimodalTextbox:
    return gr.MultimodalTextbox(
        elem_id="box",
        label=words("input"),
        show_label=False,
        placeholder=words("input"),
        sources=[],
        max_lines=8,
        max_plain_text_length=MAX_PASTED_CHARACTERS,
        submit_btn=words("send"),
        stop_btn=False,
    )


def _header(words: Words) -> str:
    states = {state: words(f"model_{state}") for state in ("loading", "ready", "draining", "gone")}
    data = " ".join(f'data-{state}="{escape(text)}"' for state, text in states.items())
    return (
        f'<button id="list-toggle" type="button" class="bs-icon-button" {_named(words("open_list"))}></button>'
        f'<button id="new-chat-small" type="button" class="bs-icon-button" {_named(words("new_chat"))}></button>'
        f'<h1>Benchside</h1><p id="model" role="status" {data}></p>'
        f'<button id="theme" type="button" {_named(words("theme"))}></button>'
    )


def _named(label: str) -> str:
    return f'aria-label="{escape(label)}" title="{escape(label)}"'


def _attach(words: Words) -> str:
    """assets/web/attach.js and capture.js listen to them; the style hides those that are of no use here."""
    return "".join(
        f'<button type="button" class="bs-tool-button bs-{name}" aria-label="{escape(words(name))}">'
        f"<span>{escape(words(name))}</span></button>"
        for name in ("attach", "camera", "record")
    )


def _hint(words: Words) -> str:
    return (
        f'<p>{escape(words("hint"))}</p><button type="button" class="bs-icon-button bs-keys-button" '
        f"{_named(words('keys'))}>?</button>"
    )
