"""The page: its components, and which handler each of them calls."""

from html import escape
from typing import Any

import gradio as gr

from assistant.ui.chat import Chat, Desk
from assistant.ui.desk_words import desk_words
from assistant.ui.engine_button import engine_button
from assistant.ui.example_cards import welcome
from assistant.ui.handlers import Handlers, busy_buttons, idle_buttons
from assistant.ui.strings import LANGUAGE_NAMES, Language, Words

LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]
FONTS = ("Inter", "system-ui", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "sans-serif")
MONO_FONTS = ("ui-monospace", "SF Mono", "Cascadia Mono", "Noto Sans Mono", "monospace")
MAX_PASTED_CHARACTERS = 1_000_000  # beyond it Gradio would turn a paste into a file

# Told on no component: else each hears of every update of an answer, and Gradio copies all that it holds each time.
QUIET: dict[str, Any] = {"show_progress": "hidden", "show_progress_on": [], "api_visibility": "private"}
AT_ONCE: dict[str, Any] = {"queue": False, **QUIET}
# No limit of Gradio's own: the engine queues, and refuses when too many wait.
STREAMED: dict[str, Any] = {"concurrency_limit": None, **QUIET}


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
        speak = gr.Button(elem_id="speak", visible="hidden")  # pressed by assets/web/language.js
        header = gr.HTML(_header(built_in, language), elem_id="header", apply_default_css=False, js_on_load=None)
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
        wish_inputs = [box, thinking, settings, chat]
        wished = wishes.click(handlers.grant, wish_inputs, shown, trigger_mode="multiple", **AT_ONCE)
        wishes.select(handlers.grant, wish_inputs, shown, trigger_mode="multiple", **AT_ONCE)
        box.stop(handlers.stop, chat, [box, turns], **AT_ONCE)

        async def open_page(request: gr.Request) -> tuple[Any, ...]:
            """The conversation that the address names, and the reader's language where the page has another."""
            reader = handlers.words(request)
            is_other = reader.language != built_in.language
            texts = _texts(reader, language, idle_buttons(reader)) if is_other else [gr.skip()] * 8
            return (*await handlers.open_page(request), *texts)

        async def speak_to(mine: Chat | None, row: Any, request: gr.Request) -> tuple[Any, ...]:
            """The page as it is, in the language that was chosen just now."""
            reader = handlers.words(request)
            mine, row, actions = await handlers.speak(mine, row, request)
            buttons = busy_buttons(reader) if mine.is_busy else idle_buttons(reader)
            return (mine, row, actions, "", *_texts(reader, language, buttons, value=mine.messages))

        texts = [header, words, greeting, log, box, attach, thinking, hint]
        opened = page.load(open_page, None, [*shown, *texts], **AT_ONCE)
        speak.click(speak_to, [chat, files], [chat, files, turns, notice, *texts], **AT_ONCE)
        for begun in (asked, wished, opened):
            answered = begun.then(handlers.answer, chat, log, **STREAMED)
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


def _texts(words: Words, language: Language | None, buttons: dict[str, Any], **log: Any) -> list[Any]:
    """For the components that hold words of ours. language: where it is fixed. log: what else the log is to change."""
    return [
        _header(words, language),
        desk_words(words),
        welcome(words),
        gr.Chatbot(label=words("chat_log"), **log),
        gr.MultimodalTextbox(placeholder=words("input"), label=words("input"), **buttons),
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
        autoscroll=False,  # assets/web/follow.js does it for less
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


def _header(words: Words, language: Language | None) -> str:
    """language: where it is fixed, and nobody is asked for theirs."""
    states = {state: words(f"model_{state}") for state in ("loading", "ready", "draining", "unreachable", "gone")}
    texts = {**states, "log": words("chat_log")}
    data = " ".join(f'data-{name}="{escape(text)}"' for name, text in texts.items())
    return (
        f'<button id="list-toggle" type="button" class="bs-icon-button" {_named(words("open_list"))}></button>'
        f'<button id="new-chat-small" type="button" class="bs-icon-button" {_named(words("new_chat"))}></button>'
        f'<h1>Benchside</h1><p id="model" role="status" lang="{words.language}" {data}></p>'
        f"{_language_button(words) if language is None else ''}{engine_button(words)}"
        f'<button id="theme" type="button" {_named(words("theme"))}></button>'
    )


def _language_button(words: Words) -> str:
    """Shows the other language. assets/web/language.js listens to it."""
    other: Language = "en" if words.language == "zh" else "zh"
    name = escape(LANGUAGE_NAMES[other])
    return f'<button id="language" type="button" data-language="{other}" lang="{other}">{name}</button>'


def _named(label: str) -> str:
    return f'aria-label="{escape(label)}" title="{escape(label)}"'


def _attach(words: Words) -> str:
    """assets/web/attach.js and capture.js listen to them; the style hides those that are of no use here."""
    return "".join(
        f'<button type="button" class="bs-tool-button bs-{name}"><span>{escape(words(name))}</span></button>'
        for name in ("attach", "camera", "record")
    )


def _hint(words: Words) -> str:
    return (
        f'<p>{escape(words("hint"))}</p><button type="button" class="bs-icon-button bs-keys-button" '
        f"{_named(words('keys'))}>?</button>"
    )
