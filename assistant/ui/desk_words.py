"""What the constant scripts around the chat say to the reader, in one language."""

from assistant.ui.strings import Words
from assistant.ui.texts import desk

ALSO_USED = ("new_chat",)  # of other parts


def desk_words(words: Words) -> dict[str, str]:
    """All of them, with the places of values left in: {title}, {number} and the like are filled by the page."""
    return words.several(*desk.TEXTS, *ALSO_USED)
