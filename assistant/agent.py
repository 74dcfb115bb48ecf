"""The loop: ask the model, run the tools it calls, tell it the results, until it answers."""

import dataclasses
import json
import secrets
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, Protocol

from assistant.attachments.room import NoRoom
from assistant.cancel import CancelToken
from assistant.child.runner import NO_FILES, ToolOutcome
from assistant.events import Artifact, Event, Failed, Finished, Text, Thinking, ToolFinished, ToolStarted
from assistant.prompt_check import PromptLimits
from assistant.tool_choice import choose_tools
from assistant.tools.result import ToolArtifact, ToolError
from engine.dialects.pieces import MalformedCall, Piece
from engine.errors import EngineError
from engine.messages import ChatModel, Conversation, FinishReason, Message, ToolCall, Usage
from engine.sampling_params import SamplingParams

EndReason = Literal["stop", "length", "stopped", "tool_limit"]
# A stream that ends without a word was stopped as well: by whoever aborts requests of the engine.
END_REASONS: dict[FinishReason | None, EndReason] = {
    "stop": "stop",
    "length": "length",
    "abort": "stopped",
    None: "stopped",
}
MAX_TOOL_CALLS = 6  # a turn
MAX_MALFORMED_CALLS = 1  # a turn; the next one ends it

LIMIT_REACHED = ToolError(
    "tool_limit", f"The limit of {MAX_TOOL_CALLS} tool calls in one answer is reached.", "Answer with what you have."
)
STOPPED = ToolError("cancelled", "The user stopped the answer before this tool ran.")
LIMIT_SENTENCE = (
    f"I have used the {MAX_TOOL_CALLS} tool calls that one answer may take. Ask for the rest in another message."
)
UNREADABLE_CALLS = "The model wrote tool calls that cannot be read. Ask again in other words."
NO_ANSWER = "The model ended its answer without a word. Ask again in other words."
REPEATED = "\nNote: this call was already made in this answer; this is its earlier result."


class Tools(Protocol):
    """What the agent needs of assistant.child.runner.ToolRunner."""

    @property
    def schemas(self) -> tuple[dict[str, Any], ...]: ...
    @property
    def groups(self) -> tuple[str, ...]: ...
    def call(
        self, name: str, arguments: dict[str, Any], cancel: CancelToken, files: Mapping[str, Path] = NO_FILES
    ) -> ToolOutcome: ...


class Files(Protocol):
    """What the agent needs of the files of a conversation."""

    def paths(self) -> Mapping[str, Path]:
        """By the names under which the model knows them."""
        ...

    def kinds(self) -> tuple[str, ...]:
        """What they are (image, molecule, ...), oldest first."""
        ...

    def keep(self, artifact: ToolArtifact) -> str:
        """Make a result one of them; the name that it got. NoRoom when it does not fit."""
        ...


class NoFiles:
    """A conversation without files, whose results stay with the person."""

    def paths(self) -> Mapping[str, Path]:
        return NO_FILES

    def kinds(self) -> tuple[str, ...]:
        return ()

    def keep(self, artifact: ToolArtifact) -> str:
        return artifact.name


REUSABLE = ("table", "mol3d", "structure3d", "png", "file")  # results that a later call can read


class Agent:
    def __init__(
        self,
        model: ChatModel,
        tools: Tools,
        system_prompt: str,
        params: SamplingParams,
        prompt_limits: PromptLimits = PromptLimits(),  # noqa: B008 - frozen
    ) -> None:
        self.model = model
        self.tools = tools
        self.system_prompt = system_prompt
        self.params = params
        self.prompt_limits = prompt_limits

    def run(
        self,
        messages: tuple[Message, ...],
        enable_thinking: bool,
        session: str = "",
        files: Files = NoFiles(),  # noqa: B008 - has no state
        questions: tuple[str, ...] = (),
        params: SamplingParams | None = None,
    ) -> "Turn":
        """messages: the conversation without a system message, the user's new one last. session: whose it is.
        questions: what the person wrote in them, where they hold more than that. params: None for the agent's own."""
        return Turn(self, messages, enable_thinking, session, files, questions, params or self.params)


class Turn:
    """One answer. Iterate it once, in one thread, for its events; the last one is Finished or Failed.

    cancel() from any thread ends it soon, also while it waits for the model or a tool; leaving the iteration early
    cancels it too. After that new_messages holds what to append to the conversation: all that was said, and a result
    for every call.
    """

    def __init__(
        self,
        agent: Agent,
        messages: tuple[Message, ...],
        enable_thinking: bool,
        session: str,
        files: Files,
        questions: tuple[str, ...],
        params: SamplingParams,
    ) -> None:
        self._agent = agent
        self._params = params
        self._session = session
        self._files = files
        # the tools stay the same for the whole turn, and so does the beginning of its prompts
        asked = questions or [message.text for message in messages if message.role == "user"]
        called = [call.name for message in messages for call in message.tool_calls]
        self._offered = choose_tools(agent.tools.schemas, agent.tools.groups, asked, called, files.kinds())
        self._history = (Message("system", agent.system_prompt), *messages)
        self._enable_thinking = enable_thinking
        self._cancel = CancelToken()
        self._started_at = perf_counter()
        self._new_messages: list[Message] = []
        self._usages: list[Usage] = []
        self._outcomes: dict[str, ToolOutcome] = {}  # by call, to notice repeated ones
        self._num_calls = 0
        self._num_malformed = 0

    @property
    def new_messages(self) -> tuple[Message, ...]:
        return tuple(self._new_messages)

    def cancel(self) -> None:
        self._cancel.cancel()

    def __iter__(self) -> Iterator[Event]:
        try:
            yield from self._rounds()
        finally:
            self._cancel.cancel()

    def _rounds(self) -> Iterator[Event]:
        while not self._cancel.is_cancelled:
            is_last = self._num_calls > MAX_TOOL_CALLS
            answer = _Answer()
            try:
                yield from self._ask_model(answer)
            except GeneratorExit:  # the iteration was left
                self._keep_text(answer)
                raise
            except EngineError as error:
                self._keep_text(answer)
                yield Failed(str(error))
                return
            if self._cancel.is_cancelled or is_last or not answer.wants_another_round:
                self._keep_text(answer)
                yield from self._end(answer, is_last)
                return
            yield from self._run_calls(answer)
            if answer.malformed:
                self._num_malformed += 1
                report = _malformed(answer.malformed[0], self._agent.model.dialect.arguments_key)
                self._new_messages.append(Message("tool", report.text))
            if self._num_malformed > MAX_MALFORMED_CALLS:
                yield Failed(UNREADABLE_CALLS)
                return
        yield self._finished("stopped")

    def _ask_model(self, answer: "_Answer") -> Iterator[Event]:
        messages = (*self._history, *self._new_messages)
        conversation = Conversation(
            messages, self._offered, self._enable_thinking, self._session, num_shared_messages=1
        )
        dialect = self._agent.model.dialect
        parser = dialect.parser(dialect.starts_thinking(conversation))
        stream = self._agent.model.stream(conversation, self._params)
        try:
            with self._cancel.interrupting(stream.cancel):
                for delta in stream:
                    yield from answer.take(parser.feed(delta.text))
                    answer.finish_reason = delta.finish_reason
                    if delta.usage:
                        self._usages.append(delta.usage)
        finally:
            stream.cancel()  # does nothing to a stream that has ended
        yield from answer.take(parser.finish())

    def _run_calls(self, answer: "_Answer") -> Iterator[Event]:
        results: list[str] = []
        try:
            for call in answer.calls:
                if self._cancel.is_cancelled:
                    break
                self._num_calls += 1
                if self._num_calls > MAX_TOOL_CALLS:
                    results.append(LIMIT_REACHED.text)
                else:
                    results.append((yield from self._run_call(call)))
        finally:  # also when the iteration is left: every call has a result
            results += [STOPPED.text] * (len(answer.calls) - len(results))
            message = Message("assistant", answer.text, answer.reasoning, tuple(answer.calls))
            self._new_messages += [message, *(Message("tool", result) for result in results)]

    def _run_call(self, call: ToolCall) -> Generator[Event, None, str]:
        """Yields the events, returns what the model is told."""
        call_id = f"call-{secrets.token_hex(8)}"
        yield ToolStarted(call_id, call.name, call.arguments)
        key = json.dumps([call.name, call.arguments], sort_keys=True)
        if earlier := self._outcomes.get(key):
            outcome = ToolOutcome(earlier.ok, earlier.text + REPEATED, (), 0.0)
        else:
            outcome = self._agent.tools.call(call.name, call.arguments, self._cancel, self._files.paths())
            self._outcomes[key] = outcome = self._kept(outcome)
        artifacts = tuple(_with_id(artifact) for artifact in outcome.artifacts)
        yield ToolFinished(call_id, outcome.ok, outcome.text, artifacts, outcome.seconds)
        return outcome.text

    def _kept(self, outcome: ToolOutcome) -> ToolOutcome:
        """With its results among the files of the conversation, under names that are told to a model whose tools can
        read them."""
        if not any(map(reads_files, self._offered)):
            return outcome
        artifacts, names, notes = [], [], []
        for artifact in outcome.artifacts:
            if artifact.kind in REUSABLE:
                try:
                    names.append(self._files.keep(artifact))
                    artifact = dataclasses.replace(artifact, name=names[-1])
                except NoRoom as refusal:
                    notes.append(f"Note: {artifact.name} is not kept, {refusal}; no later call can read it.")
            artifacts.append(artifact)
        if names:
            notes.insert(0, f"Files: {', '.join(names)}")
        summary = "\n".join([outcome.summary, *notes])
        return dataclasses.replace(outcome, summary=summary, artifacts=tuple(artifacts))

    def _keep_text(self, answer: "_Answer") -> None:
        if answer.text or answer.reasoning:
            self._new_messages.append(Message("assistant", answer.text, answer.reasoning))

    def _end(self, answer: "_Answer", is_last: bool) -> Iterator[Event]:
        reason: EndReason = "stopped" if self._cancel.is_cancelled else END_REASONS[answer.finish_reason]
        if is_last and reason != "stopped":
            reason = "tool_limit"
            if not answer.text:
                yield Text(LIMIT_SENTENCE)
                self._new_messages.append(Message("assistant", LIMIT_SENTENCE))
        if reason == "stop" and not (answer.text or self._outcomes):
            yield Failed(NO_ANSWER)
        else:
            yield self._finished(reason)

    def _finished(self, reason: EndReason) -> Finished:
        return Finished(reason, tuple(self._usages), perf_counter() - self._started_at)


class _Answer:
    """What one call of the model has said so far."""

    def __init__(self) -> None:
        self.reasoning = ""
        self.text = ""
        self.calls: list[ToolCall] = []
        self.malformed: list[MalformedCall] = []
        self.finish_reason: FinishReason | None = None

    def take(self, pieces: list[Piece]) -> Iterator[Event]:
        """Remember the pieces, and yield those that are shown as they come."""
        for piece in pieces:
            match piece:
                case Thinking(text):
                    self.reasoning += text
                    yield piece
                case Text(text):
                    self.text += text
                    yield piece
                case ToolCall():
                    self.calls.append(piece)
                case MalformedCall():
                    self.malformed.append(piece)

    @property
    def wants_another_round(self) -> bool:
        """A call that was cut off by the token limit would only be cut off again."""
        return bool(self.calls) or (bool(self.malformed) and self.finish_reason != "length")


def reads_files(schema: dict[str, Any]) -> bool:
    """Whether a tool takes the name of a file."""
    return any(name.startswith("file") for name in schema["function"].get("parameters", {}).get("properties", ()))


def _malformed(call: MalformedCall, arguments_key: str) -> ToolError:
    return ToolError(
        "MALFORMED_CALL",
        f"'{call.raw.strip()[:100]}' is not a tool call: {call.reason}.",
        f'Write one JSON object with "name" and "{arguments_key}".',
    )


def _with_id(artifact: ToolArtifact) -> Artifact:
    fields = {field.name: getattr(artifact, field.name) for field in dataclasses.fields(artifact)}
    return Artifact(id=secrets.token_hex(16), **fields)
