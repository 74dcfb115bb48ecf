"""Server-sent events out of the bytes of a response, as far as model servers use them: their data, one by one."""

from collections.abc import Iterable, Iterator

MAX_EVENT_BYTES = 16 * 2**20  # a picture as a data URL in a result would be large; an answer's delta never is


class EventTooLong(Exception):
    """A line or an event of more than MAX_EVENT_BYTES."""


def event_data(chunks: Iterable[bytes]) -> Iterator[str | None]:
    """The data of each event; None for a comment, which only says that the server is alive.

    A stream that ends without the blank line after its last event gives that one out too, as some servers do. An
    `error:` line, which llama.cpp's server sends in place of data, counts as data.
    """
    data: list[str] = []
    num_bytes = 0
    for line in _lines(chunks):
        num_bytes += len(line)
        if num_bytes > MAX_EVENT_BYTES:
            raise EventTooLong
        field, _, value = line.decode(errors="replace").partition(":")
        if not line:
            if data:
                yield "\n".join(data)
            data, num_bytes = [], 0
        elif field in ("data", "error"):
            data.append(value.removeprefix(" "))
        else:
            yield None
    if data:
        yield "\n".join(data)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines end in \\n or \\r\\n: a lone \\r, and what else Unicode ends lines with, may stand in the data."""
    buffer = bytearray()
    for chunk in chunks:
        start, num_searched = 0, len(buffer)
        buffer += chunk
        while (end := buffer.find(b"\n", max(start, num_searched))) >= 0:
            yield bytes(buffer[start:end]).removesuffix(b"\r")
            start = end + 1
        del buffer[:start]
        if len(buffer) > MAX_EVENT_BYTES:
            raise EventTooLong
    if buffer:
        yield bytes(buffer).removesuffix(b"\r")
