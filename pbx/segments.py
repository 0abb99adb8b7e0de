"""Files of JSON lines that the outbox is made of."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec

from nidaa.contracts.events import Event
from pbx.leftovers import unfinished

SUFFIX = ".jsonl"
CARRIED = ".open"  # beside a segment: the earlier events of what was still open when it began
_decode = msgspec.json.Decoder(Event).decode
_encode = msgspec.json.Encoder().encode


class OutboxInUse(OSError):
    """Another pbx writes this outbox."""


class Segment:
    """One file; only the last one is open for writing."""

    def __init__(self, path: Path, first: int) -> None:
        self.path, self.first = path, first
        self.size = path.stat().st_size if path.exists() else 0
        self._handle = -1

    @classmethod
    def create(cls, folder: Path, first: int) -> Segment:
        """A new file, ready to be written. Raises OSError."""
        segment = cls(folder / f"{first:016d}{SUFFIX}", first)
        segment.open()
        return segment

    def open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._handle = os.open(self.path, flags, 0o600)

    def write(self, data: bytes) -> int:
        """Append as much as the disk takes, at least one byte. Raises OSError."""
        count = os.write(self._handle, data)
        self.size += count
        return count

    def sync(self) -> None:
        if self._handle >= 0:
            os.fsync(self._handle)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def read(self, skip: int, limit: int) -> list[bytes]:
        """Whole lines, without their ends. Raises OSError."""
        try:
            with self.path.open("rb") as stream:
                lines = list(islice(stream, skip, skip + limit))
        except FileNotFoundError:  # acknowledged and deleted meanwhile
            return []
        return [line[:-1] for line in lines if line.endswith(b"\n")]

    def delete(self) -> None:
        """Remove the files. One that cannot be removed now is found again at the next start."""
        for path in (self.path, self.path.with_suffix(CARRIED)):
            with suppress(OSError):
                path.unlink()

    @property
    def is_carried_to(self) -> bool:
        """Is what was open when it began written beside it?"""
        return self.path.with_suffix(CARRIED).exists()

    def unfinished(self, before: Iterable[Event] = ()) -> list[Event]:
        """The events of what is open at its end, of earlier segments too. Raises OSError.

        `before` is what was open when it began, where that is not yet written beside it.
        """
        files = (self.path.with_suffix(CARRIED), self.path)
        lines = [line for file in files if file.exists() for line in file.read_bytes().splitlines()]
        return unfinished([*before, *map(_decode, lines)])

    def carry_on(self, events: list[Event]) -> None:
        """Write down what was open when it began, whole or not at all. Raises OSError."""
        draft = self.path.with_suffix(".draft")
        draft.write_bytes(b"".join(_encode(event) + b"\n" for event in events))
        draft.replace(self.path.with_suffix(CARRIED))

    def repair(self) -> int:
        """Cut off what a crash left of a line at the end; the seq of the last event."""
        lines = self.path.read_bytes().splitlines(keepends=True)
        while lines and not _is_whole(lines[-1]):
            lines.pop()
        size = sum(map(len, lines))
        if size != self.size:
            os.truncate(self.path, size)
            self.size = size
        return self.first + len(lines) - 1


def _is_whole(line: bytes) -> bool:
    try:
        _decode(line)
    except msgspec.DecodeError:
        return False
    return line.endswith(b"\n")


def open_segments(folder: Path) -> tuple[int, list[Segment], int]:
    """The lock, the segments (the last one open) and the seq of the last event.

    Raises OSError, OutboxInUse.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise OutboxInUse(f"another pbx writes the events in {folder}") from None
    segments = [Segment(path, int(path.stem)) for path in sorted(folder.glob(f"[0-9]*{SUFFIX}"))]
    if not segments:
        return lock, [Segment.create(folder, 1)], 0
    last = segments[-1].repair()
    segments[-1].open()
    return lock, segments, last
