"""Where a model server is, how it is spoken to, and how it is named to people: never with a key or a password."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """url: with the path that its endpoints begin with, such as http://127.0.0.1:8000/v1."""

    url: str
    key: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def is_loopback(self) -> bool:
        return urlsplit(self.url).hostname in LOOPBACK

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    @property
    def sends_key_in_the_open(self) -> bool:
        return bool(self.key) and self.url.startswith("http:") and not self.is_loopback
