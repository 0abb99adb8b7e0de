"""The recordings that are running in this worker, and whom each of them listens to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from media.finisher import Finisher
from media.loop import Loop
from media.recorder import Recorder, Tap
from media.relay import Tape
from media.spool import SUFFIX, Side, SpoolHead
from nidaa.contracts.media import MediaEvent, MediaProblem, MediaRefused, RecordingFailed
from nidaa.logging import Log

log = Log("media.recordings")


@dataclass(frozen=True, slots=True)
class _Running:
    session: str
    sides: dict[str, Side]  # leg -> its side
    recorder: Recorder
    changed: Callable[[], None]  # the session wires its legs anew

    def __contains__(self, leg: str) -> bool:
        return leg in self.sides


class Recordings:
    """Starts and stops recordings; the finished spools go to the finisher."""

    def __init__(
        self,
        spool: Path,
        loop: Loop,
        finisher: Finisher,
        notify: Callable[[MediaEvent], None],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._spool, self._loop, self._finisher = spool, loop, finisher
        self._notify, self._wall = notify, wall
        self._running: dict[str, _Running] = {}

    def start(
        self, session: str, recording: str, left: str, right: str, changed: Callable[[], None]
    ) -> None:
        """Raises MediaRefused for a name in use or unfit for a file.

        A disk that takes no file fails the recording, never the call: RecordingFailed follows.
        """
        if recording in self._running or Path(recording).name != recording:
            raise MediaRefused(MediaProblem.UNKNOWN, f"recording {recording!r} cannot be started")
        head = SpoolHead(session, recording, int(self._wall() * 1e6))
        failed = partial(self._failed, session, recording)
        path = self._spool / (recording + SUFFIX)
        try:
            recorder = Recorder(path, head, self._loop.now(), failed)
        except OSError as error:
            failed(str(error))
            return
        sides = {left: Side.LEFT, right: Side.RIGHT}
        self._running[recording] = _Running(session, sides, recorder, changed)

    def stop(self, recording: str) -> None:
        """Idempotent: a recording also ends with a leg or the session."""
        running = self._running.pop(recording, None)
        if running:
            running.recorder.stop(self._loop.now())
            running.recorder.close()
            self._finisher.finish(running.recorder.path)

    def drop(self, session: str, leg: str) -> None:
        """The leg is going: stop what it was part of."""
        for recording in self._of(session):
            if leg in self._running[recording]:
                self.stop(recording)

    def end(self, session: str) -> None:
        for recording in self._of(session):
            self.stop(recording)

    def taps(self, session: str, leg: str) -> Iterator[Tap]:
        """What is to be given the packets of this leg."""
        for recorder, side in self._recorders(session, leg):
            yield recorder.tap(side)

    def tapes(self, session: str, leg: str) -> list[Tape]:
        """The same, as what the packets can be appended to."""
        return [recorder.tape(side) for recorder, side in self._recorders(session, leg)]

    def _recorders(self, session: str, leg: str) -> Iterator[tuple[Recorder, Side]]:
        for running in self._running.values():
            if running.session == session and leg in running:
                yield running.recorder, running.sides[leg]

    def handle_timers(self, now: float) -> None:
        for running in tuple(self._running.values()):
            running.recorder.handle_timers(now)

    def close(self) -> None:
        """Write everything down; what is not finished is found at the next start."""
        for recording in tuple(self._running):
            running = self._running.pop(recording)
            running.recorder.stop(self._loop.now())
            running.recorder.close()

    def _of(self, session: str) -> list[str]:
        return [name for name, running in self._running.items() if running.session == session]

    def _failed(self, session: str, recording: str, why: str) -> None:
        log.error(f"recording failed: {why}", session=session, recording=recording)
        self._notify(RecordingFailed(session, recording, why))
        running = self._running.pop(recording, None)
        if running:
            running.changed()
