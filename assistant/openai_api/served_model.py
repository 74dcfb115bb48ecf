"""What answering over HTTP needs of a model beyond what the page needs: our engine has it, a remote server does not."""

from typing import Protocol, runtime_checkable

from engine.media import Prompt, TokensPrompt
from engine.messages import ChatModel, Conversation, TextStream
from engine.sampling_params import SamplingParams


@runtime_checkable
class ServedModel(ChatModel, Protocol):
    """engine.llm.LLM says what each of them does."""

    def look_in(self) -> None: ...
    def conversation_prompt(self, conversation: Conversation, params: SamplingParams) -> Prompt: ...
    def plain_prompt(self, prompt: TokensPrompt | str, params: SamplingParams) -> Prompt: ...
    def begin(self, prompt: Prompt, params: SamplingParams, session: str = "") -> TextStream: ...
    def token_bytes(self, token_id: int) -> bytes: ...
