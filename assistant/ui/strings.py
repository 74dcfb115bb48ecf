"""Our own words on the page, in both languages. Gradio translates its own by itself."""

from collections.abc import Mapping
from typing import Literal

from assistant.ui.texts import answer, desk, figures, files, login, page, refusals, store

Language = Literal["en", "zh"]

PARTS = (page, desk, files, answer, figures, refusals, store, login)
STRINGS: dict[str, tuple[str, str]] = {key: texts for part in PARTS for key, texts in part.TEXTS.items()}


class Words:
    """The strings of one language: words("thought", seconds="1.2")."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = 1 if language == "zh" else 0

    def __call__(self, key: str, **values: object) -> str:
        return STRINGS[key][self._column].format(**values)

    def several(self, *keys: str) -> dict[str, str]:
        """As they are, with the places of values left in."""
        return {key: STRINGS[key][self._column] for key in keys}


def preferred_language(headers: Mapping[str, str]) -> Language:
    """The browser's first choice, as far as we have it."""
    return "zh" if headers.get("accept-language", "").lower().startswith("zh") else "en"
