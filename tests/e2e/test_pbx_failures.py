"""pbx is killed in the middle of a call: what people see, what is kept, and how work goes on."""

from __future__ import annotations

import os
import signal

import pytest

from tests.e2e.conftest import CALLER_HZ
from tests.e2e.test_main_job import SUPPORT, ended, finished_conversation, is_queued
from tests.e2e.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ALARM = "alarm-pbx_down"


def talk(system, anna, phone):
    """A call between this customer and the agent's browser, with sound."""
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    anna.wait_call("ringing")
    anna.at("answer").click()
    anna.wait_call("active")
    anna.wait_tone(CALLER_HZ)


def test_a_killed_pbx_is_told_on_screen_and_work_goes_on_after_it(system, agent, caller, client):
    anna = agent("1001")
    anna.start_shift()
    first = caller("0770999031")
    talk(system, anna, first)
    waiting = caller("0770999032")
    waiting.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    api = client(system.supervisor())
    wait_until(lambda: is_queued(api, "+213770999032"), "the second caller in the queue", 30)
    pbx = system.pid_of("pbx")
    os.kill(pbx, signal.SIGSTOP)  # the supervisor starts a killed one again within a second
    os.kill(pbx, signal.SIGKILL)

    anna.at(ALARM).wait_for(timeout=10_000)
    assert "téléphonique" in anna.at(ALARM).inner_text()
    anna.at(ALARM).wait_for(state="detached", timeout=20_000)
    assert "ended (signal SIGKILL)" in system.said()

    # Both conversations are over in the history, and the recording of the first is there.
    lost = wait_until(lambda: ended(api, system, "+213770999031"), "the call's end", 30)
    assert lost["outcome"] == "answered"
    abandoned = wait_until(lambda: ended(api, system, "+213770999032"), "the wait's end", 30)
    assert abandoned["outcome"] == "failed"
    assert "ended with the pbx that died" in system.log("pbx")
    finished_conversation(api, "+213770999031")

    # The webphone registers by itself; the agent takes the next call.
    anna.be_ready()
    second = caller("0770999033")
    talk(system, anna, second)
    second.hang_up()
    anna.wrap_up("again")
    anna.wait_state("ready")
