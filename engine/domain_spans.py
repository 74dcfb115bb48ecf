"""Find SMILES and arithmetic in running text, so that they are tokenised alone.

Byte-pair merges depend on the neighbours of a character: ` CCO.`, `(CCO)` and `"CCO"}` would become different tokens,
and a small model that has to copy a molecule would have to translate between them. A span that is cut out before the
merges has the same tokens wherever it stands, which is what Intern-S1's dynamic tokenizer does for its domain tags.
"""

import re

# Runs of these characters are candidates; a colon counts only inside brackets, where it is an atom map.
_RUN = re.compile(r"(?:\[[^\[\]\s]{1,40}\]|[A-Za-z0-9@+\-()=#$%/\\.*~^\[\]])+")
_SMILES = re.compile(r"(?:\[[^\[\]\s]{1,40}\]|Br|Cl|[BCNOPSFIbcnops]|%\d\d|\d|[=#$/\\+\-().~@*])+")
_UNBRANCHED = re.compile(r"(?:Br|Cl|[BCNOPSFI]){2,}")
_SMILES_MARK = re.compile(r"[=#()\[\]/\\@\d]")
_LETTER = re.compile(r"[A-Za-z]")
_ARITHMETIC = re.compile(
    r"(?=.*\d)(?=.*[+\-*/^%])(?:[0-9.+\-*/^()%]|[eE](?=[+\-]?\d)|(?:sqrt|exp|ln|log10|log)(?=\())+"
)


def split_domain_spans(text: str) -> list[tuple[str, bool]]:
    """Cut text into (piece, is_span); the pieces join up to text again."""
    pieces: list[tuple[str, bool]] = []
    position = 0
    for run in _RUN.finditer(text):
        start, end = _span_within(text, run.start(), run.end())
        if start == end:
            continue
        if start > position:
            pieces.append((text[position:start], False))
        pieces.append((text[start:end], True))
        position = end
    if position < len(text):
        pieces.append((text[position:], False))
    return pieces


def is_molecule(span: str) -> bool:
    """Whether a span is not a calculation."""
    return _is_smiles(span, 0, len(span))


def _span_within(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of a run that is a molecule or a calculation, without the punctuation of the sentence around it."""
    while end > start and text[end - 1] in ".-":
        end -= 1
    if end - start < 2:
        return start, start
    if text.count("(", start, end) == text.count(")", start, end) and _ARITHMETIC.fullmatch(text, start, end):
        return start, end
    while start < end and text[start] == "(":
        start += 1
    while end > start and text[end - 1] == ")" and text.count(")", start, end) > text.count("(", start, end):
        end -= 1
    while end > start and text[end - 1] in ".-":
        end -= 1
    if end - start >= 2 and (_is_smiles(text, start, end) or _ARITHMETIC.fullmatch(text, start, end)):
        return start, end
    return start, start


def _is_smiles(text: str, start: int, end: int) -> bool:
    if _UNBRANCHED.fullmatch(text, start, end):
        return True
    return bool(
        _SMILES.fullmatch(text, start, end)
        and _SMILES_MARK.search(text, start, end)
        and _LETTER.search(text, start, end)
    )
