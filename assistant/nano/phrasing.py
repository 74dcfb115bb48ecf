"""Turn a template with [a|b|c] choices and {slots} into one sentence."""

import random
import re

_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def say(template: str, rng: random.Random, **slots: str) -> str:
    """One random reading of a template. Slots are filled last, so brackets in a SMILES are never choices."""
    while choice := _CHOICE.search(template):
        picked = rng.choice(choice.group(1).split("|"))
        template = template[: choice.start()] + picked + template[choice.end() :]
    template = re.sub(r"([.!?？。])[.。]$", r"\1", template)
    for name, value in slots.items():
        template = template.replace("{" + name + "}", value)
    return template.strip()


def roughen(text: str, rng: random.Random, protected: tuple[str, ...]) -> str:
    """Now and then what hurried people do: no capital, no final mark, a doubled space, a swapped letter pair."""
    style = rng.random()
    if style < 0.70 or any(len(value) < 2 for value in protected):
        return text
    if style < 0.82:
        return text[:1].lower() + text[1:] if not text.startswith(protected) else text
    if style < 0.88:
        return text.rstrip(".!。！")
    if style < 0.92:
        return text.replace(" ", "  ", 1)
    return _with_typo(text, rng, protected)


def _with_typo(text: str, rng: random.Random, protected: tuple[str, ...]) -> str:
    words = [m for m in re.finditer(r"[a-z]{5,}", text) if not any(m.group() in value for value in protected)]
    if not words:
        return text
    word = rng.choice(words)
    i = word.start() + rng.randrange(1, len(word.group()) - 2)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
