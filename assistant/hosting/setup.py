"""From the options to a Hosting."""

from assistant.access.access import Access, Passwords
from assistant.access.api_keys import API_KEYS
from assistant.access.entries import EntriesFile
from assistant.access.logins import Logins
from assistant.access.passwords import PASSWORDS
from assistant.database import Database
from assistant.hosting.hosting import Hosting
from assistant.hosting.hosts import ServedHosts
from assistant.hosting.proxies import TrustedProxies
from assistant.hosting.tunnel import Tunnel
from assistant.settings import Settings


def hosting_of(settings: Settings, database: Database, tunnel: Tunnel | None) -> Hosting:
    """EntriesError when a file of passwords or keys cannot be used."""
    passwords = keys = None
    if settings.auth_file:
        passwords = Passwords(EntriesFile(settings.auth_file, PASSWORDS), Logins(database))
    if settings.api_keys_file:
        keys = EntriesFile(settings.api_keys_file, API_KEYS)
    return Hosting(
        access=Access(passwords, keys, needs_key=settings.is_hosted or bool(passwords or keys)),
        hosts=ServedHosts(settings.host, settings.allowed_hosts),
        proxies=TrustedProxies(settings.trusted_proxies),
        tunnel=tunnel,
        root_path=settings.root_path,
        embedded_in=settings.embedded_in,
        max_sessions=settings.max_sessions,
    )
