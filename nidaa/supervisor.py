"""Starts pbx, media workers and crm_api on one machine, starts again what dies, ends all cleanly.

A child gets SIGTERM when the supervisor itself is killed, so nothing is ever left running.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from nidaa.logging import Log

log = Log("nidaa.supervisor")

STOP_FOR = 8.0  # seconds between SIGTERM and SIGKILL
BACK_OFF = (
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
)  # seconds before a process that keeps dying starts again
STEADY_AFTER = 60.0  # a process that ran this long starts its back-off anew
QUICK_FAILURES = 5  # in a row, after which people are told that it does not get better by itself
TICK = 0.2
RETRY_AFTER = 5.0  # seconds after a start for which the machine had no room
PR_SET_PDEATHSIG = 1
LAST_WORDS = 500  # bytes
LOG_KEPT = 20 << 20  # bytes; a larger log of an earlier run is put aside at start


class AlreadyRunning(Exception):
    """Another supervisor holds this state folder."""


@dataclass(slots=True)
class Child:
    """One process that should be running."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    failures: int = 0
    was_ready: bool = False
    log_file: IO[bytes] | None = field(default=None, repr=False)


class Supervisor:
    """Runs its children until `stop` is asked for by a signal."""

    def __init__(
        self, children: list[Child], log_folder: Path, on_ready: Callable[[], None]
    ) -> None:
        self._children, self._log_folder, self._on_ready = children, log_folder, on_ready
        self._is_stopping = self._was_ready = False

    def run(self) -> None:
        """Start everything and stay until SIGINT or SIGTERM; then stop it in reverse order."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        self._log_folder.mkdir(parents=True, exist_ok=True)
        try:
            while not self._is_stopping:
                self._tick(time.monotonic())
                time.sleep(TICK)
        finally:
            self._stop_all()

    def _ask_to_stop(self, *_signal: object) -> None:
        self._is_stopping = True

    def _tick(self, now: float) -> None:
        for child in self._children:
            if child.process is None:
                if now >= child.start_at:
                    self._try_to_start(child, now)
            elif (code := child.process.poll()) is not None:
                self._ended(child, code, now)
            elif not child.was_ready and child.is_ready():
                child.was_ready = True
                log.info(f"{child.name} is ready", pid=child.process.pid)
        if not self._was_ready and all(child.was_ready for child in self._children):
            self._was_ready = True
            self._on_ready()

    def _try_to_start(self, child: Child, now: float) -> None:
        """A full disk or too many processes must not end the children that run."""
        try:
            self._start(child, now)
        except OSError as error:
            child.start_at = now + RETRY_AFTER
            log.error(f"{child.name} cannot be started, trying again: {error}")

    def _start(self, child: Child, now: float) -> None:
        if child.log_file is None:
            child.log_file = _open_log(self._log_folder / f"{child.name}.log")
        child.process = subprocess.Popen(  # noqa: S603 - our own entry points
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=child.log_file,
            stderr=child.log_file,
            preexec_fn=_die_with_parent,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends all in order
        )
        child.started_at, child.was_ready = now, False

    def _ended(self, child: Child, code: int, now: float) -> None:
        ran_for = now - child.started_at
        child.failures = 1 if ran_for > STEADY_AFTER else child.failures + 1
        delay = BACK_OFF[min(child.failures, len(BACK_OFF)) - 1]
        child.process, child.start_at = None, now + delay
        where = self._log_folder / f"{child.name}.log"
        log.error(
            f"{child.name} ended ({_how(code)}) after {ran_for:.0f} s; "
            f"starting it again in {delay:.1f} s; its last words are in {where}"
        )
        if child.failures == QUICK_FAILURES:
            log.error(
                f"{child.name} has ended {QUICK_FAILURES} times in a row and needs you: "
                f"{_last_words(where)}; it is started again every {BACK_OFF[-1]:.0f} s meanwhile"
            )

    def _stop_all(self) -> None:
        running = [child for child in reversed(self._children) if child.process is not None]
        for child in running:
            log.info(f"stopping {child.name}")
            _end(child)
        for child in self._children:
            if child.log_file is not None:
                child.log_file.close()


def _end(child: Child) -> None:
    process = child.process
    if process is None:
        return
    process.terminate()
    try:
        process.wait(STOP_FOR)
    except subprocess.TimeoutExpired:
        log.warning(f"{child.name} did not stop within {STOP_FOR:.0f} s and was killed")
        process.kill()
        process.wait()


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _last_words(path: Path) -> str:
    """The last line of a log, which says why its process ended; cut to what fits a terminal."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(path.stat().st_size - LAST_WORDS, 0))
            lines = stream.read().decode(errors="replace").split("\n")
    except OSError as error:
        return f"its log cannot be read ({error.strerror})"
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _open_log(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > LOG_KEPT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def hold_lock(path: Path) -> IO[str]:
    """Make sure that one supervisor owns this state folder. Raises AlreadyRunning.

    The lock goes with the process, so an earlier run that was killed leaves nothing in the way.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = path.open("a+")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        pid = stream.read().strip()
        stream.close()
        raise AlreadyRunning(
            f"Nidaa is already running here (pid {pid}): end it with `kill {pid}`"
        ) from None
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()
    return stream


def command(*words: str) -> list[str]:
    """One of our own entry points, run by this Python."""
    return [sys.executable, "-m", "nidaa.cli", *words]
