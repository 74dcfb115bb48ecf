"""From the options to a model on another server, waiting for a server that is not up yet."""

import logging
import threading
from collections.abc import Callable

from assistant.remote.discovery import ServedModel, find_model
from assistant.remote.errors import RemoteError
from assistant.remote.model import RemoteModel
from assistant.remote.server_address import ServerAddress
from engine.processors.settings import Kind

RETRY_INTERVAL_S = 2.0
PASSING = ("unreachable", "connect_timeout", "silent")
# Where neither the server nor the user says it: what the released models of these names read.
KNOWN_MEDIA: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("interns1pro", ("image", "video", "signal")),
    ("interns1", ("image", "video")),
)

logger = logging.getLogger(__name__)


def connect(
    address: ServerAddress,
    wanted: str | None,
    media: tuple[Kind, ...] | None,
    report: Callable[[str], None],
    over: threading.Event,
) -> RemoteModel | None:
    """Until the server answers, or None once over is set. RemoteError where waiting would not help.

    media: what the user says that the model reads.
    """
    if address.sends_key_in_the_open:
        logger.warning("the key goes to %s unencrypted; use https unless the way there is yours", address.name)
    while not over.is_set():
        try:
            served = find_model(address, wanted)
        except RemoteError as error:
            if error.code not in PASSING and not error.is_passing:
                raise
            report(str(error))
            over.wait(RETRY_INTERVAL_S)
        else:
            return RemoteModel(address, served, media_of(served) if media is None else media)
    return None


def media_of(served: ServedModel) -> tuple[Kind, ...]:
    name = "".join(filter(str.isalnum, served.name.lower()))
    known = next((kinds for part, kinds in KNOWN_MEDIA if part in name), ())
    return known if served.media is None else served.media
