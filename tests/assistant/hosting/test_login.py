import re

import pytest
from fastapi.testclient import TestClient

from assistant.access.access import LOGIN_COOKIE
from assistant.hosting.login_routes import MAX_TRIES
from assistant.sessions import COOKIE, new_session_id
from tests.assistant.hosting.conftest import LAB, PASSWORD

ORIGIN = {"origin": LAB}


def log_in(client, name="alice", password=PASSWORD, query=""):
    return client.post("/login", data={"name": name, "password": password, "query": query}, headers=ORIGIN)


def test_a_stranger_is_sent_to_the_login_and_back_to_where_he_wanted_to_go(stranger):
    sent = stranger.get("/?c=abc.def")
    page = stranger.get(sent.headers["location"])
    back = log_in(stranger, query=re.search(r'name="query" value="([^"]*)"', page.text)[1])

    assert (sent.status_code, sent.headers["location"]) == (303, "/login?c=abc.def")
    assert (back.status_code, back.headers["location"]) == (303, "/?c=abc.def")
    assert stranger.get("/?c=abc.def").status_code == 200


@pytest.mark.parametrize("query", ["?//evil.example", '"><script>', "\r\nx: y", "@evil.example", "x" * 600])
def test_nothing_else_than_a_query_is_taken_along(stranger, query):
    assert log_in(stranger, query=query).headers["location"] == "/"


def test_the_login_page_needs_no_script_and_labels_its_fields(stranger):
    page = stranger.get("/login")

    assert "<script" not in page.text
    assert page.text.count("<label>") == 2
    assert 'autocomplete="current-password"' in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers


def test_the_login_page_speaks_chinese(stranger):
    page = stranger.get("/login", headers={"accept-language": "zh-CN"})

    assert "登录 Benchside" in page.text
    assert '<html lang="zh">' in page.text


def test_cookies_are_for_this_site_over_https_and_out_of_reach_of_scripts(stranger):
    cookies = log_in(stranger).headers.get_list("set-cookie")

    assert [cookie.split("=")[0] for cookie in cookies] == [COOKIE, LOGIN_COOKIE]
    assert all("; HttpOnly; SameSite=Lax; Secure; Max-Age=" in cookie for cookie in cookies)


def test_the_session_of_a_login_is_never_one_that_the_browser_brought(stranger):
    planted = new_session_id()
    stranger.cookies.set(COOKIE, planted, domain="lab.example")

    log_in(stranger)

    assert planted not in [cookie.value for cookie in stranger.cookies.jar if cookie.name == COOKIE and cookie.secure]


def test_the_session_cookie_alone_opens_nothing(lab_app, alice):
    thief = TestClient(lab_app, base_url=LAB, follow_redirects=False)
    thief.cookies.set(COOKIE, alice.cookies[COOKIE])

    assert thief.get("/").status_code == 303
    assert thief.get("/ready").status_code == 401


def test_a_login_opens_the_session_of_its_person_only(lab_app, alice):
    other = TestClient(lab_app, base_url=LAB, follow_redirects=False)
    other.cookies.set(LOGIN_COOKIE, alice.cookies[LOGIN_COOKIE])
    other.cookies.set(COOKIE, new_session_id())

    assert other.get("/ready").status_code == 401


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong horse"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(stranger, name, password):
    page = log_in(stranger, name, password)

    assert page.status_code == 401
    assert "Name or password is wrong. Try again." in page.text
    assert "set-cookie" not in page.headers


def test_the_sixth_try_in_a_minute_waits_also_with_the_right_password(make_app, lab):
    client = TestClient(make_app(lab), base_url=LAB, follow_redirects=False)
    statuses = [log_in(client, password="wrong horse").status_code for _ in range(MAX_TRIES)]

    refused = log_in(client)

    assert statuses == [401] * MAX_TRIES
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert "too many tries" in refused.text
    assert log_in(client, name="bob").status_code == 303, "others may go on"


def test_a_page_of_another_site_can_log_nobody_in_or_out(alice):
    foreign = {"origin": "https://evil.example"}

    assert alice.post("/login", data={"name": "bob", "password": PASSWORD}, headers=foreign).status_code == 403
    assert alice.post("/logout", headers=foreign).status_code == 403
    assert alice.post("/logout", headers={"origin": "null"}).status_code == 403
    assert alice.get("/account").json()["name"] == "alice"


def test_after_the_logout_the_login_is_over_also_for_a_copy_of_the_cookie(lab_app, alice):
    copy = TestClient(lab_app, base_url=LAB, follow_redirects=False, cookies=dict(alice.cookies))

    response = alice.post("/logout", headers=ORIGIN)

    assert response.headers["location"] == "/login"
    assert all("Max-Age=0" in cookie for cookie in response.headers.get_list("set-cookie"))
    assert copy.get("/ready").status_code == 401


@pytest.mark.parametrize("body", [b"\xff\xfe=&&&", b"a=1&" * 50, b"name=alice"])
def test_a_strange_form_is_a_wrong_password(stranger, body):
    assert stranger.post("/login", content=body, headers=ORIGIN).status_code == 401
