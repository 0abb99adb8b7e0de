"""A ring attempt: every phone of one extension rings at once, and at most one wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from nidaa.contracts.events import HangupBy, LegRole, RingResult, SegmentKind
from nidaa.contracts.media import MediaProblem, Profile
from nidaa.logging import Log
from pbx.calls import reports
from pbx.calls.call import Call
from pbx.calls.causes import Cause
from pbx.calls.leg import Leg
from pbx.calls.ports import MediaRefused
from pbx.sip.flow import Flow
from pbx.sip.uri import Uri
from pbx.sip.values import Address
from pbx.sip.writing import header_row

log = Log("pbx.ring")
DECLINES = frozenset((480, 486, 600, 603))  # what a phone that rang says when its user declines
BUSY = frozenset((486, 600, 603))
WEBRTC = frozenset(("WS", "WSS"))  # a phone reached by WebSocket is a browser (RFC 7118)


@dataclass(frozen=True, slots=True)
class Phone:
    """One registered phone: where its INVITE goes."""

    target: Uri
    flow: Flow
    route: tuple[Address, ...] = ()


Phones = Callable[[str], Sequence[Phone]]  # of an extension, now


@dataclass(frozen=True, slots=True)
class Callee:
    """Who is rung."""

    extension: str
    role: LegRole
    agent: str = ""
    attempt: str = ""
    queue: str = ""


class Progress(Enum):
    NONE = auto()
    RANG = auto()  # the first phone rings
    WON = auto()  # one answered and its audio is agreed; the others are cancelled
    FAILED = auto()  # nobody is left to answer


class Fork:
    """The legs of one attempt. `take` is given every report until it says WON or FAILED."""

    def __init__(self, call: Call, callee: Callee, domain: str) -> None:
        self._call, self.callee, self._domain = call, callee, domain
        self._legs: list[Leg] = []
        self._has_rung = False
        self._was_declined = self._was_busy = False
        self.winner: Leg | None = None

    @property
    def result(self) -> RingResult:
        """Why a failed attempt failed."""
        is_refused = self._was_declined or self._was_busy
        return RingResult.REJECTED if is_refused else RingResult.UNREACHABLE

    @property
    def cause(self) -> Cause:
        if self._was_declined:
            return Cause.REJECTED
        return Cause.BUSY if self._was_busy else Cause.UNREACHABLE

    async def start(self, phones: Sequence[Phone]) -> bool:
        """Invite all phones; False when there is none to ring."""
        engine, call = self._call.ports.engine, self._call
        calls: list[tuple[Leg, Phone, str]] = []
        for phone in phones:
            leg = self._new_leg(phone)
            offer = await engine.offer(call.id, leg.id, leg.facts.profile)
            calls.append((leg, phone, offer))
        for leg, phone, offer in calls:
            self._invite(leg, phone, offer)
        return bool(self._legs)

    async def take(self, report: reports.Report) -> Progress:
        """What a report means for the attempt."""
        match report:
            case reports.LegRang(leg) if leg in self._legs and not self._has_rung:
                self._has_rung = True
                return Progress.RANG
            case reports.LegAnswered(leg, sdp) if leg in self._legs:
                return await self._answered(leg, sdp)
            case reports.LegReleased(leg, _, status) if leg in self._legs:
                return self._failed(leg, status)
        return Progress.NONE

    def cancel(self, cause: Cause, by: HangupBy = HangupBy.SYSTEM) -> None:
        """Stop every phone of the attempt, the winner's too."""
        legs, self._legs = self._legs, []
        for leg in legs:
            self._call.drop(leg, cause, by)

    def _new_leg(self, phone: Phone) -> Leg:
        callee = self.callee
        leg = self._call.new_leg(
            callee.role,
            f"sip:{callee.extension}@{self._domain}",
            agent=callee.agent,
            extension=callee.extension,
            profile=profile_of(phone.flow),
        )
        self._legs.append(leg)
        leg.start(SegmentKind.RING, callee.queue)
        return leg

    def _invite(self, leg: Leg, phone: Phone, offer: str) -> None:
        ports, domain = self._call.ports, self._domain
        session = ports.endpoint.invite(
            leg,
            phone.target,
            phone.flow,
            caller_address(self._call, domain),
            Address(Uri("sip", domain, self.callee.extension)),
            offer,
            ports.clock.monotonic(),
            self._headers(),
            phone.route,
        )
        leg.attach(session)
        ports.flush()

    def _headers(self) -> str:
        rows = header_row("X-Call-Id", self._call.id)
        if self.callee.attempt:
            rows += header_row("X-Attempt", self.callee.attempt)
        identity = caller_address(self._call, self._domain)
        return rows + header_row("P-Asserted-Identity", str(identity))

    async def _answered(self, leg: Leg, sdp: str) -> Progress:
        """The first to answer wins, and the losers are cancelled in this same step."""
        losers = [other for other in self._legs if other is not leg]
        self._legs = [leg]
        for loser in losers:
            self._call.drop(loser, Cause.ANSWERED_ELSEWHERE)
        try:
            await self._call.ports.engine.remote(self._call.id, leg.id, sdp)
        except MediaRefused as refused:
            if refused.problem not in (MediaProblem.BAD_SDP, MediaProblem.NOT_ACCEPTABLE):
                raise
            log.warning(f"answer refused: {refused}", call=self._call.id, leg=leg.id)
            self.cancel(Cause.NO_COMMON_CODEC)
            return Progress.FAILED
        self.winner = leg
        return Progress.WON

    def _failed(self, leg: Leg, status: int) -> Progress:
        """A person who declines on one phone declines on all; an idle phone that fails does not."""
        self._legs.remove(leg)
        self._call.drop(leg, Cause.REJECTED)
        self._was_busy = self._was_busy or status in BUSY or status == 0
        if leg.has_rung and status in DECLINES:
            self._was_declined = True
            self.cancel(Cause.REJECTED)
        return Progress.NONE if self._legs else Progress.FAILED


def caller_address(call: Call, domain: str) -> Address:
    """The caller as the phone shows them: number and name at our own domain (RFC 3323 4.1)."""
    facts = call.facts
    number = facts.from_number or facts.from_raw
    if not number:
        return Address(Uri("sip", domain, "anonymous"), "Anonymous")
    return Address(Uri("sip", domain, number), facts.from_name)


def profile_of(flow: Flow) -> Profile:
    """What the phone at the end of this flow speaks."""
    return Profile.WEBRTC if flow.transport in WEBRTC else Profile.PLAIN
