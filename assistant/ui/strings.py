"""Our own words on the page, in both languages. Gradio translates its own by itself."""

from collections.abc import Mapping
from typing import Literal

from assistant.ui.texts import answer, figures, files, login, page, refusals

Language = Literal["en", "zh"]

PARTS = (page, files, answer, figures, refusals, login)
STRINGS: dict[str, tuple[str, str]] = {key: texts for part in PARTS for key, texts in part.TEXTS.items()}

EXAMPLES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Draw caffeine, CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
        "Show ibuprofen in 3D: CC(C)Cc1ccc(cc1)C(C)C(=O)O",
        "Look up aspirin and tell me its molecular weight.",
        "Calculate 8.314*298.15/1000",
    ),
    "zh": (
        "画出咖啡因的结构：CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
        "用三维显示布洛芬：CC(C)Cc1ccc(cc1)C(C)C(=O)O",
        "查一下阿司匹林，它的分子量是多少？",
        "计算 8.314*298.15/1000",
    ),
}


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
