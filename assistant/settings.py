"""Every option a person may set when starting Benchside: name, default, help and check, once.

An option comes from the command line or from a BENCHSIDE_* environment variable; the command line wins.
"""

import argparse
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args
from urllib.parse import urlsplit

import platformdirs

from assistant.attachments.room import RoomLimits
from assistant.hosting import option_checks as hosting
from assistant.hosting.option_checks import Refused as _Refused
from assistant.hosting.option_checks import is_loopback
from assistant.hosting.space import space_options
from engine.processors.settings import Kind

ENV_PREFIX = "BENCHSIDE_"
EMBEDDED_MODEL = "nano"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MAX_NUM_SEQS = 1_024
HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.ASCII)
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
SIZE_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}

Device = Literal["auto", "cpu", "cuda"]
DType = Literal["auto", "float32", "bfloat16"]
Language = Literal["en", "zh"]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """One line for whoever starts the app: which option, why, and what is allowed."""


def _choice(*allowed: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in allowed:
            raise _Refused(f"is {text!r}; allowed: {', '.join(allowed)}.")
        return text

    return check


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    def check(text: str) -> int:
        if not re.fullmatch(r"\d{1,12}", text) or not low <= int(text) <= high:
            raise _Refused(f"is {text!r}; allowed: a whole number from {low:,} to {high:,}.")
        return int(text)

    return check


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d{1,12})([KMG]?)", text.upper())
    if not match or int(match[1]) == 0:
        raise _Refused(f"is {text!r}; allowed: bytes, or a number with K, M or G, for example 512M.")
    return int(match[1]) * SIZE_UNITS[match[2]]


def _model(text: str) -> str:
    path = Path(text).expanduser()
    if path.is_dir() or (path.is_file() and path.suffix == ".gguf"):
        return str(path)
    if text == EMBEDDED_MODEL or (HUB_ID.fullmatch(text) and not path.exists()):
        return text
    raise _Refused(
        f"is {text!r}, which is not there; allowed: {EMBEDDED_MODEL}, a folder, a .gguf file, or a Hugging Face id "
        "such as internlm/Intern-S1-mini."
    )


def _engine_url(text: str) -> str:
    """With the path of the endpoints: servers are named with and without it."""
    try:
        address = urlsplit(text)
        has_place = address.scheme in ("http", "https") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        has_place = False
    if not has_place or address.query or address.fragment or address.username or address.password or " " in text:
        raise _Refused(
            f"is {_without_password(text)!r}; allowed: the address of an OpenAI-compatible server, such as "
            "http://127.0.0.1:8000/v1, with a key in --engine-key if it needs one."
        )
    return text.rstrip("/") if address.path.strip("/") else f"{address.scheme}://{address.netloc}/v1"


def _without_password(text: str) -> str:
    return re.sub(r"//[^/@]*@", "//***@", text)


def _engine_key(text: str) -> str:
    if not text or not re.fullmatch(r"[!-~]+", text):
        raise _Refused("holds characters that no key has; allowed: letters, digits and signs without spaces.")
    return text


def _media_kinds(text: str) -> tuple[Kind, ...]:
    kinds = tuple(dict.fromkeys(filter(None, (kind.strip() for kind in text.split(",")))))
    if unknown := next((kind for kind in kinds if kind not in get_args(Kind) and kinds != ("none",)), None):
        raise _Refused(f"names {unknown!r}; allowed: image, video, signal, several with commas, or none.")
    return tuple(kind for kind in get_args(Kind) if kind in kinds)


def _text(text: str) -> str:
    if not text.strip():
        raise _Refused("is empty; allowed: a name.")
    return text.strip()


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(host.strip() for host in text.split(","))
    if wrong := [host for host in hosts if not HOST.fullmatch(host)]:
        raise _Refused(f"names {wrong[0]!r}; allowed: HOST[,HOST], with :PORT for another than 80 and 443.")
    return hosts


def _folder(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not text or (path.exists() and not path.is_dir()):
        raise _Refused(f"is {text!r}, which is not a folder; allowed: a folder, which is made if it is missing.")
    return path


def _file(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not text or path.is_dir() or not path.parent.is_dir():
        raise _Refused(f"is {text!r}, which cannot be written; allowed: a file in a folder that is there.")
    return path


def _option(default: Any, check: Callable[[str], Any], help_text: str, *, is_secret: bool = False) -> Any:
    return dataclasses.field(default=default, repr=not is_secret, metadata={"check": check, "help": help_text})


@dataclass(frozen=True, slots=True)
class Settings:
    """None leaves the choice to whoever uses the value: the engine its own default, the page the browser's language."""

    model: str = _option(EMBEDDED_MODEL, _model, "nano (the embedded model), a folder, a .gguf file, a Hugging Face id")
    engine_url: str | None = _option(
        None, _engine_url, "use the model of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1"
    )
    engine_key: str | None = _option(
        None,
        _engine_key,
        "that server's key; BENCHSIDE_ENGINE_KEY keeps it out of the list of processes",
        is_secret=True,
    )
    engine_model: str | None = _option(None, _text, "which of that server's models; without it the first")
    engine_media: tuple[Kind, ...] | None = _option(
        None, _media_kinds, "what its model reads: image,video,signal or none; without it what the server says"
    )
    device: Device = _option("auto", _choice("auto", "cpu", "cuda"), "where the model runs: auto, cpu, cuda")
    dtype: DType = _option(
        "auto", _choice("auto", "float32", "bfloat16", "int8"), "number format: auto, float32, bfloat16, int8 weights"
    )
    max_model_len: int | None = _option(None, _whole_number(1, 10_000_000), "most tokens of one conversation")
    kv_cache_memory: int | None = _option(None, _size, "memory for the KV cache: bytes, or 512M, 2G")
    max_num_seqs: int | None = _option(None, _whole_number(1, MAX_NUM_SEQS), "most answers computed at the same time")
    tensor_parallel: int | None = _option(None, _whole_number(1, 64), "processes, or GPUs, that share the model")
    host: str = _option(
        "127.0.0.1", hosting.host, "address to listen on; beyond this machine with --auth-file or --public"
    )
    port: int = _option(7860, _whole_number(0, 65_535), "port to listen on; 0 takes a free one")
    share: bool = _option(False, hosting.switch, "make a link to the page through Gradio's share server")
    public: bool = _option(False, hosting.switch, "open the page, though not the API, to everybody without a password")
    auth_file: Path | None = _option(None, hosting.existing_file, "names and passwords of those who may open the page")
    api_keys_file: Path | None = _option(None, hosting.existing_file, "keys of those who may use /v1, /metrics and MCP")
    allowed_hosts: tuple[str, ...] = _option(
        (), hosting.several(hosting.is_host_name, "a host name"), "names by which a browser may ask for the page"
    )
    trusted_proxies: tuple[str, ...] = _option(
        (),
        hosting.several(hosting.is_network, "an address or a network such as 10.0.0.0/8"),
        "whose X-Forwarded-* is believed",
    )
    root_path: str = _option("", hosting.root_path, "path of the page behind a reverse proxy, for example /lab")
    embedded_in: tuple[str, ...] = _option(
        (),
        hosting.several(hosting.is_origin, "an origin such as https://example.org"),
        "sites that may show the page in a frame",
    )
    max_answers: int = _option(64, _whole_number(1, 10_000), "most answers written or waiting at the same time")
    max_answers_per_session: int = _option(4, _whole_number(1, 1_000), "the same for one browser")
    max_sessions: int = _option(200, _whole_number(1, 100_000), "most browsers that have the page open")
    max_upload_size: int = _option(200 * 2**20, _size, "largest file that may be attached: bytes, or 64M, 1G")
    max_session_size: int = _option(
        RoomLimits().session_bytes, _size, "most that the files of one browser's chats may take together"
    )
    max_total_size: int = _option(
        RoomLimits().total_bytes, _size, "most that all chats may take; beyond it the longest unused ones are deleted"
    )
    allow_media_urls: tuple[str, ...] = _option(
        (), _hosts, "hosts that API requests may have files fetched from: HOST[,HOST]; none without it"
    )
    drain_seconds: int = _option(
        30, _whole_number(0, 3_600), "how long answers may go on when Benchside is told to end"
    )
    trace: Path | None = _option(None, _file, "file for what the engine did when; open it in ui.perfetto.dev")
    data_dir: Path = _option(
        platformdirs.user_data_path("benchside", appauthor=False), _folder, "where models and chats are kept"
    )
    language: Language | None = _option(
        None, _choice("en", "zh"), "language of the page: en, zh; without it the browser's"
    )
    log_level: LogLevel = _option(
        "info", _choice("debug", "info", "warning", "error"), "what is logged: debug, info, warning, error"
    )

    @property
    def uses_nano(self) -> bool:
        return self.model == EMBEDDED_MODEL and self.engine_url is None

    @property
    def is_hosted(self) -> bool:
        """Whether others than the users of this machine can come to the page."""
        return self.share or not is_loopback(self.host) or bool(self.allowed_hosts or self.trusted_proxies)


# Of an engine in this process, and of one elsewhere: an option that would be ignored is refused.
LOCAL_OPTIONS = (
    "model",
    "device",
    "dtype",
    "max_model_len",
    "kv_cache_memory",
    "max_num_seqs",
    "tensor_parallel",
    "trace",
)
REMOTE_OPTIONS = ("engine_key", "engine_model", "engine_media")


def parse_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Raises SettingsError; --help prints the options and exits."""
    options = {field.name: field for field in dataclasses.fields(Settings)}
    space = {name: ("SPACE_ID", text) for name, text in space_options(environment).items()}
    given = space | _from_environment(environment, options) | _from_command_line(arguments, options)
    if "auth_file" in given and given.get("public", ("", ""))[0] == "SPACE_ID":
        del given["public"]
    values = {}
    for name, (source, text) in given.items():
        try:
            values[name] = options[name].metadata["check"](text)
        except _Refused as refusal:
            raise SettingsError(f"{source} {refusal}") from None
    _check_engine({name: source for name, (source, _) in given.items()})
    settings = Settings(**values)
    _check_who_may_come_in(settings)
    return settings


def _check_who_may_come_in(settings: Settings) -> None:
    if settings.public and settings.auth_file:
        raise SettingsError(
            "--public opens the page to everybody and --auth-file asks for a password; give one of them."
        )
    if settings.is_hosted and not settings.public and not settings.auth_file:
        raise SettingsError(
            "Others could reach this page: give --auth-file FILE (python -m assistant.access add NAME --auth-file FILE "
            "makes one), or --public to open it to everybody."
        )


def _check_engine(sources: Mapping[str, str]) -> None:
    """sources: where each option that was given came from."""
    if "engine_url" in sources:
        if local := next((name for name in LOCAL_OPTIONS if name in sources), None):
            raise SettingsError(
                f"{sources[local]} is for a model in this process, and {sources['engine_url']} uses another server's; "
                "give one of them."
            )
    elif remote := next((name for name in REMOTE_OPTIONS if name in sources), None):
        raise SettingsError(f"{sources[remote]} is for another server's model; give --engine-url with it.")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _from_environment(environment: Mapping[str, str], options: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    given = {}
    for variable, text in environment.items():
        if not variable.startswith(ENV_PREFIX):
            continue
        name = variable.removeprefix(ENV_PREFIX).lower()
        if name not in options:
            allowed = ", ".join(ENV_PREFIX + option.upper() for option in options)
            raise SettingsError(f"{variable} is not a setting of Benchside; allowed: {allowed}.")
        given[name] = (variable, text)
    return given


def _from_command_line(arguments: Sequence[str], options: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    parser = _Parser(prog="app.py", description=__doc__.splitlines()[0], allow_abbrev=False)
    for name, field in options.items():
        default = f" (default: {field.default})" if field.default not in (None, False, "", ()) else ""
        text = (field.metadata["help"] + default).replace("%", "%%")
        if isinstance(field.default, bool):
            parser.add_argument(_flag(name), action="store_const", const="1", help=text)
        else:
            parser.add_argument(_flag(name), metavar="VALUE", help=text)
    known, unknown = parser.parse_known_args(arguments)
    if unknown:
        allowed = ", ".join(_flag(option) for option in options)
        raise SettingsError(f"{unknown[0]} is not an option of Benchside; allowed: {allowed}.")
    return {name: (_flag(name), text) for name, text in vars(known).items() if text is not None}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """argparse's own complaint is `argument --port: expected one argument`."""
        raise SettingsError(
            f"{message.removeprefix('argument ')}; every option takes one value, except --share and --public."
        )
