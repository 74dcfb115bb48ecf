import json
import os
import subprocess
import sys

import pytest

from assistant.handover.record import Content
from assistant.handover.request import LargeFile
from assistant.handover.request_text import as_curl, as_python

SERVER = "http://127.0.0.1:7860"
HOSTILE = [
    "plain",
    'it\'s "quoted" `id` $(id) $HOME \\ \\n',
    "END_OF_REQUEST\nEND_OF_REQUEST\n; touch pwned",
    "a\nb\r\n\tc \u2028 \x00 \x1b[31m 画",
    "'''\"\"\"{}%s{0}",
]
FAKE_CURL = """#!/bin/sh
printf '%s\\0' "$@" > arguments
cat > body
"""
FAKE_OPENAI = """
import json
class OpenAI:
    def __init__(self, **settings):
        self.chat = self.completions = self
        print(json.dumps(settings))
    def create(self, **request):
        print(json.dumps(request))
        return type("Completion", (), {"choices": [type("Choice", (), {"message": "done"})]})
"""


def request(text="plain", **more):
    function = {"name": "draw", "description": text, "parameters": {"type": "object", "properties": {}}}
    return {
        "model": text,
        "messages": [{"role": "user", "content": text}],
        "tools": [{"type": "function", "function": function}],
        "temperature": 0.5,
        "top_p": 1.0,
        "max_tokens": 64,
        "top_k": 50,
        "seed": 7,
        "enable_thinking": False,
        **more,
    }


def run_curl(text, folder):
    """The arguments and the body that curl gets from a shell."""
    (folder / "curl").write_text(FAKE_CURL)
    (folder / "curl").chmod(0o700)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "BENCHSIDE_API_KEY": "secret"}
    subprocess.run(["sh", "-c", text], cwd=folder, env=environment, check=True, timeout=20)
    return (folder / "arguments").read_text().split("\0")[:-1], (folder / "body").read_text()


def run_python(text, folder):
    """What the client and its call are given."""
    (folder / "openai.py").write_text(FAKE_OPENAI)
    (folder / "program.py").write_text(text)
    environment = os.environ | {"BENCHSIDE_API_KEY": "secret", "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, env=environment, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 0, done.stderr
    settings, call, answer = done.stdout.splitlines()
    assert answer == "done"
    return json.loads(settings), json.loads(call)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_shell_sends_the_request_as_it_is(text, tmp_path):
    arguments, body = run_curl(as_curl(request(text), SERVER), tmp_path)

    assert json.loads(body) == request(text)
    assert arguments[0] == f"{SERVER}/v1/chat/completions"
    assert "Authorization: Bearer secret" in arguments
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arguments", "body", "curl"]


def test_an_address_cannot_leave_its_quotes(tmp_path):
    arguments, _ = run_curl(as_curl(request(), "http://x'; touch pwned; '"), tmp_path)

    assert arguments[0] == "http://x'; touch pwned; '/v1/chat/completions"
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("text", HOSTILE)
def test_python_sends_the_same_with_our_own_fields_apart(text, tmp_path):
    settings, call = run_python(as_python(request(text), SERVER), tmp_path)

    assert settings == {"base_url": f"{SERVER}/v1", "api_key": "secret"}
    assert call.pop("extra_body") == {"top_k": 50, "enable_thinking": False}
    assert call == {name: value for name, value in request(text).items() if name not in ("top_k", "enable_thinking")}


def test_no_key_is_in_the_text():
    assert "secret" not in as_curl(request(), SERVER) + as_python(request(), SERVER)
    assert "$BENCHSIDE_API_KEY" in as_curl(request(), SERVER)


def test_where_a_large_file_goes_is_said_and_python_reads_it(tmp_path):
    large = LargeFile(Content("it's large.png", "image/png", b"x"))
    part = {"type": "image_url", "image_url": {"url": large}}
    asked = request(messages=[{"role": "user", "content": [part]}])
    (tmp_path / "it's large.png").write_bytes(b"picture")

    _, body = run_curl(as_curl(asked, SERVER), tmp_path)
    _, call = run_python(as_python(asked, SERVER), tmp_path)

    assert "put the data URL of it's large.png here" in body
    assert call["messages"][0]["content"][0]["image_url"]["url"] == "data:image/png;base64,cGljdHVyZQ=="
