"""What the app, the zygote and the jobs say to each other. Lengths, numbers and JSON; never a pickle.

app <-- control --> zygote    packets: hello (JSON) to the app; calls (JSON) to the zygote, each with two sockets:
app <-- lifeline --- zygote   started, then ended; when the app hangs up, the job is killed
app <-- result ------- job    one frame: length, then JSON
"""

import json
import socket
import struct
from time import monotonic
from typing import Any

STARTED = struct.Struct("!d")  # seconds the job may take
ENDED = struct.Struct("!i")  # exit status, negative for a signal
LENGTH = struct.Struct("!I")
MAX_PACKET_BYTES = 128 * 1024  # below the default buffer of a Unix socket, 208 KiB
MAX_RESULT_BYTES = 4 * 2**20


def pack(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def unpack(data: bytes) -> Any:
    return json.loads(data)


def receive_exactly(connection: socket.socket, num_bytes: int, deadline: float) -> bytes:
    """Fewer bytes only when the other end hung up. TimeoutError at the deadline (of time.monotonic)."""
    data = bytearray()
    while len(data) < num_bytes:
        seconds_left = deadline - monotonic()
        if seconds_left <= 0:
            raise TimeoutError
        connection.settimeout(seconds_left)
        chunk = connection.recv(min(num_bytes - len(data), 2**16))
        if not chunk:
            break
        data += chunk
    return bytes(data)
