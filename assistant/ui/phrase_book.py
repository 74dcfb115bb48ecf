"""English sentences of errors, readers and figures -> the reader's language, by their form; see texts/sentences.py.

A sentence that is not in the book stays as it is. It may hold what a person wrote, so matching is bounded.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from assistant.ui.texts.captions import CAPTIONS
from assistant.ui.texts.file_facts import FACTS
from assistant.ui.texts.file_sentences import FILES
from assistant.ui.texts.remote import REMOTE
from assistant.ui.texts.sentences import DOOR, ENGINE, LOADING, WORDS

MAX_CHARACTERS = 1_000
MAX_FACTS = 12
NUMBER = r"[-+]?[\d.,]+(?:e[-+]?\d+)?(?:-[\d.,]+)?"
_PLACE = re.compile(r"\\\{(\w+)(:,)?\\\}")


class PhraseBook:
    def __init__(self, phrases: Mapping[str, str]) -> None:
        self._phrases = [(_pattern(english), chinese) for english, chinese in phrases.items()]

    def translated(self, text: str) -> str | None:
        if len(text) > MAX_CHARACTERS:
            return None
        for pattern, chinese in self._phrases:
            if found := pattern.fullmatch(text):
                return chinese.format_map({name: WORDS.get(said, said) for name, said in found.groupdict().items()})
        return None


def _pattern(english: str) -> re.Pattern[str]:
    def place(match: re.Match[str]) -> str:
        return f"(?P<{match[1]}>{NUMBER if match[2] else '.+?'})"

    return re.compile(_PLACE.sub(place, re.escape(english)).replace(r"\(s\)", "s?"), re.DOTALL)


_SENTENCES = PhraseBook({**LOADING, **DOOR, **ENGINE, **FILES, **REMOTE})
_FACTS = PhraseBook(FACTS)
_CAPTIONS = PhraseBook(CAPTIONS)


@lru_cache(maxsize=256)
def sentence_in_chinese(sentence: str) -> str:
    """With or without `NAME: ` before it."""
    if whole := _SENTENCES.translated(sentence):
        return whole
    for colon in re.finditer(": ", sentence[:MAX_CHARACTERS]):
        if rest := _SENTENCES.translated(sentence[colon.end() :]):
            return f"{sentence[: colon.start()]}：{rest}"
    return sentence


@lru_cache(maxsize=256)
def caption_in_chinese(caption: str) -> str:
    """What a figure shows."""
    return _CAPTIONS.translated(caption) or caption


@lru_cache(maxsize=256)
def description_in_chinese(description: str) -> str:
    """`3 components, 100 Hz, 30.0 s, 75 tokens`"""
    return "；".join("，".join(_facts(clause)) for clause in description.split("; "))


def _facts(clause: str) -> Iterable[str]:
    """Some facts hold commas of their own, so what is no fact by itself is tried together with what follows."""
    pieces = clause.split(", ")
    start = 0
    while start < len(pieces):
        ends = range(start + 1, min(len(pieces), start + MAX_FACTS) + 1)
        tried = ((end, _FACTS.translated(", ".join(pieces[start:end]))) for end in ends)
        end, fact = next(((end, fact) for end, fact in tried if fact), (start + 1, pieces[start]))
        yield fact
        start = end
