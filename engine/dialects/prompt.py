"""From a conversation to the prompt that the engine runs."""

from engine.dialects.base import Dialect
from engine.dialects.chat import chat_of
from engine.dialects.segments import Encoder, encode_segments
from engine.media import Prompt
from engine.messages import Conversation


def render_prompt(conversation: Conversation, dialect: Dialect, tokenizer: Encoder) -> Prompt:
    """Ids of the whole prompt up to where the model goes on, and where its media stand."""
    chat = chat_of(conversation)
    return encode_segments(dialect.render(chat), tokenizer, chat.inputs)
