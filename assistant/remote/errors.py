"""What can go wrong with a server that is not ours, each in one sentence: what, the number, the way out.

assistant/ui/texts/remote.py has them in Chinese.
"""

from engine.errors import EngineError

MAX_DETAIL = 240

SENTENCES: dict[str, str] = {
    "unreachable": (
        "{server} cannot be reached ({reason}). See that it runs, or start Benchside with another --engine-url."
    ),
    "connect_timeout": (
        "{server} did not take the connection within {seconds} s. See that it runs and can be reached from here."
    ),
    "silent": "{server} takes the connection and says nothing for {seconds} s. It may be busy with another question.",
    "first_token_timeout": (
        "{server} took the question and sent nothing of an answer for {seconds} s. Try again when it is less busy."
    ),
    "idle_timeout": ("{server} stopped in the middle of the answer and sent nothing for {seconds} s. Try again."),
    "broke_off": "The connection to {server} broke off before the end of the answer. Try again.",
    "key_refused": (
        "{server} refuses the key (HTTP {status}). Start Benchside with the right one: --engine-key, or "
        "BENCHSIDE_ENGINE_KEY in the environment."
    ),
    "not_found": ("{server} has no model {model} at this address (HTTP 404). Check --engine-url and --engine-model."),
    "busy": "{server} takes no more questions now (HTTP 429). Try again in {seconds} s.",
    "failed": "{server} failed (HTTP {status}): {detail}. Try again; its log may say more.",
    "failed_midway": "{server} reported an error in the middle of the answer: {detail}. Try again.",
    "refused": (
        "{server} refused the question (HTTP {status}): {detail}. Change the question or the settings and try again."
    ),
    "not_a_model_server": (
        "{server} answered with {content_type} (HTTP {status}) and not as a model server does. --engine-url must lead "
        "to an OpenAI-compatible server, with no login page or proxy before it."
    ),
    "unreadable": "{server} sent something that is no part of an answer: {detail}. Try again; its log may say more.",
    "event_too_long": "{server} sent an event of more than {limit:,} bytes; the answer was cut off there. Try again.",
    "answer_too_long": (
        "{server} sent an answer of more than {limit:,} characters, which was cut off there. Ask for less."
    ),
    "no_models": "{server} lists no model. Name one with --engine-model.",
    "other_models": "{server} has no model {model}; it has: {models}. Choose one of them with --engine-model.",
}


class RemoteError(EngineError):
    """code: of its sentence. is_passing: asking once more may help, as long as nothing of the answer has come."""

    def __init__(self, code: str, *, is_passing: bool = False, **values: object) -> None:
        super().__init__(SENTENCES[code].format(**values))
        self.code = code
        self.is_passing = is_passing


def seconds_text(seconds: float) -> str:
    return f"{seconds:g}"


def detail(words: object, secret: str = "") -> str:
    """A server's own words on one line, cut to a length, without the key that it may have repeated."""
    text = " ".join(str(words).split())
    if secret:
        text = text.replace(secret, "***")
    text = "".join(character for character in text if character.isprintable())
    return (text[: MAX_DETAIL - 1] + "…" if len(text) > MAX_DETAIL else text).rstrip(".")
