"""The agent's phone, orders to pbx and their refusals, the day's sums, the directory."""

from __future__ import annotations

import hashlib

import pytest

from crm_api.callcenter.endpoints import wss_url
from crm_api.callcenter.service import day_of
from crm_api.models import AgentStateRow
from nidaa.config.models import System
from nidaa.contracts import control
from tests.crm_api.events import S


@pytest.fixture
async def connected(pbx, anna):
    """A pbx that crm_api is connected to, and Anna."""
    await pbx.start()
    await pbx.wait_for(lambda: pbx.got(control.PublishDirectory))
    return anna


def last_directory(pbx):
    return pbx.got(control.PublishDirectory)[-1].directory


async def test_directory_is_published_on_connect(connected, pbx):
    directory = last_directory(pbx)
    assert (directory.tenant, directory.realm) == ("default", "nidaa.local")
    assert [extension.number for extension in directory.extensions] == ["1001"]
    agent = directory.agents[0]
    assert (agent.id, agent.name, agent.extension) == (connected.agent, "Anna", "1001")
    assert [place.queue for place in agent.queues] == ["support"]


async def test_phone_password_is_known_to_pbx_before_the_browser_has_it(connected, pbx):
    before = last_directory(pbx).version
    answer = await connected.http.post("/api/phone")
    assert answer.status_code == 200
    phone = answer.json()
    assert phone["uri"] == "sip:1001@nidaa.local"
    assert phone["wss_url"] == "wss://127.0.0.1:7443"
    directory = last_directory(pbx)
    assert directory.version > before
    device = directory.devices[0]
    secret = f"{phone['username']}:{phone['realm']}:{phone['password']}"
    assert device.username == phone["username"] != "1001"
    assert device.ha1_md5 == hashlib.md5(secret.encode()).hexdigest()  # noqa: S324
    assert device.ha1_sha256 == hashlib.sha256(secret.encode()).hexdigest()

    again = (await connected.http.post("/api/phone")).json()
    assert again["username"] == phone["username"]
    assert again["password"] != phone["password"]
    assert len(last_directory(pbx).devices) == 1


async def test_directory_older_than_pbx_has_is_given_a_newer_version(connected, pbx):
    newest = 10**18

    def publish(command):
        if command.directory.version <= newest:
            return control.Refused(control.Refusal.STALE, "an older directory")
        return control.Done()

    pbx.answers[control.PublishDirectory] = publish
    pbx.answers[control.GetHealth] = lambda _: control.Health("test", 0, 0, (), newest, 0, 0, {})
    assert (await connected.http.post("/api/phone")).status_code == 200
    assert last_directory(pbx).version == newest + 1


@pytest.mark.parametrize(
    ("path", "body", "command"),
    [
        ("sign-on", None, control.SignOn),
        ("sign-off", None, control.SignOff),
        ("ready", None, control.SetReady),
        ("pause", {"reason": "lunch"}, control.SetPaused),
    ],
)
async def test_orders_reach_pbx_and_refusals_come_back(connected, pbx, path, body, command):
    answer = await connected.http.post(f"/api/agent/{path}", json=body)
    assert answer.status_code == 204
    assert pbx.got(command)[-1].agent == connected.agent
    pbx.answers[command] = lambda _: control.Refused(
        control.Refusal.UNREACHABLE, "no phone is registered; open the webphone"
    )
    answer = await connected.http.post(f"/api/agent/{path}", json=body)
    assert (answer.status_code, answer.json()) == (
        409,
        {"code": "unreachable", "message": "no phone is registered; open the webphone"},
    )


@pytest.mark.parametrize("path", ["/api/phone", "/api/agent/ready", "/api/agent/sign-on"])
async def test_without_pbx_orders_say_so(anna, path):
    answer = await anna.http.post(path)
    assert (answer.status_code, answer.json()["code"]) == (503, "pbx_down")


async def test_pause_reason_must_be_one_that_is_offered(anna):
    answer = await anna.http.post("/api/agent/pause", json={"reason": "boredom"})
    assert (answer.status_code, answer.json()["fields"]) == (422, {"reason": "not offered"})
    reasons = (await anna.http.get("/api/pause-reasons")).json()
    assert {"code": "lunch", "label": {"fr": "Déjeuner", "ar": "غداء", "en": "Lunch"}} in reasons


async def test_dispositions_are_offered_in_three_languages(anna):
    offered = (await anna.http.get("/api/dispositions")).json()
    assert len(offered) == 11
    assert all(set(choice["label"]) == {"fr", "ar", "en"} for choice in offered)


async def test_user_without_extension_has_no_phone(supervisor):
    answer = await supervisor.http.post("/api/phone")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_new_agent_is_published(connected, pbx, admin):
    body = {"login": "zoe", "name": "Zoé", "password": "a long password", "extension": "1009"}
    assert (await admin.http.post("/api/users", json=body)).status_code == 201
    assert "1009" in [agent.extension for agent in last_directory(pbx).agents]


async def test_team(anna, supervisor):
    team = (await supervisor.http.get("/api/team")).json()
    assert team["agents"] == [
        {"id": anna.agent, "name": "Anna", "extension": "1001", "queues": ["support"]}
    ]
    assert {queue["name"] for queue in team["queues"]} == {"support", "sales"}


async def test_health(connected, browser, pbx):
    health = (await browser.get("/api/health")).json()
    assert health["database"] is True
    assert health["pbx"]["connected"] is True
    await pbx.stop()
    assert (await browser.get("/api/health")).json()["pbx"] is None


async def test_day_without_any_state(anna):
    assert (await anna.http.get("/api/agent/day")).json() == {
        "calls": 0,
        "talk_for": 0.0,
        "hold_for": 0.0,
        "wrap_up_for": 0.0,
        "ready_for": 0.0,
        "signed_on_for": 0.0,
        "occupancy": None,
    }


def state(name: str, start: int, end: int | None) -> AgentStateRow:
    ended = None if end is None else end * S
    return AgentStateRow(state=name, started_at=start * S, ended_at=ended)


def test_day_is_cut_at_midnight_and_now():
    states = [
        state("ready", 900, 1100),
        state("talking", 1100, 1130),
        state("held", 1130, 1140),
        state("wrap_up", 1140, 1160),
        state("paused", 1160, 1200),
        state("offline", 1200, 1300),
        state("ready", 1300, None),
    ]
    day = day_of(states, 1, midnight=1000 * S, now=1400 * S)
    assert (day.talk_for, day.hold_for, day.wrap_up_for) == (30, 10, 20)
    assert day.ready_for == 200
    assert day.signed_on_for == 300
    assert day.occupancy == pytest.approx(60 / 260)


def test_wss_url_names_a_reachable_address():
    system = System()
    assert wss_url(system.listeners, "192.168.1.5") == "wss://192.168.1.5:7443"
    assert wss_url(system.listeners, "::1") == "wss://[::1]:7443"
