"""Cookies that scripts cannot read and that other sites cannot make a browser send, but for sites that may frame us."""

from starlette.types import Scope

from assistant.hosting.hosting import Hosting

YEAR_S = 365 * 24 * 3600


def set_cookie(name: str, value: str, scope: Scope, hosting: Hosting, max_age_s: int = YEAR_S) -> str:
    """A Set-Cookie value. max_age_s = 0 takes the cookie away."""
    is_https = scope.get("scheme") == "https"
    if hosting.embedded_in and is_https:
        # In a frame of another site a browser sends no other kind; each such site gets a cookie of its own.
        rules = "SameSite=None; Secure; Partitioned"
    else:
        rules = "SameSite=Lax; Secure" if is_https else "SameSite=Lax"
    return f"{name}={value}; HttpOnly; {rules}; Max-Age={max_age_s}; Path={hosting.root_path}/"
