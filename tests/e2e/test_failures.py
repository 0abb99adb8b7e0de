"""Calls come first: crm_api, a media worker or pbx is killed, and what people see and keep."""

from __future__ import annotations

import os
import signal

import pytest

from tests.e2e.baresip import last_seconds
from tests.e2e.conftest import CALLER_HZ, DESK_HZ
from tests.e2e.test_main_job import (
    SUPPORT,
    assert_segments_add_up,
    ended,
    finished_conversation,
)
from tests.e2e.waiting import wait_until
from tests.support.tones import has_tone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def is_back(system, client):
    try:
        return client(system.supervisor())
    except Exception:
        return None


def test_calls_go_on_without_crm_api_and_every_event_arrives_after_it_is_back(
    system, caller, desk_phone, client
):
    desk = desk_phone("1001")
    client(system.user("1001")).be_ready()
    first = caller("0770999011")
    first.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    desk.wait_for("CALL_INCOMING")
    desk.answer()
    desk.wait_for("CALL_ESTABLISHED")

    # Stopped, not only killed: the supervisor starts a killed one again within a second.
    api = system.pid_of("api")
    os.kill(api, signal.SIGSTOP)
    wait_until(lambda: has_tone(last_seconds(first, 1), DESK_HZ), "the call going on", 10)
    os.kill(api, signal.SIGKILL)
    assert has_tone(last_seconds(desk, 1), CALLER_HZ)
    first.hang_up()
    desk.wait_for("CALL_CLOSED")

    back = wait_until(lambda: is_back(system, client), "crm_api to be back", 60)
    conversation = wait_until(lambda: ended(back, system, "+213770999011"), "its events", 30)
    assert conversation["outcome"] == "answered"
    assert conversation["talk_for"] > 1
    client(system.user("1001")).post("/agent/sign-off")


def test_a_new_call_reaches_an_agent_while_crm_api_is_down(system, caller, desk_phone, client):
    desk = desk_phone("1002")
    client(system.user("1002")).be_ready()
    api = system.pid_of("api")
    os.kill(api, signal.SIGSTOP)
    try:
        phone = caller("0770999012")
        phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
        desk.wait_for("CALL_INCOMING")
        desk.answer()
        desk.wait_for("CALL_ESTABLISHED")
        wait_until(lambda: has_tone(last_seconds(phone, 1), DESK_HZ), "the agent's tone", 10)
        phone.hang_up()
    finally:
        os.kill(api, signal.SIGKILL)
    back = wait_until(lambda: is_back(system, client), "crm_api to be back", 60)
    conversation = wait_until(lambda: ended(back, system, "+213770999012"), "its events", 30)
    assert conversation["outcome"] == "answered"
    client(system.user("1002")).post("/agent/sign-off")


def test_a_browser_agent_takes_a_call_without_a_card_which_comes_when_crm_api_is_back(
    system, agent, caller, client
):
    customer = system.sample["customers"][2]
    anna = agent("1001")
    anna.start_shift()
    api = system.pid_of("api")
    os.kill(api, signal.SIGSTOP)
    phone = caller(customer["number"])
    try:
        phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
        anna.wait_call("ringing")
        anna.page.get_by_text("Fiche client indisponible").first.wait_for()
        anna.at("answer").click()
        anna.wait_call("active")
        anna.wait_tone(CALLER_HZ)
        # No answer to two pings: the page says that it is cut off, and that calls go on.
        anna.page.get_by_text("Les appels continuent").wait_for(timeout=40_000)
    finally:
        os.kill(api, signal.SIGCONT)
    anna.at("card-name").get_by_text(customer["name"]).wait_for(timeout=30_000)
    anna.at("hangup").click()
    phone.wait_for("CALL_CLOSED")
    anna.wrap_up("without a card at first")
    anna.wait_state("ready")
    conversation = finished_conversation(client(system.user("1001")), customer["number"])
    assert conversation["contact"]["name"] == customer["name"]
    assert_segments_add_up(conversation)
