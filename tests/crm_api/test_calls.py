"""Conversations as people read them, and what an agent does about one."""

from __future__ import annotations

import pytest

from crm_api.ingest import Ingest
from nidaa.contracts import control
from tests.crm_api.events import Script, answered_call


@pytest.fixture
async def called(anna, database):
    """Anna took call v1; nobody took v2, which belongs to another agent's history."""
    await anna.http.post(
        "/api/contacts", json={"name": "Samira", "numbers": [{"raw": "0550123456"}]}
    )
    ingest = Ingest(database, "default", "DZ")
    await ingest.take(answered_call(agent=anna.agent))
    await ingest.take(answered_call("v2", "somebody-else", first_seq=100))
    return anna


async def test_conversation_shows_everything_that_happened(called):
    found = (await called.http.get("/api/conversations/v1")).json()
    assert found["direction"] == "inbound"
    assert found["started_at"].endswith("Z")
    assert found["queue_title"] == {"fr": "Assistance", "ar": "الدعم", "en": "Support"}
    assert found["contact"]["name"] == "Samira"
    assert found["agents"] == [{"id": called.agent, "name": "Anna"}]
    assert (found["waited_for"], found["talk_for"]) == (5.0, 14.0)
    assert (found["hold_for"], found["wrap_up_for"]) == (6.0, 10.0)
    assert found["recordings"] == [{"id": "v1-rec", "duration_for": 30.0, "is_ready": True}]
    assert found["ring_attempts"][0]["result"] == "answered"
    assert found["ring_attempts"][0]["agent_name"] == "Anna"
    assert found["disposition"] is None
    agent_leg = [row for row in found["segments"] if row["leg"] == "v1-agent"]
    assert [row["kind"] for row in agent_leg] == ["ring", "talk", "hold", "talk", "wrap_up"]
    assert {row["role"] for row in agent_leg} == {"agent"}
    assert sum(row["seconds"] for row in agent_leg) == 34.0


async def test_agent_sees_own_calls_and_supervisor_all(called, supervisor):
    own = (await called.http.get("/api/conversations")).json()["items"]
    assert [item["id"] for item in own] == ["v1"]
    hidden = await called.http.get("/api/conversations/v2")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    every = (await supervisor.http.get("/api/conversations")).json()["items"]
    assert {item["id"] for item in every} == {"v1", "v2"}
    assert (await supervisor.http.get("/api/conversations/v2")).status_code == 200


async def test_history_of_a_contact_has_all_agents_calls(called):
    contact = (await called.http.get("/api/conversations/v1")).json()["contact"]["id"]
    history = (await called.http.get(f"/api/contacts/{contact}/history")).json()
    assert {item["id"] for item in history["items"]} == {"v1", "v2"}


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"queue": "support"}, {"v1", "v2"}),
        ({"queue": "sales"}, set()),
        ({"outcome": "answered"}, {"v1", "v2"}),
        ({"outcome": "abandoned"}, set()),
        ({"agent": "somebody-else"}, {"v2"}),
        ({"from": "2026-09-21T00:00:00Z"}, {"v1", "v2"}),
        ({"from": "2030-01-01T00:00:00Z"}, set()),
        ({"to": "2026-01-01T00:00:00Z"}, set()),
        ({"contact": "nobody"}, set()),
    ],
)
async def test_filters(called, supervisor, params, found):
    answer = await supervisor.http.get("/api/conversations", params=params)
    assert {item["id"] for item in answer.json()["items"]} == found


async def test_pages_are_newest_first_without_repeat(anna, database):
    ingest = Ingest(database, "default", "DZ")
    for number in range(5):
        await ingest.take(answered_call(f"v{number}", anna.agent, first_seq=number * 100 + 1))
    first = (await anna.http.get("/api/conversations", params={"limit": 3})).json()
    params = {"limit": 3, "cursor": first["next"]}
    second = (await anna.http.get("/api/conversations", params=params)).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert ids == ["v4", "v3", "v2", "v1", "v0"]
    assert second["next"] is None


@pytest.mark.parametrize("params", [{"limit": 0}, {"from": "yesterday"}, {"cursor": "x"}])
async def test_bad_filters_are_named(anna, params):
    answer = await anna.http.get("/api/conversations", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert list(answer.json()["fields"]) == list(params)


async def test_note_and_disposition_are_kept_though_pbx_is_down(called):
    saved = await called.http.put("/api/conversations/v1/note", json={"text": "Wants Th"})
    assert saved.status_code == 200
    assert saved.json()["saved_at"].endswith("Z")
    body = {"disposition": "SUIVI", "note": "Wants Thursday"}
    assert (await called.http.post("/api/conversations/v1/wrap-up", json=body)).status_code == 204
    found = (await called.http.get("/api/conversations/v1")).json()
    assert found["disposition"]["code"] == "SUIVI"
    assert found["disposition"]["note"] == "Wants Thursday"
    assert found["disposition"]["agent"] == called.agent
    assert found["note"] == "Wants Thursday"


async def test_wrap_up_tells_pbx(called, pbx):
    await pbx.start()
    await pbx.wait_for(lambda: pbx.got(control.PublishDirectory))
    body = {"disposition": "INFO", "note": ""}
    assert (await called.http.post("/api/conversations/v1/wrap-up", json=body)).status_code == 204
    assert pbx.got(control.FinishWrapUp) == [control.FinishWrapUp(called.agent)]
    extend = await called.http.post("/api/conversations/v1/wrap-up/extend")
    assert extend.status_code == 204
    assert pbx.got(control.ExtendWrapUp) == [control.ExtendWrapUp(called.agent, 30.0)]
    assert (await called.http.post("/api/conversations/v1/hang-up")).status_code == 204
    assert pbx.got(control.HangUp) == [control.HangUp("v1")]


async def test_disposition_that_is_not_offered(called):
    body = {"disposition": "NOPE", "note": ""}
    answer = await called.http.post("/api/conversations/v1/wrap-up", json=body)
    assert (answer.status_code, answer.json()["fields"]) == (422, {"disposition": "not offered"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("put", "note", {"text": "x"}),
        ("post", "wrap-up", {"disposition": "INFO", "note": ""}),
        ("post", "wrap-up/extend", None),
        ("post", "hang-up", None),
        ("put", "contact", {"contact": "c"}),
    ],
)
async def test_call_of_another_agent_is_out_of_reach(called, method, path, body):
    answer = await called.http.request(method, f"/api/conversations/v2/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_contact_can_be_chosen_and_must_exist(called):
    other = await called.http.post("/api/contacts", json={"name": "Her brother"})
    path = "/api/conversations/v1/contact"
    linked = await called.http.put(path, json={"contact": other.json()["id"]})
    assert linked.status_code == 204
    found = (await called.http.get("/api/conversations/v1")).json()
    assert found["contact"]["name"] == "Her brother"
    answer = await called.http.put(path, json={"contact": "nobody"})
    assert (answer.status_code, answer.json()["fields"]) == (404, {"contact": "unknown"})


async def test_what_a_person_linked_survives_a_rebuild(called, database):
    other = await called.http.post("/api/contacts", json={"name": "Her brother"})
    await called.http.put("/api/conversations/v1/contact", json={"contact": other.json()["id"]})
    await Ingest(database, "default", "DZ").rebuild()
    found = (await called.http.get("/api/conversations/v1")).json()
    assert found["contact"]["name"] == "Her brother"


async def test_number_of_two_customers_links_to_neither(anna, database):
    for name in ("One", "Two"):
        body = {"name": name, "numbers": [{"raw": "0550123456"}]}
        await anna.http.post("/api/contacts", json=body)
    script = Script()
    script.arrives(0)
    script.reserves(4, anna.agent)
    await Ingest(database, "default", "DZ").take(script.take())
    assert (await anna.http.get("/api/conversations/v1")).json()["contact"] is None
