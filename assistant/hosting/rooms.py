"""Every path that is served, by who may come in. What is in no room is not served; a test enumerates the routes."""

import re
from enum import Enum


class Room(Enum):
    OPEN = "everybody, always"
    LOGIN = "everybody, where there is a password"
    PAGE = "whoever is logged in"
    STATUS = "whoever is logged in or has a key"
    API = "whoever has a key; never through the share link"


# Of Gradio's own routes only those that the page uses: no uploads, no files by path, no proxy, no deep links.
_PATHS = {
    Room.OPEN: r"/(health|favicon\.ico)|/s/[\w-]+",  # what a person shares carries its own token
    Room.LOGIN: r"/(login|logout)",
    Room.PAGE: (
        r"/|/(account|conversations|engine|model|molecule|theme\.css)"
        r"|/(web|files|attachments|conversations|examples|assets|static)/.*"
        r"|/gradio_api/(queue/join|queue/data|run/predict|heartbeat/\w+)"
    ),
    Room.STATUS: r"/ready",
    Room.API: r"/v1/.*|/metrics|/gradio_api/mcp/?",
}
_ROOMS = {room: re.compile(paths) for room, paths in _PATHS.items()}


def room_of(path: str) -> Room | None:
    """path: as the app knows it, without what a reverse proxy puts before it."""
    return next((room for room, paths in _ROOMS.items() if paths.fullmatch(path)), None)
