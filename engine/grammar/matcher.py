"""Which token may come next in one answer. It follows the answer's tokens, wherever these are computed again."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

from llguidance import LLMatcher

from engine.errors import EngineError
from engine.grammar.compiled import reason_of


class FormLost(EngineError):
    """The answer cannot go on in its form."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The answer cannot be held to the form that was asked for any longer: {reason}.")


@dataclass(frozen=True, slots=True)
class Outside:
    """Text that follows no grammar. allowed: packed, or None for all tokens. leads_to: which token ends this phase, and
    the name of the next; the others stay in it."""

    allowed: bytes | None
    leads_to: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Inside:
    """A grammar of which nothing is read yet. then: the phase after it, or None when the answer ends with it."""

    grammar: LLMatcher
    then: str | None = None


Phase = Outside | Inside


@dataclass(frozen=True, slots=True)
class Form:
    """phases: by name; first: the one that an answer begins with.

    max_rounds: how many grammars may be completed before the answer ends; None for any number.
    """

    phases: Mapping[str, Phase]
    first: str
    max_rounds: int | None = None

    def begin(self) -> "Matcher":
        return Matcher(self)


class Matcher:
    """is_finished: no token may follow."""

    def __init__(self, form: Form) -> None:
        self._phases = form.phases
        self._rounds_left = form.max_rounds
        self._phase = _started(form.phases[form.first])
        self.is_finished = False

    def allowed(self) -> bytes | None:
        """Packed as in engine.grammar.vocabulary; None for all tokens. Raises FormLost."""
        match self._phase:
            case Outside(allowed):
                return allowed
            case Inside(grammar):
                mask: bytes = grammar.compute_bitmask()
                _check(grammar)
                return mask

    def accept(self, token_id: int) -> None:
        """The answer goes on with a token, not one that ends it. Raises FormLost when that was not allowed."""
        assert not self.is_finished, token_id
        match self._phase:
            case Outside(_, leads_to):
                if token_id in leads_to:
                    self._phase = _started(self._phases[leads_to[token_id]])
            case Inside(grammar, then):
                grammar.consume_token(token_id)
                _check(grammar)
                if grammar.is_stopped():
                    self._complete(then)

    def ahead(self) -> "Matcher":
        """One that goes on from here by itself."""
        other = copy(self)
        other._phase = _started(self._phase)
        return other

    def _complete(self, then: str | None) -> None:
        if self._rounds_left is not None:
            self._rounds_left -= 1
        if then is None or self._rounds_left == 0:
            self.is_finished = True
        else:
            self._phase = _started(self._phases[then])


def _started(phase: Phase) -> Phase:
    """Reading a grammar changes it, so every reader has its own."""
    return Inside(phase.grammar.deep_copy(), phase.then) if isinstance(phase, Inside) else phase


def _check(grammar: LLMatcher) -> None:
    if grammar.is_error():
        raise FormLost(reason_of(grammar))
