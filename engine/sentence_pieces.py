"""Pieces of a domain's text, such as SMILES, out of a sentencepiece .model file of the BPE kind.

The merging: spaces become U+2581, every character is a piece, and of all neighbours that make a piece together the
one with the highest score is joined, the leftmost first, until there is none. Characters that the model does not know
stay text, whole runs of them together.

The file is a protobuf: field 1 is a piece (1 text, 2 score, 3 kind), field 2 the trainer's settings (3 model type),
field 3 the normaliser's (2 character map, 3 dummy prefix, 4 removal of spaces).
"""

import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from heapq import heapify, heappop, heappush
from pathlib import Path

from engine.errors import CheckpointError

SPACE = "\u2581"
_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3
_BPE = 2
# A molecule falls apart into a few short chunks, most of them well known; proteins are long and never the same.
_MAX_CACHED_CHARACTERS, _MAX_CACHED_CHUNKS = 64, 16_384


class SentencePieces:
    """texts: every piece in order of its id, first_id being the id of the first; ranks: of those that are normal."""

    def __init__(self, texts: list[str], ranks: dict[str, int], first_id: int = 0) -> None:
        self.texts = texts
        self.first_id = first_id
        self._ranks = ranks
        self._ids = {text: first_id + i for i, text in enumerate(texts) if text in ranks}
        self._known = frozenset(text for text in ranks if len(text) == 1)
        self._chunks = _chunk_pattern(self._known, {c for text in ranks if len(text) > 1 for c in text})
        self._cached_ids = lru_cache(_MAX_CACHED_CHUNKS)(self._merge)

    @property
    def end_id(self) -> int:
        return self.first_id + len(self.texts)

    def id_of_piece(self, text: str) -> int | None:
        return self._ids.get(text)

    def encode(self, text: str) -> list[int | str]:
        """Ids of pieces; runs of unknown characters as they are, with U+2581 for spaces."""
        result: list[int | str] = []
        for chunk in self._chunks.findall(text.replace(" ", SPACE)):
            if chunk[0] not in self._known:
                result.append(chunk)
            elif len(chunk) > _MAX_CACHED_CHARACTERS:
                result += self._merge(chunk)
            else:
                result += self._cached_ids(chunk)
        return result

    def _merge(self, text: str) -> tuple[int, ...]:
        """A heap of (rank, place), packed into one number: n log n, and the leftmost of equals comes first."""
        num_characters = len(text)
        ranks = self._ranks
        pieces = list(text)  # "" = swallowed by a piece further left
        after = list(range(1, num_characters + 1))
        before = list(range(-1, num_characters - 1))
        heap = [
            ranks[pair] * num_characters + i for i in range(num_characters - 1) if (pair := text[i : i + 2]) in ranks
        ]
        heapify(heap)
        while heap:
            rank, left = divmod(heappop(heap), num_characters)
            right = after[left]
            if not pieces[left] or right == num_characters:
                continue
            merged = pieces[left] + pieces[right]
            if ranks.get(merged) != rank:
                continue  # the pair has become another one since
            pieces[left], pieces[right] = merged, ""
            behind = after[left] = after[right]
            if behind < num_characters:
                before[behind] = left
                if (new := ranks.get(merged + pieces[behind])) is not None:
                    heappush(heap, new * num_characters + left)
            ahead = before[left]
            if ahead >= 0 and (new := ranks.get(pieces[ahead] + merged)) is not None:
                heappush(heap, new * num_characters + ahead)
        ids = self._ids
        return tuple([ids[piece] for piece in pieces if piece])


def read_sentence_pieces(path: Path) -> tuple[list[str], dict[str, int]]:
    """A .model file's pieces in order, and the rank of each normal one: equal scores share a rank, 0 merges first."""
    if not path.is_file():
        raise CheckpointError(f"{path} is missing. Copy it next to the weights and restart.")
    try:
        pieces, model_type, normaliser = _parse(path.read_bytes())
    except (OSError, ValueError, IndexError, struct.error, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} cannot be read as a sentencepiece model: {error}.") from error
    if not pieces or model_type != _BPE:
        raise CheckpointError(f"{path} is not a sentencepiece model of the BPE kind, the only one supported.")
    if normaliser != (b"", False, False):
        raise CheckpointError(f"{path} changes text before it is cut into pieces, which is not supported.")
    unusual = sorted({kind for _, _, kind in pieces} - {_NORMAL, _UNKNOWN, _CONTROL})
    if unusual:
        raise CheckpointError(f"{path} has pieces of kind {unusual[0]}; normal, unknown and control are supported.")
    scores = {text: score for text, score, kind in pieces if kind == _NORMAL}
    rank_of_score = {score: rank for rank, score in enumerate(sorted(set(scores.values()), reverse=True))}
    return [text for text, _, _ in pieces], {text: rank_of_score[score] for text, score in scores.items()}


def _chunk_pattern(known: frozenset[str], joinable: set[str]) -> re.Pattern[str]:
    """Chunks between which no piece reaches: runs of characters that merge at all, others alone, unknown runs."""

    def one_of(characters: set[str] | frozenset[str], prefix: str = "") -> str:
        return f"[{prefix}{''.join(map(re.escape, sorted(characters)))}]"

    alternatives = [one_of(joinable) + "+"] if joinable else []
    alternatives += [one_of(known - joinable)] if known - joinable else []
    unknown = one_of(known, "^") + "+" if known else ".+"
    return re.compile("|".join([*alternatives, unknown]), re.DOTALL)


def _parse(data: bytes) -> tuple[list[tuple[str, float, int]], int, tuple[bytes, bool, bool]]:
    pieces: list[tuple[str, float, int]] = []
    model_type = 1  # the default, a unigram model
    normaliser = (b"", True, True)
    for number, value in _fields(data):
        if number not in (1, 2, 3):
            continue
        fields = dict(_fields(_bytes(value)))
        if number == 1:
            score = struct.unpack("<f", _bytes(fields.get(2, bytes(4))))[0]
            pieces.append((_bytes(fields[1]).decode(), score, int(fields.get(3, _NORMAL))))
        elif number == 2:
            model_type = int(fields.get(3, model_type))
        else:
            normaliser = (_bytes(fields.get(2, b"")), bool(fields.get(3, True)), bool(fields.get(4, True)))
    return pieces, model_type, normaliser


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(field number, value) of one protobuf message; numbers as int, everything else as its bytes."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        wire_type = key & 7
        if wire_type == 0:
            value, position = _varint(data, position)
            yield key >> 3, value
            continue
        if wire_type == 2:
            length, position = _varint(data, position)
        else:
            length = {1: 8, 5: 4}.get(wire_type, len(data) + 1)
        if position + length > len(data):
            raise ValueError(f"a field at byte {position:,} reaches past the end")
        yield key >> 3, data[position : position + length]
        position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte = data[position]
        value |= (byte & 127) << shift
        position += 1
        if byte < 128:
            return value, position
        shift += 7
    raise ValueError(f"a number at byte {position:,} has no end")


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where bytes should be")
    return value
