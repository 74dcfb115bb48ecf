"""Logging in and out, by forms. The guard stands before these routes and shows them only where there is a password."""

import asyncio
import math
import re
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from assistant.access.access import LOGIN_COOKIE
from assistant.access.attempts import Attempts
from assistant.access.logins import MAX_AGE_S
from assistant.hosting.cookies import set_cookie
from assistant.hosting.hosting import Hosting
from assistant.hosting.login_page import login_page, logout_page
from assistant.sessions import COOKIE
from assistant.ui.strings import Language, Words, preferred_language

MAX_TRIES = 5  # a minute, of one name from one address
MAX_TRIES_OF_ADDRESS = 30  # a whole laboratory may stand behind one
MAX_AT_ONCE = 2  # each takes a core and 32 MB
MAX_PASSWORD_LENGTH = 1_000
QUERY = re.compile(r"[\w.~=&%+-]{0,500}", re.ASCII)
# With no-referrer, the rule of every other page, a browser sends the form's origin as "null", as any site could.
FORM_HEADERS = {"Referrer-Policy": "same-origin"}


def add_login_routes(app: FastAPI, hosting: Hosting, language: Language | None) -> None:
    access, home = hosting.access, f"{hosting.root_path}/"
    tries, tries_of_address = Attempts(MAX_TRIES), Attempts(MAX_TRIES_OF_ADDRESS)
    turn = asyncio.Semaphore(MAX_AT_ONCE)

    def words(request: Request) -> Words:
        return Words(language or preferred_language(request.headers))

    @app.get("/login")
    def show_login(request: Request) -> Response:
        query = _query(request.url.query)
        if access.person(request.cookies):
            return RedirectResponse(f"{home}{query}", 303)
        return HTMLResponse(login_page(words(request), query), headers=FORM_HEADERS)

    @app.post("/login")
    async def log_in(request: Request) -> Response:
        name, password, query = _form(await request.body())
        address = request.client.host if request.client else ""
        wait_s = max(tries.wait_s((address, name)), tries_of_address.wait_s(address))
        if wait_s > 0:
            problem = words(request)("log_in_too_often", seconds=math.ceil(wait_s))
            headers = FORM_HEADERS | {"Retry-After": str(math.ceil(wait_s))}
            return HTMLResponse(login_page(words(request), query, problem, name), 429, headers)
        tries.add((address, name))
        tries_of_address.add(address)
        async with turn:
            login = await asyncio.to_thread(access.log_in, name, password)
        if login is None:
            problem = words(request)("log_in_wrong")
            return HTMLResponse(login_page(words(request), query, problem, name), 401, FORM_HEADERS)
        tries.forget((address, name))
        person, token = login
        response = RedirectResponse(f"{home}{query}", 303)
        response.headers.append("Set-Cookie", set_cookie(COOKIE, person.session_id, request.scope, hosting))
        response.headers.append("Set-Cookie", set_cookie(LOGIN_COOKIE, token, request.scope, hosting, MAX_AGE_S))
        return response

    @app.get("/logout")
    def show_logout(request: Request) -> Response:
        return HTMLResponse(logout_page(words(request)), headers=FORM_HEADERS)

    @app.post("/logout")
    def log_out(request: Request) -> Response:
        access.log_out(request.cookies)
        response = RedirectResponse(f"{home}login", 303)
        for cookie in (COOKIE, LOGIN_COOKIE):
            response.headers.append("Set-Cookie", set_cookie(cookie, "", request.scope, hosting, max_age_s=0))
        return response

    @app.get("/account")
    def account(request: Request) -> Response:
        """Who the page is open for, for its button; nothing where nobody has to log in."""
        person = access.person(request.cookies)
        if person is None:
            return Response(status_code=204)
        texts = {"log_out": words(request)("log_out"), "log_out_of": words(request)("log_out_of", name=person.name)}
        return JSONResponse({"name": person.name, **texts})


def _form(body: bytes) -> tuple[str, str, str]:
    """Name, password, query."""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        fields = {}
    name, password, query = (fields.get(key, [""])[0] for key in ("name", "password", "query"))
    return name[:64], password[:MAX_PASSWORD_LENGTH], _query(query.removeprefix("?"))


def _query(text: str) -> str:
    """What may stand behind the page's address, with its question mark."""
    return f"?{text}" if text and QUERY.fullmatch(text) else ""
