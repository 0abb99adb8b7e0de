"""The seam between a session and its legs: plain RTP and WebRTC legs are interchangeable.

Inside a worker every packet is plain RTP with *our* payload types (`PCMU`, `PCMA`,
`TELEPHONE_EVENT` below): a leg translates the far end's numbering on the way in and on the way
out. A leg owns no socket and no clock; datagrams, packets and `now` (monotonic seconds) go in,
and whatever comes out goes through its `LegPorts`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Address = tuple[Any, ...]  # as the socket module has it: (host, port) or four fields for IPv6
Path = tuple[int, Address]  # index of the leg's local address it arrived on, remote address

# Payload types inside a worker; 0 and 8 are static (RFC 3551), 101 is what most phones use.
PCMU, PCMA, TELEPHONE_EVENT = 0, 8, 101

TIMERS_EVERY = 0.25  # seconds between two calls of `handle_timers`, at most


class LegChange(StrEnum):
    UP = "up"  # first valid media from the far end
    SILENT = "silent"  # nothing from the far end though it should send; `silent_for` says how long
    RESUMED = "resumed"
    CLOSED = "closed"  # the far end's transport was closed by it: the page went away
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LegReport:
    change: LegChange
    text: str = ""
    silent_for: float = 0.0  # seconds


@dataclass(slots=True)
class LegPorts:
    """What a leg asks of its worker.

    `deliver` and `deliver_event` take a valid plain RTP packet (our payload types, no header
    extension needed) and its arrival time. The session replaces them whenever it changes who
    hears whom: call them through the ports each time, never keep them.
    """

    send: Callable[[bytes, Path], None]
    deliver: Callable[[bytes, float], None]  # audio
    deliver_event: Callable[[bytes, float], None]  # telephone-event (RFC 4733)
    report: Callable[[LegReport], None]


class MediaLeg(Protocol):
    """One far end. SDP methods raise `MediaRefused` and then leave the leg as it was."""

    @property
    def payload_type(self) -> int:
        """Of the audio that the far end likes best: PCMU or PCMA."""

    @property
    def dropped(self) -> int:
        """Datagrams that were not valid media of this far end."""

    def offer(self, direction: str) -> str:
        """Our description; the same session with a higher version each time."""

    def answer(self, sdp: str) -> tuple[str, str]:
        """Our answer to the far end's offer, and the direction the far end asked for."""

    def accept(self, sdp: str) -> None:
        """The far end's answer to our last offer."""

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        """One datagram from the network; it may be anything."""

    def send(self, packet: bytes, now: float) -> None:
        """Plain RTP towards the far end, made one unbroken stream of one SSRC.

        Of either law: what the far end does not take is turned into what it takes.
        """

    def handle_timers(self, now: float) -> None: ...

    def close(self) -> None:
        """Say farewell where the protocol has one; nothing is sent or reported afterwards."""
