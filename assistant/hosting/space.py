"""What a Hugging Face Space means for the options: its container is told where it is by environment variables only."""

from collections.abc import Mapping

PROXY_NETWORK = "10.0.0.0/8"  # from where the Space's own front door reaches the container
SITE = "https://huggingface.co"


def space_options(environment: Mapping[str, str]) -> dict[str, str]:
    """Options by name, as a person would type them; none outside of a Space. What a person sets goes before them.

    A Space is made to be visited, so the page is open to whoever may open the Space, unless there is an --auth-file.
    """
    if not environment.get("SPACE_ID"):
        return {}
    options = {"host": "0.0.0.0", "public": "1", "trusted_proxies": PROXY_NETWORK, "embedded_in": SITE}
    if host := environment.get("SPACE_HOST"):
        options["allowed_hosts"] = host
    return options
