"""The short way of a packet: from one leg's socket straight to another's.

Nearly every packet of a call is the successor of the one before: the next sequence number, the
timestamp 20 ms on, the same source, kind and size. A relay knows the first twelve bytes of that
packet beforehand, and of the one to send for it. What is anything else goes the long way, through
both legs, which is the reference of what must come out; then the relay looks again.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Protocol

from media.leg import Path
from media.spool import RECORD
from media.stream import ContinuousStream, Reception

LARGEST_DATAGRAM = 2048
ROOM = RECORD.size  # before the packet: it is recorded in one piece with its label
HEADER_SIZE = 12

Transmit = Callable[[bytes | memoryview], int]  # may raise OSError

_HEAD = Struct("!QI")  # first two bytes, sequence and timestamp as one number; SSRC
_parse, _write, _label = _HEAD.unpack_from, _HEAD.pack_into, RECORD.pack_into
_NEXT = 1 << 32  # one sequence number on
_SEQUENCE_AND_TIMESTAMP = (1 << 48) - 1
_NEVER = -1
# One for all relays, as one packet is passed on at a time: it stays in the cache.
_scratch = bytearray(ROOM + LARGEST_DATAGRAM)
_whole = memoryview(_scratch)
_datagram = _whole[ROOM:]


class Source(Protocol):
    """The leg whose packets are passed on."""

    @property
    def heard(self) -> Reception: ...

    def receive(self, datagram: bytes, path: Path, now: float) -> None: ...

    def is_usual(self, datagram: bytes, path: Path) -> bool:
        """Would this leg deliver it as it came, once it is counted?"""


class Listener(Protocol):
    """The leg that hears them."""

    @property
    def sent(self) -> ContinuousStream: ...

    @property
    def transmit(self) -> Transmit | None:
        """What sends to the far end; None while nothing may be sent that way."""


@dataclass(frozen=True, slots=True)
class Tape:
    """Where a recording wants one side's packets appended, each behind its label."""

    side: int
    started_at: float
    buffer: bytearray


class Relay:
    """One direction. Fits `media.stream.Shortcut` and `media.ports.Reader`."""

    __slots__ = (
        "_at",
        "_begun",
        "_expected",
        "_guess",
        "_labelled",
        "_last",
        "_listener",
        "_outgoing",
        "_packet",
        "_path",
        "_recv_into",
        "_send",
        "_side",
        "_size",
        "_source",
        "_source_ssrc",
        "_ssrc",
        "_started_at",
        "_step",
        "_tape",
    )

    def __init__(
        self,
        incoming: socket.socket,
        path: Path,
        source: Source,
        listener: Listener,
        tape: Tape | None,
    ) -> None:
        """`incoming` is connected to `path`."""
        self._recv_into = incoming.recv_into
        self._path, self._source, self._listener = path, source, listener
        self._tape = tape.buffer if tape else None
        self._side, self._started_at = (tape.side, tape.started_at) if tape else (0, 0.0)
        self._send: Transmit = len
        self._expected = self._guess = self._last = _NEVER
        self._begun = self._step = self._outgoing = self._size = 0
        self._source_ssrc = self._ssrc = 0
        self._at = 0.0
        self._packet = self._labelled = _whole

    def read(self, now: float) -> None:
        """Pass one datagram on."""
        try:
            size = self._recv_into(_datagram)
        except OSError:  # gone again, or an ICMP error
            return
        head, ssrc = _parse(_scratch, ROOM)
        expected = self._expected
        if head != expected or size != self._size or ssrc != self._source_ssrc:
            self._go_long(head, bytes(_datagram[:size]), now)
            return
        if (tape := self._tape) is not None:
            _label(_scratch, 0, self._side, size, int((now - self._started_at) * 1e6))
            tape += self._labelled
        _write(_scratch, ROOM, self._outgoing, self._ssrc)
        self._at = now
        self._expected = expected + self._step
        self._outgoing += self._step
        if expected == self._last:
            self.end()
        try:
            self._send(self._packet)
        except OSError:  # a full buffer, a lost route or an ICMP error costs this packet only
            return

    def settle(self) -> None:
        """Tell the legs what was passed on."""
        if self._expected == _NEVER:
            return
        packets = (self._expected - self._begun) // self._step
        if packets:
            latest = self._expected - self._step & _SEQUENCE_AND_TIMESTAMP
            self._source.heard.note_passed(packets, latest.to_bytes(6), self._at)
            self._listener.sent.note_passed(packets, self._size - HEADER_SIZE, self._at)
            self._begun = self._expected

    def end(self) -> None:
        """Have the next packets go the long way."""
        if self._expected == _NEVER:
            return
        self.settle()
        self._expected = _NEVER
        self._source.heard.shortcut = self._listener.sent.shortcut = None

    def _go_long(self, head: int, datagram: bytes, now: float) -> None:
        self._source.receive(datagram, self._path, now)
        if head == self._guess and len(datagram) > HEADER_SIZE:
            self._begin(datagram)
        self._guess = head + _NEXT + len(datagram) - HEADER_SIZE

    def _begin(self, packet: bytes) -> None:
        """Pass on what follows this packet, if both legs find it usual."""
        sent, send = self._listener.sent, self._listener.transmit
        outgoing = sent.head_after(packet)
        if send is None or outgoing is None or not self._source.is_usual(packet, self._path):
            return
        head, self._source_ssrc = _parse(packet)
        self._outgoing, self._ssrc = _parse(outgoing)
        self._size, self._send = len(packet), send
        self._step = step = _NEXT + self._size - HEADER_SIZE
        count = min(_before_a_wrap(head, step), 1 + _before_a_wrap(self._outgoing, step))
        if not count:
            return
        self._begun = self._expected = head + step
        self._last = head + count * step
        self._labelled = _whole[: ROOM + self._size]
        self._packet = _datagram[: self._size]
        self._source.heard.shortcut = sent.shortcut = self


def _before_a_wrap(head: int, step: int) -> int:
    """How many packets may follow until one number would run over into the one before it."""
    sequence, timestamp = head >> 32 & 0xFFFF, head & 0xFFFFFFFF
    return min(0xFFFF - sequence, (0xFFFFFFFF - timestamp) // (step - _NEXT))
