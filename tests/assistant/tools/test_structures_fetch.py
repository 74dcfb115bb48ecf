import io
import json
import socket
import urllib.error
import urllib.request

import pytest

from assistant.tools.result import ToolError
from assistant.tools.structures import download as downloading
from assistant.tools.structures.download import check_address, download
from assistant.tools.structures.fetch_structure import fetch_structure
from tests.assistant.tools.test_structures_reading import atom


class Answer(io.BytesIO):
    """What a server sends."""


@pytest.fixture
def asked(monkeypatch):
    """Addresses that were asked; answers by address, or what is raised."""
    answers = {}
    seen = []

    def opened(request):
        seen.append(request.full_url)
        answer = answers[request.full_url]
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer)

    monkeypatch.setattr(downloading, "_opened", opened)
    return seen, answers


PDB = (
    "HEADER    X                                       01-JAN-00   1UBQ\n" + atom(1) + atom(2, place=2, x=3.8)
).encode()
RCSB = "https://files.rcsb.org/download/1UBQ.pdb"


def refusal_of(call, *arguments):
    with pytest.raises(ToolError) as refusal:
        call(*arguments)
    return refusal.value


def test_a_pdb_entry_comes_with_its_summary(asked):
    seen, answers = asked
    answers[RCSB] = PDB

    result = fetch_structure("1ubq", "rcsb", "pdb")

    assert seen == [RCSB]
    assert result.artifacts[0].kind == "file" and result.artifacts[0].name == "1UBQ.pdb"
    assert "Downloaded 1UBQ.pdb from files.rcsb.org" in result.summary and "Chain A" in result.summary


def test_alphafold_is_asked_for_the_address_of_its_newest_model(asked):
    seen, answers = asked
    model = "https://alphafold.ebi.ac.uk/files/AF-P69905-F1-model_v9.pdb"
    answers["https://alphafold.ebi.ac.uk/api/prediction/P69905"] = json.dumps([{"pdbUrl": model}]).encode()
    answers[model] = PDB

    result = fetch_structure("P69905", "alphafold", "pdb")

    assert seen[1] == model and "pLDDT" in result.text


@pytest.mark.parametrize("answer", [b"[]", b"{}", b"not json", b'[{"cifUrl": "x"}]', b"\xff\xfe"])
def test_an_answer_without_a_model_is_not_found(asked, answer):
    asked[1]["https://alphafold.ebi.ac.uk/api/prediction/P69905"] = answer

    assert refusal_of(fetch_structure, "P69905", "alphafold", "pdb").code == "NOT_FOUND"


@pytest.mark.parametrize(
    "url",
    [
        "http://files.rcsb.org/download/1UBQ.cif",
        "https://files.rcsb.org.evil.example/1UBQ.cif",
        "https://files.rcsb.org:8443/1UBQ.cif",
        "https://user@files.rcsb.org/1UBQ.cif",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://files.rcsb.org/x",
        "//files.rcsb.org/x",
    ],
)
def test_only_https_to_the_two_hosts_is_asked(asked, url):
    asked[1]["https://alphafold.ebi.ac.uk/api/prediction/P69905"] = json.dumps([{"cifUrl": url}]).encode()

    assert refusal_of(check_address, url).code == "FORBIDDEN_ADDRESS"
    assert refusal_of(download, url).code == "FORBIDDEN_ADDRESS"
    assert refusal_of(fetch_structure, "P69905", "alphafold").code == "FORBIDDEN_ADDRESS"
    assert len(asked[0]) == 1


def test_a_redirect_to_another_host_is_not_followed():
    handler = downloading._OnlyKnownHosts()
    request = urllib.request.Request(RCSB)

    refusal = refusal_of(handler.redirect_request, request, io.BytesIO(), 302, "Found", {}, "http://localhost/secret")

    assert refusal.code == "FORBIDDEN_ADDRESS"
    assert handler.redirect_request(request, io.BytesIO(), 302, "Found", {}, RCSB) is not None


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("P69905",), "alphafold"),
        (("1UBQ", "alphafold"), "rcsb"),
        (("ABCD",), "1UBQ"),
        (("1UBQX",), "1UBQ"),
        (("P6990", "alphafold"), "P69905"),
    ],
)
def test_an_id_of_the_other_database_is_recognised(asked, arguments, hint):
    refusal = refusal_of(fetch_structure, *arguments)

    assert refusal.code == "WRONG_ID" and hint in refusal.text and not asked[0]


@pytest.mark.parametrize(
    ("raised", "code", "words", "is_retryable"),
    [
        (urllib.error.URLError(socket.gaierror(-3, "x")), "OFFLINE", "name resolution failed", True),
        (
            urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")),
            "OFFLINE",
            "connection refused",
            True,
        ),
        (TimeoutError(), "OFFLINE", "no answer within 10 s", True),
        (ConnectionResetError(104, "Connection reset by peer"), "OFFLINE", "reset", True),
        (urllib.error.HTTPError(RCSB, 404, "x", {}, None), "NOT_FOUND", "has no 1UBQ.pdb", False),
        (urllib.error.HTTPError(RCSB, 503, "x", {}, None), "SERVER_ERROR", "status 503", True),
    ],
)
def test_a_server_that_does_not_deliver_is_told_apart(asked, raised, code, words, is_retryable):
    asked[1][RCSB] = raised

    refusal = refusal_of(fetch_structure, "1UBQ", "rcsb", "pdb")

    assert refusal.code == code and words in refusal.text and refusal.is_retryable is is_retryable


def test_more_than_the_limit_is_not_read(asked, monkeypatch):
    monkeypatch.setattr(downloading, "MAX_BYTES", 2**20)
    asked[1][RCSB] = b"x" * (2**20 + 1)

    assert refusal_of(download, RCSB).code == "TOO_LARGE"
    asked[1][RCSB] = b"x" * 2**20
    assert len(download(RCSB)) == 2**20


def test_a_slow_server_is_given_up_on(asked, monkeypatch):
    monkeypatch.setattr(downloading, "TIMEOUT_S", -1.0)
    asked[1][RCSB] = PDB

    assert refusal_of(download, RCSB).code == "OFFLINE"


def test_a_page_instead_of_a_structure_is_refused(asked):
    asked[1][RCSB] = b"<html><script>alert(1)</script></html>"

    assert refusal_of(fetch_structure, "1UBQ", "rcsb", "pdb").code == "UNREADABLE_STRUCTURE"
