"""Whether a word has the form of a SMILES: its atoms, bonds, branches and ring closures, without any chemistry."""

import re

MAX_LENGTH = 2_000
_ATOM = r"Br|Cl|[BCNOPSFI]|[bcnops]|\[[0-9]{0,3}[A-Za-z][A-Za-z0-9@+\-:]{0,20}\]|\[\*[^\[\]\s]{0,12}\]|\*"
_TOKEN = re.compile(
    rf"(?P<atom>{_ATOM})|(?P<ring>%[0-9]{{2}}|[0-9])|(?P<bond>[-=#$:/\\])|(?P<open>\()|(?P<close>\))|\."
)
_PLAIN = re.compile(r"(?:[CNOSPFI]|Cl|Br)+")


def has_smiles_form(word: str) -> bool:
    """Rings and brackets close, and it begins and ends as a SMILES does. Also true of words such as `On`."""
    if not word or len(word) > MAX_LENGTH:
        return False
    depth, rings, previous, place = 0, set[str](), "", 0
    for token in _TOKEN.finditer(word):
        if token.start() != place:
            return False
        place = token.end()
        kind = token.lastgroup or "dot"
        if not _may_follow(kind, previous):
            return False
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            return False
        if kind == "ring":
            rings ^= {token[0]}
        previous = kind
    return place == len(word) and depth == 0 and not rings and previous in ("atom", "ring", "close")


def is_surely_smiles(word: str) -> bool:
    """As above, and no English word, abbreviation or list mark: something in it is written only in a SMILES."""
    if not has_smiles_form(word):
        return False
    if _PLAIN.fullmatch(word):
        carbons = len(re.findall("C(?!l)", word))
        return len(word) >= 3 and 2 * carbons >= len(word)
    num_atoms = sum(token.lastgroup == "atom" for token in _TOKEN.finditer(word))
    return num_atoms >= 3 and re.search(r"[=#()\[\]0-9]", word) is not None


def _may_follow(kind: str, previous: str) -> bool:
    match kind:
        case "atom":
            return True
        case "ring":
            return previous in ("atom", "ring", "bond")
        case "bond":
            return previous in ("atom", "ring", "open", "close")
        case "open" | "close":
            return previous in ("atom", "ring", "close")
    return previous in ("atom", "ring", "close")
