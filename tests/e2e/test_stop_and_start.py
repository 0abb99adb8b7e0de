"""The whole system is stopped in order, or killed all at once, and starts again."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.e2e.system import System
from tests.e2e.test_main_job import SUPPORT
from tests.e2e.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LOGS = ("pbx", "api", "media-1", "media-2")


@pytest.fixture
def system():
    with tempfile.TemporaryDirectory(prefix="nidaa-") as folder:
        running = System(Path(folder))
        try:
            running.start()
            yield running
        finally:
            running.close()


def test_a_stop_in_the_middle_of_a_call_is_no_failure(system, caller, client):
    phone = caller("0770999051")
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    phone.wait_for("CALL_ESTABLISHED")
    system.close()
    phone.wait_for("CALL_CLOSED")
    everything = "".join(map(system.log, LOGS)) + system.said()
    assert " ERROR " not in everything
    assert "media_worker_down" not in everything
    assert "Traceback" not in everything
    assert system.said().endswith("Stopped.\n")


def test_after_everything_was_killed_at_once_it_starts_again(system, caller):
    serve = psutil.Process(system.pid_of("pbx")).parent()
    phone = caller("0770999052")
    phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    phone.wait_for("CALL_ESTABLISHED")
    family = [serve, *serve.children(recursive=True)]
    for process in family:
        os.kill(process.pid, signal.SIGSTOP)
    for process in family:
        os.kill(process.pid, signal.SIGKILL)
    system.wait()
    left = list((system.state / "run").iterdir())
    assert left != []  # sockets that nobody answers
    system.start()
    again = caller("0770999053")
    again.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    again.wait_for("CALL_ESTABLISHED")
    wait_until(lambda: "media workers: 1 up, 2 up" in system.run("status"), "both workers", 20)
