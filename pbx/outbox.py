"""The outbox: every event on disk, in order, until crm_api says that it has it.

Segments of JSON lines, each named by the `seq` of its first line; line n of a segment is event
first + n. Events also stay in memory until they are written, and the latest ones a while longer,
so that whoever follows closely is served without the disk. A full disk costs no call: events wait
in memory, `MAX_UNWRITTEN` of them, and are written when there is room again.

Nothing here waits for the disk to sync: `sync` is called from a thread.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from pathlib import Path

import msgspec

from nidaa.contracts.events import Event
from pbx.segments import Segment, open_segments

MAX_UNWRITTEN = 200_000  # events kept while the disk takes none
RECENT = 10_000  # events kept in memory for who follows closely
SEGMENT_SIZE = 4 << 20  # bytes
BATCH = 1000  # events written at a time

_encode = msgspec.json.Encoder().encode


class OutboxFull(Exception):
    """The disk takes nothing and memory has its limit: this event is lost."""


class Outbox:
    """One per pbx node; made with the folder that is its own."""

    def __init__(self, folder: Path, run_id: str, segment_size: int = SEGMENT_SIZE) -> None:
        """`run_id` begins the ids of this run's events; it must be new at each start.

        Raises OSError, OutboxInUse.
        """
        self._folder, self._run_id, self._segment_size = folder, run_id, segment_size
        self._lock, self._segments, self.last_seq = open_segments(folder)
        self.alive_at = int(os.fstat(self._lock).st_mtime_ns // 1000)
        self.acked_seq = self._segments[0].first - 1
        self._lines: list[bytes] = []  # the latest events, up to last_seq
        self._written = self.last_seq  # events up to here are in the segment
        self._torn = 0  # bytes already written of the event after that
        # Full ones, to be synced a last time and closed, each with the one that follows it.
        self._retired: deque[tuple[Segment, Segment]] = deque()

    @property
    def oldest_seq(self) -> int:
        """The first event that can still be read."""
        return self._segments[0].first

    @property
    def unwritten(self) -> int:
        return self.last_seq - self._written

    def append(self, kind: str, at: int, tenant: str, conversation: str, data: bytes) -> int:
        """Take an event and return its seq; `data` is JSON. Raises OutboxFull."""
        if self.unwritten >= MAX_UNWRITTEN:
            raise OutboxFull(f"{MAX_UNWRITTEN} events wait for the disk")
        seq = self.last_seq + 1
        event = Event(
            f"{self._run_id}-{seq:x}", seq, kind, at, tenant, conversation, msgspec.Raw(data)
        )
        self._lines.append(_encode(event))
        self.last_seq = seq
        return seq

    def flush(self) -> None:
        """Write what is not written yet. Raises OSError; then it is all still there."""
        while self._written < self.last_seq:
            segment = self._segments[-1]
            if segment.size >= self._segment_size and not self._torn:
                segment = self._next_segment()
            start = len(self._lines) - self.unwritten
            lines = self._lines[start : start + BATCH]
            data = b"\n".join(lines) + b"\n"
            count = segment.write(data[self._torn :])
            self._note_written(lines, self._torn + count)
        self._trim()

    def _note_written(self, lines: list[bytes], size: int) -> None:
        """Of these lines, `size` bytes are in the file: whole lines count, a torn one is kept."""
        for line in lines:
            if size <= len(line):
                break
            size -= len(line) + 1
            self._written += 1
        self._torn = size

    def _next_segment(self) -> Segment:
        fresh = Segment.create(self._folder, self._written + 1)
        self._retired.append((self._segments[-1], fresh))
        self._segments.append(fresh)
        self.forget(self.acked_seq)
        return fresh

    def _trim(self) -> None:
        """Forget written events when twice as many as wanted are in memory."""
        if len(self._lines) >= 2 * RECENT:
            del self._lines[: len(self._lines) - RECENT]

    def sync(self) -> None:
        """Have the disk keep what was written. Waits: for one thread at a time. Raises OSError."""
        current = self._segments[-1]
        while self._retired:
            segment, following = self._retired[0]
            segment.sync()
            following.carry_on(segment.unfinished())
            segment.close()
            self._retired.popleft()
        current.sync()

    def unfinished(self) -> list[Event]:
        """The events of what is still open after the last of them. Raises OSError."""
        segments = self._segments
        start = next(
            (at for at in range(len(segments) - 1, 0, -1) if segments[at].is_carried_to), 0
        )
        events: list[Event] = []
        for segment in segments[start:]:
            events = segment.unfinished(events)
        return events

    def stay_alive(self) -> None:
        """Leave word of when this pbx was last alive, for the next one, if the disk allows."""
        with suppress(OSError):
            os.utime(self._lock)

    def recent(self, after: int, limit: int) -> list[bytes] | None:
        """Events after that seq from memory; None when they are no longer there."""
        start = after - (self.last_seq - len(self._lines))
        return self._lines[start : start + limit] if start >= 0 else None

    def read(self, after: int, limit: int) -> list[bytes]:
        """Events after that seq from the disk. May be called in a thread. Raises OSError."""
        for segment in reversed(tuple(self._segments)):
            if segment.first <= after + 1:
                return segment.read(after + 1 - segment.first, limit)
        return []

    def forget(self, seq: int) -> None:
        """Events up to `seq` are kept elsewhere: delete whole segments of them."""
        self.acked_seq = max(self.acked_seq, min(seq, self.last_seq))
        while len(self._segments) > 1 and self._segments[1].first <= self.acked_seq + 1:
            if self._retired and self._retired[0][0] is self._segments[0]:
                return  # `sync` still needs it, and comes soon
            self._segments.pop(0).delete()

    def close(self) -> None:
        """Write and sync what there is, as far as the disk allows. Raises OSError."""
        try:
            self.flush()
            self.sync()
        finally:
            self._segments[-1].close()
            os.close(self._lock)
