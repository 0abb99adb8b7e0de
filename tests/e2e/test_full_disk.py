"""The disk runs full in the middle of work: calls go on, people are told, nothing crashes."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.e2e.baresip import last_seconds
from tests.e2e.conftest import CALLER_HZ, DESK_HZ
from tests.e2e.system import System
from tests.e2e.test_main_job import SUPPORT, ended
from tests.e2e.waiting import wait_until
from tests.support.tones import has_tone

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk, which root alone may"),
]


@pytest.fixture(scope="module")
def system():
    """Its state folder is a disk of its own."""
    with tempfile.TemporaryDirectory(prefix="nidaa-") as folder:
        running = System(Path(folder), workers=1)
        running.state.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=400m", "nidaa-test", str(running.state)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("this machine lets nobody mount a disk")
        try:
            running.start()
            yield running
        finally:
            running.close()
            subprocess.run(["umount", "-l", str(running.state)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        for size in (1 << 20, 1 << 12):
            try:
                while stream.write(bytes(size)):
                    pass
            except OSError:
                continue
    return ballast


def alarms(system) -> str:
    return "\n".join(line for line in system.run("status").splitlines() if "ALARM" in line)


def test_calls_go_on_with_a_full_disk_and_their_events_are_kept(system, caller, desk_phone, client):
    desk = desk_phone("1001")
    client(system.user("1001")).be_ready()
    processes = {words: system.pid_of(*words) for words in (("pbx",), ("media", "--number", "1"))}
    ballast = fill(system.state)
    wait_until(lambda: "disk_low" in alarms(system), "the alarm of little room", 30)

    phone = caller("0770999041")
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    desk.wait_for("CALL_INCOMING")
    desk.answer()
    desk.wait_for("CALL_ESTABLISHED")
    wait_until(lambda: has_tone(last_seconds(phone, 1), DESK_HZ), "the agent's tone", 10)
    assert has_tone(last_seconds(desk, 2), CALLER_HZ)
    phone.hang_up()
    desk.wait_for("CALL_CLOSED")
    told = alarms(system)
    assert "outbox_disk" in told
    assert "recording_failed" in told

    ballast.unlink()
    wait_until(lambda: "outbox_disk" not in alarms(system), "events to be written again", 30)
    api = client(system.supervisor())
    conversation = wait_until(lambda: ended(api, system, "+213770999041"), "its events", 60)
    assert conversation["outcome"] == "answered"
    assert processes == {words: system.pid_of(*words) for words in processes}
    assert "ended answered" in system.log("pbx")
    assert "Traceback" not in system.log("pbx") + system.log("media-1") + system.said()
