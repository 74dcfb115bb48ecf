"""Find the first of several texts in a text that comes in pieces, and show nothing that may turn out to be one."""


class StopStrings:
    """Of the occurrences of stop texts the one that ends first counts, and of those the longest; so how the text is
    cut into pieces makes no difference."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = stop
        self._held = ""  # the end of the text so far, which may be the beginning of a stop text
        self.is_found = False

    def push(self, text: str) -> str:
        """The text that may be shown now: all of it up to a stop text, or up to what may become one."""
        if self.is_found:
            return ""
        text = self._held + text
        ends = [(start + len(stop), start) for stop in self._stop if (start := text.find(stop)) >= 0]
        if ends:
            self.is_found = True
            self._held = ""
            return text[: min(ends)[1]]
        num_held = max((_num_begun(text, stop) for stop in self._stop), default=0)
        num_shown = len(text) - num_held
        self._held = text[num_shown:]
        return text[:num_shown]

    def rest(self) -> str:
        """What was held back, when no more text comes."""
        held, self._held = self._held, ""
        return held


def _num_begun(text: str, stop: str) -> int:
    """How many characters at the end of text are a beginning of stop."""
    lengths = range(min(len(text), len(stop) - 1), 0, -1)
    return next((length for length in lengths if text.endswith(stop[:length])), 0)
