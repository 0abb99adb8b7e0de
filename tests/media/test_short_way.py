"""A relay against the long way it stands for: the same bytes and the same counters."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import leg
from media.plain import PlainLeg
from media.recorder import Recorder
from media.relay import Relay
from media.spool import Side, SpoolHead
from tests.support.rtp import Packet

SPEAKS: leg.Path = (0, ("10.0.0.5", 4000))
HEARS: leg.Path = (0, ("10.0.0.6", 4000))
STRANGER: leg.Path = (0, ("203.0.113.9", 9999))
LOCAL = ("127.0.0.1", 20000), ("127.0.0.1", 20001)
EVENT = 96  # as the speaker numbers it
NEAR_THE_END = (0xFFF0, 0xFFFFFFFF - 2000)


@dataclass
class Wire:
    """Stands for a connected socket: one datagram waits, and what is sent is kept."""

    waiting: bytes = b""
    sent: list[bytes] = field(default_factory=list)

    def recv_into(self, buffer: memoryview) -> int:
        buffer[: len(self.waiting)] = self.waiting
        return len(self.waiting)

    def send(self, packet: bytes | memoryview) -> int:
        self.sent.append(bytes(packet))
        return len(packet)


def sdp(path: leg.Path, formats: str = f"0 8 {EVENT}", direction: str = "sendrecv") -> str:
    host, port = path[1]
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {formats}\r\na=rtpmap:{EVENT} telephone-event/8000\r\n"
        f"a={direction}\r\n"
    )


class Direction:
    """One phone speaks, another one hears it, and it is recorded."""

    def __init__(self, folder: str, numbers: tuple[int, int], *, is_short: bool) -> None:
        """`numbers`: the first sequence number and timestamp that the listener is sent."""
        self.incoming, self.outgoing, self.others = Wire(), Wire(), Wire()
        self.now = 100.0
        head, path = SpoolHead("s", "r", 0), Path(folder) / f"{is_short}.rtp"
        self.recorder = Recorder(path, head, self.now, pytest.fail)
        tap = self.recorder.tap(Side.LEFT)

        def deliver(packet: bytes, now: float) -> None:
            self.listener.send(packet, now)
            tap(packet, now)

        self.listener = self._leg(self.outgoing, HEARS, lambda _packet, _now: None)
        self.source = self._leg(Wire(), SPEAKS, deliver)
        sent = self.listener.sent
        sent.ssrc, (sent.sequence, sent.timestamp) = 7, numbers
        self.source.sent.ssrc = 8
        self.listener.receive(bytes(Packet(0, 1, 1, 1, bytes(9))), HEARS, self.now)
        self.relay: Relay | None = None
        if is_short:
            incoming, tape = cast(socket.socket, self.incoming), self.recorder.tape(Side.LEFT)
            self.relay = Relay(incoming, SPEAKS, self.source, self.listener, tape)

    def _leg(self, wire: Wire, path: leg.Path, deliver: Callable[[bytes, float], None]) -> PlainLeg:
        def event(packet: bytes, now: float) -> None:
            self.listener.send(packet, now)

        ports = leg.LegPorts(
            lambda data, _path: self.others.sent.append(data), deliver, event, lambda _report: None
        )
        made = PlainLeg(ports, LOCAL, lambda: self.now, lambda _path: wire.send)
        made.answer(sdp(path))
        return made

    # --- what may happen

    def hear(self, datagram: bytes) -> None:
        if self.relay:
            self.incoming.waiting = datagram
            self.relay.read(self.now)
        else:
            self.source.receive(datagram, SPEAKS, self.now)

    def hear_stranger(self, datagram: bytes) -> None:
        self.source.receive(datagram, STRANGER, self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.source.handle_timers(self.now)
        self.listener.handle_timers(self.now)

    def play(self, packet: bytes) -> None:
        self.listener.send(packet, self.now)

    def agree(self, text: str) -> None:
        self.listener.answer(sdp(HEARS, *text.split("/")))

    def agree_source(self, text: str) -> None:
        self.source.answer(sdp(SPEAKS, *text.split("/")))

    # --- what came of it

    def result(self) -> dict[str, Any]:
        if self.relay:
            self.relay.settle()
        self.recorder.flush(self.now)
        heard, sent = self.source.heard, self.listener.sent
        return {
            "sent": self.outgoing.sent,
            "others": [packet[:2] for packet in self.others.sent],
            "tape": self.recorder.path.read_bytes(),
            "drops": self.source.drops,
            "heard": {name: getattr(heard, name) for name in HEARD},
            "stream": {name: getattr(sent, name) for name in SENT},
        }

    def close(self) -> None:
        self.recorder.close()


@dataclass
class Script:
    """Turns drawn steps into what a phone, a stranger or pbx might do, on both ways alike."""

    ways: tuple[Direction, Direction]
    ssrc: int = 0x1234
    sequence: int = 1000
    timestamp: int = 5000

    def run(self, step: tuple[str, int]) -> None:
        name, number = step
        for act, argument in getattr(self, name)(number):
            for way in self.ways:
                getattr(way, act)(argument)

    def _packet(self, payload_type: int = 0, size: int = 160, *, marker: bool = False) -> bytes:
        sound = bytes((self.sequence + at) % 256 for at in range(size))
        place = self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF
        packet = Packet(payload_type, *place, self.ssrc, sound, marker)
        self.sequence, self.timestamp = self.sequence + 1, self.timestamp + size
        return bytes(packet)

    def talk(self, number: int) -> Any:
        for _ in range(number):
            yield "wait", 0.02
            yield "hear", self._packet()

    def other_size(self, number: int) -> Any:
        for _ in range(3):
            yield "hear", self._packet(size=1 + number % 300)

    def other_law(self, number: int) -> Any:
        for _ in range(number % 5):
            yield "hear", self._packet(8)

    def lose(self, number: int) -> Any:
        self.sequence, self.timestamp = self.sequence + number, self.timestamp + 160 * number
        yield "wait", 0.001 * number

    def jump(self, number: int) -> Any:
        self.sequence, self.timestamp = NEAR_THE_END if number % 2 else (number * 1000, number)
        yield "hear", self._packet(marker=True)

    def late(self, number: int) -> Any:
        first, second = self._packet(), self._packet()
        yield from (("hear", second), ("hear", first), ("hear", second if number % 2 else first))

    def other_source(self, number: int) -> Any:
        self.ssrc = number
        yield "hear", self._packet()

    def another_speaks_once(self, number: int) -> Any:
        yield "hear", bytes(Packet(0, number, number, number + 1, b"x" * 160))

    def press(self, number: int) -> Any:
        for _ in range(number % 4):
            yield "hear", self._packet(EVENT, 4)

    def unusual(self, number: int) -> Any:
        packet = bytearray(self._packet())
        packet[0] |= (0x10, 0x20, 0x01, 0x30)[number % 4]
        yield "hear", bytes(packet)

    def cut(self, number: int) -> Any:
        yield "hear", self._packet()[: number * 3]

    def report(self, number: int) -> Any:
        yield "hear", bytes((0x80, 200 + number % 2, 0, 6)) + bytes(24)

    def pause(self, number: int) -> Any:
        yield "wait", number / 4

    def stranger(self, _number: int) -> Any:
        yield "hear_stranger", self._packet()
        self.sequence, self.timestamp = self.sequence - 1, self.timestamp - 160

    def prompt(self, number: int) -> Any:
        for at in range(number % 4):
            yield "play", bytes(Packet(0, at, at * 160, 99, b"p" * 160))

    def hold(self, number: int) -> Any:
        to = "0 8 96/sendonly", "0 8 96/sendrecv", f"8 {EVENT}/sendrecv", "0 8 97/recvonly"
        yield "agree" if number % 3 else "agree_source", to[number % 4]


HEARD = ("source", "received", "jitter", "base", "highest", "_latest", "_arrived_at")
SENT = ("sequence", "timestamp", "packets", "octets", "_expected", "_sent_at")
STEPS = [name for name in vars(Script) if not name.startswith("_") and callable(vars(Script)[name])]
STEPS = [name for name in STEPS if name != "run"]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("talk"), st.integers(2, 40)),
        st.tuples(st.sampled_from(STEPS), st.integers(0, 60)),
    ),
    max_size=30,
)
firsts = st.sampled_from([(0, 0), (0x7FFF, 12345), NEAR_THE_END])


@given(steps=steps, numbers=firsts)
def test_both_ways_send_record_and_count_the_same(
    steps: list[tuple[str, int]], numbers: tuple[int, int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        long, short = (Direction(folder, numbers, is_short=way) for way in (False, True))
        script = Script((long, short))
        for step in steps:
            script.run(step)
        assert short.result() == long.result()
        for way in (long, short):
            way.close()


def test_nearly_every_packet_of_a_call_goes_the_short_way(tmp_path: Path) -> None:
    way = Direction(str(tmp_path), (0xFFE0, 0xFFFFFFFF - 3000), is_short=True)
    script = Script((way, way))
    long: list[bytes] = []
    receive = way.source.receive

    class Source:
        """The speaking leg, which notes what goes the long way."""

        heard, is_usual = way.source.heard, way.source.is_usual

        def receive(self, datagram: bytes, path: leg.Path, now: float) -> None:
            long.append(datagram)
            receive(datagram, path, now)

    incoming = cast(socket.socket, way.incoming)
    way.relay = Relay(incoming, SPEAKS, Source(), way.listener, None)
    for act, argument in script.talk(200):
        getattr(way, act)(argument)
    way.source.heard.settle()
    assert len(way.outgoing.sent) == way.source.heard.received == 200
    # Two at the beginning, and two at each of the wraps of two numbers of either side.
    assert len(long) <= 2 + 2 * 2 * 2
    way.close()
