"""A turn whose answer is checked before it ends: its numbers against its sources, its molecules by drawing them."""

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from assistant.agent import Tools
from assistant.attachments.reading_turn import ReadingTurn
from assistant.cancel import CancelToken
from assistant.checked_answer import AnswerCheck, Structure, check_numbers
from assistant.events import Checked, Event, Finished
from assistant.progress import TurnProgress
from engine.messages import Message

MAX_STRUCTURES = 12


class CheckedTurn:
    """Like the turn that it is made of; a Checked event comes before Finished where there is something to check.

    find_smiles: the molecules in a text.
    """

    def __init__(self, turn: ReadingTurn, tools: Tools, find_smiles: Callable[[str], list[str]]) -> None:
        self._turn = turn
        self._tools = tools
        self._find_smiles = find_smiles
        self._cancel = CancelToken()

    @property
    def new_messages(self) -> tuple[Message, ...]:
        return self._turn.new_messages

    def progress(self) -> TurnProgress | None:
        return self._turn.progress()

    def cancel(self) -> None:
        self._cancel.cancel()
        self._turn.cancel()

    def __iter__(self) -> Iterator[Event]:
        for event in self._turn:
            if isinstance(event, Finished) and event.reason != "stopped" and (check := self._check()):
                yield Checked(check)
            yield event

    def _check(self) -> AnswerCheck:
        messages = (*self._turn.prompt_messages, *self._turn.new_messages)
        sources = [message.text for message in messages if message.role in ("user", "tool")]
        answer = "\n".join(message.text for message in self._turn.new_messages if message.role == "assistant")
        check = check_numbers(answer, sources)
        if smiles := list(dict.fromkeys(self._find_smiles(answer)))[:MAX_STRUCTURES]:
            with ThreadPoolExecutor(2) as pool:
                check = dataclasses.replace(check, structures=tuple(pool.map(self._structure, smiles)))
        return check

    def _structure(self, smiles: str) -> Structure:
        outcome = self._tools.call("render_molecule", {"smiles": smiles}, self._cancel)
        return Structure(smiles, "" if outcome.ok else outcome.summary.partition(": ")[2])
