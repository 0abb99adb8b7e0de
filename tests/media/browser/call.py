"""One browser leg on a worker's own loop and sockets, and a phone that plays a tone into it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from itertools import cycle
from typing import TypeVar

from media.leg import LegChange, LegReport, MediaLeg, Path
from media.loop import Loop
from media.opening import Opener
from media.ports import PortRange
from nidaa.contracts.media import Profile
from tests.support.rtp import Packet, stream, tone

MICROPHONE_HZ, PHONE_HZ = 600, 1000
TICK = 0.02  # seconds
Result = TypeVar("Result")


class LoopThread:
    """A worker's loop in a thread; `do` runs a command inside it."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.opener = Opener(PortRange(self.loop, "127.0.0.1", 20000, 39998))
        self._waker, self._woken = socket.socketpair()
        self._commands: list[Callable[[], None]] = []
        self.loop.watch(self._woken.fileno(), self._run_commands)
        self._thread = threading.Thread(target=self.loop.run)
        self._thread.start()

    def do(self, command: Callable[[], Result]) -> Result:
        done, results = threading.Event(), list[Result]()

        def run() -> None:
            try:
                results.append(command())
            finally:
                done.set()

        self._commands.append(run)
        self._waker.send(b"!")
        assert done.wait(5), "the loop does not answer"
        assert results, "the command failed, see the log"
        return results[0]

    def close(self) -> None:
        self._commands.append(self.loop.stop)
        self._waker.send(b"!")
        self._thread.join()
        self.loop.close()
        self._waker.close()
        self._woken.close()

    def _run_commands(self, _now: float) -> None:
        self._woken.recv(64)
        while self._commands:
            self._commands.pop(0)()


class Call:
    """The leg, everything that it said, and what the phone behind it hears."""

    def __init__(self, worker: LoopThread) -> None:
        self.worker = worker
        self.heard: list[Packet] = []
        self.events: list[Packet] = []
        self.reports: list[LegReport] = []
        self.lose: Callable[[bytes], bool] = lambda _: False  # of what goes to the browser
        open_leg = worker.opener.open
        self._member = worker.do(lambda: open_leg("b", Profile.WEBRTC, self.reports.append))
        self.leg = self._member.leg
        ports = self._member.ports
        ports.send, self._transmit = self._send, ports.send
        ports.deliver, ports.deliver_event = self._deliver, self._deliver_event
        self._sound = cycle(bytes(p) for p in stream(tone(PHONE_HZ, 1.0)))
        self._sequence = 0
        self._is_open = True
        worker.do(lambda: worker.loop.call_at(worker.loop.now(), self._tick))

    def do(self, command: Callable[[MediaLeg], Result]) -> Result:
        return self.worker.do(lambda: command(self.leg))

    def wait(self, change: LegChange, within: float = 10.0) -> LegReport:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for report in self.reports:
                if report.change is change:
                    return report
            time.sleep(0.01)
        raise AssertionError(f"no {change} within {within} s, only {self.reports}")

    def count(self, change: LegChange) -> int:
        return sum(1 for report in self.reports if report.change is change)

    def close(self) -> None:
        def end() -> None:
            self._is_open = False
            self._member.close()

        self.worker.do(end)

    def _tick(self, now: float) -> None:
        if not self._is_open:
            return
        self._sequence += 1
        packet = Packet.parse(next(self._sound))
        whole = Packet(0, self._sequence & 0xFFFF, self._sequence * 160, 0xA, packet.payload)
        self.leg.send(bytes(whole), now)
        self.leg.handle_timers(now)
        self.worker.loop.call_at(now + TICK, self._tick)

    def _send(self, datagram: bytes, path: Path) -> None:
        if not self.lose(datagram):
            self._transmit(datagram, path)

    def _deliver(self, packet: bytes, _now: float) -> None:
        self.heard.append(Packet.parse(packet))

    def _deliver_event(self, packet: bytes, _now: float) -> None:
        self.events.append(Packet.parse(packet))
