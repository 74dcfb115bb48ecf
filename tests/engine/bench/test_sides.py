"""The parts of the sides' programs that need no peer."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep

import pytest

from engine.bench.job import Request, SideSettings
from engine.bench.sides import server
from engine.bench.sides.cache_slot import Slot, best_slot
from engine.bench.sides.stepping import serve_by_steps


class CountingStepper:
    """Gives every request that has arrived one token a step: 10 * index + how many it had."""

    def __init__(self):
        self.left = {}
        self.had = {}

    def prepare(self, job):
        self.left = {}

    def add(self, index, request):
        self.left[index], self.had[index] = request.max_tokens, 0

    def step(self):
        sleep(0.001)
        tokens = [(index, 10 * index + self.had[index]) for index, left in self.left.items() if left]
        for index, _ in tokens:
            self.left[index] -= 1
            self.had[index] += 1
        return tokens


def test_every_request_gets_its_tokens_with_a_time_each():
    sample = serve_by_steps(CountingStepper(), [Request([1], 3), Request([1], 1)])

    assert sample.token_ids == [[0, 1, 2], [10]]
    assert 0 < sample.token_times[0][0] < sample.token_times[0][1] < sample.token_times[0][2]


def test_a_request_starts_when_it_arrives_even_if_nothing_runs():
    sample = serve_by_steps(CountingStepper(), [Request([1], 1, arrival_s=0.05), Request([1], 1)])

    assert sample.token_ids == [[0], [10]]
    assert sample.token_times[1][0] < 0.05 < sample.token_times[0][0]


@pytest.mark.parametrize(
    ("cached", "prompt", "num_alike"),
    [
        pytest.param([1, 2, 3], [1, 2, 9, 9], 2, id="beginning"),
        pytest.param([1, 2, 3], [1, 2, 3], 2, id="last-token-is-read-for-its-logits"),
        pytest.param([1, 2], [1, 2, 3], 2, id="goes-on"),
        pytest.param([], [1], 0, id="empty"),
    ],
)
def test_a_slot_reads_again_what_it_does_not_know(cached, prompt, num_alike):
    assert Slot(0, cached).num_alike(prompt) == num_alike


def test_the_free_slot_that_knows_most_serves_and_an_empty_one_rather_than_a_strangers():
    knowing, empty, stranger = Slot(0, [1, 2, 3]), Slot(1), Slot(2, [8, 8])
    busy = Slot(3, [1, 2, 3, 4, 5], num_left=1)

    assert best_slot([stranger, empty, knowing, busy], [1, 2, 3, 4, 5, 6]) is knowing
    assert best_slot([stranger, empty, knowing, busy], [7, 7]) is empty


class _CompletionsHandler(BaseHTTPRequestHandler):
    """Streams max_tokens events; ids are the prompt's last one and those after it."""

    def do_GET(self):
        self._reply(json.dumps({"data": [{"id": "the-model"}]}).encode(), "application/json")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        ids = [body["prompt"][-1] + 1 + i for i in range(body["max_tokens"] - self.server.num_missing)]
        events = [{"choices": [{"text": "x"} | ({"token_ids": [i]} if self.server.has_ids else {})]} for i in ids]
        lines = [f"data: {json.dumps(event)}\n\n" for event in [*events, {"choices": [], "usage": {}}]]
        self._reply("".join([*lines, "data: [DONE]\n\n"]).encode(), "text/event-stream")

    def _reply(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def completions():
    http_server = ThreadingHTTPServer(("127.0.0.1", 0), _CompletionsHandler)
    http_server.bodies, http_server.has_ids, http_server.num_missing = [], True, 0
    thread = threading.Thread(target=http_server.serve_forever)
    thread.start()
    yield http_server
    http_server.shutdown()
    thread.join()
    http_server.server_close()


def served(http_server, job):
    url = f"http://127.0.0.1:{http_server.server_port}/v1"
    serve = server.load(SideSettings(url, "float32", 1, 64, 2, 1))
    with ThreadPoolExecutor() as pool:  # Playwright's loop runs in the main thread for as long as the session lasts
        return pool.submit(serve, job).result()


def test_a_server_gets_token_ids_and_its_stream_is_read(completions):
    sample = served(completions, [Request([3, 4], 2), Request([9], 1)])

    assert sample.token_ids == [[5, 6], [10]]
    assert all(time > 0 for times in sample.token_times for time in times)
    first = next(body for body in completions.bodies if body["prompt"] == [3, 4])
    assert (first["model"], first["max_tokens"], first["temperature"], first["ignore_eos"]) == ("the-model", 2, 0, True)


def test_tokens_without_ids_are_counted(completions):
    completions.has_ids = False

    assert served(completions, [Request([3], 2)]).token_ids == [[-1, -1]]


def test_a_server_that_stops_early_is_no_sample(completions):
    completions.num_missing = 1

    with pytest.raises(SystemExit, match="sent 1 tokens where 2 were asked for"):
        served(completions, [Request([3], 2)])
