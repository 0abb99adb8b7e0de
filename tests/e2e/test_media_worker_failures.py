"""A media worker is killed or hangs in the middle of a call: what people hear, see and keep."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.e2e.baresip import last_seconds
from tests.e2e.conftest import CALLER_HZ
from tests.e2e.test_main_job import SUPPORT, ended, finished_conversation
from tests.e2e.waiting import wait_until
from tests.support.tones import has_tone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ALARM = "alarm-media_worker_down"
WORKERS = ("1", "2")


def worker_of_the_call(system, client) -> int:
    """The pid of the worker that records the only call there is."""
    spools = list((system.state / "spool").glob("*.rtp"))
    assert len(spools) == 1
    name = str(spools[0].stat().st_ino)
    pids = [system.pid_of("media", "--number", number) for number in WORKERS]
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[5].endswith(f":{name}") and int(fields[4]) in pids:
            return int(fields[4])
    raise AssertionError("nobody writes the recording")


def talk(system, anna, phone):
    """A call between this customer and the agent's browser, with sound."""
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    anna.wait_call("ringing")
    anna.at("answer").click()
    anna.wait_call("active")
    anna.wait_tone(CALLER_HZ)


def be_ready_again(anna):
    """After a call that was lost: done with the wrap-up."""
    anna.wrap_up("lost")
    anna.wait_state("ready")


@pytest.fixture
def anna(agent):
    one = agent("1001")
    one.start_shift()
    return one


def test_a_killed_worker_ends_its_calls_and_the_next_call_works(system, anna, caller, client):
    first = caller("0770999021")
    talk(system, anna, first)
    assert has_tone(last_seconds(first, 2), 600.0)  # two seconds of it are on disk
    os.kill(worker_of_the_call(system, client), signal.SIGKILL)

    anna.at(ALARM).wait_for(timeout=5_000)
    assert "média" in anna.at(ALARM).inner_text()
    first.wait_for("CALL_CLOSED")
    be_ready_again(anna)
    second = caller("0770999022")
    talk(system, anna, second)
    second.hang_up()
    be_ready_again(anna)

    anna.at(ALARM).wait_for(state="detached", timeout=20_000)
    third = caller("0770999023")
    talk(system, anna, third)
    third.hang_up()
    be_ready_again(anna)

    api = client(system.user("1001"))
    conversation = finished_conversation(api, "+213770999021")
    assert conversation["outcome"] == "answered"
    assert conversation["recordings"][0]["duration_for"] > 1
    assert "ended answered media_lost by system" in system.log("pbx")
    assert "media_worker_down" in system.log("pbx")
    assert "ended (signal SIGKILL)" in system.said()


def test_a_worker_that_hangs_is_given_up_and_calls_go_elsewhere(system, anna, caller, client):
    first = caller("0770999024")
    talk(system, anna, first)
    hung = worker_of_the_call(system, client)
    os.kill(hung, signal.SIGSTOP)
    try:
        anna.at(ALARM).wait_for(timeout=15_000)
        first.wait_for("CALL_CLOSED")
        be_ready_again(anna)
        second = caller("0770999025")
        talk(system, anna, second)
        second.hang_up()
        be_ready_again(anna)
    finally:
        os.kill(hung, signal.SIGCONT)
    anna.at(ALARM).wait_for(state="detached", timeout=20_000)
    api = client(system.user("1001"))
    wait_until(lambda: ended(api, system, "+213770999024"), "the end of the lost call")
