"""Digits in telephone-event packets (RFC 4733 2.3): each press is told once, at its end."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from media.stream import CLOCK_RATE

DIGITS = "0123456789*#ABCD"
END = 0x80
LOST_END_AFTER = 0.5  # seconds without an update: the three end packets were all lost

_event = Struct("!BBH").unpack
_timestamp_and_source = Struct("!II").unpack_from


@dataclass(frozen=True, slots=True)
class Press:
    digit: str
    pressed_for: float  # seconds


@dataclass(slots=True)
class _Held:
    """A key that is down, or was the last one."""

    source: int
    timestamp: int  # of the key's first moment: what tells two presses of one key apart
    event: int
    units: int = 0
    is_told: bool = False

    def tell(self) -> tuple[Press, ...]:
        if self.is_told:
            return ()
        self.is_told = True
        return (Press(DIGITS[self.event], self.units / CLOCK_RATE),)


class DigitReceiver:
    """Follows the events of one far end."""

    def __init__(self) -> None:
        self._held: _Held | None = None
        self._updated_at = 0.0

    def receive(self, packet: bytes, now: float) -> tuple[Press, ...]:
        """Take one valid RTP packet of telephone-event; the presses that ended by it."""
        payload = packet[12:16] if packet[0] == 0x80 else packet[-4:]
        if len(payload) < 4:
            return ()
        event, flags, units = _event(payload)
        timestamp, source = _timestamp_and_source(packet, 4)
        if event >= len(DIGITS) or self._is_late(source, timestamp):
            return ()  # a flash, a tone of some device, or a packet of an earlier press
        held = self._held
        told: tuple[Press, ...] = ()
        if held is None or (held.source, held.timestamp, held.event) != (source, timestamp, event):
            told = held.tell() if held else ()
            held = self._held = _Held(source, timestamp, event)
        held.units, self._updated_at = max(units, held.units), now
        return told + held.tell() if flags & END else told

    def handle_timers(self, now: float) -> tuple[Press, ...]:
        """A press whose end packets were all lost."""
        if self._held is None or now - self._updated_at <= LOST_END_AFTER:
            return ()
        return self._held.tell()

    def _is_late(self, source: int, timestamp: int) -> bool:
        held = self._held
        if held is None or held.source != source:
            return False
        return timestamp - held.timestamp & 0xFFFFFFFF >= 0x80000000
