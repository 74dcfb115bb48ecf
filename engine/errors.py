"""Errors whose text is shown to a person as it is: what happened, the number, the limit, the way out."""


class EngineError(Exception):
    """Base of everything a caller of the engine may see."""


class CheckpointError(EngineError):
    """A model folder or file that cannot be loaded."""


class InvalidRequest(EngineError):
    """A sampling parameter or prompt outside what the engine accepts."""


class PromptTooLong(EngineError):
    def __init__(self, num_tokens: int, limit: int) -> None:
        super().__init__(
            f"The conversation is {num_tokens:,} tokens long and this model reads at most {limit:,}. "
            "Start a new chat or shorten the message."
        )


class QueueFull(EngineError):
    def __init__(self, num_waiting: int, limit: int) -> None:
        super().__init__(f"{num_waiting} requests are waiting and at most {limit} may. Try again in a moment.")


class EngineStopped(EngineError):
    """No request can be served any more."""


class EngineUnreachable(EngineStopped):
    """The engine is elsewhere and does not answer now; it may again."""
