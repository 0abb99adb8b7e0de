"""What a call's task is told: by its legs, by the media engine, by its owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nidaa.contracts.events import HangupBy
from nidaa.contracts.media import MediaEvent
from pbx.calls.causes import Cause

if TYPE_CHECKING:
    from pbx.calls.leg import Leg


class Report:
    """Anything that may stand in a call's inbox; the apps add their own."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class LegRang(Report):
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegAnswered(Report):
    """The far end took our INVITE; `sdp` answers our offer."""

    leg: Leg
    sdp: str


@dataclass(frozen=True, slots=True)
class LegConfirmed(Report):
    """The ACK brought the answer to the offer in our 200."""

    leg: Leg
    sdp: str


@dataclass(frozen=True, slots=True)
class LegOffered(Report):
    """A re-INVITE that waits for our answer; `sdp` is "" when it asks for our offer."""

    leg: Leg
    sdp: str


@dataclass(frozen=True, slots=True)
class LegReleased(Report):
    """The far end ended it, refused it, or died. `status` is 0 after a BYE."""

    leg: Leg
    cause: Cause
    status: int
    by: HangupBy


@dataclass(frozen=True, slots=True)
class LegHeld(Report):
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegResumed(Report):
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegLost(Report):
    """Nothing was heard of a browser for too long."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class MediaReported(Report):
    event: MediaEvent


@dataclass(frozen=True, slots=True)
class MediaGone(Report):
    """The worker that held the session died."""


@dataclass(frozen=True, slots=True)
class EndAsked(Report):
    """Somebody above wants the call to end."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class DeadlinePassed(Report):
    """The one deadline that the app had set."""

    number: int
