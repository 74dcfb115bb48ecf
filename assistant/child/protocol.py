"""What the app, the zygote and the jobs say to each other. Lengths, numbers, JSON and the bytes of
pictures; never a pickle.

    app <-- control --> zygote    packets: hello (what is on offer) to the app; names of tools to the zygote, each with
                                  the far ends of two sockets:
    app <-- lifeline --- zygote   started, then ended; when the app hangs up, the job is killed
    app <-- exchange --> job      one frame with the arguments and the places of files; back come PROGRESS, if at all,
                                  each behind PROGRESS_MARK, then REPLY_MARK and one frame: the reply (see reply.py)

What a person or a model wrote is only read in the job.
"""

import json
import socket
import struct
from time import monotonic
from typing import Any

STARTED = struct.Struct("!d")  # seconds the job may take
ENDED = struct.Struct("!i")  # exit status, negative for a signal
LENGTH = struct.Struct("!I")
PROGRESS_MARK, REPLY_MARK = b"p", b"r"
PROGRESS = struct.Struct("!II")  # how much is done, of how much
MAX_PROGRESS = 10_000  # a call; who reports more often is not one of our tools
# Both below the default buffer of a Unix socket, 208 KiB, so that writing them does not wait for the reader.
MAX_PACKET_BYTES = 128 * 1024
MAX_ARGUMENTS_BYTES = 128 * 1024
MAX_CALL_BYTES = MAX_ARGUMENTS_BYTES + 64 * 1024  # with the names and places of files
MAX_REPLY_BYTES = 16 * 2**20


def pack(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def unpack(data: bytes) -> Any:
    return json.loads(data)


def send_frame(connection: socket.socket, body: bytes) -> None:
    connection.sendall(LENGTH.pack(len(body)) + body)


def receive_frame(connection: socket.socket, max_bytes: int, deadline: float) -> bytes | None:
    """None when the other end hung up before the frame was complete, or announces more than max_bytes."""
    length = receive_exactly(connection, LENGTH.size, deadline)
    if len(length) < LENGTH.size:
        return None
    (num_bytes,) = LENGTH.unpack(length)
    if num_bytes > max_bytes:
        return None
    body = receive_exactly(connection, num_bytes, deadline)
    return body if len(body) == num_bytes else None


def receive_exactly(connection: socket.socket, num_bytes: int, deadline: float) -> bytes:
    """Fewer bytes only when the other end hung up. TimeoutError at the deadline (of time.monotonic)."""
    data = bytearray()
    while len(data) < num_bytes:
        seconds_left = deadline - monotonic()
        if seconds_left <= 0:
            raise TimeoutError
        connection.settimeout(seconds_left)
        try:
            chunk = connection.recv(min(num_bytes - len(data), 2**16))
        except ConnectionResetError:  # it hung up before it had read all that we sent
            break
        if not chunk:
            break
        data += chunk
    return bytes(data)
