"""What happens when something on the page is used. The conversation comes from the server, never from the browser."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from assistant.sessions import COOKIE, is_session_id
from assistant.ui.chat import Chat, Desk
from assistant.ui.render import ChatMessage
from assistant.ui.strings import Language, Words, preferred_language

MAX_QUESTION_LENGTH = 20_000


class Handlers:
    def __init__(self, desk: Desk, language: Language | None) -> None:
        self._desk = desk
        self._language = language

    def words(self, request: gr.Request) -> Words:
        return Words(self._language or preferred_language(request.headers))

    async def open(self, request: gr.Request) -> Chat:
        return Chat(self._desk, _session_id(request, self.words(request)))

    async def send(self, box: dict[str, Any], chat: Chat | None, request: gr.Request) -> tuple[Any, Any, Any]:
        """chat, messages, box."""
        words = self.words(request)
        chat = self._chat(chat, request)
        question = (box.get("text") or "").strip()
        if refusal := self._refusal(question, words):
            gr.Warning(refusal, title="")
            return chat, gr.skip(), gr.skip()
        if chat.is_busy:
            return chat, gr.skip(), gr.skip()
        if chat.is_forgotten:
            gr.Info(words("forgotten"), title="")
            chat = await self.open(request)
        chat.ask(question, words)
        return chat, chat.messages, busy_box(is_busy=True, value=None)

    async def answer(self, chat: Chat, enable_thinking: bool, request: gr.Request) -> AsyncIterator[list[ChatMessage]]:
        async for messages in self._chat(chat, request).answer(self.words(request), enable_thinking=enable_thinking):
            yield messages

    async def settle(self, chat: Chat, request: gr.Request) -> tuple[Any, Any]:
        """messages, box: what holds after an answer has ended, however it did."""
        chat = self._chat(chat, request)
        return chat.messages, busy_box(is_busy=chat.is_busy)

    async def stop(self, chat: Chat, request: gr.Request) -> Any:
        """box."""
        self._chat(chat, request).stop(self.words(request))
        return busy_box(is_busy=False)

    async def new_chat(self, chat: Chat | None, request: gr.Request) -> tuple[Any, Any, Any]:
        """chat, messages, box."""
        if chat is not None:
            await self.stop(chat, request)
        return await self.open(request), [], busy_box(is_busy=False)

    def fill_example(self, selected: gr.SelectData) -> dict[str, Any]:
        return {"text": selected.value["text"], "files": []}

    def _refusal(self, question: str, words: Words) -> str | None:
        if not question:
            return words("empty")
        if len(question) > MAX_QUESTION_LENGTH:
            return words("too_long", length=len(question), limit=MAX_QUESTION_LENGTH)
        if self._desk.slot.agent is None:
            return words("still_loading")
        return None

    def _chat(self, chat: Chat | None, request: gr.Request) -> Chat:
        """The chat of this tab; an error when another browser claims it."""
        words = self.words(request)
        session_id = _session_id(request, words)
        if chat is None:  # sent before the page had loaded to its end
            return Chat(self._desk, session_id)
        if not chat.belongs_to(session_id):
            raise gr.Error(words("foreign"))
        return chat


def busy_box(*, is_busy: bool, **changes: Any) -> Any:
    """Send or Stop, in the same place."""
    return gr.MultimodalTextbox(submit_btn=not is_busy, stop_btn=is_busy, **changes)


def _session_id(request: gr.Request, words: Words) -> str:
    session_id = request.cookies.get(COOKIE)
    if not is_session_id(session_id):
        raise gr.Error(words("foreign"))
    return str(session_id)
