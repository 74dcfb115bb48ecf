"""What the page shows of the check of an answer: a chip in its footer, and a mark at each of its molecules."""

from typing import Any

from assistant.checked_answer import AnswerCheck
from assistant.ui.strings import Words


def check_view(check: AnswerCheck | None, words: Words) -> dict[str, Any]:
    """text: the chip, empty where no number was judged; rows: what it opens to; structures: SMILES and problem."""
    if check is None:
        return {"text": "", "is_grounded": True, "rows": [], "structures": []}
    judged = len(check.grounded) + len(check.recomputed) + len(check.unknown)
    rows = [[number, words("number_grounded")] for number in check.grounded]
    rows += [[number, words("number_recomputed", how=how)] for number, how in check.recomputed]
    rows += [[number, words("number_unknown")] for number in check.unknown]
    return {
        "text": _chip(judged, len(check.unknown), words),
        "is_grounded": not check.unknown,
        "rows": rows,
        "structures": [[structure.smiles, structure.problem] for structure in check.structures],
    }


def _chip(judged: int, unknown: int, words: Words) -> str:
    if not judged:
        return ""
    if unknown:
        return words("numbers_unknown", unknown=unknown, number=judged)
    return words("one_number_grounded") if judged == 1 else words("numbers_grounded", number=judged)
