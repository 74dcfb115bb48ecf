"""Whether a run of characters is a SMILES: by RDKit, or by rules of spelling where that is not installed.

The two differ on strings that are nearly right, so a tokenizer records which one it uses.
Facts: the detector of the released Intern-S1-Pro tokenizer, checked against its ids.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec

from engine.errors import CheckpointError

# RDKit's ring perception is not linear; the longest molecule of the parity data has under 300 characters.
# Longer candidates are judged by the rules with either setting.
MAX_PARSED_CHARACTERS = 1_000
_MAX_CACHED_VERDICTS = 4_096

_BOND = r"-=#:/\\.$"
_SPELLED = re.compile(rf"(?:\[[^\[\]]+\]|Br|Cl|[BCNOPSFIbcnops]|%[0-9][0-9]|[0-9]|[{_BOND}()])+")
_AT_AN_END = re.compile(rf"^[{_BOND}]|[{_BOND}]$")
_TWO_BONDS = re.compile(rf"[{_BOND}][{_BOND}]")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_BAD_ATOM = re.compile(r"[A-GI-Za-z]{3}|[0-9]{4}|[()]|[0-9]+[^0-9]+[0-9]+[^0-9]+[0-9]")
_RING_CLOSURE = re.compile(r"%[0-9][0-9]|[0-9]")
_UPPER_CASE = re.compile(r"[A-Z]")


def is_rdkit_installed() -> bool:
    return find_spec("rdkit") is not None


def smiles_check(uses_rdkit: bool) -> Callable[[str], bool]:
    """The check by RDKit (candidates up to MAX_PARSED_CHARACTERS) or by the rules."""
    if not uses_rdkit:
        return obeys_rules
    try:
        from rdkit import Chem, rdBase
    except ImportError as error:
        raise CheckpointError("This tokenizer is to use RDKit, which is not installed: pip install rdkit.") from error

    def parses(text: str) -> bool:
        with rdBase.BlockLogs():
            return Chem.MolFromSmiles(text) is not None

    cached = lru_cache(_MAX_CACHED_VERDICTS)(parses)
    return lambda text: cached(text) if len(text) <= MAX_PARSED_CHARACTERS else obeys_rules(text)


def obeys_rules(text: str) -> bool:
    """Rings close, branches open before they close, bonds have atoms on both sides, plain atoms are organic ones."""
    if not _SPELLED.fullmatch(text) or _AT_AN_END.search(text) or _TWO_BONDS.search(text):
        return False
    if any(_BAD_ATOM.search(atom) for atom in _BRACKET.findall(text)):
        return False
    outside = _BRACKET.sub("", text)
    closures = _RING_CLOSURE.findall(outside)
    if not _closes_only_what_is_open(outside) or any(closures.count(label) % 2 for label in set(closures)):
        return False
    return bool(_UPPER_CASE.search(text)) or len(closures) >= 2


def _closes_only_what_is_open(text: str) -> bool:
    """A branch that stays open is let pass, as released: candidates are often cut off at the end."""
    depth = 0
    for character in re.findall(r"[()]", text):
        depth += 1 if character == "(" else -1
        if depth < 0:
            return False
    return True
