import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assistant.openai_api import media_fetch
from assistant.openai_api.errors import ApiError
from assistant.openai_api.media_fetch import MediaFetcher

PLACE = "messages[0].content[0].image_url.url"


class Files(BaseHTTPRequestHandler):
    """/ok, /redirect, /huge, /slow, and how often they were asked."""

    asked: list[str] = []
    is_over = threading.Event()

    def do_GET(self):
        self.asked.append(self.path)
        match self.path:
            case "/redirect":
                self.send_response(302)
                self.send_header("Location", "/ok")
                self.end_headers()
            case "/slow":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                while not self.is_over.wait(0.05):
                    try:
                        self.wfile.write(b"x")
                        self.wfile.flush()
                    except OSError:
                        return
            case _:
                content = b"x" * (5_000 if self.path == "/huge" else 10)
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def files():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    Files.is_over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(url, *hosts, max_bytes=1_000):
    return MediaFetcher(hosts).fetch(url, PLACE, max_bytes)


def refusal(url, *hosts):
    with pytest.raises(ApiError) as caught:
        fetch(url, *hosts)
    assert caught.value.status == 400 and caught.value.param == PLACE
    return caught.value


def test_a_host_on_the_list_is_asked(files):
    assert fetch(f"http://{files}/ok", files) == b"x" * 10


def test_without_a_list_nothing_is_fetched(files):
    error = refusal(f"http://{files}/ok")

    assert error.code == "url_not_allowed" and "--allow-media-urls" in error.message


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/ok",  # another port
        "http://localhost:{port}/ok",
        "http://2130706433:{port}/ok",
        "http://127.1:{port}/ok",
        "http://0.0.0.0:{port}/ok",
        "http://[::1]:{port}/ok",
        "http://[::ffff:127.0.0.1]:{port}/ok",
    ],
)
def test_another_spelling_is_another_host(files, url):
    assert refusal(url.format(port=files.split(":")[1]), files).code == "url_not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        "http:\\\\evil@127.0.0.1/ok",
        "http://user:password@127.0.0.1/ok",
        "http://127.0.0.1\\@evil.test/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nHost: evil",
        "http://127.0.0.1:99999/ok",
        "http:///ok",
        "https://ex\u00e4mple.test/",
    ],
)
def test_an_address_that_could_be_read_in_two_ways_is_refused(url):
    assert refusal(url, "127.0.0.1").code == "invalid_url"


def test_no_redirect_is_followed(files):
    asked_before = len(Files.asked)

    error = refusal(f"http://{files}/redirect", files)

    assert "302" in error.message and Files.asked[asked_before:] == ["/redirect"]


def test_too_much_is_not_read_to_the_end(files):
    assert refusal(f"http://{files}/huge", files).code == "too_large"


def test_a_server_that_drips_is_given_up(files, monkeypatch):
    monkeypatch.setattr(media_fetch, "TIMEOUT_S", 0.3)

    assert refusal(f"http://{files}/slow", files).code == "fetch_failed"


def test_a_listed_name_inside_a_private_network_is_refused(monkeypatch):
    monkeypatch.setattr(media_fetch.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.7", 80))])

    assert "private" in refusal("http://files.example.test/a.png", "files.example.test").message


def test_the_connection_goes_to_what_was_resolved_once(monkeypatch):
    resolved, connected = [], []

    def getaddrinfo(host, port, **_):
        resolved.append(host)
        return [(2, 1, 6, "", ("93.184.216.34" if len(resolved) == 1 else "127.0.0.1", port))]

    def create_connection(address, timeout):
        connected.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr(media_fetch.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(media_fetch.socket, "create_connection", create_connection)

    refusal("http://files.example.test/a.png", "files.example.test")

    assert (resolved, connected) == (["files.example.test"], [("93.184.216.34", 80)])
