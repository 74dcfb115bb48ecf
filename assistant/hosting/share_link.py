"""The public link of --share, made through Gradio's share server. It carries the page only: see tunnel.py.

The link is made after the page is up and in a thread of its own: without a network that takes long or fails, and the
app goes on either way.
"""

import logging
import secrets
import threading
from collections.abc import Callable

from gradio import networking

from assistant.hosting.tunnel import Tunnel

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 60.0
HOST = "127.0.0.1"

# local host, local port, token, share server, its certificate: the link
MakeTunnel = Callable[[str, int, str, str | None, str | None], str]


class ShareLink(threading.Thread):
    """tell: is given one sentence, with the link or why there is none."""

    def __init__(
        self,
        tunnel: Tunnel,
        tell: Callable[[str], None],
        make: MakeTunnel = networking.setup_tunnel,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        super().__init__(name="share link", daemon=True)
        self._tunnel = tunnel
        self._tell = tell
        self._make = make
        self._time_limit_s = time_limit_s
        self._link: str | None = None
        self._reason = "it took too long"

    def run(self) -> None:
        making = threading.Thread(target=self._try, name="share link request", daemon=True)
        making.start()
        making.join(self._time_limit_s)
        if self._link is None:
            self._tell(f"The share link could not be made: {self._reason}. The page goes on at its own address.")
            return
        self._tunnel.open(self._link)
        self._tell(
            f"Share link: {self._link} (the page only; the share server reads along; it ends with this program, "
            "and after a week at the latest)"
        )

    def _try(self) -> None:
        try:
            self._link = self._make(HOST, self._tunnel.port, secrets.token_urlsafe(32), None, None)
        except Exception as error:
            logger.debug("no share link", exc_info=True)
            self._reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
