"""Turns spools into finished recordings, one after another, by a child of low priority.

A finished recording is written down next to the spools (`<recording>.done`) and told again on
each connection, until pbx has taken note of it. What a crash left behind is found by `scan`.
"""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from media.encode import TRY_LATER
from media.encoder import Encoder
from media.loop import Loop
from media.spool import SUFFIX, BadSpool, SpoolHead, read_head
from nidaa.contracts.media import RecordingFailed, RecordingFinished
from nidaa.logging import Log

DONE, UNREADABLE = ".done", ".bad"
SCAN_EVERY = 60.0

log = Log("media.finisher")

Event = RecordingFinished | RecordingFailed


class _Encoded(msgspec.Struct, frozen=True):
    """What `media.encode` says of a finished file."""

    duration_for: float
    size: int
    sha256: str


class Finisher:
    """Owns the folder of spools of recordings that are over."""

    def __init__(
        self, spool: Path, recordings: Path, loop: Loop, notify: Callable[[Event], None]
    ) -> None:
        self._spool, self._recordings, self._loop, self._notify = spool, recordings, loop, notify
        self._waiting: deque[Path] = deque()
        self._locks: dict[Path, int] = {}
        self._encoder = Encoder(loop)
        self._untold: dict[str, Event] = {}  # not yet written down by pbx

    def finish(self, spool: Path) -> None:
        """Take over a spool that nobody writes any more."""
        if spool not in self._locks and (lock := _lock(spool)) is not None:
            self._locks[spool] = lock
            self._waiting.append(spool)
            self._next()

    def scan(self, every: float | None = None, _now: float = 0.0) -> None:
        """Find what a crash left behind: now, and then every so many seconds unless it is None."""
        for path in sorted(self._spool.glob("*" + SUFFIX)):
            self.finish(path)
        for path in self._spool.glob("*" + DONE):
            self._find_done(path)
        if every is not None:
            self._loop.call_at(self._loop.now() + every, partial(self.scan, every))

    def tell(self) -> None:
        """Say again what pbx has not written down."""
        for event in tuple(self._untold.values()):
            self._notify(event)

    def forget(self, recording: str) -> None:
        """pbx has written it down; unknown ones are fine, another worker may have told too."""
        self._untold.pop(recording, None)
        (self._spool / (recording + DONE)).unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the rest to the next start: a target only appears when it is whole."""
        self._encoder.close()
        for lock in self._locks.values():
            os.close(lock)
        self._locks.clear()

    def _find_done(self, path: Path) -> None:
        if path.stem in self._untold:
            return
        try:
            event = msgspec.json.decode(path.read_bytes(), type=RecordingFinished)
        except FileNotFoundError:  # forgotten by the worker that told of it
            return
        except (OSError, msgspec.DecodeError) as error:
            log.error(f"cannot read {path.name}: {error}")
            return
        self._tell(event)

    def _next(self) -> None:
        while self._waiting and not self._encoder.is_busy:
            spool = self._waiting[0]
            try:
                head = read_head(spool)
                target = self._target(head)
                target.parent.mkdir(parents=True, exist_ok=True)
                self._encoder.encode(spool, target, partial(self._ended, spool, head, target))
            except BadSpool as error:
                self._give_up(spool, SpoolHead("", spool.stem, 0), str(error))
            except OSError as error:
                self._postpone(spool, str(error))

    def _ended(self, spool: Path, head: SpoolHead, target: Path, status: int) -> None:
        try:
            if status == TRY_LATER:
                raise OSError("the recording cannot be written")
            if status:
                raise BadSpool(f"media.encode ended with {status}")
            event = self._event(head, target)
            _write(self._spool / (head.recording + DONE), msgspec.json.encode(event))
        except (BadSpool, msgspec.DecodeError) as error:
            self._give_up(spool, head, str(error))
        except OSError as error:
            self._postpone(spool, str(error))
        else:
            spool.unlink(missing_ok=True)
            self._let_go(spool)
            log.info(f"recording finished {event.path}", recording=head.recording)
            self._tell(event)
        self._next()

    def _event(self, head: SpoolHead, target: Path) -> RecordingFinished:
        said = msgspec.json.decode(summary_of(target).read_bytes(), type=_Encoded)
        path = str(target.relative_to(self._recordings))
        return RecordingFinished(
            head.session, head.recording, path, said.duration_for, said.size, said.sha256
        )

    def _target(self, head: SpoolHead) -> Path:
        day = datetime.fromtimestamp(head.started_at / 1e6, UTC).strftime("%Y-%m-%d")
        return self._recordings / day / f"{head.recording}.wav"

    def _give_up(self, spool: Path, head: SpoolHead, why: str) -> None:
        """Set the spool aside for a person to look at; it is not tried for ever."""
        log.error(f"cannot finish {spool.name}: {why}", recording=head.recording)
        self._let_go(spool)
        if spool.exists():
            spool.rename(spool.with_suffix(UNREADABLE))
        self._tell(RecordingFailed(head.session, head.recording, why))

    def _postpone(self, spool: Path, why: str) -> None:
        """A full disk spoils no spool: a later scan finds it again."""
        log.error(f"cannot finish {spool.name} yet: {why}", recording=spool.stem)
        self._let_go(spool)

    def _tell(self, event: Event) -> None:
        self._untold[event.recording] = event
        self._notify(event)

    def _let_go(self, spool: Path) -> None:
        self._waiting.remove(spool)
        os.close(self._locks.pop(spool))


def summary_of(target: Path) -> Path:
    """Where `media.encode` puts duration, size, digest and peaks of a finished file."""
    return target.with_suffix(".json")


def _lock(spool: Path) -> int | None:
    """The spool's lock, unless somebody still writes or finishes it, or has just finished it."""
    try:
        lock = os.open(spool, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = os.fstat(lock).st_nlink > 0
    except OSError:
        is_there = False
    if not is_there:
        os.close(lock)
        return None
    return lock


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
