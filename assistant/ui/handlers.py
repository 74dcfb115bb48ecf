"""What happens when something on the page is used. The conversation comes from the server, never from the browser."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from assistant.attachments.attachment import Question
from assistant.prompt_check import check_question
from assistant.sessions import COOKIE, is_session_id
from assistant.turn_settings import BadSetting, TurnSettings, turn_settings
from assistant.ui.chat import Chat, Desk
from assistant.ui.composer import composer, in_words, lacks_rate, sent_files
from assistant.ui.render import ChatMessage
from assistant.ui.strings import Language, Words, preferred_language
from assistant.ui.turn_list import turn_list
from assistant.ui.wish import Wish, read_wish

# What a handler returns for chat, log, box, files, notice and turns. gr.skip() leaves one as it is.
Shown = tuple[Chat, Any, Any, Any, Any, Any]


class Handlers:
    def __init__(self, desk: Desk, language: Language | None) -> None:
        self._desk = desk
        self._language = language

    def words(self, request: gr.Request) -> Words:
        return Words(self._language or preferred_language(request.headers))

    async def open_page(self, request: gr.Request) -> Shown:
        """The conversation that the page's address names, or a new chat."""
        return self._opened(str(request.query_params.get("c") or ""), "", request)

    async def send(
        self,
        box: dict[str, Any] | None,
        files: Any,
        enable_thinking: bool,
        settings: Any,
        chat: Chat | None,
        request: gr.Request,
    ) -> Shown:
        """The notice above the box: why nothing was sent, or something to know."""
        words = self.words(request)
        chat = self._own(chat, request)
        if chat.is_busy:
            return self._unchanged(chat)
        notice = ""
        if chat.is_forgotten:
            chat, notice = self._new(request), words("forgotten")
        sent = sent_files(files)
        question = chat.question(typed_in(box), sent.files)
        if len(question.attachments) < len(sent.files):
            return self._unchanged(chat, words("file_gone"), self._files(chat, request))
        if refusal := words("uploading") if sent.is_pending else self._refusal(question, request):
            return self._unchanged(chat, refusal)
        if unrated := next((file for file in question.attachments if lacks_rate(file, sent)), None):
            return self._unchanged(chat, words("rate_needed", name=unrated.name))
        try:
            checked = turn_settings(settings, enable_thinking)
        except BadSetting as bad:
            return self._unchanged(chat, _why(bad, words))
        if sent.editing is not None and sent.editing < chat.num_turns:
            chat.edit(sent.editing, question, checked)
        else:
            chat.ask(question, words, checked)
        return self._busy(chat, request, notice)

    async def answer(self, chat: Chat | None, request: gr.Request) -> AsyncIterator[list[ChatMessage]]:
        """As it was set when the question was sent, whatever is changed since."""
        words, chat = self.words(request), self._own(chat, request)
        async for messages in chat.answer(words):
            yield messages

    async def settle(self, chat: Chat | None, request: gr.Request) -> tuple[Any, Any, Any]:
        """Log, box and turns as they are once an answer has ended, however it did."""
        chat, words = self._own(chat, request), self.words(request)
        chat.refresh(words)
        return chat.messages, busy_box(words) if chat.is_busy else idle_box(words), turn_list(self._desk, chat)

    async def stop(self, chat: Chat | None, request: gr.Request) -> tuple[Any, Any]:
        words, chat = self.words(request), self._own(chat, request)
        chat.stop(words)
        await chat.has_stopped()  # the next question may be sent as soon as the page offers it
        return idle_box(words), turn_list(self._desk, chat)

    async def grant(
        self,
        box: dict[str, Any] | None,
        enable_thinking: bool,
        settings: Any,
        chat: Chat | None,
        event: gr.EventData,
        request: gr.Request,
    ) -> Shown:
        """Do what one of the page's own buttons asks for. What makes no sense changes nothing."""
        words, chat = self.words(request), self._own(chat, request)
        chat.refresh(words)
        wish = read_wish(event._data, chat.num_turns)
        match wish:
            case Wish(what="new"):
                chat.leave()
                return self._opened("", "", request)
            case Wish(what="open"):
                chat.leave()
                return self._opened(wish.conversation, typed_in(box), request)
            case Wish(what="like"):
                chat.like(wish.turn, wish.value)
                return self._unchanged(chat)
            case None:
                return self._unchanged(chat)
        if chat.is_busy:
            return self._unchanged(chat)
        if wish.what not in ("retry", "go_on"):
            return await self._changed(chat, wish, request)
        if refusal := self._not_now(request):
            return self._unchanged(chat, refusal)
        try:
            self._ask_again(chat, wish, turn_settings(settings, enable_thinking))
        except BadSetting as bad:
            return self._unchanged(chat, _why(bad, words))
        return self._busy(chat, request)

    async def speak(self, chat: Chat | None, files: Any, request: gr.Request) -> tuple[Chat, Any, Any]:
        """Chat, row of files and turns in the language that was chosen just now. A running answer goes on."""
        chat, words = self._own(chat, request), self.words(request)
        chat.refresh(words)
        return chat, in_words(files, self._desk.attachments.max_bytes, words), turn_list(self._desk, chat)

    def _ask_again(self, chat: Chat, wish: Wish, settings: TurnSettings) -> None:
        if wish.what == "retry":
            chat.retry(wish.turn, settings)
        else:
            chat.go_on(settings)

    async def _changed(self, chat: Chat, wish: Wish, request: gr.Request) -> Shown:
        match wish.what:
            case "choose":
                chat.choose(wish.turn, wish.value)
            case "undo":
                question = chat.question_of(wish.turn)
                while chat.num_turns > wish.turn and await chat.take_back():
                    pass
                files, box = self._files(chat, request, question), {"text": question.text, "files": []}
                return chat, chat.messages, box, files, "", turn_list(self._desk, chat)
            case "edit":
                question = chat.question_of(wish.turn)
                files = self._files(chat, request, question, wish.turn)
                return chat, gr.skip(), {"text": question.text, "files": []}, files, "", turn_list(self._desk, chat)
        return chat, chat.messages, gr.skip(), gr.skip(), "", turn_list(self._desk, chat)

    def _opened(self, address: str, typed: str, request: gr.Request) -> Shown:
        """The conversation behind the address; a new chat without one, and one that says so when it is not there.

        A question that was taken back to the last one is in the box again, unless something else is typed there.
        """
        words, session_id = self.words(request), self._session_id(request)
        conversation_id = self._desk.links.artifact_id(session_id, address)
        is_theirs = conversation_id is not None and self._desk.store.owner(conversation_id) == session_id
        notice = words("conversation_gone") if address and not is_theirs else ""
        chat = Chat(self._desk, session_id, conversation_id if is_theirs else None)
        chat.refresh(words)
        question = chat.taken_back
        if question and typed in ("", question.text):
            box = idle_box(words, value={"text": question.text, "files": []})
        else:
            question, box = None, busy_box(words) if chat.is_busy else idle_box(words)
        return chat, chat.messages, box, self._files(chat, request, question), notice, turn_list(self._desk, chat)

    def _new(self, request: gr.Request) -> Chat:
        return Chat(self._desk, self._session_id(request))

    def _busy(self, chat: Chat, request: gr.Request, notice: str = "") -> Shown:
        box = busy_box(self.words(request), value=None)
        return chat, chat.messages, box, self._files(chat, request), notice, turn_list(self._desk, chat)

    def _unchanged(self, chat: Chat, notice: str = "", files: Any = None) -> Shown:
        return chat, gr.skip(), gr.skip(), files or gr.skip(), notice, turn_list(self._desk, chat)

    def _files(
        self, chat: Chat, request: gr.Request, question: Question | None = None, editing: int | None = None
    ) -> dict[str, Any]:
        """The row of files: those of the question, else empty."""
        attachments = question.attachments if question else ()
        max_bytes = self._desk.attachments.max_bytes
        return composer(chat.upload_address, max_bytes, attachments, self.words(request), editing)

    def _not_now(self, request: gr.Request) -> str | None:
        """Why nothing can be asked, or None."""
        words = self.words(request)
        if self._desk.slot.agent is None:
            return words("still_loading")
        return words("draining") if self._desk.slot.is_draining else self._too_many(request)

    def _refusal(self, question: Question, request: gr.Request) -> str | None:
        if refused := self._not_now(request):
            return refused
        agent, words = self._desk.slot.agent, self.words(request)
        assert agent is not None
        refusal = check_question(question, agent.prompt_limits, agent.model.media)
        return words(refusal.code, length=refusal.length, limit=refusal.limit) if refusal else None

    def _too_many(self, request: gr.Request) -> str | None:
        refusal = self._desk.refusal(self._session_id(request))
        return self.words(request)(refusal.code, count=refusal.count) if refusal else None

    def _own(self, chat: Chat | None, request: gr.Request) -> Chat:
        """The chat of this tab, a new one when the page had not loaded to its end; nobody else's."""
        session_id = self._session_id(request)
        if chat is None:
            return Chat(self._desk, session_id)
        if not chat.belongs_to(session_id):
            raise gr.Error(self.words(request)("foreign"))
        return chat

    def _session_id(self, request: gr.Request) -> str:
        session_id = request.cookies.get(COOKIE)
        if not is_session_id(session_id):
            raise gr.Error(self.words(request)("foreign"))
        return str(session_id)


def _why(bad: BadSetting, words: Words) -> str:
    """Why the settings cannot be used."""
    key = "bad_count" if bad.limits.is_whole else "bad_setting"
    limits = {"low": f"{bad.limits.low:,}", "high": f"{bad.limits.high:,}"}
    return words(key, name=words(bad.name), given=bad.given, **limits)


def typed_in(box: dict[str, Any] | None) -> str:
    return ((box or {}).get("text") or "").strip()


def busy_box(words: Words, **changes: Any) -> Any:
    return gr.MultimodalTextbox(**busy_buttons(words), **changes)


def idle_box(words: Words, **changes: Any) -> Any:
    return gr.MultimodalTextbox(**idle_buttons(words), **changes)


def busy_buttons(words: Words) -> dict[str, Any]:
    """Stop in the place of Send."""
    return {"submit_btn": False, "stop_btn": words("stop_button")}


def idle_buttons(words: Words) -> dict[str, Any]:
    return {"submit_btn": words("send"), "stop_btn": False}
