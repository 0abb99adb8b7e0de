"""The main job: a customer calls, the agent's browser shows the card and answers, the recording
plays back. The caller is baresip; the browser is Chromium; the system is what `nidaa serve` runs.
"""

from __future__ import annotations

import io
import itertools
import time
from typing import Any

import pytest

from tests.e2e.baresip import last_seconds
from tests.e2e.conftest import CALLER_HZ, DESK_HZ, MICROPHONE_HZ
from tests.e2e.waiting import wait_until
from tests.support.tones import has_tone, level_db, read_wav

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SUPPORT = "+21321000001"


def customer_of(system: Any) -> dict[str, Any]:
    """A customer of the sample company whom exactly one number leads to."""
    return system.sample["customers"][0]


def finished_conversation(client: Any, number: str) -> dict[str, Any]:
    """The newest conversation with this number once it is over and its recording is ready."""

    def find() -> dict[str, Any] | None:
        for item in client.get("/conversations", limit=5)["items"]:
            is_over = item["from_number"] == number and item["ended_at"]
            if is_over and item["recordings"] and item["recordings"][0]["is_ready"]:
                return item
        return None

    return wait_until(find, "the recording", 40)


def assert_segments_add_up(conversation: dict[str, Any]) -> None:
    """No segment overlaps the next of its leg; together they last as long as the leg."""
    legs: dict[str, list[dict[str, Any]]] = {}
    for segment in conversation["segments"]:
        if segment["kind"] != "wrap_up":
            legs.setdefault(segment["leg"], []).append(segment)
    assert legs
    for segments in legs.values():
        segments.sort(key=lambda segment: segment["started_at"])
        for before, after in itertools.pairwise(segments):
            assert before["ended_at"] == after["started_at"]
    kinds = {segment["kind"] for segment in conversation["segments"]}
    assert {"queue", "ring", "talk"} <= kinds


def recorded(client: Any, conversation: dict[str, Any]) -> Any:
    """Left and right channel of the conversation's recording, as a browser would fetch it."""
    recording = conversation["recordings"][0]["id"]
    answer = client.http.get(f"/recordings/{recording}/audio")
    assert answer.status_code == 200
    part = client.http.get(f"/recordings/{recording}/audio", headers={"Range": "bytes=0-99"})
    assert part.status_code == 206
    assert len(part.content) == 100
    rate, channels = read_wav(io.BytesIO(answer.content))
    assert rate == 8000
    return channels


def middle(samples: Any) -> Any:
    """Half a second around a third of it: talk, before any hold."""
    start = len(samples) // 3
    return samples[start : start + 4000]


def test_browser_agent_answers_a_customer(system, agent, caller, client):
    customer = customer_of(system)
    anna = agent("1001")
    anna.start_shift()
    phone = caller(customer["number"])
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")

    # The card is there before the agent answers, and before the phone rings.
    anna.at("card-name").wait_for(timeout=20_000)
    assert customer["name"] in anna.at("card-name").inner_text()
    anna.wait_call("ringing")
    anna.at("answer").click()
    anna.wait_call("active")

    anna.wait_tone(CALLER_HZ)
    wait_until(lambda: has_tone(last_seconds(phone, 1), MICROPHONE_HZ), "the agent's tone", 10)

    anna.at("hold").click()
    anna.wait_call("held")
    wait_until(
        lambda: not has_tone(last_seconds(phone, 1), MICROPHONE_HZ), "music in place of the agent"
    )
    wait_until(lambda: anna.heard_db() < -50, "silence while on hold")
    anna.at("hold").click()
    anna.wait_call("active")
    anna.wait_tone(CALLER_HZ)
    wait_until(lambda: has_tone(last_seconds(phone, 1), MICROPHONE_HZ), "the agent back", 10)

    anna.at("hangup").click()
    phone.wait_for("CALL_CLOSED")
    anna.wrap_up("Wants the parcel on Thursday")
    anna.wait_state("ready")

    api = client(system.user("1001"))
    conversation = finished_conversation(api, customer["number"])
    assert conversation["outcome"] == "answered"
    assert conversation["contact"]["name"] == customer["name"]
    assert conversation["disposition"]["note"] == "Wants the parcel on Thursday"
    assert conversation["hold_for"] > 0
    assert_segments_add_up(conversation)
    left, right = recorded(api, conversation)
    assert has_tone(middle(left), CALLER_HZ)
    assert has_tone(middle(right), MICROPHONE_HZ)
    history = api.get(f"/contacts/{conversation['contact']['id']}/history")["items"]
    assert conversation["id"] in [item["id"] for item in history]


def test_recording_plays_in_the_browser(system, agent, client):
    anna = agent("1001")
    anna.page.wait_for_load_state("networkidle")
    anna.page.goto(f"{anna.url}/history")
    anna.at("history-row").first.click()
    anna.at("play").first.click()
    anna.page.wait_for_function(
        "() => [...document.querySelectorAll('audio')].some(a => a.currentTime > 0.2)",
        timeout=15_000,
    )


def test_desk_phone_agent_answers_a_customer(system, caller, desk_phone, client):
    customer = system.sample["customers"][1]
    desk = desk_phone("1002")
    api = client(system.user("1002"))
    api.be_ready()
    phone = caller(customer["number"])
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    desk.wait_for("CALL_INCOMING")
    desk.answer()
    desk.wait_for("CALL_ESTABLISHED")
    wait_until(lambda: has_tone(last_seconds(phone, 1), DESK_HZ), "the desk phone's tone", 10)
    wait_until(lambda: has_tone(last_seconds(desk, 1), CALLER_HZ), "the caller's tone", 10)

    desk.command("hold")
    wait_until(lambda: not has_tone(last_seconds(phone, 1), DESK_HZ), "music on hold")
    desk.command("resume")
    wait_until(lambda: has_tone(last_seconds(phone, 1), DESK_HZ), "the desk phone back", 10)

    phone.hang_up()
    desk.wait_for("CALL_CLOSED")
    conversation = finished_conversation(api, customer["number"])
    api.post(f"/conversations/{conversation['id']}/wrap-up", {"disposition": "INFO", "note": ""})
    assert_segments_add_up(conversation)
    left, right = recorded(api, conversation)
    assert has_tone(middle(left), CALLER_HZ)
    assert has_tone(middle(right), DESK_HZ)
    assert level_db(left) > -40
    api.post("/agent/sign-off")


def test_caller_who_gives_up_while_it_rings_frees_the_agent(system, caller, desk_phone, client):
    desk = desk_phone("1003")
    api = client(system.user("1003"))
    api.be_ready()
    phone = caller("0770999001")
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    desk.wait_for("CALL_INCOMING")
    phone.hang_up()
    desk.wait_for("CALL_CLOSED")
    conversation = wait_until(lambda: ended(api, system, "+213770999001"), "the end of the call")
    assert conversation["outcome"] == "abandoned"
    assert [attempt["result"] for attempt in conversation["ring_attempts"]] == ["cancelled"]
    assert agent_state(client, system, "1003") == "ready"
    api.post("/agent/sign-off")


def test_caller_who_gives_up_while_waiting_is_abandoned(system, caller, client):
    phone = caller("0770999002")
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    phone.wait_for("CALL_ESTABLISHED")
    api = client(system.supervisor())
    wait_until(lambda: is_queued(api, "+213770999002"), "the caller in the queue", 30)
    wait_until(lambda: level_db(last_seconds(phone, 1)) > -50, "music", 20)
    phone.hang_up()
    conversation = wait_until(lambda: ended(api, system, "+213770999002"), "the end of the call")
    assert conversation["outcome"] == "abandoned"
    assert conversation["ring_attempts"] == []


def test_agent_who_does_not_answer_is_set_away_and_the_next_one_rings(
    system, caller, desk_phone, client
):
    phones, clients = {}, {}
    for extension in ("1003", "1004"):
        phones[extension] = desk_phone(extension)
        clients[extension] = client(system.user(extension))
        clients[extension].be_ready()
        time.sleep(0.2)  # the one who signed on first has been idle longest
    customer = caller("0770999003")
    customer.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    phones["1003"].wait_for("CALL_INCOMING")
    phones["1003"].wait_for("CALL_CLOSED", 30)
    phones["1004"].wait_for("CALL_INCOMING")
    assert agent_state(client, system, "1003") == "paused:missed"
    phones["1004"].answer()
    phones["1004"].wait_for("CALL_ESTABLISHED")
    customer.hang_up()
    for one in clients.values():
        one.post("/agent/sign-off")


def ended(api: Any, system: Any, number: str) -> dict[str, Any] | None:
    for item in api.get("/conversations", limit=10)["items"]:
        if item["from_number"] == number and item["ended_at"]:
            return item
    return None


def is_queued(api: Any, number: str) -> bool:
    """Is this caller past the greeting?"""
    return any(
        segment["kind"] == "queue"
        for item in api.get("/conversations", limit=5)["items"]
        if item["from_number"] == number
        for segment in item["segments"]
    )


def agent_state(client: Any, system: Any, extension: str) -> str:
    """What the supervisor's page shows of this agent now."""
    agents = client(system.supervisor()).live()["agents"]
    agent = next(one for one in agents if one["extension"] == extension)
    return str(agent["state"]) + (f":{agent['reason']}" if agent["reason"] else "")
