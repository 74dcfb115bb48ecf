"""The files of one conversation for its turns: those that people sent and those that tools made."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.attachments.store import AttachmentStore
from assistant.tools.result import ToolArtifact


class ConversationFiles:
    """What assistant.agent.Files asks for. kinds: of the files that came with its questions."""

    def __init__(self, store: AttachmentStore, conversation_id: str, kinds: Sequence[str]) -> None:
        self._store = store
        self._conversation_id = conversation_id
        self._kinds = tuple(kinds)

    def paths(self) -> Mapping[str, Path]:
        return self._store.files(self._conversation_id)

    def kinds(self) -> tuple[str, ...]:
        return self._kinds

    def keep(self, artifact: ToolArtifact) -> str:
        return self._store.keep_result(self._conversation_id, artifact.name, artifact.data)
