"""An OpenAI-compatible server that does what the last message tells it: `WAY [words]`. Some ways are common, most bad.

    python -m tests.assistant.remote.misbehaving_server [PORT]

prints its address. A message that names no way is answered as most servers would: thinking, then an echo.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "odd-model"
USAGE = {"prompt_tokens": 21, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 5}}
HANG_S = 30.0  # longer than any test waits
ENTRY: dict[str, Any] = {"id": MODEL, "object": "model", "max_model_len": 8192}


class Wire(BaseHTTPRequestHandler):
    """One request; WAYS below use its methods."""

    protocol_version = "HTTP/1.1"
    server: "MisbehavingServer"

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: a test has more to say."""

    def do_GET(self) -> None:
        self.answer(200, {"object": "list", "data": self.server.entries})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.body = body
        self.server.bodies.append(body)
        self.server.keys.append(self.headers.get("authorization", ""))
        way, _, rest = _last_words(body).partition(" ")
        try:
            WAYS.get(way, _echo)(self, rest)
        except OSError:
            self.server.hung_up.set()  # the client has gone

    def answer(self, status: int, content: Any, media_type: str = "application/json", **headers: str) -> None:
        data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": media_type, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def begin(self, media_type: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None, **fields: Any) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        self.data(json.dumps({"object": "chat.completion.chunk", "choices": [choice], **fields}))

    def data(self, text: str) -> None:
        self.raw(f"data: {text}\n\n")

    def raw(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def end(self, reason: str | None = "stop") -> None:
        self.chunk({}, reason)
        self.data(json.dumps({"choices": [], "usage": USAGE}))
        self.data("[DONE]")

    def hang(self) -> None:
        """Until the client goes: a comment line each moment finds out."""
        until = time.monotonic() + HANG_S
        while time.monotonic() < until and not self.server.is_closing.wait(0.02):
            self.raw(": waiting\n\n")


class MisbehavingServer(ThreadingHTTPServer):
    """bodies, keys: of all questions. hung_up: a client has gone while it was being answered."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Wire)
        self.entries: list[dict[str, Any]] = [ENTRY]
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.hung_up = threading.Event()
        self.is_closing = threading.Event()
        self.num_failures = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def running_server() -> Iterator[MisbehavingServer]:
    server = MisbehavingServer()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.is_closing.set()
        server.shutdown()
        server.server_close()


def _last_words(body: dict[str, Any]) -> str:
    content = next((m["content"] for m in reversed(body["messages"]) if m["role"] == "user"), "")
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content)
    is_told_a_result = body["messages"][-1]["role"] == "tool" or content.startswith("<tool_response>")
    return "told" if is_told_a_result else str(content).strip()


def _echo(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"role": "assistant", "content": ""})
    wire.chunk({"reasoning_content": "I repeat."})
    for word in _last_words(wire.body).split(" "):
        wire.chunk({"content": f"{word} "})
    wire.end()


def _told(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"content": f"The tool says: {wire.body['messages'][-1]['content'][:60]}"})
    wire.end()


# Reasoning


def _reasoning(wire: Wire, rest: str) -> None:
    wire.begin()
    for word in ("Let me", " think."):
        wire.chunk({"reasoning": word})
    wire.chunk({"content": "Done."})
    wire.end()


def _inline(wire: Wire, rest: str) -> None:
    wire.begin()
    for part in ("<thi", "nk>Let me", " think.</th", "ink>\n\nDo", "ne."):
        wire.chunk({"content": part})
    wire.end()


def _unopened(wire: Wire, rest: str) -> None:
    wire.begin()
    for part in ("Let me", " think.\n</th", "ink>\n\nDo", "ne."):
        wire.chunk({"content": part})
    wire.end()


# Calls


def _call(wire: Wire, rest: str) -> None:
    """In pieces, with an id and an index, as OpenAI's."""
    arguments = json.dumps({"smiles": rest or "CCO"})
    wire.begin()
    wire.chunk({"tool_calls": [_fragment(0, "call_a", "render_molecule", "")]})
    for i in range(0, len(arguments), 5):
        wire.chunk({"tool_calls": [{"index": 0, "function": {"arguments": arguments[i : i + 5]}}]})
    wire.end("tool_calls")


def _interleaved(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"tool_calls": [_fragment(0, "a", "first", '{"x"'), _fragment(1, "b", "second", '{"y"')]})
    wire.chunk({"tool_calls": [{"index": 1, "function": {"arguments": ": 2}"}}]})
    wire.chunk({"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]})
    wire.end("tool_calls")


def _whole(wire: Wire, rest: str) -> None:
    """Two calls with the same index and arguments as objects, as Ollama's own endpoint sends them."""
    wire.begin()
    for smiles in ("CCO", "CCN"):
        call = {"index": 0, "id": smiles, "function": {"name": "render_molecule", "arguments": {"smiles": smiles}}}
        wire.chunk({"tool_calls": [call]})
    wire.end("tool_calls")


def _anonymous(wire: Wire, rest: str) -> None:
    """Neither ids nor indices."""
    wire.begin()
    wire.chunk({"tool_calls": [{"function": {"name": "first", "arguments": '{"x": '}}]})
    wire.chunk({"tool_calls": [{"function": {"arguments": "1}"}}]})
    wire.chunk({"tool_calls": [{"function": {"name": "second"}}]})
    wire.end(None)


def _tagged(wire: Wire, rest: str) -> None:
    text = json.dumps({"name": "render_molecule", "arguments": {"smiles": rest or "CCO"}})
    wire.begin()
    for part in ("I draw it.\n<tool", f"_call>\n{text}\n</tool_", "call>"):
        wire.chunk({"content": part})
    wire.end()


def _broken_call(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"tool_calls": [_fragment(0, "a", "render_molecule", '{"smiles": ')]})
    wire.end("tool_calls")


def _fragment(index: int, call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


# Ends


def _bare(wire: Wire, rest: str) -> None:
    """No role, no finish reason, no usage."""
    wire.begin()
    wire.data(json.dumps({"choices": [{"delta": {"content": "Bare."}}]}))
    wire.data("[DONE]")


def _odd(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"content": [{"type": "text", "text": "Odd."}]}, "eos_token", usage={"prompt_tokens": None})


def _cut_short(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"content": "As far as"})
    wire.end("length")


def _not_streamed(wire: Wire, rest: str) -> None:
    message = {"role": "assistant", "content": "At once.", "reasoning_content": "Short."}
    wire.answer(200, {"choices": [{"message": message, "finish_reason": "stop"}], "usage": USAGE})


def _commented(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.raw(": keep-alive\r\n\r\nevent: message\r\nid: 1\r\nretry: 1000\r\n")
    wire.raw('data: {"choices": [{"delta":\r\ndata: {"content": "Two\u2028lines."}}]}\r\n\r\n')
    wire.end()


def _long_line(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"content": "x" * 1_000_000})
    wire.end()


# Failures


def _refuse_key(wire: Wire, rest: str) -> None:
    wire.answer(401, {"error": {"message": f"Wrong key: {wire.headers.get('authorization')}", "code": "invalid"}})


def _refuse_model(wire: Wire, rest: str) -> None:
    wire.answer(404, {"error": {"message": f"The model {MODEL} does not exist."}})


def _refuse_busy(wire: Wire, rest: str) -> None:
    wire.answer(429, {"error": {"message": "Too many."}}, Retry_After="17")


def _refuse_long(wire: Wire, rest: str) -> None:
    wire.answer(400, {"object": "error", "message": "This model's maximum context length is 8192 tokens."})


def _fail(wire: Wire, rest: str) -> None:
    wire.answer(500, "Traceback:\n  out of memory", "text/plain")


def _fail_once(wire: Wire, rest: str) -> None:
    wire.server.num_failures += 1
    if wire.server.num_failures == 1:
        wire.answer(503, {"error": {"message": "Warming up."}})
    else:
        _echo(wire, rest)


def _drop_once(wire: Wire, rest: str) -> None:
    wire.server.num_failures += 1
    if wire.server.num_failures == 1:
        wire.close_connection = True
    else:
        _echo(wire, rest)


def _drop(wire: Wire, rest: str) -> None:
    wire.close_connection = True


def _html(wire: Wire, rest: str) -> None:
    wire.answer(200, "<html><script>alert(1)</script>Please log in</html>", "text/html; charset=utf-8")


def _gateway(wire: Wire, rest: str) -> None:
    wire.answer(502, "<html>Bad gateway</html>", "text/html")


def _redirect(wire: Wire, rest: str) -> None:
    wire.answer(302, "", "text/plain", Location="http://192.0.2.1/elsewhere")


def _no_json(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"content": "So far "})
    wire.data("<script>alert(1)</script>")


def _no_object(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.data(json.dumps({"choices": ["text"]}))


def _fail_midway(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"content": "So far "})
    wire.data(json.dumps({"error": {"message": "CUDA error: out of memory"}}))


def _die_midway(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"content": "So far "})


def _silent(wire: Wire, rest: str) -> None:
    wire.server.is_closing.wait(HANG_S)


def _only_comments(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"role": "assistant"})
    wire.hang()


def _stall(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.chunk({"content": "So far "})
    wire.hang()


def _endless_line(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.raw("data: ")
    for _ in range(64):
        wire.raw("x" * 2**20)


def _empty(wire: Wire, rest: str) -> None:
    wire.begin()
    wire.end()


def _picky(wire: Wire, rest: str) -> None:
    """Names one unknown field after the other."""
    known = {"model", "messages", "stream", "max_completion_tokens", "tools"}
    for name in wire.body:
        if name not in known:
            hint = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
            wire.answer(400, {"error": {"message": f"Unknown parameter: '{name}'.{hint}", "param": name}})
            return
    _echo(wire, rest)


def _toolless(wire: Wire, rest: str) -> None:
    if "tools" in wire.body:
        message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
        wire.answer(400, {"object": "error", "message": message, "type": "BadRequestError"})
    else:
        _tagged(wire, rest)


WAYS: dict[str, Callable[[Wire, str], None]] = {
    name.removeprefix("_").replace("_", "-"): way
    for name, way in list(globals().items())
    if name.startswith("_") and callable(way) and name not in ("_last_words", "_fragment")
}


def main() -> None:
    server = MisbehavingServer(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(server.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
