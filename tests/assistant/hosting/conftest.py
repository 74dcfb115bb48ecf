"""The whole app around a scripted model, hosted in several ways, without a network."""

import asyncio
from dataclasses import dataclass
from types import MappingProxyType

import pytest
from fastapi.testclient import TestClient

from assistant.access.access import Access, Passwords
from assistant.access.api_keys import hashed_key, new_key
from assistant.access.logins import SCHEMA, Logins
from assistant.access.passwords import hashed_password
from assistant.agent import Agent
from assistant.child.runner import ToolRunner
from assistant.database import Database
from assistant.hosting.hosting import Hosting
from assistant.hosting.hosts import ServedHosts
from assistant.model_slot import ModelSlot
from assistant.server import build_app
from assistant.ui.chat import Desk
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools, ScriptedModel

PASSWORD = "correct horse"
LAB = "https://lab.example"
KEY = new_key()


@dataclass(frozen=True)
class Fixed:
    """Entries that no file holds."""

    names: MappingProxyType[str, str]

    def entries(self):
        return self.names


KEYS = Fixed(MappingProxyType({"notebook": hashed_key(KEY.encode())}))


@pytest.fixture(scope="session")
def people():
    return Fixed(MappingProxyType({"alice": hashed_password(PASSWORD), "bob": hashed_password(PASSWORD)}))


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("data") / "benchside.sqlite", (SCHEMA,))
    yield database
    database.close()


@pytest.fixture(scope="session")
def make_app():
    desks = []

    def make(hosting):
        async def build():
            tools = FakeTools()
            slot = ModelSlot("scripted")
            slot.fill(Agent(ScriptedModel(), tools, "You help.", SamplingParams()))
            desks.append(Desk(slot, root_path=hosting.root_path))
            return build_app(desks[-1], tools, all_tools=ToolRunner(), hosting=hosting)

        return asyncio.run(build())

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture(scope="session")
def lab(people, database):
    """A server that asks people for a password and programs for a key."""
    access = Access(Passwords(people, Logins(database)), KEYS, needs_key=True)
    return Hosting(access, ServedHosts("0.0.0.0", ["lab.example"]))


@pytest.fixture(scope="session")
def lab_app(make_app, lab):
    return make_app(lab)


@pytest.fixture
def stranger(lab_app):
    return TestClient(lab_app, base_url=LAB, follow_redirects=False)


@pytest.fixture
def alice(lab_app, lab, people):
    """A browser in which alice is logged in."""
    person, token = lab.access.passwords.logins.begin("alice", people.names["alice"])
    return TestClient(
        lab_app,
        base_url=LAB,
        follow_redirects=False,
        cookies={"benchside_session": person.session_id, "benchside_login": token},
    )
