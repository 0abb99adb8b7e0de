"""The child process of a worker that encodes recordings, one after another.

It costs a quarter of a second of CPU to start: it stays for as long as there is work, and ends by
itself when its worker is gone.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from media.encode import REFUSED, SERVE, order
from media.loop import Loop

COMMAND = (sys.executable, "-m", "media.encode", SERVE)
NICE = 10
IDLE_FOR = 60.0  # seconds without work after which it is let go

Done = Callable[[int], None]  # takes the exit status that `media.encode` would have had


class Encoder:
    """At most one order at a time; whoever has more keeps them."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._child: _Child | None = None
        self._done: Done | None = None
        self._orders = 0

    @property
    def is_busy(self) -> bool:
        return self._done is not None

    @property
    def pid(self) -> int | None:
        """Of the child, while there is one."""
        return self._child.process.pid if self._child else None

    def encode(self, spool: Path, target: Path, done: Done) -> None:
        """Make `target`; `done` is called by the loop, also when the child dies. Raises OSError."""
        if self._child is None:
            self._child = _start()
            self._loop.watch(self._child.pipe.fileno(), self._hear)
        self._done = done
        self._orders += 1
        with suppress(BrokenPipeError):  # it died: the end of its replies tells so too
            self._child.pipe.sendall(order(spool, target))

    def close(self) -> None:
        """End it now, whatever it does: a target only appears when it is whole."""
        child, self._child, self._done = self._child, None, None
        if child:
            self._loop.unwatch(child.pipe.fileno())
            child.pipe.close()
            child.process.terminate()
            child.process.wait()

    def _hear(self, now: float) -> None:
        said = b""
        with suppress(ConnectionResetError):  # it died before it read its order
            said = self._child.pipe.recv(16) if self._child else b""
        done, self._done = self._done, None
        if not said:
            self.close()
        if done:
            self._loop.call_at(now + IDLE_FOR, partial(self._close_if_idle, self._orders))
            done(int(said) if said else REFUSED)

    def _close_if_idle(self, orders: int, _now: float) -> None:
        if orders == self._orders and not self._done:
            self.close()


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    pipe: socket.socket  # orders go in, replies come out


def _start() -> _Child:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 our own interpreter and code
            COMMAND,
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            process_group=0,  # a terminal's Ctrl-C is for its worker
        )
    os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
    return _Child(process, ours)
