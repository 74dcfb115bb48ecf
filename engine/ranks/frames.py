"""What rank 0 and the others say to each other over a pair of Unix sockets: a length, a kind, and bytes.

    down   START   settings, JSON           up   READY   the weights are loaded
           JOIN    a file to meet at             BEAT    still alive, once a second
           STEP    ints (step_frame.py)          FAILED  why loading ended, JSON

A rank ends when rank 0 hangs up.
"""

import json
import socket
import struct
from enum import IntEnum
from typing import Any

_HEADER = struct.Struct("<IB")
MAX_BYTES = 64 * 2**20  # a step of a million tokens takes less


class Kind(IntEnum):
    START = 1
    JOIN = 2
    STEP = 3
    READY = 4
    BEAT = 5
    FAILED = 6


class BadFrame(Exception):
    """The other end does not speak this."""


def pack(kind: Kind, body: bytes = b"") -> bytes:
    assert len(body) <= MAX_BYTES, len(body)
    return _HEADER.pack(len(body), kind) + body


def pack_json(kind: Kind, value: Any) -> bytes:
    return pack(kind, json.dumps(value, allow_nan=False).encode())


class FrameBuffer:
    """Puts frames together from bytes as they come."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def push(self, data: bytes) -> list[tuple[Kind, bytes]]:
        """The frames that are complete now. BadFrame for a kind or a length that there is not."""
        self._bytes += data
        frames = []
        while len(self._bytes) >= _HEADER.size:
            length, kind = _HEADER.unpack_from(self._bytes)
            if length > MAX_BYTES or kind not in list(Kind):
                raise BadFrame(f"kind {kind}, {length:,} bytes")
            end = _HEADER.size + length
            if len(self._bytes) < end:
                break
            frames.append((Kind(kind), bytes(self._bytes[_HEADER.size : end])))
            del self._bytes[:end]
        return frames


def receive(connection: socket.socket) -> tuple[Kind, bytes] | None:
    """Wait for one frame. None when the other end has hung up."""
    header = _receive_exactly(connection, _HEADER.size)
    if header is None:
        return None
    length, kind = _HEADER.unpack(header)
    if length > MAX_BYTES or kind not in list(Kind):
        raise BadFrame(f"kind {kind}, {length:,} bytes")
    body = _receive_exactly(connection, length)
    return None if body is None else (Kind(kind), body)


def _receive_exactly(connection: socket.socket, num_bytes: int) -> bytes | None:
    data = bytearray()
    while len(data) < num_bytes:
        chunk = connection.recv(num_bytes - len(data))
        if not chunk:
            return None
        data += chunk
    return bytes(data)
