"""CPU of browser legs: `python -m tests.bench.webrtc`.

LEGS legs on one worker's loop, 50 packets a second each way, AES-GCM, with sockets; the browsers
are another process. Milliseconds of CPU per second and leg, of the legs' process alone.
"""

from __future__ import annotations

import multiprocessing
import socket
import sys
import time
from multiprocessing.connection import Connection

from media.dtls import Identity
from media.leg import TIMERS_EVERY, LegChange, LegReport
from media.loop import Loop
from media.opening import Opener
from media.ports import PortRange
from nidaa.contracts.media import Profile
from tests.bench.report import report
from tests.media.scripted_browser import ScriptedBrowser, rtp

LEGS = 100
MEASURED_FOR = 4.0  # seconds
CONNECTED_WITHIN = 8.0
SLICES = 10  # of a packet time: nobody sends all at once
TIMERS_PER = round(TIMERS_EVERY / 0.02)  # packets
SOUND = b"\x55" * 160


class _Browser:
    """A scripted browser on a socket."""

    def __init__(self, identity: Identity) -> None:
        self.script = ScriptedBrowser(identity)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.count = 0

    def connect(self, answer: str) -> None:
        self.script.remote = answer
        port = int(answer.split("m=audio ")[1].split()[0])
        self.socket.connect(("127.0.0.1", port))
        self.socket.send(self.script.check())
        for datagram in self.script.hello():
            self.socket.send(datagram)

    def speak(self) -> None:
        self.count += 1
        if self.script.keys:
            self.socket.send(self.script.speak(rtp(self.count & 0xFFFF, SOUND)))

    def listen(self) -> None:
        try:
            while datagram := self.socket.recv(2048):
                if 20 <= datagram[0] <= 63:
                    for reply in self.script.handshake(datagram):
                        self.socket.send(reply)
        except BlockingIOError:
            return


def _browse(pipe: Connection) -> None:
    """The browsers' process: connect, then talk until told to stop."""
    identity = Identity()
    browsers = [_Browser(identity) for _ in range(LEGS)]
    pipe.send([browser.script.describe() for browser in browsers])
    for browser, answer in zip(browsers, pipe.recv(), strict=True):
        browser.connect(answer)
    step, size, began = 0, LEGS // SLICES, time.monotonic()
    while not pipe.poll():
        for browser in browsers[step % SLICES * size : (step % SLICES + 1) * size]:
            browser.listen()
            browser.speak()
            if step % (150 * SLICES) < SLICES:  # every 3 s
                browser.socket.send(browser.script.check())
        step += 1
        time.sleep(max(began + step * 0.02 / SLICES - time.monotonic(), 0))
    for browser in browsers:
        browser.socket.close()


class _Legs:
    """The measured side."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.up = self.heard = self._sent = 0
        opener = Opener(PortRange(self.loop, "127.0.0.1", 20000, 39998))
        names = [f"b{number}" for number in range(LEGS)]
        self.members = [opener.open(name, Profile.WEBRTC, self._note) for name in names]
        for member in self.members:
            member.ports.deliver = self._hear

    def answer(self, offers: list[str]) -> list[str]:
        pairs = zip(self.members, offers, strict=True)
        return [member.leg.answer(offer)[0] for member, offer in pairs]

    def _hear(self, _packet: bytes, _now: float) -> None:
        self.heard += 1

    def _note(self, said: LegReport) -> None:
        self.up += said.change is LegChange.UP

    def tick(self, now: float) -> None:
        """A twentieth of the legs gets its packet."""
        self._sent += 1
        size, part = LEGS // SLICES, self._sent % SLICES
        packet = rtp(self._sent // SLICES & 0xFFFF, SOUND)
        for member in self.members[part * size : (part + 1) * size]:
            member.leg.send(packet, now)
            if self._sent // SLICES % TIMERS_PER == 0:
                member.leg.handle_timers(now)
        self.loop.call_at(now + 0.02 / SLICES, self.tick)

    def run_until(self, end: float) -> None:
        while self.loop.now() < end:
            self.loop.turn(0.05)

    def close(self) -> None:
        for member in self.members:
            member.close()
        self.loop.close()


def main() -> int:
    """Print one JSON line; 1 when the legs did not come up or lost sound."""
    ours, theirs = multiprocessing.Pipe()
    browsers = multiprocessing.get_context("spawn").Process(target=_browse, args=(theirs,))
    legs = _Legs()
    browsers.start()
    try:
        ours.send(legs.answer(ours.recv()))
        legs.loop.call_at(legs.loop.now(), legs.tick)
        deadline = legs.loop.now() + CONNECTED_WITHIN
        while legs.up < LEGS and legs.loop.now() < deadline:
            legs.loop.turn(0.05)
        legs.run_until(legs.loop.now() + 0.5)
        before, heard, began = time.process_time(), legs.heard, time.monotonic()
        legs.run_until(legs.loop.now() + MEASURED_FOR)
        took = time.monotonic() - began
        spent, heard = time.process_time() - before, legs.heard - heard
    finally:
        ours.send("stop")
        browsers.join()
        legs.close()
    if legs.up < LEGS or heard < 0.95 * LEGS * 50 * took:
        sys.stderr.write(f"{legs.up} of {LEGS} legs up, {heard / took / LEGS:.0f} packets/s each\n")
        return 1
    report("dtls_srtp_leg_cpu_ms_per_s", spent * 1000 / took / LEGS, "ms/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
