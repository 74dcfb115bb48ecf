"""Models by id, against a hub of our own on the loopback address."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from engine.errors import CheckpointError
from engine.hub import is_hub_id, resolve_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "config.json": b'{"architectures": []}',
    "model.safetensors": b"x" * 3_000_000,
    "chat_template.jinja": b"{{ messages }}",
    "merges.txt": b"a b",
    "tokenizer_SMILES.model": b"\x0a",
    "modeling_interns1.py": b"import os",
    "pytorch_model.bin": b"\x80",
    "original/model.safetensors": b"y",
}


class Hub(BaseHTTPRequestHandler):
    """What the client asks when it fetches a folder: the commit, the list of files, then each file."""

    protocol_version = "HTTP/1.1"
    asked: set[str]

    def do_GET(self):
        path = urlsplit(self.path).path
        name = path.removeprefix(f"/org/name/resolve/{COMMIT}/")
        self.asked.add(name)
        if path.startswith("/api/models/org/name/revision/"):
            self.answer(json.dumps({"id": "org/name", "sha": COMMIT, "siblings": self.siblings()}).encode())
        elif path.startswith("/api/models/org/name/tree/"):
            self.answer(json.dumps(self.tree()).encode())
        elif name in FILES:
            self.answer(FILES[name])
        else:
            self.answer(b"{}", status=404, **{"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET

    def siblings(self):
        return [{"rfilename": name} for name in FILES]

    def tree(self):
        return [{"type": "file", "path": name, "size": len(data), "oid": oid(data)} for name, data in FILES.items()]

    def answer(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in {
            "Content-Length": len(body),
            "ETag": f'"{oid(body)}"',
            "X-Repo-Commit": COMMIT,
            **headers,
        }.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""


def oid(data):
    return hashlib.sha1(data).hexdigest()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    Hub.asked = set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # as the app sets it for itself
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def refusal(model):
    with pytest.raises(CheckpointError) as error:
        resolve_model(model, lambda what, share: None)
    assert str(error.value).isprintable() and str(error.value).endswith(".")
    return str(error.value)


def test_a_folder_and_a_file_are_taken_as_they_are(tmp_path):
    (tmp_path / "model.gguf").touch()

    assert resolve_model(str(tmp_path), print) == tmp_path
    assert resolve_model(str(tmp_path / "model.gguf"), print) == tmp_path / "model.gguf"


@pytest.mark.parametrize(
    "model", ["intern", "./org/name", "/org/name", "org/name/more", "a/b.gguf", "../x", "a b/c", "-a/b"]
)
def test_what_is_neither_here_nor_an_id_is_refused_with_what_is_allowed(model):
    assert not is_hub_id(model)
    assert refusal(model).startswith(
        f"There is no model at {model}; it must be a folder with config.json, a .gguf file or"
    )


def test_a_folder_of_the_same_name_comes_first(tmp_path, monkeypatch):
    (tmp_path / "org" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    assert not is_hub_id("org/name")
    assert str(resolve_model("org/name", print)) == "org/name"


def test_an_id_is_fetched_once_without_code_and_pickles(hub):
    shares = []

    folder = resolve_model("org/name", lambda what, share: shares.append((what, share)))

    wanted = {"config.json", "model.safetensors", "chat_template.jinja", "merges.txt", "tokenizer_SMILES.model"}
    assert {path.name for path in folder.rglob("*") if not path.is_dir()} == wanted
    assert all((folder / name).read_bytes() == FILES[name] for name in wanted)
    assert {what for what, _ in shares} == {"downloading org/name"}
    assert [share for _, share in shares] == sorted({share for _, share in shares}) and shares[-1][1] == 1
    assert not Hub.asked & {"modeling_interns1.py", "pytorch_model.bin"}


def test_what_was_fetched_is_found_again_without_a_hub(hub, monkeypatch):
    folder = resolve_model("org/name", lambda what, share: None)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    assert resolve_model("org/name", lambda what, share: None) == folder


def test_an_id_that_nobody_has(hub):
    assert refusal("org/other").startswith("There is no folder org/other here and no model of that name on the")


def test_a_machine_without_a_network_says_so_and_what_to_do(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    line = refusal("org/name")

    assert line.startswith("org/name could not be fetched from the Hugging Face Hub (")
    assert line.endswith("; connect this machine once, or give the model as a local folder.")
