"""What the engine knows of a form that an answer is held to; engine/grammar makes them."""

from typing import Protocol


class TokenMatcher(Protocol):
    """Follows one answer. allowed() and accept() raise an EngineError when it cannot go on in its form."""

    @property
    def is_finished(self) -> bool:
        """No token may follow."""

    def allowed(self) -> bytes | None:
        """The tokens that may come next, packed, with the lowest id in the lowest bit of a byte; None for all."""

    def accept(self, token_id: int) -> None:
        """The answer goes on with a token that does not end it."""

    def ahead(self) -> "TokenMatcher":
        """One that goes on from here by itself, for tokens that are only guessed."""


class AnswerForm(Protocol):
    """May be shared between answers and threads."""

    def begin(self) -> TokenMatcher:
        """For an answer of which there is nothing yet."""
