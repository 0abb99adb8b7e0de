"""One RTP stream as sent, kept unbroken, and one as received, counted (RFC 3550)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct

from media.g711 import PCMA_TO_PCMU, PCMU_TO_PCMA
from media.leg import PCMA, PCMU

CLOCK_RATE = 8000  # of everything we carry so far
PACKET_TIME = 160  # timestamp units in 20 ms
LATE_PACKETS, LOST_PACKETS = 100, 1000  # a larger step is a restarted source (RFC 3550 A.1)

HEADER = Struct("!BBHII")
_parse, _write = HEADER.unpack_from, HEADER.pack
_parse_counted = Struct("!HII").unpack_from
_OTHER_LAW = {PCMU: PCMA, PCMA: PCMU}
_TO_OTHER_LAW = {PCMU: PCMU_TO_PCMA, PCMA: PCMA_TO_PCMU}


class ContinuousStream:
    """Turns packets of changing sources into one unbroken stream under one SSRC.

    The far end's jitter buffer and SRTP context then never see a transfer, a prompt or a hold.
    """

    def __init__(self) -> None:
        self.ssrc = secrets.randbits(31) | 1
        # Below 2**15, so that a receiver cannot guess SRTP's rollover counter wrong when the
        # first packets are lost.
        self.sequence = secrets.randbits(15)
        self.timestamp = secrets.randbits(31)
        self.packets = self.octets = 0
        self._payload_types: dict[int, int] = {}
        self._translated: dict[int, bytes] = {}
        self._source: int | None = None
        self._sequence_shift = self._timestamp_shift = 0
        self._sent_at = 0.0
        self._step = PACKET_TIME  # one packet time of the source, learnt from it

    def agree(self, payload_types: Mapping[int, int]) -> None:
        """Set what the far end takes: our payload type -> its own number for it."""
        self._payload_types = dict(payload_types)
        self._translated = {
            law: _TO_OTHER_LAW[law]
            for law, other in _OTHER_LAW.items()
            if law not in payload_types and other in payload_types
        }

    def timestamp_at(self, now: float) -> int:
        return self.timestamp + int((now - self._sent_at) * CLOCK_RATE) & 0xFFFFFFFF

    def rewrite(self, packet: bytes, now: float) -> bytes | None:
        """The packet to send on, or None where its payload type is not agreed.

        `packet` is valid RTP (see `media.rtp`).
        """
        first, second, sequence, timestamp, source = _parse(packet)
        payload_type = self._payload_types.get(second & 0x7F)
        if payload_type is None:
            return self._translate(packet, second & 0x7F, now)
        second = second & 0x80 | payload_type
        shifted = sequence + self._sequence_shift & 0xFFFF
        step = (shifted - self.sequence + 0x8000 & 0xFFFF) - 0x8000
        if source != self._source or not -LATE_PACKETS < step < LOST_PACKETS:
            self._splice(sequence, timestamp, source, now)
            shifted, step, second = self.sequence + 1 & 0xFFFF, 1, second | 0x80
        stamp = timestamp + self._timestamp_shift & 0xFFFFFFFF
        if step > 0:
            if step == 1 and 0 < stamp - self.timestamp < CLOCK_RATE // 8:
                self._step = stamp - self.timestamp
            self.sequence, self.timestamp, self._sent_at = shifted, stamp, now
        payload = packet[12:] if first == 0x80 else _payload(packet, first)
        self.packets += 1
        self.octets += len(payload)
        return _write(first & 0xA0, second, shifted, stamp, self.ssrc) + payload

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
        plain = HEADER.pack(0x80, packet[1] & 0x80 | _OTHER_LAW[law], *_parse_counted(packet, 2))
        payload = _payload(packet, packet[0])
        if packet[0] & 0x20:  # padding is no sound
            payload = payload[: -payload[-1]]
        return self.rewrite(plain + payload.translate(table), now)


def _payload(packet: bytes, first: int) -> bytes:
    """Without CSRC list and header extension: extensions are hop by hop (RFC 8285)."""
    body = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        body += 4 + 4 * int.from_bytes(packet[body + 2 : body + 4])
    return packet[body:]


@dataclass(slots=True)
class Reception:
    """What a receiver report says about the far end's stream (RFC 3550 6.4.1)."""

    ssrc: int = 0
    received: int = 0
    jitter: float = 0.0  # in timestamp units
    base: int = 0
    highest: int = 0  # sequence number extended by the number of wraps
    _transit: float = 0.0
    _before: tuple[int, int] = (0, 0)
    _sender_report: tuple[int, float] = (0, 0.0)

    def count(self, packet: bytes, now: float) -> None:
        """Count one valid RTP packet that arrived at `now`."""
        sequence, timestamp, ssrc = _parse_counted(packet, 2)
        transit = now * CLOCK_RATE - timestamp
        if ssrc != self.ssrc:
            self._start(ssrc, sequence, transit)
        step = (sequence - self.highest + 0x8000 & 0xFFFF) - 0x8000
        if step > 0:
            self.highest += step
        self.received += 1
        drift = abs(transit - self._transit)
        if drift < CLOCK_RATE:  # a wrapped or restarted timestamp is no jitter
            self.jitter += (drift - self.jitter) / 16
        self._transit = transit

    def _start(self, ssrc: int, sequence: int, transit: float) -> None:
        self.ssrc, self.base, self.highest = ssrc, sequence, sequence - 1
        self.received, self.jitter, self._transit, self._before = 0, 0.0, transit, (0, 0)

    def note_sender_report(self, middle: int, now: float) -> None:
        """`middle` 32 bits of the NTP time in the far end's last sender report."""
        self._sender_report = middle, now

    def lost(self) -> int:
        return max(self.highest - self.base + 1 - self.received, 0)

    def fraction_lost(self) -> int:
        """In 1/256, since this was asked last."""
        expected = self.highest - self.base + 1
        due, got = expected - self._before[0], self.received - self._before[1]
        self._before = expected, self.received
        return min(max(due - got, 0) * 256 // due, 255) if due > 0 else 0

    def since_sender_report(self, now: float) -> tuple[int, int]:
        """Middle of the last sender report and the delay since it in 1/65536 s, or zeros."""
        middle, at = self._sender_report
        return middle, int((now - at) * 65536) if middle else 0
