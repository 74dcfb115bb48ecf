"""The text of an answer from a server that may leave thinking and tool calls in it, tags and all."""

from engine.dialects.base import Dialect
from engine.dialects.pieces import Piece, Text, TextWasThinking, Thinking


class InlineText:
    """Feed it the text as it comes, then finish().

    A prompt may end in the opening tag of the thinking, and then a server that does not cut answers never shows it: the
    closing tag alone tells that all the text before it was thinking. lacks_opening says that this was seen.
    """

    def __init__(self, dialect: Dialect, starts_thinking: bool) -> None:
        self._dialect = dialect
        self._parser = dialect.parser(starts_thinking)
        self._starts_thinking = starts_thinking
        self._is_decided = False  # the first tag of the thinking has come
        self._has_spoken = False
        self._tail = ""  # the end of what was fed, in which a tag may have begun
        self._thoughts: list[str] = []
        self.lacks_opening = False

    def feed(self, text: str) -> list[Piece]:
        if self._is_decided:
            return self._parser.feed(text)
        tags = self._dialect.tags
        window = self._tail + text
        opening, closing = window.find(tags.think), window.find(tags.end_think)
        if closing < 0 <= opening or 0 <= opening < closing:
            self._is_decided = True
            return self._parser.feed(text)
        if closing < 0:
            self._tail = window[-len(tags.end_think) + 1 :]
            return self._told(self._parser.feed(text))
        self._is_decided = self.lacks_opening = True
        end = closing + len(tags.end_think) - len(self._tail)
        before = self._parser.feed(text[:end])
        self._parser = self._dialect.parser(False)
        return [*self._rethought(before), *self._parser.feed(text[end:])]

    def finish(self) -> list[Piece]:
        return self._told(self._parser.finish())

    @property
    def unspoken(self) -> str:
        """What was taken for thinking only because earlier answers began with it, and never ended as such."""
        return "".join(self._thoughts) if self._starts_thinking and not self._is_decided else ""

    def _told(self, pieces: list[Piece]) -> list[Piece]:
        self._has_spoken = self._has_spoken or any(isinstance(piece, Text) for piece in pieces)
        if self._starts_thinking and not self._is_decided:
            self._thoughts += [piece.text for piece in pieces if isinstance(piece, Thinking)]
        return pieces

    def _rethought(self, pieces: list[Piece]) -> list[Piece]:
        thoughts: list[Piece] = [Thinking(piece.text) if isinstance(piece, Text) else piece for piece in pieces]
        return [TextWasThinking(), *thoughts] if self._has_spoken else thoughts
