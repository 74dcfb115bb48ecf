"""How the server is reached, who may come in, and how many."""

from dataclasses import dataclass, field

from assistant.access.access import Access
from assistant.hosting.hosts import ServedHosts
from assistant.hosting.proxies import TrustedProxies
from assistant.hosting.tunnel import Tunnel


@dataclass(frozen=True, slots=True)
class Hosting:
    """As it is without arguments: loopback, everything open."""

    access: Access = field(default_factory=Access)
    hosts: ServedHosts = field(default_factory=ServedHosts)
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    tunnel: Tunnel | None = None
    root_path: str = ""
    embedded_in: tuple[str, ...] = ()
    max_sessions: int = 200
    page_grace_s: float = 600.0  # how long a page that was left, or whose connection broke, can come back as it was
