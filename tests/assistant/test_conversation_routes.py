import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.attachments.attachment import Attachment, Question
from assistant.conversation_routes import add_conversation_routes
from assistant.conversations import MAX_TITLE_LENGTH
from assistant.model_slot import ModelSlot
from assistant.sessions import COOKIE, new_session_id
from assistant.ui.chat import Desk

ID = "1" * 64


@pytest.fixture
def desk():
    desk = Desk(ModelSlot("scripted"))
    yield desk
    desk.close()


def browser(desk):
    """A client with a session of its own; desk.store knows it as client.session_id."""
    app = FastAPI()
    add_conversation_routes(app, desk, None)
    client = TestClient(app)
    client.session_id = new_session_id()
    client.cookies[COOKIE] = client.session_id
    return client


def asked(desk, client, text, *attachments):
    conversation_id = desk.store.create(client.session_id)
    desk.store.ask(conversation_id, Question(text, attachments), None)
    return desk.links.file_id(client.session_id, conversation_id)


def listed(client, query=""):
    return client.get("/conversations", params={"query": query}).json()["conversations"]


def test_the_newest_conversation_comes_first_under_its_first_question(desk):
    client = browser(desk)
    asked(desk, client, "What is aspirin?")
    address = asked(desk, client, "And  caffeine?\nIn short.")

    rows = listed(client)

    assert [row["title"] for row in rows] == ["And caffeine? In short.", "What is aspirin?"]
    assert rows[0]["address"] == address and rows[0]["num_turns"] == 1


def test_a_conversation_that_began_with_a_file_alone_has_its_name(desk):
    client = browser(desk)
    asked(desk, client, "", Attachment(ID, "gel.png", "image", 1000))

    assert [row["title"] for row in listed(client)] == ["gel.png"]


def test_a_long_question_is_cut_between_words(desk):
    client = browser(desk)
    asked(desk, client, "molecule " * 60)

    assert [row["title"] for row in listed(client)] == ["molecule " * 7 + "molecule…"]


def test_a_chat_in_which_nothing_was_asked_is_not_listed(desk):
    client = browser(desk)
    desk.store.create(client.session_id)

    assert listed(client) == []


def test_a_search_looks_at_titles_and_texts(desk):
    client = browser(desk)
    asked(desk, client, "What is aspirin?")
    address = asked(desk, client, "And caffeine?")
    client.post(f"/conversations/{address}", json={"title": "Morning drink"})

    assert [row["title"] for row in listed(client, "ASPIRIN")] == ["What is aspirin?"]
    assert [row["title"] for row in listed(client, "caffeine")] == ["Morning drink"]
    assert [row["title"] for row in listed(client, "drink")] == ["Morning drink"]
    assert listed(client, "tea") == []


def test_a_conversation_is_deleted_for_good(desk):
    client = browser(desk)
    address = asked(desk, client, "What is aspirin?")

    assert client.delete(f"/conversations/{address}").status_code == 204
    assert listed(client) == []
    assert client.delete(f"/conversations/{address}").status_code == 404


def test_nobody_elses_conversation_is_listed_renamed_or_deleted(desk):
    mine, theirs = browser(desk), browser(desk)
    address = asked(desk, mine, "What is aspirin?")

    assert listed(theirs) == []
    for refused in (
        theirs.post(f"/conversations/{address}", json={"title": "Mine now"}),
        theirs.delete(f"/conversations/{address}"),
    ):
        assert refused.status_code == 404
        assert refused.text == "There is no such conversation, or it belongs to another browser."
    assert [row["title"] for row in listed(mine)] == ["What is aspirin?"]


def test_a_browser_without_a_session_has_no_conversations(desk):
    client = browser(desk)
    client.cookies.clear()

    assert listed(client) == []


@pytest.mark.parametrize(
    ("content", "length"),
    [
        (b'{"title": ""}', 0),
        (b'{"title": " \\n "}', 0),
        (b'{"title": 3}', 0),
        (b"[]", 0),
        (b"\xff", 0),
        (b'{"title": "' + b"x" * 81 + b'"}', 81),
    ],
)
def test_a_title_that_cannot_be_used_is_refused_with_its_length(desk, content, length):
    client = browser(desk)
    address = asked(desk, client, "What is aspirin?")

    refused = client.post(f"/conversations/{address}", content=content)

    assert refused.status_code == 422
    assert refused.text == f"The title is {length} characters long; it may have 1 to {MAX_TITLE_LENGTH}."
    assert [row["title"] for row in listed(client)] == ["What is aspirin?"]


def test_a_refusal_is_in_the_readers_language(desk):
    refused = browser(desk).delete("/conversations/x.y", headers={"accept-language": "zh-CN"})

    assert refused.text == "没有该对话，或它属于另一个浏览器。"
