"""Our own words on the page, in both languages. Gradio translates its own by itself."""

from collections.abc import Mapping
from typing import Literal, get_args

from starlette.requests import cookie_parser

from assistant.ui.phrase_book import caption_in_chinese, description_in_chinese, sentence_in_chinese
from assistant.ui.texts import (
    answer,
    desk,
    engine_view,
    figures,
    files,
    handover,
    login,
    page,
    progress,
    refusals,
    remote,
    store,
    tool_problems,
    tools,
)

Language = Literal["en", "zh"]
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}
LANGUAGE_COOKIE = "benchside_language"  # what a person chose on the page; written by assets/web/language.js

PARTS = (
    page,
    desk,
    files,
    answer,
    figures,
    refusals,
    remote,
    store,
    tools,
    tool_problems,
    progress,
    engine_view,
    handover,
    login,
)
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

    def sentence(self, english: str) -> str:
        """Of an error, which is raised in English."""
        return sentence_in_chinese(english) if self.language == "zh" else english

    def description(self, english: str) -> str:
        """Of a file, as the model is told it."""
        return description_in_chinese(english) if self.language == "zh" else english

    def caption(self, english: str) -> str:
        """Of a figure, as the tool that made it wrote it."""
        return caption_in_chinese(english) if self.language == "zh" else english

    def tool_title(self, name: str) -> str:
        """Empty for a tool that is not ours."""
        return STRINGS.get(f"title_{name}", ("", ""))[self._column]

    def problem(self, code: str) -> str:
        """Of a ToolError, in a few words."""
        return STRINGS.get(f"problem_{code}", STRINGS["problem_other"])[self._column]

    def refused(self, code: str, english: str) -> str:
        """A ToolError as one sentence, with a headline where the sentence is of another language."""
        return f"{self.problem(code)}（{english}）" if self.language == "zh" else english


def preferred_language(headers: Mapping[str, str]) -> Language:
    """What was chosen on the page, else the browser's first choice, as far as we have it."""
    chosen = cookie_parser(headers.get("cookie", "")).get(LANGUAGE_COOKIE)
    if chosen in get_args(Language):
        return "zh" if chosen == "zh" else "en"
    return "zh" if headers.get("accept-language", "").lower().startswith("zh") else "en"
