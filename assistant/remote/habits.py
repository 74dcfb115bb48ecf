"""What has been learned about a server: fields that it does not know, tools that it leaves to the prompt's text."""

import re
import threading
from dataclasses import dataclass, field, replace

# Fields that an answer can do without, and what stands for them where a server wants another name.
OPTIONAL_FIELDS = (
    "stream_options",
    "chat_template_kwargs",
    "enable_thinking",
    "top_k",
    "min_p",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "reasoning_content",
    "top_p",
    "temperature",
    "max_tokens",
)
RENAMED = {"max_tokens": "max_completion_tokens"}
REFUSALS = (400, 422)
TOOL_REFUSALS = (400, 404, 422, 500, 501)  # llama.cpp's server takes tools only with --jinja, and says so with 500
ABOUT_TOOLS = re.compile(r"\btools?\b|\btool[_ ]choice|tool-call|function calling", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Habits:
    """unknown: fields that are left out. renamed: those that go by their other name. writes_tools: tools are described
    in the prompt, and calls are read out of the text. opens_thinking: answers begin inside the thinking, unsaid."""

    unknown: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()
    writes_tools: bool = False
    opens_thinking: bool = False


class LearnedHabits:
    """Shared by all requests to one server, in any threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._habits = Habits()

    @property
    def now(self) -> Habits:
        return self._habits

    def open_thinking(self, opens: bool) -> None:
        with self._lock:
            self._habits = replace(self._habits, opens_thinking=opens)

    def learn(self, used: Habits, sent: "SentFields", status: int, words: str) -> Habits | None:
        """Habits with which a refused request may be taken, or None. used: those that it was made with."""
        better = _better(used, sent, status, words)
        if better is not None:
            with self._lock:
                self._habits = replace(
                    self._habits,
                    unknown=self._habits.unknown | (better.unknown - {"max_tokens"}),  # that depends on the prompt
                    renamed=self._habits.renamed | better.renamed,
                    writes_tools=self._habits.writes_tools or better.writes_tools,
                )
        return better


@dataclass(frozen=True, slots=True)
class SentFields:
    """names: optional fields that a request had. has_tools: it offered some."""

    names: frozenset[str] = field(default_factory=frozenset)
    has_tools: bool = False


def _better(used: Habits, sent: SentFields, status: int, words: str) -> Habits | None:
    if status in REFUSALS:
        named = next((name for name in OPTIONAL_FIELDS if name in sent.names and _names(words, name)), None)
        if named in RENAMED and _names(words, RENAMED[named]) and named not in used.renamed:
            return replace(used, renamed=used.renamed | {named})
        if named and named not in used.unknown:
            return replace(used, unknown=used.unknown | {named})
    if status in TOOL_REFUSALS and sent.has_tools and not used.writes_tools and ABOUT_TOOLS.search(words):
        return replace(used, writes_tools=True)
    return None


def _names(words: str, name: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", words) is not None
