"""A real media worker with folders of its own: in a process, or here with a clock we turn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from media.loop import Loop
from media.worker import Worker, WorkerSettings
from nidaa.config.models import System
from nidaa.contracts import media as contract
from nidaa.contracts.wire import Unframer, frame
from nidaa.settings import Paths
from tests.support.rtp import Phone

RUN = (
    "from media.worker import main; from nidaa.settings import Paths; "
    "main({number}, Paths.from_environment())"
)
ROOT = Path(__file__).parents[2]


def paths_below(folder: Path) -> Paths:
    """An installation without any file in it."""
    (folder / "configs").mkdir()
    return Paths(folder / "var", folder / "configs")


@contextmanager
def worker_process(paths: Paths, number: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """Start worker `number`; it is ended by SIGTERM and must then exit with 0."""
    environment = os.environ | {
        "NIDAA_STATE": str(paths.state),
        "NIDAA_CONFIG": str(paths.config),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen([sys.executable, "-c", RUN.format(number=number)], env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=20)


class LocalWorker:
    """A worker in this process. Its time passes only in `pass_time`; its sockets are real."""

    def __init__(self, folder: Path, number: int = 1) -> None:
        self.paths = Paths(folder / "var", folder / "configs")
        self.number, self.time = number, 1000.0
        self.loop = Loop(lambda: self.time)
        self.worker = Worker(WorkerSettings.of(number, self.paths, System()), self.loop)
        self.events: list[contract.MediaEvent] = []
        self._replies: dict[int, contract.Result] = {}
        self._requests = 0
        self.attach()

    def attach(self) -> None:
        """Control it as pbx does."""
        self._control = socket.socket(socket.AF_UNIX)
        self._control.connect(str(self.paths.media_socket(self.number)))
        self._control.setblocking(False)
        self._unframer: Unframer[contract.FromWorker] = Unframer(contract.FromWorker)
        self.do(contract.ListSessions())

    def detach(self) -> None:
        self._control.close()
        self.turn()

    def do(self, command: contract.Command) -> contract.Result:
        """Over the control socket, as every command comes."""
        self._requests += 1
        self._control.send(frame(contract.Request(self._requests, command)))
        self.turn()
        return self._replies.pop(self._requests)

    def turn(self) -> None:
        """Handle everything that has arrived; no time passes."""
        for _ in range(20):
            self.loop.turn(0)
        self._read()

    def _read(self) -> None:
        try:
            data = self._control.recv(1 << 20)
        except OSError:  # nothing there, or detached
            return
        for message in self._unframer.feed(data):
            if isinstance(message, contract.Reply):
                self._replies[message.id] = message.result
            else:
                self.events.append(message.event)

    def pass_time(self, seconds: float) -> None:
        """In steps of 10 ms, as timers and players see it."""
        for _ in range(round(seconds * 100)):
            self.time += 0.01
            self.loop.turn(0)
        self.turn()

    def described(self, command: contract.Command) -> contract.Described:
        result = self.do(command)
        assert isinstance(result, contract.Described), result
        return result

    def call_in(self, phone: Phone, leg: str, session: str = "s", **sdp: Any) -> None:
        """The phone offers and is answered."""
        phone.connect(self.described(contract.Answer(session, leg, phone.sdp(**sdp))).sdp)

    def call_out(self, phone: Phone, leg: str, session: str = "s", **sdp: Any) -> None:
        """The phone is offered to and answers."""
        phone.connect(self.described(contract.Offer(session, leg)).sdp)
        assert self.do(contract.Remote(session, leg, phone.sdp(**sdp))) == contract.Ok()

    def hears(self, session: str = "s", **rows: str) -> contract.Result:
        """`a="b"`: leg a hears leg b."""
        matrix = {listener: {source: 1.0} for listener, source in rows.items()}
        return self.do(contract.Hears(session, matrix))

    def close(self) -> None:
        self._control.close()
        self.worker.close()
        self.loop.close()
