"""pbx's side of the media workers: sessions placed over them, one framed stream to each.

Fits `pbx.calls.ports.MediaEngine`. A request is a future in a table and a reply a look-up: no
task is made for it.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from media.connection import WorkerConnection
from media.placement import Placement
from nidaa.contracts.media import (
    Answer,
    Command,
    Described,
    Drop,
    End,
    ForgetRecording,
    Hears,
    MediaEvent,
    MediaLost,
    Offer,
    Play,
    Profile,
    Record,
    RecordingFailed,
    RecordingFinished,
    Remote,
    Result,
    Sessions,
    Stop,
    StopRecording,
)
from nidaa.logging import Log
from nidaa.settings import Paths

TOLD_BEFORE = 1000  # recordings remembered, so that a repeated notice is not told twice

log = Log("media.engine")

RecordingEvent = RecordingFinished | RecordingFailed


class SessionOwner(Protocol):
    """Who opened a session (`pbx.calls.ports.MediaEvents`)."""

    def media_event(self, event: MediaEvent) -> None: ...

    def media_lost(self) -> None: ...


class WorkerEngine:
    """Media sessions on the workers 1 to N of this machine."""

    def __init__(
        self,
        paths: Paths,
        workers: int,
        on_worker: Callable[[int, bool], None],
        on_recording: Callable[[RecordingEvent], None],
    ) -> None:
        """`on_worker` is told number and whether it is up; `on_recording` of every recording.

        Recordings finish after their call: their events go to `on_recording` alone and once
        each; when it has returned, the worker is told to forget them.
        """
        self._on_worker, self._on_recording = on_worker, on_recording
        self._owners: dict[str, SessionOwner] = {}
        self._placement = Placement()
        self._told: dict[str, None] = {}
        self._connections = {
            number: WorkerConnection(
                paths.media_socket(number),
                up=partial(self._up, number),
                down=partial(self._down, number),
                event=partial(self._event, number),
            )
            for number in range(1, workers + 1)
        }

    async def run(self) -> None:
        """Keep the connections until cancelled; a worker that comes back is used again."""
        async with asyncio.TaskGroup() as group:
            for connection in self._connections.values():
                group.create_task(connection.run())

    def is_up(self, worker: int) -> bool:
        return self._placement.is_up(worker)

    # --- MediaEngine

    def open(self, session: str, owner: SessionOwner) -> None:
        """Place a new session. Raises MediaLost when no worker is up."""
        if self._placement.place(session) is None:
            raise MediaLost("no media worker is up")
        self._owners[session] = owner

    async def offer(
        self, session: str, leg: str, profile: Profile, direction: str = "sendrecv"
    ) -> str:
        return _described(await self._request(session, Offer(session, leg, profile, direction))).sdp

    async def answer(self, session: str, leg: str, sdp: str) -> tuple[str, str]:
        described = _described(await self._request(session, Answer(session, leg, sdp)))
        return described.sdp, described.direction

    async def remote(self, session: str, leg: str, sdp: str) -> None:
        await self._request(session, Remote(session, leg, sdp))

    async def play(
        self, session: str, leg: str, play: str, items: tuple[str, ...], is_loop: bool = False
    ) -> None:
        await self._request(session, Play(session, leg, play, items, is_loop))

    async def stop(self, session: str, leg: str, play: str) -> None:
        await self._request(session, Stop(session, leg, play))

    async def hears(self, session: str, matrix: Mapping[str, Mapping[str, float]]) -> None:
        rows = {listener: dict(row) for listener, row in matrix.items()}
        await self._request(session, Hears(session, rows), is_urgent=False)

    async def record(self, session: str, recording: str, left: str, right: str) -> None:
        await self._request(session, Record(session, recording, left, right))

    async def stop_recording(self, session: str, recording: str) -> None:
        await self._request(session, StopRecording(session, recording))

    def drop(self, session: str, leg: str) -> None:
        self._tell(session, Drop(session, leg))

    def end(self, session: str) -> None:
        self._tell(session, End(session))
        self._owners.pop(session, None)
        self._placement.release(session)

    # --- requests

    def _request(
        self, session: str, command: Command, *, is_urgent: bool = True
    ) -> asyncio.Future[Result]:
        """Its result; or MediaRefused, or MediaLost, also when the worker dies meanwhile."""
        worker = self._placement.where(session)
        if worker is None:
            raise MediaLost(f"session {session} has no media worker")
        return self._connections[worker].request(command, is_urgent=is_urgent)

    def _tell(self, session: str, command: Command) -> None:
        worker = self._placement.where(session)
        if worker is not None:
            self._connections[worker].tell(command)

    # --- from the workers

    def _up(self, number: int, found: Sessions) -> None:
        log.info("media worker up", worker=number)
        for session in found.sessions:  # of a pbx that is no more: nobody here knows their calls
            log.warning("ending a session nobody owns", worker=number, session=session)
            self._connections[number].tell(End(session))
        self._placement.up(number)
        self._on_worker(number, True)

    def _down(self, number: int) -> None:
        lost = self._placement.down(number)
        log.error(f"media worker down, {len(lost)} sessions lost", worker=number)
        self._on_worker(number, False)
        for session in lost:
            with _guarded(session):
                self._owners.pop(session).media_lost()

    def _event(self, number: int, event: MediaEvent) -> None:
        with _guarded(event.session):
            if isinstance(event, RecordingFinished | RecordingFailed):
                self._recording_event(number, event)
            elif owner := self._owners.get(event.session):
                owner.media_event(event)

    def _recording_event(self, number: int, event: RecordingEvent) -> None:
        key = f"{type(event).__name__} {event.recording}"
        if key not in self._told:
            self._on_recording(event)
            self._told[key] = None
            if len(self._told) > TOLD_BEFORE:
                del self._told[next(iter(self._told))]
        self._connections[number].tell(ForgetRecording(event.recording))


@contextmanager
def _guarded(session: str) -> Iterator[None]:
    """One call's bug must not close the stream that all calls of a worker share."""
    try:
        yield
    except Exception:
        log.error(f"event not handled\n{traceback.format_exc()}", session=session)


def _described(result: Result) -> Described:
    if not isinstance(result, Described):
        raise MediaLost(f"the media worker answered {result!r}")
    return result
