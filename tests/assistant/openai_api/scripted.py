"""A model for the API that says what a script tells it, and counts what is asked of it."""

from engine.dialects.chat import chat_of
from engine.dialects.segments import segments_text
from engine.errors import EngineError
from engine.media import Prompt
from engine.messages import Conversation
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import ScriptedModel, ScriptedStream


class ScriptedServedModel(ScriptedModel):
    """refusal: what look_in raises. sessions: of all prompts that were begun."""

    def __init__(self, *scripts, refusal: EngineError | None = None) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*scripts)
        self.refusal = refusal
        self.sessions: list[str] = []
        self.params: list[SamplingParams] = []
        self.prompts: list[str] = []

    def look_in(self) -> None:
        if self.refusal:
            raise self.refusal

    def conversation_prompt(self, conversation: Conversation, params: SamplingParams) -> Prompt:
        self.conversations.append(conversation)
        self.prompts.append(segments_text(self.dialect.render(chat_of(conversation))))
        return Prompt([1, 2, 3])

    def plain_prompt(self, prompt: object, params: SamplingParams) -> Prompt:
        return Prompt([1, 2, 3])

    def begin(self, prompt: Prompt, params: SamplingParams, session: str = "") -> ScriptedStream:
        self.sessions.append(session)
        self.params.append(params)
        script = self._scripts.pop(0)
        return ScriptedStream(self, [script] if isinstance(script, str) else script, self._finish_reason)

    def token_bytes(self, token_id: int) -> bytes:
        return b""
