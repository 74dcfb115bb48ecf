"""The button that opens the engine view, with the words of what it opens: assets/web/engine_view.js draws that."""

import json
from html import escape

from assistant.ui.strings import Words
from assistant.ui.texts import engine_view


def engine_button(words: Words) -> str:
    label = escape(words("engine_open"))
    texts = escape(json.dumps(words.several(*engine_view.TEXTS), ensure_ascii=False))
    return f'<button id="engine-open" type="button" aria-label="{label}" title="{label}" data-words="{texts}"></button>'
