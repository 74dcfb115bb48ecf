"""What an answer took, in one line below it, and what opens on a click. Pure, as render.py."""

from typing import Any

from assistant.attachments.attachment import MediaCount
from assistant.events import Finished
from assistant.ui.answer import Answer
from assistant.ui.check_view import check_view
from assistant.ui.strings import Words
from engine.messages import Usage

TIGHT_SHARE = 0.8
MIN_STAGE_S = 0.005  # less is shown as 0.00 s, and so not at all

FOOTER_WORDS = ("copy", "copied", "copy_failed", "draw_molecule", "not_a_molecule", "stages")


def footer_view(answer: Answer, end: Finished, words: Words) -> dict[str, Any]:
    return {
        "kind": "footer",
        "text": footer_line(end, words, answer.media),
        "stopped": end.reason == "stopped",
        "copy": answer.text.strip(),
        "check": check_view(answer.check, words),
        "context": context_view(end, words),
        "stages": stage_rows(answer, end, words),
        "words": words.several(*FOOTER_WORDS),
    }


def footer_line(end: Finished, words: Words, media: tuple[MediaCount, ...] = ()) -> str:
    """`212 tok · 78.1 tok/s · first token 0.31 s · 3.2 s · stop`; a turn that never reached the model has no tokens.

    With media in the prompt of the last model call, its length comes first and says how much of it they are.
    """
    facts = []
    if end.usages and media:
        facts.append(words("prompt_tokens", tokens=end.usages[-1].prompt_tokens, media=_media_tokens(media, words)))
    if end.usages:
        facts.append(f"{sum(usage.completion_tokens for usage in end.usages):,} tok")
        if speed := _tokens_per_s(end.usages):
            facts.append(f"{speed:.1f} tok/s")
        facts.append(f"{words('first_token')} {end.usages[0].time_to_first_token_s:.2f} s")
        if share := _cached_share(end.usages):
            facts.append(words("cached_share", share=share))
    return " · ".join([*facts, f"{end.seconds:.1f} s", _reason(end, words)])


def context_view(end: Finished, words: Words) -> dict[str, Any] | None:
    """How much of what the model can hold the conversation has taken up; None where it is not known."""
    if not end.usages or not end.context_limit:
        return None
    tokens = end.usages[-1].prompt_tokens + end.usages[-1].completion_tokens
    share, percent = tokens / end.context_limit, 100 * tokens // end.context_limit
    return {
        "percent": min(percent, 100),
        "text": words("context", share=percent),
        "in_words": words("context_in_words", tokens=f"{tokens:,}", limit=f"{end.context_limit:,}", share=percent),
        "warning": words("context_is_tight", share=percent) if share >= TIGHT_SHARE else "",
    }


def stage_rows(answer: Answer, end: Finished, words: Words) -> list[list[str]]:
    """Label and seconds of each stage that took any. They need not add up: the check of an answer is none of them."""
    queue_s = sum(usage.queue_s for usage in end.usages)
    encode_s = sum(usage.encode_s for usage in end.usages)
    stages = {
        "stage_files": answer.files_s,
        "stage_queue": queue_s,
        "stage_encode": encode_s,
        "stage_prompt": sum(usage.time_to_first_token_s for usage in end.usages) - queue_s - encode_s,
        "stage_writing": sum(usage.decode_s for usage in end.usages),
        "stage_thinking": answer.thinking_s,
        "stage_tools": answer.tools_s,
        "stage_all": end.seconds,
    }
    return [[words(label), f"{seconds:.2f} s"] for label, seconds in stages.items() if seconds >= MIN_STAGE_S]


def _reason(end: Finished, words: Words) -> str:
    if end.reason == "stopped" and end.released_s is not None:
        return words("stopped_and_free", seconds=f"{end.released_s:.1f}")
    return words(end.reason)


def _media_tokens(media: tuple[MediaCount, ...], words: Words) -> str:
    def what(count: MediaCount) -> str:
        return words(f"one_{count.kind}" if count.number == 1 else f"many_{count.kind}s", number=count.number)

    return ", ".join(words("tokens_from", tokens=count.num_tokens, what=what(count)) for count in media)


def _cached_share(usages: tuple[Usage, ...]) -> int:
    """In percent, over all model calls of the turn."""
    num_prompt_tokens = sum(usage.prompt_tokens for usage in usages)
    return 100 * sum(usage.cached_tokens for usage in usages) // num_prompt_tokens if num_prompt_tokens else 0


def _tokens_per_s(usages: tuple[Usage, ...]) -> float:
    """Over all model calls of the turn: tokens after each first one, over the time they took."""
    decode_s = sum(usage.decode_s for usage in usages)
    tokens = sum(max(usage.completion_tokens - 1, 0) for usage in usages)
    return tokens / decode_s if decode_s > 0 else 0.0
