"""The files of one conversation by the names under which the model and the tools know them, oldest first."""

from dataclasses import dataclass

MAX_RESULTS = 200
MAX_RESULT_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Listed:
    """file_id: the SHA-256 of its bytes. is_result: a tool made it, so it leaves when there are too many."""

    file_id: str
    num_bytes: int
    is_result: bool


class FileList:
    """Not thread-safe. A name stands for one content for good, also after that has left."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}  # of every name that was ever given
        self._listed: dict[str, Listed] = {}

    def add(self, name: str, file: Listed) -> str:
        """The name that it is listed under: `cell (2).png` when another file is called cell.png."""
        given = self._free_name(name, file.file_id)
        self._ids[given] = file.file_id
        known = self._listed.pop(given, None) if file.is_result else self._listed.get(given)
        self._listed[given] = file if known is None or known.is_result else known
        return given

    def drop_surplus(self) -> list[str]:
        """Take the oldest results out while there are too many; the ids of files that no name is left for."""
        results = [(name, file) for name, file in self._listed.items() if file.is_result]
        surplus = sum(file.num_bytes for _, file in results) - MAX_RESULT_BYTES
        dropped = []
        for place, (name, file) in enumerate(results):
            if len(results) - place <= MAX_RESULTS and surplus <= 0:
                break
            surplus -= file.num_bytes
            del self._listed[name]
            dropped.append(file.file_id)
        kept = {file.file_id for file in self._listed.values()}
        return [file_id for file_id in dropped if file_id not in kept]

    def ids(self) -> dict[str, str]:
        """Name -> id, in order of arrival."""
        return {name: file.file_id for name, file in self._listed.items()}

    def _free_name(self, name: str, file_id: str) -> str:
        head, dot, suffix = name.rpartition(".")
        stem, end = (head, dot + suffix) if head else (name, "")
        number, candidate = 1, name
        while self._ids.get(candidate, file_id) != file_id:
            number += 1
            candidate = f"{stem} ({number}){end}"
        return candidate
