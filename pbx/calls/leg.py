"""A leg: our side of one dialog and its place in the media session.

A leg is told what happens by its SIP session, moves by one table, writes its own history (events)
and reports to the call that owns it. It never decides anything.
"""

# ruff: noqa: ARG002 - a SessionUser takes what its Protocol gives

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from nidaa.contracts.events import (
    HangupBy,
    LegAnswered,
    LegEnded,
    LegRole,
    LegStarted,
    SegmentKind,
    SegmentStarted,
)
from nidaa.contracts.media import Profile
from nidaa.logging import Log
from pbx.calls import reports
from pbx.calls.causes import MEANINGS, Cause, cause_of_status, reason_header
from pbx.calls.ports import Ports
from pbx.sip.errors import LocalMisuse
from pbx.sip.usage import Session

log = Log("pbx.leg")


class LegState(StrEnum):
    INVITED = "INVITED"  # their INVITE waits for our answer
    CALLING = "CALLING"  # our INVITE is out
    RINGING = "RINGING"  # and their phone rings
    ANSWERED = "ANSWERED"
    RELEASED = "RELEASED"


class Input(StrEnum):
    RING = "RING"  # we say that it rings
    ACCEPT = "ACCEPT"
    RELEASE = "RELEASE"
    RANG = "RANG"  # they say so
    ANSWER = "ANSWER"
    FAIL = "FAIL"
    CANCEL = "CANCEL"
    OFFER = "OFFER"
    CONFIRM = "CONFIRM"
    HANG_UP = "HANG_UP"


OURS = frozenset((Input.RING, Input.ACCEPT))
TRANSITIONS = {
    (LegState.INVITED, Input.RING): LegState.INVITED,
    (LegState.INVITED, Input.ACCEPT): LegState.ANSWERED,
    (LegState.INVITED, Input.RELEASE): LegState.RELEASED,
    (LegState.INVITED, Input.CANCEL): LegState.RELEASED,
    (LegState.INVITED, Input.HANG_UP): LegState.RELEASED,
    (LegState.CALLING, Input.RANG): LegState.RINGING,
    (LegState.CALLING, Input.ANSWER): LegState.ANSWERED,
    (LegState.CALLING, Input.FAIL): LegState.RELEASED,
    (LegState.CALLING, Input.RELEASE): LegState.RELEASED,
    (LegState.RINGING, Input.RANG): LegState.RINGING,
    (LegState.RINGING, Input.ANSWER): LegState.ANSWERED,
    (LegState.RINGING, Input.FAIL): LegState.RELEASED,
    (LegState.RINGING, Input.RELEASE): LegState.RELEASED,
    (LegState.ANSWERED, Input.CONFIRM): LegState.ANSWERED,
    (LegState.ANSWERED, Input.OFFER): LegState.ANSWERED,
    (LegState.ANSWERED, Input.HANG_UP): LegState.RELEASED,
    (LegState.ANSWERED, Input.RELEASE): LegState.RELEASED,
}


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What a leg is from its first moment to its last."""

    id: str
    conversation: str
    role: LegRole
    endpoint: str  # the AOR, or trunk and number
    agent: str = ""
    extension: str = ""
    profile: Profile = Profile.PLAIN


class Leg:
    """A SessionUser below, a state machine inside, reports above."""

    __slots__ = ("_ports", "_report", "_segment", "_session", "facts", "has_rung", "is_holding",
                 "state")  # fmt: skip

    def __init__(
        self,
        facts: LegFacts,
        state: LegState,
        ports: Ports,
        report: Callable[[reports.Report], None],
    ) -> None:
        self.facts, self.state = facts, state
        self.is_holding = self.has_rung = False
        self._ports = ports
        self._report: Callable[[reports.Report], None] | None = report
        self._session: Session | None = None
        self._segment: tuple[SegmentKind, str, str] | None = None

    @property
    def id(self) -> str:
        return self.facts.id

    @property
    def is_released(self) -> bool:
        return self.state is LegState.RELEASED

    def attach(self, session: Session) -> None:
        """The session this leg is the user of; on a leg already released it is hung up."""
        self._session = session
        if self.is_released:
            self._session = None
            session.hang_up(self._ports.clock.monotonic())
            self._ports.flush()

    # history

    def start(self, kind: SegmentKind, queue: str = "") -> None:
        """Its first event, and its first segment at the same instant."""
        facts = self.facts
        self._emit(LegStarted(facts.id, facts.role, facts.endpoint, facts.agent, facts.extension))
        self.enter(kind, queue, facts.agent)

    def enter(self, kind: SegmentKind, queue: str = "", agent: str = "") -> None:
        """A new segment, which ends the one before; a released leg enters none."""
        segment = (kind, queue, agent)
        if segment != self._segment and not self.is_released:
            self._segment = segment
            self._emit(SegmentStarted(self.id, kind, queue, agent))

    # commands of the call

    def ring(self) -> None:
        """180 to the caller. Raises LocalMisuse when the leg is not waiting for an answer."""
        self._move(Input.RING)
        self._live_session().ring(self._ports.clock.monotonic())
        self._ports.flush()

    def accept(self, sdp: str) -> None:
        """200 to the caller. Raises LocalMisuse when the leg is not waiting for an answer."""
        self._move(Input.ACCEPT)
        self._live_session().accept(sdp, self._ports.clock.monotonic())
        self._ports.flush()
        self._emit(LegAnswered(self.id))

    def answer_offer(self, sdp: str) -> None:
        self._live_session().answer_offer(sdp, self._ports.clock.monotonic())
        self._ports.flush()

    def refuse_offer(self, status: int) -> None:
        self._live_session().refuse_offer(status, self._ports.clock.monotonic())
        self._ports.flush()

    def release(self, cause: Cause, by: HangupBy) -> None:
        """End it whatever its state: refuse, CANCEL or BYE. Idempotent; not reported."""
        before, session = self.state, self._session
        if not self._move(Input.RELEASE):
            return
        status, q850, text = MEANINGS[cause]
        now = self._ports.clock.monotonic()
        if session is not None and before is LegState.INVITED:
            session.reject(status, now, text)
        elif session is not None:
            session.hang_up(now, reason_header(cause))
        self._ports.flush()
        self._ended(by, cause, 0 if before is LegState.ANSWERED else status, q850)

    # SessionUser: what the network says

    def ringing(self, status: int, sdp: str, now: float) -> None:
        self.has_rung = self.has_rung or status == 180
        if self._move(Input.RANG) and self._report is not None:
            self._report(reports.LegRang(self))

    def answered(self, sdp: str, now: float) -> None:
        if self._move(Input.ANSWER) and self._report is not None:
            self._emit(LegAnswered(self.id))
            self._report(reports.LegAnswered(self, sdp))

    def failed(self, status: int, reason: str, q850: int, now: float) -> None:
        if self._move(Input.FAIL):
            cause = cause_of_status(status)
            self._gone(HangupBy(self.facts.role.value), cause, status, q850)

    def confirmed(self, sdp: str, now: float) -> None:
        if self._move(Input.CONFIRM) and self._report is not None and sdp:
            self._report(reports.LegConfirmed(self, sdp))

    def cancelled(self, now: float) -> None:
        if self._move(Input.CANCEL):
            self._gone(HangupBy(self.facts.role.value), Cause.CALLER_CANCELLED, 487)

    def offered(self, sdp: str, now: float) -> None:
        if self._move(Input.OFFER) and self._report is not None:
            self._report(reports.LegOffered(self, sdp))

    def reoffer_answered(self, sdp: str, now: float) -> None:
        """The ACK of an offerless re-INVITE; we send none ourselves."""
        self.confirmed(sdp, now)

    def reoffer_failed(self, status: int, now: float) -> None:
        """We send no re-INVITE of our own."""

    def released(self, status: int, q850: int, now: float) -> None:
        if not self._move(Input.HANG_UP):
            return
        if status:
            self._gone(HangupBy.SYSTEM, cause_of_status(status), status)
        else:
            self._gone(HangupBy(self.facts.role.value), Cause.NORMAL_CLEARING, 0, q850)

    def info(self, content_type: str, body: str, now: float) -> None:
        log.info(f"INFO {content_type}", call=self.facts.conversation, leg=self.id)

    # inside

    def _move(self, input_: Input) -> bool:
        """Take the transition; False where the table has none for what the network said.

        Raises LocalMisuse where it has none for what we want.
        """
        target = TRANSITIONS.get((self.state, input_))
        if target is None:
            if input_ in OURS:
                raise LocalMisuse(f"{input_} on a leg that is {self.state}")
            return False
        if target is not self.state:
            text = f"{self.state} -{input_}-> {target}"
            log.info(text, call=self.facts.conversation, leg=self.id)
            self.state = target
        return True

    def _live_session(self) -> Session:
        if self._session is None:
            raise LocalMisuse("a leg without a session")
        return self._session

    def _gone(self, by: HangupBy, cause: Cause, status: int, q850: int = 0) -> None:
        report = self._report
        self._ended(by, cause, status, q850 or MEANINGS[cause].q850)
        if report is not None:
            report(reports.LegReleased(self, cause, status, by))

    def _ended(self, by: HangupBy, cause: Cause, status: int, q850: int) -> None:
        """The last event; and no cycle is left: a finished leg is freed without the collector."""
        self._session = self._report = None
        self._emit(LegEnded(self.id, by, cause, status, q850))

    def _emit(self, data: LegStarted | LegAnswered | LegEnded | SegmentStarted) -> None:
        self._ports.events.emit(self.facts.conversation, data)
