"""The page: its components, and which handler each of them calls."""

from html import escape
from typing import Any

import gradio as gr

from assistant.ui.chat import Desk
from assistant.ui.handlers import Handlers
from assistant.ui.strings import EXAMPLES, Language, Words

LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]
FONTS = ("Inter", "system-ui", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "sans-serif")
MONO_FONTS = ("ui-monospace", "SF Mono", "Cascadia Mono", "Noto Sans Mono", "monospace")
# The row of attached files: drawn and filled by assets/web/attach.js, read by Handlers.send. Gradio does not wait for
# the page's scripts.
FILES_VIEW: dict[str, Any] = {
    "html_template": '<div class="bs-composer"></div>',
    "js_on_load": "(function start() { if (window.attachments) window.attachments.mount(element, props, watch); "
    "else setTimeout(start, 10); })()",
    "apply_default_css": False,
}
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
        with gr.Row(elem_id="top"):
            header = gr.HTML(_header(built_in), elem_id="header", apply_default_css=False, js_on_load=None)
            new_chat = gr.Button(built_in("new_chat"), elem_id="new-chat", size="sm", scale=0, min_width=90)
        log = _log(built_in)
        notice = gr.HTML("", elem_id="notice", apply_default_css=False, js_on_load=None)
        files = gr.HTML(None, elem_id="files", **FILES_VIEW)
        box = _box(built_in)
        with gr.Row(elem_id="below"):
            attach = gr.HTML(_attach(built_in), elem_id="attach", apply_default_css=False, js_on_load=None)
            thinking = gr.Checkbox(
                value=True, label=built_in("thinking_switch"), elem_id="think", container=False, scale=0, min_width=120
            )
            hint = gr.HTML(_hint(built_in), elem_id="hint", apply_default_css=False, js_on_load=None)
        # pressed by the buttons under the last answer, which sciview.js draws
        retry = gr.Button(elem_id="retry", visible="hidden")
        edit = gr.Button(elem_id="edit", visible="hidden")

        for asked in (
            box.submit(handlers.send, [box, files, chat], [chat, log, box, files, notice], **AT_ONCE),
            retry.click(handlers.retry, chat, [chat, log, box], **AT_ONCE),
        ):
            answered = asked.then(handlers.answer, [chat, thinking], log, **STREAMED)
            answered.then(handlers.settle, chat, [log, box], **AT_ONCE)
        edit.click(handlers.edit, chat, [chat, log, box, files], **AT_ONCE)
        box.stop(handlers.stop, chat, box, **AT_ONCE)
        new_chat.click(handlers.new_chat, chat, [chat, log, box, files], **AT_ONCE)
        log.example_select(handlers.fill_example, None, box, **AT_ONCE)

        async def open_page(request: gr.Request) -> tuple[Any, ...]:
            """A new chat, and the reader's language where it is not the one the page was built in."""
            words = handlers.words(request)
            texts = _texts(words) if words.language != built_in.language else [gr.skip()] * 7
            return (*await handlers.open(request), *texts)

        page.load(open_page, None, [chat, files, header, new_chat, log, box, attach, thinking, hint], **AT_ONCE)
    return page


def _texts(words: Words) -> list[Any]:
    return [
        _header(words),
        words("new_chat"),
        gr.Chatbot(label=words("chat_log"), placeholder=_welcome(words), examples=_examples(words)),
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
        placeholder=_welcome(words),
        examples=_examples(words),
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
    states = {state: words(f"model_{state}") for state in ("loading", "ready", "draining", "unreachable", "gone")}
    data = " ".join(f'data-{state}="{escape(text)}"' for state, text in states.items())
    return (
        f'<h1>Benchside</h1><p id="model" role="status" {data}></p>'
        f'<button id="theme" type="button" aria-label="{escape(words("theme"))}"></button>'
    )


def _attach(words: Words) -> str:
    """assets/web/attach.js listens to it."""
    return f'<button type="button" class="bs-attach">{escape(words("attach"))}</button>'


def _hint(words: Words) -> str:
    return f"<p>{escape(words('hint'))}</p>"


def _welcome(words: Words) -> str:
    return f"## {words('welcome')}\n\n{words('tagline')}"


def _examples(words: Words) -> list[Any]:
    return [{"text": text} for text in EXAMPLES[words.language]]
