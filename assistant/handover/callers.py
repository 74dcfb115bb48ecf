"""Who asks for what leaves the page: the browser that a conversation belongs to, and in which language it is told."""

from fastapi import Request

from assistant.sessions import COOKIE
from assistant.ui.chat import Desk
from assistant.ui.strings import Language, Words, preferred_language

PRIVATE = {"Cache-Control": "private, no-store"}


class NotHandedOver(Exception):
    """Why not, in one sentence for a person."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Callers:
    """language: where it is fixed."""

    def __init__(self, desk: Desk, language: Language | None) -> None:
        self._desk = desk
        self._language = language

    def words(self, request: Request) -> Words:
        return Words(self._language or preferred_language(request.headers))

    def conversation(self, address: str, request: Request) -> str:
        """The one behind an address of this browser. NotHandedOver."""
        session_id = request.cookies.get(COOKIE, "")
        conversation_id = self._desk.links.artifact_id(session_id, address)
        if conversation_id is None or self._desk.store.owner(conversation_id) != session_id:
            raise NotHandedOver(404, self.words(request)("handover_none"))
        return conversation_id

    def begun_conversation(self, address: str, request: Request) -> str:
        """The same of one in which something was asked."""
        conversation_id = self.conversation(address, request)
        if not self._desk.store.turns(conversation_id):
            raise NotHandedOver(409, self.words(request)("export_empty"))
        return conversation_id


def server_of(request: Request) -> str:
    """The address that the browser knows this server by."""
    return str(request.base_url).rstrip("/")
