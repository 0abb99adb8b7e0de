"""Writes one conversation's packets to its spool while it goes on (see `media.spool`)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from media.relay import Tape
from media.spool import RECORD, Mark, Side, SpoolHead, head_line

BUFFERED = 64 * 1024  # bytes
FLUSH_EVERY = 1.0  # seconds

Tap = Callable[[bytes, float], None]


class Recorder:
    """One spool being written. A write error ends the recording, never the call."""

    def __init__(
        self, path: Path, head: SpoolHead, now: float, failed: Callable[[str], None]
    ) -> None:
        """Raises OSError when the file cannot be made; later errors go to `failed`, once."""
        self.path, self.head = path, head
        self._started_at = self._flushed_at = now
        self._failed = failed
        self._buffer = bytearray(head_line(head))
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._is_open = True

    def tap(self, side: Side) -> Tap:
        """What takes the packets of one side, with their arrival time."""
        pack, started_at, buffer = RECORD.pack, self._started_at, self._buffer

        def record(packet: bytes, now: float) -> None:
            nonlocal buffer
            buffer += pack(side, len(packet), int((now - started_at) * 1e6)) + packet
            if len(buffer) >= BUFFERED:
                self.flush(now)

        return record

    def tape(self, side: Side) -> Tape:
        """Where to append the packets of one side past `tap`; `handle_timers` writes them."""
        return Tape(side, self._started_at, self._buffer)

    def handle_timers(self, now: float) -> None:
        if len(self._buffer) >= BUFFERED or now - self._flushed_at >= FLUSH_EVERY:
            self.flush(now)

    def flush(self, now: float) -> None:
        """Hand what is buffered to the system."""
        self._flushed_at = now
        try:
            while self._buffer and self._is_open:
                del self._buffer[: os.write(self._file, self._buffer)]
        except OSError as error:
            self.close()
            self._failed(str(error))
        self._buffer.clear()

    def stop(self, now: float) -> None:
        """Write the last of it, with the mark that says it is whole."""
        micros = max(int((now - self._started_at) * 1e6), 0)
        self._buffer += RECORD.pack(Side.MARK, 1, micros) + bytes((Mark.STOPPED,))
        self.flush(now)

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self._is_open:
            self._is_open = False
            os.close(self._file)
