"""One visitor of the page, as its browser speaks to the server: a cookie, a page, questions, files, a stop."""

import json
import re
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

CONFIG = re.compile(r"window\.gradio_config = (\{.*?\});</script>", re.DOTALL)
FILES = re.compile(r'"/files/([^"/?\\]+)"')
PREVIEWS = re.compile(r'"(/attachments/[^"/?\\]+/[^"/?\\]+)"')
TIMEOUT_S = 60.0


@dataclass(slots=True)
class Belongings:
    """What a visitor has on the server, by its addresses. word: stands in what he says, and nobody else says it."""

    word: str
    page_hash: str
    uploads: set[str] = field(default_factory=set)
    conversations: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    previews: set[str] = field(default_factory=set)


class Visitor:
    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S, headers={"origin": url})
        self.belongings = Belongings(f"secret{secrets.token_hex(8)}", "")
        self._calls: dict[str, tuple[int, list[str | None]]] = {}
        self._row: Any = None  # of files, as the page holds it

    def close(self) -> None:
        self._http.close()

    @contextmanager
    def page(self) -> Iterator[None]:
        """Open the page, with the connection that a browser holds until it leaves."""
        config = json.loads(CONFIG.search(self._http.get("/").text)[1])  # type: ignore[index]
        names = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
        self._calls = {
            call["api_name"]: (call["id"], [names[number] for number in call["inputs"]])
            for call in config["dependencies"]
        }
        self.belongings.page_hash = uuid.uuid4().hex[:12]
        with self._http.stream("GET", f"/gradio_api/heartbeat/{self.belongings.page_hash}"):
            self._open()
            yield

    def ask(self, question: str, then_stop: bool = False) -> str:
        """All that was streamed, and the log at the end."""
        self._take(self.call("send", box={"text": question, "files": []}))
        heard = self._answer(then_stop)
        end = self.call("settle")
        self._take(end)
        return heard + end

    def attach(self, content: bytes) -> None:
        address = self._row["address"]
        chip = self._http.post(address, params={"name": "notes.txt"}, content=content)
        self._row = self._row | {"files": [chip.raise_for_status().json()]}

    def call(self, name: str, query: str = "", **values: Any) -> str:
        """The answer's text. values: of inputs, by their ids on the page."""
        response = self._http.post(f"/gradio_api/run/predict{query}", json=self._body(name, values))
        return response.raise_for_status().text

    def listing(self) -> str:
        text = self._http.get("/conversations").text
        self.belongings.conversations |= {row["address"] for row in _rows(json.loads(text))}
        return text

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, **options)

    def _open(self) -> None:
        self._take(self.call("open_page"))

    def _answer(self, then_stop: bool) -> str:
        self._http.post("/gradio_api/queue/join", json=self._body("answer", {})).raise_for_status()
        heard = []
        params = {"session_hash": self.belongings.page_hash}
        with self._http.stream("GET", "/gradio_api/queue/data", params=params) as stream:
            for line in stream.iter_lines():
                heard.append(line)
                if then_stop and "process_generating" in line:
                    self.call("stop")
                    then_stop = False
                if "close_stream" in line:
                    break
        return "".join(heard)

    def _body(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        number, inputs = self._calls[name]
        known = {"files": self._row, "think": True, "settings": {}} | values
        data = [known.get(part or "") for part in inputs]
        return {"data": data, "fn_index": number, "session_hash": self.belongings.page_hash, "trigger_id": None}

    def _take(self, answer: str) -> None:
        """Remember every address that the server has given."""
        for part in json.loads(answer)["data"]:
            if isinstance(row := _value(part), dict) and "max_bytes" in row:
                self._row = row
                self.belongings.uploads.add(row["address"])
        self.belongings.files |= set(FILES.findall(answer))
        self.belongings.previews |= set(PREVIEWS.findall(answer))


def _value(part: Any) -> Any:
    return part.get("value", part) if isinstance(part, dict) else part


def _rows(listing: Any) -> list[dict[str, Any]]:
    return (
        listing if isinstance(listing, list) else next(value for value in listing.values() if isinstance(value, list))
    )
