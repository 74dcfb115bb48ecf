"""Names, proxies, prefixes and the tunnel: what the guard takes a request for."""

import socket
import threading

import pytest
from fastapi.testclient import TestClient

from assistant.hosting.hosting import Hosting
from assistant.hosting.hosts import ServedHosts
from assistant.hosting.proxies import TrustedProxies
from assistant.hosting.share_link import ShareLink
from assistant.hosting.tunnel import Tunnel
from assistant.sessions import COOKIE, is_session_id
from tests.assistant.hosting.conftest import KEY

PROXIED = {"x-forwarded-for": "6.6.6.6, 203.0.113.7, 10.0.0.9", "x-forwarded-proto": "https"}


@pytest.mark.parametrize(
    ("listens_on", "allowed", "host", "is_served"),
    [
        ("127.0.0.1", (), "localhost:7860", True),
        ("127.0.0.1", (), "192.168.1.5", False),
        ("192.168.1.5", (), "192.168.1.5:7860", True),
        ("192.168.1.5", (), "192.168.1.6", False),
        ("0.0.0.0", (), "192.168.1.5:7860", True),
        ("::", (), "[2001:db8::1]:7860", True),
        ("0.0.0.0", (), "lab.example", False),
        ("0.0.0.0", ("lab.example",), "LAB.example:80", True),
        ("0.0.0.0", ("lab.example",), "evil.lab.example", False),
        ("0.0.0.0", (), socket.gethostname(), True),
        ("0.0.0.0", (), "2130706433", False),
        ("0.0.0.0", (), "[::1", False),
        ("0.0.0.0", (), "", False),
    ],
)
def test_names_are_served_that_were_given_and_addresses_where_all_are_listened_to(listens_on, allowed, host, is_served):
    assert (host in ServedHosts(listens_on, allowed)) == is_served


def seen(networks, client, headers):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return TrustedProxies(networks).seen_through({"client": (client, 1), "scheme": "http", "headers": raw})


def test_a_trusted_proxy_says_who_the_browser_is_and_the_browser_cannot_make_it_up():
    scope = seen(["10.0.0.0/8"], "10.0.0.1", {"host": "inside:7860", **PROXIED, "x-forwarded-host": "lab.example"})

    assert scope["client"] == ("203.0.113.7", 0)
    assert scope["scheme"] == "https"
    assert scope["headers"] == [(b"host", b"lab.example")]


def test_nobody_else_is_believed_and_gradio_never_sees_what_they_say():
    headers = {
        "host": "inside",
        **PROXIED,
        "x-forwarded-host": "evil.example",
        "x-gradio-server": "http://evil.example",
    }

    scope = seen(["10.0.0.0/8"], "192.168.1.5", headers)

    assert (scope["client"], scope["scheme"]) == (("192.168.1.5", 1), "http")
    assert scope["headers"] == [(b"host", b"inside")]


@pytest.fixture(scope="module")
def proxied_app(make_app):
    """Behind a proxy that gives it the prefix /lab."""
    hosting = Hosting(
        hosts=ServedHosts("127.0.0.1", ["lab.example"]),
        proxies=TrustedProxies(["10.0.0.0/8"]),
        root_path="/lab",
        embedded_in=("https://huggingface.co",),
    )
    return make_app(hosting)


@pytest.fixture
def proxied(proxied_app):
    headers = {"x-forwarded-host": "lab.example", "x-forwarded-proto": "https"}
    return TestClient(
        proxied_app, "http://127.0.0.1:7860", headers=headers, client=("10.0.0.1", 1), follow_redirects=False
    )


@pytest.mark.parametrize("path", ["/lab/", "/"], ids=["prefix-left-on", "prefix-taken-off"])
def test_behind_a_proxy_the_page_knows_its_address(proxied, path):
    page = proxied.get(path)

    assert page.status_code == 200
    assert '"root":"https://lab.example/lab"' in page.text
    assert "/lab/web/page.css?v=" in page.text
    assert "/lab/web/page.js?v=" in page.text


@pytest.mark.parametrize("prefix", ["/lab", ""])
@pytest.mark.parametrize("path", ["/health", "/ready", "/web/page.js", "/theme.css"])
def test_behind_a_proxy_every_route_is_found_with_and_without_the_prefix(proxied, prefix, path):
    assert proxied.get(prefix + path).status_code == 200


def test_the_prefix_without_a_slash_leads_to_the_page(proxied):
    response = proxied.get("/lab")

    assert (response.status_code, response.headers["location"]) == (308, "/lab/")
    assert proxied.get("/laboratory").status_code == 404


def test_over_https_cookies_are_secure_and_may_be_sent_in_a_frame_where_frames_are_allowed(proxied):
    page = proxied.get("/lab/")

    assert "; HttpOnly; SameSite=None; Secure; Partitioned; Max-Age=31536000; Path=/lab/" in page.headers["set-cookie"]
    assert "frame-ancestors 'self' https://huggingface.co;" in page.headers["content-security-policy"]


def test_a_browser_that_feigns_a_proxy_gets_the_page_of_this_address(proxied_app):
    client = TestClient(proxied_app, "http://127.0.0.1:7860", headers={**PROXIED, "x-forwarded-host": "evil.example"})

    page = client.get("/")

    assert "evil.example" not in page.text
    assert '"root":"http://127.0.0.1:7860/lab"' in page.text
    assert "; SameSite=Lax; Max-Age" in page.headers["set-cookie"]


def test_a_trusted_proxy_cannot_bring_in_a_name_that_is_not_served(proxied):
    assert proxied.get("/", headers={"x-forwarded-host": "evil.example"}).status_code == 421


@pytest.fixture(scope="module")
def tunnel():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Tunnel(listener)


@pytest.fixture(scope="module")
def shared_app(make_app, tunnel):
    return make_app(Hosting(tunnel=tunnel))


def through(tunnel, app, host="abc.gradio.live"):
    """A client whose requests come in at the tunnel's port."""
    return TestClient(app, f"http://127.0.0.1:{tunnel.port}", headers={"host": host}, follow_redirects=False)


def test_the_tunnel_serves_nobody_before_its_link_is_known_and_then_that_name_only(tunnel, shared_app):
    before = through(tunnel, shared_app).get("/").status_code
    tunnel.open("https://abc.gradio.live")

    assert before == 421
    assert through(tunnel, shared_app).get("/").status_code == 200
    assert through(tunnel, shared_app, "127.0.0.1:7860").get("/").status_code == 421
    assert (
        TestClient(shared_app, "http://127.0.0.1:7860").get("/", headers={"host": "abc.gradio.live"}).status_code == 421
    )


@pytest.mark.parametrize("path", ["/v1/models", "/v1/chat/completions", "/metrics", "/gradio_api/mcp/"])
def test_the_tunnel_carries_the_page_only_also_for_a_key(tunnel, shared_app, path):
    tunnel.open("https://abc.gradio.live")
    client = through(tunnel, shared_app)

    assert client.get(path, headers={"authorization": f"Bearer {KEY}"}).status_code == 404
    assert client.get(f"{path}?x=1").status_code == 404
    assert client.get("/health").status_code == 200


def test_cookies_through_the_tunnel_are_secure(tunnel, shared_app):
    tunnel.open("https://abc.gradio.live")

    page = through(tunnel, shared_app).get("/")

    assert "; SameSite=Lax; Secure; " in page.headers["set-cookie"]
    assert '"root":"https://abc.gradio.live"' in page.text


def told(tunnel, make, time_limit_s=10.0):
    sentences = []
    link = ShareLink(tunnel, sentences.append, make, time_limit_s)
    link.start()
    link.join()
    return sentences


def test_a_share_link_is_told_with_what_it_carries_and_how_long_it_lives(tunnel):
    (sentence,) = told(tunnel, lambda host, port, token, server, certificate: "https://xyz.gradio.live")

    assert sentence.startswith("Share link: https://xyz.gradio.live (the page only; ")
    assert "after a week at the latest" in sentence
    assert tunnel.serves("xyz.gradio.live")


def test_without_a_network_one_sentence_says_that_there_is_no_link(tunnel):
    def fail(*arguments):
        raise RuntimeError("Could not get share link from Gradio API Server.\nmore")

    assert told(tunnel, fail) == [
        "The share link could not be made: Could not get share link from Gradio API Server. The page goes on at its "
        "own address."
    ]


def test_a_share_server_that_never_answers_is_given_up(tunnel):
    given_up = threading.Event()

    sentences = told(tunnel, lambda *arguments: given_up.wait(10) and "", time_limit_s=0.05)

    given_up.set()
    assert sentences == ["The share link could not be made: it took too long. The page goes on at its own address."]


def test_a_visitor_of_the_page_is_a_session(proxied):
    proxied.get("/lab/")

    assert is_session_id(next(cookie.value for cookie in proxied.cookies.jar if cookie.name == COOKIE))


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "sentence"),
    [
        ("GET", "/account", {}, 401, "请先登录。"),
        ("GET", "/no-such-page", {}, 404, "这里没有内容。"),
        ("POST", "/login", {"origin": "https://evil.example"}, 403, "拒绝来自其他网站的请求。"),
        ("GET", "/login", {"range": "bytes=0-1,2-3"}, 416, "请求的范围不是一段字节。"),
        ("POST", "/login", {"content-length": "9999999"}, 413, "请求超过 2,097,152 字节。"),
    ],
)
def test_a_visitor_is_refused_in_his_language(stranger, method, path, headers, status, sentence):
    answer = stranger.request(method, path, headers={"accept-language": "zh-CN", **headers})

    assert (answer.status_code, answer.text) == (status, sentence)


def test_the_language_that_was_chosen_on_the_page_counts_and_a_program_is_told_in_english(stranger):
    chosen = {"accept-language": "zh-CN", "cookie": "benchside_language=en"}

    assert stranger.get("/account", headers=chosen).text == "Log in first."
    refused = stranger.post("/v1/completions", headers={"accept-language": "zh-CN"})
    assert refused.json()["error"]["message"].startswith("A key is needed here")
