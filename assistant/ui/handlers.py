"""What happens when something on the page is used. The conversation comes from the server, never from the browser."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from assistant.attachments.attachment import Question
from assistant.prompt_check import check_question
from assistant.sessions import COOKIE, is_session_id
from assistant.turn_settings import TurnSettings
from assistant.ui.chat import Chat, Desk
from assistant.ui.composer import composer, lacks_rate, sent_files
from assistant.ui.render import ChatMessage
from assistant.ui.strings import Language, Words, preferred_language

# What a handler returns for the components of the page, in their order. gr.skip() leaves one as it is.
ChatLogBoxFiles = tuple[Chat, Any, Any, Any]


class Handlers:
    def __init__(self, desk: Desk, language: Language | None) -> None:
        self._desk = desk
        self._language = language

    def words(self, request: gr.Request) -> Words:
        return Words(self._language or preferred_language(request.headers))

    async def open(self, request: gr.Request) -> tuple[Chat, dict[str, Any]]:
        """A new chat, and the row of files for it."""
        chat = Chat(self._desk, _session_id(request, self.words(request)))
        return chat, self._files(chat, request)

    async def send(
        self, box: dict[str, Any], files: Any, chat: Chat | None, request: gr.Request
    ) -> tuple[Chat, Any, Any, Any, str]:
        """The last one is a notice above the box: why nothing was sent, or something to know."""
        words = self.words(request)
        chat = self._own(chat, request)
        if chat.is_busy:
            return chat, gr.skip(), gr.skip(), gr.skip(), ""
        notice = ""
        if chat.is_forgotten:
            chat, notice = (await self.open(request))[0], words("forgotten")
        sent = sent_files(files)
        question = chat.question((box.get("text") or "").strip(), sent.files)
        if len(question.attachments) < len(sent.files):
            return chat, gr.skip(), gr.skip(), self._files(chat, request), words("file_gone")
        if refusal := words("uploading") if sent.is_pending else self._refusal(question, words):
            return chat, gr.skip(), gr.skip(), gr.skip(), refusal
        if unrated := next((file for file in question.attachments if lacks_rate(file, sent)), None):
            return chat, gr.skip(), gr.skip(), gr.skip(), words("rate_needed", name=unrated.name)
        chat.ask(question, words)
        return chat, chat.messages, busy_box(words, value=None), self._files(chat, request), notice

    async def answer(
        self, chat: Chat | None, enable_thinking: bool, request: gr.Request
    ) -> AsyncIterator[list[ChatMessage]]:
        words = self.words(request)
        async for messages in self._own(chat, request).answer(words, TurnSettings(enable_thinking)):
            yield messages

    async def settle(self, chat: Chat | None, request: gr.Request) -> tuple[Any, Any]:
        """Log and box as they are once an answer has ended, however it did."""
        chat, words = self._own(chat, request), self.words(request)
        return chat.messages, busy_box(words) if chat.is_busy else idle_box(words)

    async def stop(self, chat: Chat | None, request: gr.Request) -> Any:
        words = self.words(request)
        self._own(chat, request).stop(words)
        return idle_box(words)

    async def retry(self, chat: Chat | None, request: gr.Request) -> tuple[Chat, Any, Any]:
        """Ask the last question again."""
        chat, words = self._own(chat, request), self.words(request)
        chat.refresh(words)
        if self._desk.slot.agent is None or self._desk.slot.is_draining or chat.is_busy or not chat.messages:
            return chat, gr.skip(), gr.skip()
        chat.retry(chat.num_turns - 1)
        return chat, chat.messages, busy_box(words)

    async def edit(self, chat: Chat | None, request: gr.Request) -> ChatLogBoxFiles:
        """Put the last question and its files back into the box."""
        chat = self._own(chat, request)
        question = await chat.take_back()
        if question is None:
            return chat, chat.messages, gr.skip(), gr.skip()
        return chat, chat.messages, {"text": question.text, "files": []}, self._files(chat, request, question)

    async def new_chat(self, chat: Chat | None, request: gr.Request) -> ChatLogBoxFiles:
        words = self.words(request)
        self._own(chat, request).leave()
        new, files = await self.open(request)
        return new, [], idle_box(words), files

    async def fill_example(self, selected: gr.SelectData) -> dict[str, Any]:
        return {"text": selected.value["text"], "files": []}

    def _files(self, chat: Chat, request: gr.Request, question: Question | None = None) -> dict[str, Any]:
        """The row of files: those of the question, else empty."""
        attachments = question.attachments if question else ()
        return composer(chat.upload_address, self._desk.attachments.max_bytes, attachments, self.words(request))

    def _refusal(self, question: Question, words: Words) -> str | None:
        agent = self._desk.slot.agent
        if agent is None:
            return words("still_loading")
        if self._desk.slot.is_draining:
            return words("draining")
        refusal = check_question(question, agent.prompt_limits, agent.model.media)
        return words(refusal.code, length=refusal.length, limit=refusal.limit) if refusal else None

    def _own(self, chat: Chat | None, request: gr.Request) -> Chat:
        """The chat of this tab, a new one when the page had not loaded to its end; nobody else's."""
        words = self.words(request)
        session_id = _session_id(request, words)
        if chat is None:
            return Chat(self._desk, session_id)
        if not chat.belongs_to(session_id):
            raise gr.Error(words("foreign"))
        return chat


def busy_box(words: Words, **changes: Any) -> Any:
    """Stop in the place of Send."""
    return gr.MultimodalTextbox(submit_btn=False, stop_btn=words("stop_button"), **changes)


def idle_box(words: Words) -> Any:
    return gr.MultimodalTextbox(submit_btn=words("send"), stop_btn=False)


def _session_id(request: gr.Request, words: Words) -> str:
    session_id = request.cookies.get(COOKIE)
    if not is_session_id(session_id):
        raise gr.Error(words("foreign"))
    return str(session_id)
