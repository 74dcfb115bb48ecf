"""Look at a message at the door, before a model spends time on what it cannot do."""

import re
from dataclasses import dataclass
from typing import Literal

from assistant.attachments.attachment import FileKind, Question, is_text
from engine.processors.settings import ProcessorSettings

# What a SMILES is made of; a protein or DNA sequence is such a run as well.
_RUN = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$%/\\.*:~]+")


@dataclass(frozen=True, slots=True)
class PromptLimits:
    """max_run_length: the longest molecule or sequence that the model copies into a call without a mistake."""

    max_length: int = 20_000
    max_run_length: int = 2_000
    max_attachments: int = 6


@dataclass(frozen=True, slots=True)
class PromptRefusal:
    """code names the sentence of the page's strings that length and limit go into.

    They are counts of characters, or of files; for "half_character" length is its place, counted from 1.
    """

    code: Literal[
        "empty", "too_long", "run_too_long", "half_character", "too_many_files", "text_only", "no_videos", "no_signals"
    ]
    length: int = 0
    limit: int = 0


def check_question(
    question: Question, limits: PromptLimits, settings: ProcessorSettings | None
) -> PromptRefusal | None:
    """Why it cannot be answered, or None. settings: of the model; None for one that reads text only."""
    if len(question.attachments) > limits.max_attachments:
        return PromptRefusal("too_many_files", len(question.attachments), limits.max_attachments)
    refusals = (check_kind(attachment.kind, settings) for attachment in question.attachments)
    if refusal := next(filter(None, refusals), None):
        return refusal
    if question.attachments and not question.text:
        return None
    return check_prompt(question.text, limits)


def check_kind(kind: FileKind, settings: ProcessorSettings | None) -> PromptRefusal | None:
    """Why the model cannot read such an attachment, or None."""
    if is_text(kind):
        return None
    if settings is None:
        return PromptRefusal("text_only")
    if kind in settings.kinds:
        return None
    return PromptRefusal("no_signals" if kind == "signal" else "no_videos")


def check_prompt(text: str, limits: PromptLimits) -> PromptRefusal | None:
    """Why the text cannot be answered, or None."""
    if not text.strip():
        return PromptRefusal("empty")
    if len(text) > limits.max_length:
        return PromptRefusal("too_long", len(text), limits.max_length)
    longest = max((len(run) for run in _RUN.findall(text)), default=0)
    if longest > limits.max_run_length:
        return PromptRefusal("run_too_long", longest, limits.max_run_length)
    try:
        text.encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair, which JSON can carry and no tokenizer takes
        return PromptRefusal("half_character", error.start + 1)
    return None
