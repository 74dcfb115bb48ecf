"""Checks of the options that say who can reach Benchside, and how. Each returns the value or raises Refused."""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path

_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_ROOT_PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*)+")
_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class Refused(Exception):
    """Why a value cannot be used and what is allowed; the option's name goes in front."""


def is_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


def host(text: str) -> str:
    if text == "localhost" or _is_address(text):
        return text
    raise Refused(f"is {text!r}; allowed: localhost, or an address of this machine, for example 127.0.0.1 or 0.0.0.0.")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def switch(text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise Refused(f"is {text!r}; allowed: 1 or 0.")
    return _SWITCH[text.lower()]


def several(is_right: Callable[[str], object], allowed: str) -> Callable[[str], tuple[str, ...]]:
    """Values with commas between them, in small letters."""

    def check(text: str) -> tuple[str, ...]:
        values = tuple(value.strip().lower() for value in text.split(","))
        for value in values:
            if not is_right(value):
                raise Refused(f"holds {value!r}; allowed: {allowed}, with commas between several.")
        return values

    return check


def is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def is_host_name(text: str) -> bool:
    return bool(_HOST_NAME.fullmatch(text))


def is_origin(text: str) -> bool:
    return bool(_ORIGIN.fullmatch(text))


def root_path(text: str) -> str:
    if not _ROOT_PATH.fullmatch(text):
        raise Refused(f"is {text!r}; allowed: a path that begins with / and does not end with one, for example /lab.")
    return text


def existing_file(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise Refused(f"is {text!r}, which is not there; python -m assistant.access --help says how to make it.")
    return path
