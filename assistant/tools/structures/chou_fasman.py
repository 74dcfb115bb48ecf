"""Secondary structure guessed from the sequence alone, by the rules of Chou and Fasman.

P. Y. Chou and G. D. Fasman, Prediction of the secondary structure of proteins from their amino acid sequence,
Adv. Enzymol. 47 (1978) 45-148: conformational parameters from 29 proteins, times 100.
"""

from collections.abc import Sequence

HELIX = {
    "E": 151,
    "M": 145,
    "A": 142,
    "L": 121,
    "K": 116,
    "F": 113,
    "Q": 111,
    "W": 108,
    "I": 108,
    "V": 106,
    "D": 101,
    "H": 100,
    "R": 98,
    "T": 83,
    "S": 77,
    "C": 70,
    "Y": 69,
    "N": 67,
    "P": 57,
    "G": 57,
}
STRAND = {
    "V": 170,
    "I": 160,
    "Y": 147,
    "F": 138,
    "W": 137,
    "L": 130,
    "C": 119,
    "T": 119,
    "Q": 110,
    "M": 105,
    "R": 93,
    "N": 89,
    "H": 87,
    "A": 83,
    "S": 75,
    "G": 75,
    "K": 74,
    "P": 55,
    "D": 54,
    "E": 37,
}
WINDOW = 4  # residues whose mean lets a helix or strand go on
GOES_ON = 100.0
SHORTEST = {"H": 5, "E": 3}  # residues


def predict(sequence: str) -> str:
    """H, E or C for every residue of a protein sequence in the 20 letters."""
    helix, strand = [HELIX[letter] for letter in sequence], [STRAND[letter] for letter in sequence]
    in_helix = _regions(helix, strand, SHORTEST["H"] + 1, 4, 103)
    in_strand = _regions(strand, helix, SHORTEST["E"] + 2, 3, 105)
    states = ["H" if h else "E" if s else "C" for h, s in zip(in_helix, in_strand, strict=True)]
    for start, end in _runs([h and s for h, s in zip(in_helix, in_strand, strict=True)]):
        winner = "H" if sum(helix[start:end]) > sum(strand[start:end]) else "E"
        states[start:end] = winner * (end - start)
    for state, shortest in SHORTEST.items():
        for start, end in _runs([one == state for one in states]):
            if end - start < shortest:
                states[start:end] = "C" * (end - start)
    return "".join(states)


def _regions(values: Sequence[int], others: Sequence[int], length: int, least: int, mean: float) -> list[bool]:
    """Nuclei (least of length residues at 100 or above), extended both ways while the mean of four stays at 100; kept
    where their own mean reaches the threshold and beats that of the other fold."""
    found = [False] * len(values)
    for start in range(len(values) - length + 1):
        if sum(value >= GOES_ON for value in values[start : start + length]) < least:
            continue
        first, last = start, start + length
        while first > 0 and _mean(values[first - 1 : first - 1 + WINDOW]) >= GOES_ON:
            first -= 1
        while last < len(values) and _mean(values[last + 1 - WINDOW : last + 1]) >= GOES_ON:
            last += 1
        if _mean(values[first:last]) >= max(mean, _mean(others[first:last])):
            found[first:last] = [True] * (last - first)
    return found


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open stretches of True."""
    starts = [i for i, flag in enumerate(flags) if flag and (i == 0 or not flags[i - 1])]
    ends = [i + 1 for i, flag in enumerate(flags) if flag and (i + 1 == len(flags) or not flags[i + 1])]
    return list(zip(starts, ends, strict=True))
