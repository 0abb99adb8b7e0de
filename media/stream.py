"""One RTP stream as sent, kept unbroken, and one as received, counted (RFC 3550).

Both are written for the usual packet: in order, of the same source and kind as the one before.
Everything else takes the longer way. While a relay (see `media.relay`) passes such packets on by
itself, it counts and numbers them in their stead, and is asked for its numbers, or ended, here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Protocol

from media.g711 import PCMA_TO_PCMU, PCMU_TO_PCMA
from media.leg import PCMA, PCMU

CLOCK_RATE = 8000  # of everything we carry so far
PACKET_TIME = 160  # timestamp units in 20 ms
LATE_PACKETS, LOST_PACKETS = 100, 1000  # a larger step is a restarted source (RFC 3550 A.1)
PAUSED_AFTER = 0.1  # seconds: a gap in the numbers as long as that is no loss to be told of
HEADER = Struct("!HHII")  # first two bytes, sequence, timestamp, SSRC
MARKER = 0x80

_parse, _write = HEADER.unpack_from, HEADER.pack
_OTHER_LAW = {PCMU: PCMA, PCMA: PCMU}
_TO_OTHER_LAW = {PCMU: PCMU_TO_PCMA, PCMA: PCMA_TO_PCMU}


class Shortcut(Protocol):
    """What passes usual packets on past a stream."""

    def settle(self) -> None:
        """Write down what was passed on until now."""

    def end(self) -> None:
        """The same, and pass nothing more on."""


class ContinuousStream:
    """Turns packets of changing sources into one unbroken stream under one SSRC.

    The far end's jitter buffer and SRTP context then never see a transfer, a prompt or a hold.
    """

    __slots__ = (
        "_expected",
        "_head",
        "_head_out",
        "_payload_types",
        "_sent_at",
        "_sequence_shift",
        "_source",
        "_step",
        "_timestamp_shift",
        "_translated",
        "octets",
        "packets",
        "sequence",
        "shortcut",
        "ssrc",
        "timestamp",
    )

    def __init__(self) -> None:
        self.ssrc = secrets.randbits(31) | 1
        # Below 2**15, so that a receiver cannot guess SRTP's rollover counter wrong when the
        # first packets are lost.
        self.sequence = secrets.randbits(15)
        self.timestamp = secrets.randbits(31)
        self.packets = self.octets = 0
        self.shortcut: Shortcut | None = None
        self._payload_types: dict[int, int] = {}
        self._translated: dict[int, bytes] = {}
        self._source = self._expected = self._head = -1
        self._head_out = 0
        self._sequence_shift = self._timestamp_shift = 0
        self._sent_at = 0.0
        self._step = PACKET_TIME  # one packet time of the source, learnt from it

    def agree(self, payload_types: Mapping[int, int]) -> None:
        """Set what the far end takes: our payload type -> its own number for it."""
        self.end_shortcut()
        self._payload_types = dict(payload_types)
        self._head = -1
        self._translated = {
            law: _TO_OTHER_LAW[law]
            for law, other in _OTHER_LAW.items()
            if law not in payload_types and other in payload_types
        }

    def settle(self) -> None:
        """Before a look at the numbers: bring them up to date."""
        if self.shortcut:
            self.shortcut.settle()

    def end_shortcut(self) -> None:
        """Before the next packet comes another way."""
        if self.shortcut:
            self.shortcut.end()

    def timestamp_at(self, now: float) -> int:
        return self.timestamp + int((now - self._sent_at) * CLOCK_RATE) & 0xFFFFFFFF

    def rewrite(self, packet: bytes, now: float) -> bytes | None:
        """The packet to send on, or None where its payload type is not agreed.

        `packet` is valid RTP (see `media.rtp`).
        """
        if self.shortcut:
            self.shortcut.end()
        head, sequence, timestamp, source = _parse(packet)
        if sequence != self._expected or head != self._head or source != self._source:
            return self._rewrite_unusual(packet, now)
        self._expected = sequence + 1 & 0xFFFF
        self.sequence = sequence = sequence + self._sequence_shift & 0xFFFF
        self.timestamp = timestamp = timestamp + self._timestamp_shift & 0xFFFFFFFF
        self._sent_at = now
        self.packets += 1
        self.octets += len(packet) - 12
        return _write(self._head_out, sequence, timestamp, self.ssrc) + packet[12:]

    def head_after(self, packet: bytes) -> bytes | None:
        """The head to send after `packet`, were its successor to come next.

        None unless that would be a usual packet. `packet` is the one rewritten last; its successor
        bears the next sequence number and the timestamp after its 8-bit samples.
        """
        head, sequence, _, source = _parse(packet)
        step = len(packet) - 12
        is_usual = head == self._head and source == self._source
        if not is_usual or self._expected != sequence + 1 & 0xFFFF:
            return None
        upcoming = self.sequence + 1 & 0xFFFF, self.timestamp + step & 0xFFFFFFFF
        return _write(self._head_out, *upcoming, self.ssrc)

    def note_passed(self, packets: int, size: int, now: float) -> None:
        """A shortcut passed `packets` on, each with `size` bytes of sound, the last one `now`."""
        self._expected = self._expected + packets & 0xFFFF
        self.sequence = self.sequence + packets & 0xFFFF
        self.timestamp = self.timestamp + packets * size & 0xFFFFFFFF
        self._sent_at = now
        self.packets += packets
        self.octets += packets * size

    def _rewrite_unusual(self, packet: bytes, now: float) -> bytes | None:
        head, sequence, timestamp, source = _parse(packet)
        payload_type = self._payload_types.get(head & 0x7F)
        if payload_type is None:
            return self._translate(packet, head & 0x7F, now)
        head_out = head & 0xA080 | payload_type
        shifted = sequence + self._sequence_shift & 0xFFFF
        step = (shifted - self.sequence + 0x8000 & 0xFFFF) - 0x8000
        if source != self._source or self._has_paused(step, now):
            self._splice(sequence, timestamp, source, now)
            shifted, step, head_out = self.sequence + 1 & 0xFFFF, 1, head_out | MARKER
        stamp = timestamp + self._timestamp_shift & 0xFFFFFFFF
        if step > 0:
            self._go_on(step, stamp - self.timestamp, now)
            self.sequence, self.timestamp = shifted, stamp
            self._expected = sequence + 1 & 0xFFFF
        # Only a packet without marker, extension and CSRC list may take the short way next time,
        # and only after two of them, so that the packet time was learnt.
        is_usual = head & 0xFF80 == 0x8000 and step == 1 and not head_out & MARKER
        self._head, self._head_out = head if is_usual else -1, head_out
        payload = _payload(packet)
        self.packets += 1
        self.octets += len(payload)
        return _write(head_out, shifted, stamp, self.ssrc) + payload

    def _has_paused(self, step: int, now: float) -> bool:
        """Was the source restarted, or not listened to for a while? Else packets were lost."""
        is_known = -LATE_PACKETS < step < LOST_PACKETS
        return not is_known or (step > 1 and now - self._sent_at >= PAUSED_AFTER)

    def _go_on(self, step: int, elapsed: int, now: float) -> None:
        if step == 1 and 0 < elapsed < CLOCK_RATE // 8:
            self._step = elapsed
        self._sent_at = now

    def _splice(self, sequence: int, timestamp: int, source: int, now: float) -> None:
        """Join another source: sequence goes on by one, timestamp by the time that passed."""
        self._source = source
        self._sequence_shift = self.sequence + 1 - sequence
        # Whole packet times: a fraction would overlap the last packet and cost the first one.
        gap = max(round((now - self._sent_at) * CLOCK_RATE / self._step), 1) * self._step
        self._timestamp_shift = self.timestamp + (gap if self.packets else 0) - timestamp

    def _translate(self, packet: bytes, law: int, now: float) -> bytes | None:
        """A far end that takes only one law hears the other one in its own."""
        table = self._translated.get(law)
        if table is None:
            return None
        head, sequence, timestamp, source = _parse(packet)
        payload = _payload(packet)
        if head & 0x2000:  # padding is no sound
            payload = payload[: -payload[-1]]
        plain = _write(0x8000 | head & MARKER | _OTHER_LAW[law], sequence, timestamp, source)
        return self.rewrite(plain + payload.translate(table), now)


def _payload(packet: bytes) -> bytes:
    """Without CSRC list and header extension: extensions are hop by hop (RFC 8285)."""
    body = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        body += 4 + 4 * int.from_bytes(packet[body + 2 : body + 4])
    return packet[body:]


@dataclass(slots=True)
class Reception:
    """What a receiver report says about the far end's stream (RFC 3550 6.4.1).

    Every packet is counted; jitter, which is defined between any two packets, is measured now
    and then. The packet itself is not kept: its memory is used again at once, while it is in the
    cache.
    """

    source: bytes = b""  # its SSRC as in the packet
    received: int = 0
    jitter: float = 0.0  # in timestamp units
    base: int = 0
    highest: int = 0  # sequence number extended by the number of wraps
    shortcut: Shortcut | None = None
    _latest: bytes = bytes(6)  # sequence number and timestamp of the last packet
    _arrived_at: float = 0.0
    _transit: float = 0.0
    _measured: int = 0  # `received` when jitter was measured
    _before: tuple[int, int] = (0, 0)
    _sender_report: tuple[int, float] = (0, 0.0)

    @property
    def ssrc(self) -> int:
        return int.from_bytes(self.source)

    def count(self, packet: bytes, now: float) -> None:
        """Count one valid RTP packet that arrived at `now`."""
        if not self.count_known(packet, now):
            self._start(packet, now)
            self.count_known(packet, now)

    def count_known(self, packet: bytes, now: float) -> bool:
        """The same, when it is of the source that is being heard; else False."""
        if self.shortcut:
            self.shortcut.end()
        if packet[8:12] != self.source:
            return False
        self._latest, self._arrived_at = packet[2:8], now
        self.received += 1
        return True

    def note_passed(self, packets: int, latest: bytes, now: float) -> None:
        """A shortcut passed on `packets`; sequence number and timestamp of the last one."""
        self.received += packets
        self._latest, self._arrived_at = latest, now

    def settle(self) -> None:
        """Before a look at the numbers: bring them up to date."""
        if self.shortcut:
            self.shortcut.settle()

    def end_shortcut(self) -> None:
        """Before the next packet comes another way."""
        if self.shortcut:
            self.shortcut.end()

    def _start(self, packet: bytes, now: float) -> None:
        _, sequence, timestamp, _ = _parse(packet)
        self.source = packet[8:12]
        self.base, self.highest = sequence, sequence
        self.received, self.jitter, self._before = 0, 0.0, (0, 0)
        self._measured = 0
        self._transit = now * CLOCK_RATE - timestamp

    def measure(self) -> None:
        """Take account of the last packet's transit; called a few times a second."""
        self.settle()
        if self.received == self._measured:
            return
        self._measured = self.received
        self._advance()
        transit = self._arrived_at * CLOCK_RATE - int.from_bytes(self._latest[2:])
        drift = abs(transit - self._transit)
        if drift < CLOCK_RATE:  # a wrapped or restarted timestamp is no jitter
            self.jitter += (drift - self.jitter) / 16
        self._transit = transit

    def _advance(self) -> None:
        step = (int.from_bytes(self._latest[:2]) - self.highest + 0x8000 & 0xFFFF) - 0x8000
        self.highest += max(step, 0)

    def note_sender_report(self, middle: int, now: float) -> None:
        """`middle` 32 bits of the NTP time in the far end's last sender report."""
        self._sender_report = middle, now

    def lost(self) -> int:
        """Packets of this source that never came, as far as is known now."""
        return max(self._expected() - self.received, 0)

    def fraction_lost(self) -> int:
        """In 1/256, since this was asked last."""
        expected = self._expected()
        due, got = expected - self._before[0], self.received - self._before[1]
        self._before = expected, self.received
        return min(max(due - got, 0) * 256 // due, 255) if due > 0 else 0

    def _expected(self) -> int:
        if self.received:
            self._advance()
        return self.highest - self.base + 1

    def since_sender_report(self, now: float) -> tuple[int, int]:
        """Middle of the last sender report and the delay since it in 1/65536 s, or zeros."""
        middle, at = self._sender_report
        return middle, int((now - at) * 65536) if middle else 0
