"""Signing in and out, CSRF, roles, set-up, and how fast passwords may be guessed."""

from __future__ import annotations

import pytest

from crm_api.errors import BadInput, Conflict, NotFound
from crm_api.users.commands import (
    create_user,
    list_users,
    make_setup_token,
    set_password,
)
from crm_api.users.passwords import Backoff, hash_password, verify
from tests.crm_api.conftest import PASSWORD


async def test_sign_in_gives_a_session_and_a_hardened_cookie(browser, anna):
    answer = await browser.post("/api/session", json={"login": "Anna ", "password": PASSWORD})

    assert answer.status_code == 200
    session = answer.json()
    assert session["user"]["login"] == "anna"
    assert session["agent"] == {"id": anna.agent, "extension": "1001"}
    assert session["locale_country"] == "DZ"
    cookie = answer.headers["set-cookie"].lower()
    for word in ("httponly", "secure", "samesite=strict", "path=/"):
        assert word in cookie
    again = await browser.get("/api/session")
    assert again.json() == session


@pytest.mark.parametrize("login", ["anna", "nobody"])
async def test_wrong_password_and_unknown_user_get_the_same_answer(browser, anna, login):
    answer = await browser.post("/api/session", json={"login": login, "password": "wrong"})

    assert answer.status_code == 401
    assert answer.json() == {
        "code": "bad_credentials",
        "message": "Login or password is wrong. Check both and try again.",
    }
    assert "set-cookie" not in answer.headers


def test_unknown_user_costs_a_real_verification(monkeypatch):
    checked = []
    monkeypatch.setattr(
        "crm_api.users.passwords._hasher.__class__.verify",
        lambda _self, known, _password: checked.append(known) or True,
    )
    assert not verify(None, "anything")
    assert checked[0].startswith("$argon2id$")


def test_password_hash_is_argon2id_and_verifies():
    hashed = hash_password("a long password")
    assert hashed.startswith("$argon2id$")
    assert verify(hashed, "a long password")
    assert not verify(hashed, "another password")
    assert not verify("not a hash", "a long password")


def test_backoff_doubles_after_five_failures_and_is_forgotten():
    backoff = Backoff()
    for _ in range(4):
        backoff.failed("login anna", 100.0)
    assert backoff.wait_for("login anna", 100.0) == 0
    backoff.failed("login anna", 100.0)
    assert backoff.wait_for("login anna", 100.0) == 1
    backoff.failed("login anna", 101.0)
    assert backoff.wait_for("login anna", 101.0) == 2
    for _ in range(20):
        backoff.failed("login anna", 101.0)
    assert backoff.wait_for("login anna", 101.0) == 300
    assert backoff.wait_for("login karim", 101.0) == 0
    backoff.succeeded("login anna")
    assert backoff.wait_for("login anna", 101.0) == 0


def test_backoff_memory_is_bounded():
    backoff = Backoff()
    for number in range(25_000):
        backoff.failed(f"login {number}", 100.0)
    assert len(backoff._failures) <= 10_001


async def test_guessing_is_slowed_down(browser, services):
    for _ in range(5):
        services.backoff.failed("login anna", __import__("time").monotonic())
    answer = await browser.post("/api/session", json={"login": "anna", "password": "x"})

    assert answer.status_code == 429
    assert answer.json()["code"] == "slow_down"
    assert int(answer.headers["retry-after"]) >= 1


async def test_nobody_signed_in_is_told_so(browser):
    answer = await browser.get("/api/session")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_unsafe_request_needs_the_csrf_header(anna):
    answer = await anna.http.patch("/api/me", json={"theme": "dark"}, headers={"X-CSRF-Token": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_csrf")


async def test_unsafe_request_from_another_page_is_refused(anna):
    headers = {"Origin": "https://evil.test"}
    answer = await anna.http.patch("/api/me", json={"theme": "dark"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_sign_out_ends_the_session(anna):
    assert (await anna.http.delete("/api/session")).status_code == 204
    anna.http.cookies.set("nidaa_session", anna.token)
    assert (await anna.http.get("/api/session")).status_code == 401


async def test_own_language_and_theme_are_kept(anna):
    answer = await anna.http.patch("/api/me", json={"language": "ar", "theme": "dark"})
    assert answer.json()["language"] == "ar"
    session = (await anna.http.get("/api/session")).json()
    assert (session["user"]["language"], session["user"]["theme"]) == ("ar", "dark")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/users"),
        ("post", "/api/users"),
        ("patch", "/api/users/x"),
        ("get", "/api/team"),
    ],
)
async def test_agents_may_not_do_what_is_for_others(anna, method, path):
    body = {} if method == "get" else {"json": {}}
    answer = await getattr(anna.http, method)(path, **body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_every_address_needs_a_session(browser, app):
    open_to_all = {"/api/setup", "/api/session", "/api/health"}
    for path, methods in app.openapi()["paths"].items():
        if path in open_to_all:
            continue
        for method in methods:
            answer = await browser.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 401, (method, path)


async def test_bad_input_names_the_field(browser):
    answer = await browser.post("/api/session", json={"login": "anna"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_input"
    assert "password" in answer.json()["fields"]


async def test_body_that_is_not_json_is_bad_input(browser):
    answer = await browser.post(
        "/api/session", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")


async def test_body_that_is_too_large_is_refused(browser):
    answer = await browser.post("/api/session", content=b"x" * ((1 << 20) + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_endless_body_is_refused(browser):
    async def endless():
        for _ in range(40):
            yield b"x" * 65536

    answer = await browser.post("/api/session", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


SETUP = {"name": "Boss", "login": "boss", "password": "a long password"}


async def test_first_administrator_is_made_once_with_the_token(browser, paths):
    assert (await browser.get("/api/setup")).json() == {"needed": True}
    token = await make_setup_token(paths)

    wrong = await browser.post("/api/setup", json={**SETUP, "token": "guess"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "bad_token")
    assert wrong.json()["fields"] == {"token": "not valid"}

    made = await browser.post("/api/setup", json={**SETUP, "token": token})
    assert made.status_code == 201
    assert made.json()["role"] == "admin"
    assert (await browser.get("/api/setup")).json() == {"needed": False}

    again = await browser.post("/api/setup", json={**SETUP, "login": "two", "token": token})
    assert again.status_code == 403
    assert await make_setup_token(paths) is None


async def test_newer_setup_token_voids_the_older(browser, paths):
    old = await make_setup_token(paths)
    new = await make_setup_token(paths)
    assert (await browser.post("/api/setup", json={**SETUP, "token": old})).status_code == 403
    assert (await browser.post("/api/setup", json={**SETUP, "token": new})).status_code == 201


async def test_administrator_adds_and_changes_users(admin):
    body = {
        "login": "karim",
        "name": "Karim",
        "password": "a long password",
        "extension": "1002",
        "queues": ["support"],
    }
    made = await admin.http.post("/api/users", json=body)
    assert made.status_code == 201
    assert made.json()["extension"] == "1002"
    assert made.json()["queues"] == ["support"]

    taken = await admin.http.post("/api/users", json={**body, "extension": "1003"})
    assert (taken.status_code, taken.json()["fields"]) == (409, {"login": "taken"})
    taken = await admin.http.post("/api/users", json={**body, "login": "k2"})
    assert (taken.status_code, taken.json()["fields"]) == (409, {"extension": "taken"})

    path = f"/api/users/{made.json()['id']}"
    changed = await admin.http.patch(path, json={"queues": ["sales", "support"], "name": "K."})
    assert changed.json()["queues"] == ["sales", "support"]
    listed = (await admin.http.get("/api/users")).json()
    assert [user["login"] for user in listed] == ["karim", "root"]
    assert (await admin.http.patch("/api/users/nobody", json={})).status_code == 404


async def test_deactivated_user_is_out_at_once(admin, anna):
    assert (await anna.http.get("/api/session")).status_code == 200
    path = f"/api/users/{anna.id}"
    assert (await admin.http.patch(path, json={"is_active": False})).status_code == 200
    assert (await anna.http.get("/api/session")).status_code == 401


async def test_last_administrator_stays(admin):
    path = f"/api/users/{admin.id}"
    for change in ({"is_active": False}, {"role": "agent"}):
        answer = await admin.http.patch(path, json=change)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_commands_of_the_command_line(app, paths, browser):
    made = await create_user(
        paths, login="zoe", name="Zoé", role="agent", password="a long password", extension="1009"
    )
    assert (made.login, made.extension) == ("zoe", "1009")
    assert [user.login for user in await list_users(paths)] == ["zoe"]
    await set_password(paths, "zoe", "another password")
    answer = await browser.post(
        "/api/session", json={"login": "zoe", "password": "another password"}
    )
    assert answer.status_code == 200
    with pytest.raises(BadInput, match="password"):
        await create_user(paths, login="x1", name="X", role="agent", password="short")
    with pytest.raises(Conflict):
        await create_user(paths, login="zoe", name="Z", role="agent", password="a long password")
    with pytest.raises(NotFound):
        await set_password(paths, "nobody", "a long password")


async def test_answers_carry_the_safety_headers(browser):
    answer = await browser.get("/api/setup")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
