r"""Make an answer safe to show as Markdown without changing a molecule.

Markdown takes `[N+](=O)` for a link and `a<b` for a tag, and what a reader then copies is another molecule. So, outside
code and formulas: SMILES and long sequences become code spans, tagged spans (<SMILES>...</SMILES>) too, every other `<`
is text, and so are the star of a product and an image, which would be fetched from anywhere. This decides by the look
of a word alone: parsing chemistry belongs in the tool process.
"""

import re
from collections import Counter

_ELEMENT = r"(?:[A-Z][a-z]?|[bcnops]|se|as|te|\*)"
_BRACKET_ATOM = rf"\[\d{{0,3}}{_ELEMENT}@{{0,2}}(?:H\d?)?(?:\+{{1,3}}|-{{1,3}}|[+-]\d)?(?::\d{{1,3}})?\]"
_ATOM = rf"(?:Br|Cl|[BCNOPSFIbcnops]|{_BRACKET_ATOM})"
_SMILES = rf"(?<![A-Za-z0-9@\]]){_ATOM}(?:{_ATOM}|[-=#$/\\~().*]|\d|%\d\d)*"

_TOKEN = re.compile(
    "|".join(
        (
            r"(?P<code>(?P<fence>`{3,})[\s\S]*?(?:(?P=fence)|\Z)|(?P<ticks>`{1,2})(?!`)[^\n]*?[^`\n](?P=ticks)(?!`))",
            r"(?P<formula>\$\$[\s\S]+?\$\$|\\\[[\s\S]+?\\\]|\\\([^\n]+?\\\))",
            r"<(?P<tag>SMILES|FASTA|PROT|DNA|RNA|IUPAC)>(?P<tagged>[^<>`\n]{1,4000})</(?P=tag)>",
            r"(?P<sequence>(?<![A-Za-z0-9])[ACDEFGHIKLMNPQRSTVWY]{15,}(?![A-Za-z0-9\[(=#@/\\+-]))",
            rf"(?P<smiles>{_SMILES})",
            r"(?P<less><)",
            r"(?P<image>!(?=\[))",
            r"(?P<times>(?<=[\d)])\*(?=[\d(]))",
        )
    )
)
_SMILES_ATOM = re.compile(_ATOM)
_BRACKETS = re.compile(_BRACKET_ATOM)
_RING_BOND = re.compile(r"%\d\d|\d")
_TELLTALE = re.compile(r"[\[(=#\d]")


def chemistry_safe(text: str) -> str:
    """The text as Markdown in which molecules, sequences and `<` stay what they are."""
    return _TOKEN.sub(lambda match: _shown(match, text), text)


def smiles_in(text: str) -> list[str]:
    """The molecules that chemistry_safe() makes code of, and those that are code already, in their order."""
    found = []
    for match in _TOKEN.finditer(text):
        if match["smiles"]:
            shown = _shown(match, text)
            found += [shown.partition("`")[2].partition("`")[0]] if shown.startswith("`") else []
        elif match["tag"] == "SMILES":
            found.append(match["tagged"].strip())
        elif match["ticks"] and _is_smiles(code := match["code"].strip("`").strip()):
            found.append(code)
    return found


def _is_smiles(word: str) -> bool:
    return bool(re.fullmatch(_SMILES, word)) and _looks_like_smiles(word, is_unfinished=False)


def _shown(match: re.Match[str], text: str) -> str:
    if match["tagged"]:
        return f"`{match['tagged'].strip()}`"
    if match["sequence"]:
        return f"`{match['sequence']}`"
    if match["less"]:
        return "&lt;"
    if match["image"]:
        return "!" if _becomes_code(text, match.end()) else "!\\"
    if match["times"]:
        return "\\*"
    if match["smiles"]:
        return _shown_smiles(match["smiles"], text[match.end() : match.end() + 1], match.end() == len(text))
    return match[0]


def _becomes_code(text: str, place: int) -> bool:
    """A backslash would escape the tick that the code begins with."""
    following = _TOKEN.match(text, place)
    return bool(following and following["smiles"] and _shown(following, text).startswith("`"))


def _shown_smiles(word: str, next_character: str, is_last: bool) -> str:
    smiles = _without_punctuation(word)
    rest = word[len(smiles) :]
    is_cut = not rest and bool(re.match(r"[A-Za-z0-9\[@]", next_character))
    if is_cut or not _looks_like_smiles(smiles, is_unfinished=is_last and not rest):
        return word
    return f"`{smiles}`{rest}"


def _without_punctuation(word: str) -> str:
    """Drop what belongs to the sentence: a final stop, dash or star, and brackets that were opened before the word."""
    while word and (word[-1] in ".-=#$/\\~*(" or (word[-1] == ")" and word.count(")") > word.count("("))):
        word = word[:-1]
    return word


def _looks_like_smiles(word: str, *, is_unfinished: bool) -> bool:
    """A bracket atom, or two atoms and a sign that no ordinary word has; closed, unless it is still being written."""
    is_bracket_atom = bool(_BRACKETS.fullmatch(word))
    if not is_bracket_atom and (len(_SMILES_ATOM.findall(word)) < 2 or not _TELLTALE.search(word)):
        return False
    if is_unfinished:
        return True
    rings = Counter(_RING_BOND.findall(_BRACKETS.sub("", word)))
    return word.count("(") == word.count(")") and all(count % 2 == 0 for count in rings.values())
