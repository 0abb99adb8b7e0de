"""The supervisor with real child processes: starts, starts again, ends everything."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

import nidaa.logging
from nidaa.logging import LineLog
from nidaa.supervisor import QUICK_FAILURES, AlreadyRunning, Child, Supervisor, hold_lock

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def start_supervisor(folder: Path, children: dict[str, list[str]]) -> subprocess.Popen[str]:
    program = textwrap.dedent(f"""
        from pathlib import Path
        from nidaa.logging import start_logging
        from nidaa.supervisor import Child, Supervisor
        start_logging()
        children = [Child(n, c, lambda: True) for n, c in {children!r}.items()]
        Supervisor(children, Path({str(folder)!r}), lambda: print("ready", flush=True)).run()
        print("stopped", flush=True)
    """)
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def children_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


@pytest.fixture
def supervisor(tmp_path):
    started = []

    def start(children):
        process = start_supervisor(tmp_path, children)
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def test_ctrl_c_ends_every_child_and_then_itself(supervisor):
    process = supervisor({"a": SLEEPER, "b": SLEEPER})
    children = children_of(process)
    assert len(children) == 2
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert process.stdout.read() == "stopped\n"
    assert not any(child.is_running() for child in children)


def test_a_child_that_dies_is_started_again_and_its_death_is_logged(supervisor):
    process = supervisor({"a": SLEEPER})
    first = children_of(process)[0]
    os.kill(first.pid, signal.SIGKILL)
    second = wait_until(lambda: [c for c in children_of(process) if c.pid != first.pid])
    assert second
    process.terminate()
    assert "a ended (signal SIGKILL)" in process.communicate(timeout=30)[1]


@pytest.fixture
def said(monkeypatch):
    """What the supervisor in this process writes to the terminal."""
    stream = io.StringIO()
    monkeypatch.setattr(nidaa.logging, "_line_log", LineLog(stream))
    return stream


def test_a_child_that_keeps_dying_is_told_with_its_last_words(tmp_path, said):
    words = "UDP 127.0.0.1:5060 is taken"
    program = f"import sys; sys.exit({words!r})"
    child = Child("pbx", [sys.executable, "-c", program], lambda: True)
    supervisor = Supervisor([child], tmp_path, lambda: None)
    now = 0.0
    for _ in range(QUICK_FAILURES):
        assert "needs you" not in said.getvalue()
        supervisor._tick(now)
        child.process.wait(30)
        supervisor._tick(now + 1.0)
        now += 60.0  # more than any back-off
    assert f"pbx has ended 5 times in a row and needs you: {words}" in said.getvalue()
    supervisor._stop_all()


def test_a_child_that_ran_well_for_long_starts_its_count_anew(tmp_path, said):
    child = Child("pbx", [sys.executable, "-c", "pass"], lambda: True)
    supervisor = Supervisor([child], tmp_path, lambda: None)
    for now in (0.0, 100.0, 200.0):
        supervisor._tick(now)
        child.process.wait(30)
        supervisor._tick(now + 70.0)
    assert child.failures == 1
    assert said.getvalue().count("starting it again in 0.5 s") == 3
    supervisor._stop_all()


def test_a_killed_supervisor_leaves_nothing_running(supervisor):
    process = supervisor({"a": SLEEPER})
    child = children_of(process)[0]
    process.kill()
    process.wait(30)
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_one_state_folder_has_one_supervisor(tmp_path):
    lock = hold_lock(tmp_path / "nidaa.lock")
    with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"):
        hold_lock(tmp_path / "nidaa.lock")
    lock.close()
    hold_lock(tmp_path / "nidaa.lock").close()
