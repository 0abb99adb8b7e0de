"""What call control needs of others; whoever provides it fits these Protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nidaa.contracts.events import EventData
from nidaa.contracts.media import MediaEvent, MediaLost, MediaRefused, Profile
from pbx.sip.usage import Caller

__all__ = [
    "Clock",
    "EventSink",
    "MediaEngine",
    "MediaEvents",
    "MediaLost",
    "MediaRefused",
    "Ports",
    "Timer",
    "Timers",
]


class MediaEvents(Protocol):
    """The owner of a session is told of its media events."""

    def media_event(self, event: MediaEvent) -> None: ...

    def media_lost(self) -> None:
        """The worker died: this session is no more."""


class MediaEngine(Protocol):
    """Sessions placed over the workers. Every method raises MediaRefused or MediaLost."""

    def open(self, session: str, owner: MediaEvents) -> None:
        """Place a new session on the least loaded worker. Raises MediaLost when none is up."""

    async def offer(
        self, session: str, leg: str, profile: Profile, direction: str = "sendrecv"
    ) -> str:
        """Our description of a new leg, or a new offer for one that exists."""

    async def answer(self, session: str, leg: str, sdp: str) -> tuple[str, str]:
        """Our answer to the far end's offer, and the direction the far end asked for."""

    async def remote(self, session: str, leg: str, sdp: str) -> None:
        """The far end's answer to our offer."""

    async def play(
        self, session: str, leg: str, play: str, items: tuple[str, ...], is_loop: bool = False
    ) -> None: ...

    async def stop(self, session: str, leg: str, play: str) -> None: ...

    async def hears(self, session: str, matrix: Mapping[str, Mapping[str, float]]) -> None: ...

    async def record(self, session: str, recording: str, left: str, right: str) -> None: ...

    async def stop_recording(self, session: str, recording: str) -> None: ...

    def drop(self, session: str, leg: str) -> None:
        """Release one leg; nothing is awaited."""

    def end(self, session: str) -> None:
        """Release the session; idempotent, nothing is awaited."""


class EventSink(Protocol):
    """Where events go: the outbox. Never blocks, never fails a call."""

    def emit(self, conversation: str, data: EventData) -> None: ...


class Clock(Protocol):
    def monotonic(self) -> float: ...

    def micros(self) -> int:
        """UTC microseconds."""


class Timer(Protocol):
    def cancel(self) -> object: ...


class Timers(Protocol):
    """An asyncio loop fits; tests pass time by hand."""

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call back at `when` (the clock's monotonic seconds) unless cancelled."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a call reaches the world by."""

    engine: MediaEngine
    events: EventSink
    endpoint: Caller
    clock: Clock
    timers: Timers
    new_id: Callable[[str], str]  # an id with this prefix
    flush: Callable[[], None]  # what our commands made the endpoint say goes out soon
