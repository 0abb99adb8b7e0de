"""Plays prompts and music to a leg: one 20 ms packet after the other, by the loop's timers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from media.leg import PCMA
from media.loop import Loop
from media.stream import HEADER, PACKET_TIME

PACKET_FOR = 0.02  # seconds
LATE_AFTER = 0.2  # seconds: beyond this a stalled loop skips audio instead of sending a burst
SILENCE_FOR = {0: b"\xff", PCMA: b"\xd5"}

Send = Callable[[bytes, float], None]


class Play:
    """One listener's place in a row of G.711 audio; the audio itself is shared by all listeners."""

    __slots__ = (
        "_at",
        "_audio",
        "_done",
        "_due",
        "_item",
        "_loop",
        "_loops",
        "_payload_type",
        "_send",
        "_sequence",
        "_source",
        "_timestamp",
    )

    def __init__(
        self,
        audio: Sequence[bytes],
        payload_type: int,
        send: Send,
        done: Callable[[], None],
        *,
        is_loop: bool,
    ) -> None:
        """`audio`: none of it empty. `done` is called after the last packet, never when looped."""
        self._audio, self._payload_type, self._loops = audio, payload_type, is_loop
        self._send: Send | None = send
        self._done = done
        self._item = self._at = 0
        self._source = secrets.randbits(32)
        self._sequence, self._timestamp = secrets.randbits(16), secrets.randbits(32)
        self._due = 0.0

    def seek(self, position: int) -> None:
        """Begin `position` bytes into the row, as a radio does; whole packets."""
        position -= position % PACKET_TIME
        position %= sum(map(len, self._audio))
        while position >= len(self._audio[self._item]):
            position -= len(self._audio[self._item])
            self._item += 1
        self._at = position

    def start(self, loop: Loop) -> None:
        """Send the first packet now and the others by the loop's timers."""
        self._loop, self._due = loop, loop.now()
        self._turn(self._due)

    def stop(self) -> None:
        """Nothing is sent and nothing is reported afterwards."""
        self._send = None

    def _turn(self, now: float) -> None:
        if now - self._due > LATE_AFTER:
            self._skip(int((now - self._due) / PACKET_FOR))
        while self._send and self._due <= now:
            self._send(self._next_packet(), now)
            self._due += PACKET_FOR
            if self._item == len(self._audio):
                self.stop()
                self._loop.call_at(self._due, self._finish)  # when the last packet was heard
        if self._send:
            self._loop.call_at(self._due, self._turn)

    def _skip(self, packets: int) -> None:
        self._due += packets * PACKET_FOR
        self._timestamp += packets * PACKET_TIME

    def _finish(self, _now: float) -> None:
        self._done()

    def _next_packet(self) -> bytes:
        payload = self._audio[self._item][self._at : self._at + PACKET_TIME]
        payload = payload.ljust(PACKET_TIME, SILENCE_FOR[self._payload_type])
        head = HEADER.pack(
            0x8000 | self._payload_type,
            self._sequence & 0xFFFF,
            self._timestamp & 0xFFFFFFFF,
            self._source,
        )
        self._sequence += 1
        self._timestamp += PACKET_TIME
        self._at += PACKET_TIME
        if self._at >= len(self._audio[self._item]):
            self._item, self._at = self._item + 1, 0
            if self._loops:
                self._item %= len(self._audio)
        return head + payload
