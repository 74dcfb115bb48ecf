import asyncio
import json
import re

import pytest
from fastapi.testclient import TestClient

from assistant.agent import Agent
from assistant.attachments.attachment import Question
from assistant.attachments.room import RoomLimits
from assistant.attachments.store import AttachmentStore
from assistant.handover import share_routes
from assistant.handover.formats import FORMATS
from assistant.handover.share_store import DAY_S, MAX_LINKS
from assistant.model_slot import ModelSlot
from assistant.server import build_app
from assistant.sessions import COOKIE, new_session_id
from assistant.turn_settings import TurnSettings
from assistant.ui.chat import Chat, Desk
from assistant.ui.strings import Words
from engine.processors.settings import INTERN_S1_PRO
from engine.sampling_params import SamplingParams
from tests.assistant.attachments.files import png
from tests.assistant.fakes import FakeTools, ScriptedModel, outcome

ORIGIN = "http://127.0.0.1:7860"
CALL = ["Let me see.</think>\n\n", '<tool_call>\n{"name": "weigh", "arguments": {"smiles": "CCO"}}\n</tool_call>']
ANSWER = ["</think>\n\n", "It weighs 46 g/mol."]
WEEK = {"expires_in_days": 7, "includes": ["thinking", "files"]}
EN = Words("en")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    slot = ModelSlot("scripted")
    tools = FakeTools(weigh=outcome("46.07 g/mol"), render_molecule=outcome("Drawn."))
    model = ScriptedModel(*[script for _ in range(8) for script in (CALL, ANSWER)], media=INTERN_S1_PRO)
    slot.fill(Agent(model, tools, "You help.", SamplingParams(max_tokens=64, temperature=0.5)))
    desk = Desk(slot, AttachmentStore(max_bytes=3 * 2**20))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def app(desk):
    async def build():
        return build_app(desk, desk.slot.agent.tools)

    return asyncio.run(build())  # outside of a loop Gradio would make some and leave them open


class Owner:
    """A browser with one conversation: a picture and a question, answered with a tool."""

    def __init__(self, app, desk, question="What does ethanol weigh?"):
        self.session_id = new_session_id()
        self.client = TestClient(app, base_url=ORIGIN, cookies={COOKIE: self.session_id})
        self.chat = Chat(desk, self.session_id)
        self.address = self.chat.address
        if question:
            asyncio.run(self.ask(desk, question, TurnSettings(seed=7)))

    async def ask(self, desk, question, settings):
        async def chunks():
            yield png()

        sent = await desk.attachments.receive(self.chat.conversation_id, "gel.png", chunks())
        self.chat.ask(Question(question, (sent,)), EN, settings)
        async for _ in self.chat.answer(EN):
            pass

    def get(self, rest, **parameters):
        return self.client.get(f"/conversations/{self.address}/{rest}", params=parameters)

    def share(self, body=WEEK):
        return self.client.post(f"/conversations/{self.address}/share", content=json.dumps(body))

    def revoke(self, share_id):
        return self.client.request("DELETE", f"/conversations/{self.address}/share/{share_id}", content="{}")


@pytest.fixture(scope="module")
def owner(app, desk):
    return Owner(app, desk)


@pytest.fixture
def stranger(app):
    return TestClient(app, base_url=ORIGIN, cookies={COOKIE: new_session_id()})


@pytest.mark.parametrize("form", FORMATS)
def test_a_conversation_is_exported_under_its_title(owner, form):
    response = owner.get("export", format=form)

    assert response.status_code == 200
    suffix = FORMATS[form].suffix
    assert response.headers["content-disposition"].endswith(f"''What-does-ethanol-weigh.{suffix}")
    assert "no-store" in response.headers["cache-control"]
    if form != "zip":
        for part in ("46.07 g/mol", "It weighs 46 g/mol.", "gel.png"):
            assert part in response.text.replace("\\\\", "").replace("\\", "")


def test_an_unknown_format_is_refused_with_those_there_are(owner):
    response = owner.get("export", format="pdf")

    assert response.status_code == 400
    assert response.text == "format is pdf; it must be one of: markdown, json, notebook, html, zip."


@pytest.mark.parametrize("rest", ["export?format=json", "handover", "share", "turns/0/request?as=curl"])
def test_nothing_of_another_browsers_conversation_is_handed_over(owner, stranger, rest):
    response = stranger.get(f"/conversations/{owner.address}/{rest}")

    assert response.status_code == 404
    assert "another browser" in response.text


def test_another_browser_neither_shares_nor_ends_a_link(owner, stranger):
    share = owner.share().json()
    address = f"/conversations/{owner.address}/share"

    refused = stranger.post(address, content=json.dumps(WEEK))
    kept = stranger.request("DELETE", f"{address}/{share['id']}", content="{}")

    assert (refused.status_code, kept.status_code) == (404, 404)
    assert owner.client.get(share["url"]).status_code == 200
    owner.revoke(share["id"])


def test_an_empty_conversation_has_nothing_to_hand_over(app, desk):
    empty = Owner(app, desk, question="")

    assert [empty.get("export", format="json").status_code, empty.share().status_code] == [409, 409]


def test_a_shared_page_opens_for_anybody_and_can_reach_nothing(owner, stranger):
    response = stranger.get(owner.share().json()["url"])

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-downloads; default-src 'none'")
    assert "allow-same-origin" not in policy
    assert "noindex" in response.headers["x-robots-tag"]
    assert "It weighs 46 g/mol." in response.text
    assert owner.address not in response.text
    assert owner.session_id not in response.text


def test_a_shared_page_is_of_its_moment(app, desk, stranger):
    owner = Owner(app, desk)
    url = owner.share().json()["url"]
    asyncio.run(owner.ask(desk, "And methanol?", TurnSettings()))

    assert "methanol" not in stranger.get(url).text
    assert "methanol" in owner.get("export", format="markdown").text


def test_what_is_not_included_is_not_on_the_page(owner, stranger):
    everything = stranger.get(owner.share().json()["url"]).text
    bare = stranger.get(owner.share({"expires_in_days": 1, "includes": []}).json()["url"]).text

    assert "Let me see." in everything
    assert "Let me see." not in bare
    assert len(re.findall('src="data:|href="data:', everything)) > len(re.findall('src="data:|href="data:', bare))


def test_links_are_listed_and_ended(app, desk, stranger):
    owner = Owner(app, desk)
    share = owner.share().json()

    listed = owner.get("share").json()
    ended = owner.revoke(share["id"])

    assert [link["id"] for link in listed] == [share["id"]]
    assert "url" not in listed[0]
    assert ended.status_code == 204
    assert owner.get("share").json() == []
    gone = stranger.get(share["url"])
    assert gone.status_code == 410
    assert gone.text.startswith("This shared conversation is no longer here")
    assert owner.revoke(share["id"]).status_code == 404


def test_an_expired_link_is_gone(desk, owner, stranger):
    url = owner.share({"expires_in_days": 1}).json()["url"]
    desk.database.write("UPDATE shares SET expires_at = expires_at - ?", DAY_S)

    assert stranger.get(url).status_code == 410


def test_a_deleted_conversation_is_shared_no_longer(app, desk, stranger):
    owner = Owner(app, desk)
    url = owner.share().json()["url"]

    desk.store.delete(owner.chat.conversation_id)

    assert stranger.get(url).status_code == 404


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "expires_in_days is null; it must be a whole number from 1 to 365."),
        ({"expires_in_days": 0}, "expires_in_days is 0"),
        ({"expires_in_days": 366}, "expires_in_days is 366"),
        ({"expires_in_days": True}, "expires_in_days is true"),
        ({"expires_in_days": "7"}, 'expires_in_days is "7"'),
        ({"expires_in_days": 7, "includes": "files"}, 'includes is "files"'),
        ({"expires_in_days": 7, "includes": ["secrets"]}, 'includes is ["secrets"]'),
        ({"expires_in_days": 7, "password": "x"}, 'The field "password" is not known'),
        ([], "A share is asked for with a JSON object"),
    ],
)
def test_a_bad_wish_is_one_sentence(owner, body, reason):
    response = owner.share(body)

    assert response.status_code == 400
    assert response.text.startswith(reason)


def test_too_many_links_are_refused(app, desk):
    owner = Owner(app, desk)
    for _ in range(MAX_LINKS):
        assert owner.share().status_code == 201

    refused = owner.share()

    assert refused.status_code == 409
    assert str(MAX_LINKS) in refused.text


def test_a_page_that_is_too_large_is_refused_with_the_way_out(owner, monkeypatch):
    monkeypatch.setattr(share_routes, "MAX_PAGE_BYTES", 1000)

    response = owner.share()

    assert response.status_code == 413
    assert "Leave the files out" in response.text


def test_a_page_that_all_that_is_kept_leaves_no_room_for_is_refused(owner, desk, monkeypatch):
    monkeypatch.setattr(
        desk.room, "limits", RoomLimits(total_bytes=desk.room.surplus_bytes + desk.room.limits.total_bytes)
    )
    before = owner.get("share").json()

    response = owner.share()

    assert response.status_code == 507
    assert response.text.startswith("The server has no room for this page of ")
    assert owner.get("share").json() == before


def test_a_made_up_link_shows_nothing(stranger):
    assert stranger.get("/s/AAAA").status_code == 404


def test_the_dialogs_speak_the_readers_language(owner):
    english = owner.get("handover").json()
    chinese = owner.client.get(f"/conversations/{owner.address}/handover", headers={"accept-language": "zh"}).json()

    assert english["words"]["export_title"] == "Export"
    assert chinese["words"]["export_title"] == "导出"
    assert english["formats"][0]["name"] == "What-does-ethanol-weigh.md"
    assert english["files"] == "Include the files that you sent (1) and their previews"


@pytest.mark.parametrize(
    ("rest", "status", "reason"),
    [
        ("turns/0/request?as=perl", 400, "as is perl; it must be curl or python."),
        ("turns/9/request?as=curl", 404, "There is no turn 9; this conversation has 1"),
        ("turns/x/request?as=curl", 404, "There is no turn x"),
    ],
)
def test_a_request_that_cannot_be_made_is_one_sentence(owner, rest, status, reason):
    response = owner.client.get(f"/conversations/{owner.address}/{rest}")

    assert response.status_code == status
    assert response.text.startswith(reason)


def test_a_turn_as_a_request_asks_the_same_thing(owner):
    text = owner.get("turns/0/request", **{"as": "curl"}).text

    request = json.loads(text.partition("<<'END_OF_REQUEST'\n")[2].removesuffix("END_OF_REQUEST\n"))
    system, question = request["messages"]
    assert system == {"role": "system", "content": "You help."}
    assert [part["type"] for part in question["content"]] == ["text", "image_url", "text"]
    assert question["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert (request["temperature"], request["max_tokens"], request["seed"]) == (0.5, 64, 7)
    assert request["enable_thinking"] is True
    assert {tool["function"]["name"] for tool in request["tools"]} == {"weigh", "render_molecule"}
    assert text.startswith("curl http://127.0.0.1:7860/v1/chat/completions ")
