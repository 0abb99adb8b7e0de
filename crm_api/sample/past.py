"""Sixty days of calls that the sample company might have had, as pbx would have told them.

They go through the same folds as real events, so they survive a rebuild and prove the folds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from crm_api.times import SECOND
from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    CallEnded,
    CallStarted,
    Direction,
    Event,
    EventData,
    HangupBy,
    LegAnswered,
    LegEnded,
    LegRole,
    LegStarted,
    Outcome,
    QueueEntered,
    QueueLeft,
    RingEnded,
    RingResult,
    RingStarted,
    SegmentKind,
    SegmentStarted,
    encode_data,
    event_type,
)
from nidaa.sample.company import SEED

PREFIX = "sample-"
DAYS = 60
CALLS_A_DAY = 6
FRIDAY, SATURDAY = 4, 5  # the weekend
DAY = 86_400 * SECOND
OPENS, CLOSES = 8 * 3600, 17 * 3600  # seconds after midnight
TRUNK = "sample"


@dataclass(frozen=True, slots=True)
class Member:
    """An agent with a place in queues."""

    agent: str
    extension: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastCall:
    """One call to be told: who called where and when, and what came of it."""

    conversation: str
    phone: str
    did: str
    queue: str
    started_at: int
    member: Member
    missed_by: Member | None
    waited: float
    talked: float
    held: float
    wrapped_up: float
    is_abandoned: bool


def past_calls(
    phones: Sequence[str], members: Sequence[Member], dids: dict[str, str], midnight: int
) -> Iterator[PastCall]:
    """Calls of the working days before `midnight` (microseconds, start of today), oldest first."""
    dice = random.Random(SEED)  # noqa: S311  not for secrets
    number = 0
    for day in range(DAYS, 0, -1):
        opens = midnight - day * DAY
        if weekday_of(opens) in (FRIDAY, SATURDAY):
            continue
        for slot in range(CALLS_A_DAY):
            number += 1
            yield _call(
                dice, number, opens + (OPENS + 600 + slot * 5000) * SECOND, phones, members, dids
            )


def weekday_of(micros: int) -> int:
    """0 is Monday; 1970-01-01 was a Thursday. A quarter of a day covers any zone's midnight."""
    return ((micros + DAY // 4) // DAY + 3) % 7


def _call(
    dice: random.Random,
    number: int,
    started_at: int,
    phones: Sequence[str],
    members: Sequence[Member],
    dids: dict[str, str],
) -> PastCall:
    queue = dice.choice(sorted(dids))
    in_queue = [member for member in members if queue in member.queues]
    first, second = dice.sample(in_queue, 2)
    return PastCall(
        conversation=f"{PREFIX}v{number:05d}",
        phone=dice.choice(phones),
        did=dids[queue],
        queue=queue,
        started_at=started_at + dice.randrange(900) * SECOND,
        member=first,
        missed_by=second if dice.random() < 0.12 else None,
        waited=dice.choice((3.0, 6.0, 12.0, 25.0, 48.0)),
        talked=float(dice.randrange(40, 420)),
        held=float(dice.choice((0, 0, 0, 20, 45))),
        wrapped_up=float(dice.randrange(8, 55)),
        is_abandoned=dice.random() < 0.1,
    )


class Teller:
    """Tells calls as events, each at its instant, with ids that are the same each time."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._count = 0

    def day(self, members: Sequence[Member], midnight: int) -> Iterator[Event]:
        """Everybody signs on; `night` ends it."""
        for member in members:
            at = midnight + OPENS * SECOND
            yield self._event("", at, AgentStateChanged(member.agent, AgentState.READY))

    def night(self, members: Sequence[Member], midnight: int) -> Iterator[Event]:
        for member in members:
            at = midnight + CLOSES * SECOND
            yield self._event("", at, AgentStateChanged(member.agent, AgentState.OFFLINE))

    def call(self, call: PastCall) -> Iterator[Event]:
        """All events of one call in order."""
        yield from self._arrives(call)
        if call.missed_by is not None:
            yield from self._missed(call, call.missed_by)
            call = replace(call, started_at=call.started_at + 20 * SECOND, waited=call.waited + 20)
        if call.is_abandoned:
            yield from self._abandoned(call)
        else:
            yield from self._answered(call)

    def _arrives(self, call: PastCall) -> Iterator[Event]:
        leg = f"{call.conversation}-caller"
        started = CallStarted(Direction.INBOUND, call.phone, call.phone, "", call.did, TRUNK)
        yield self._at(call, 0, started)
        yield self._at(call, 0, LegStarted(leg, LegRole.CALLER, f"{TRUNK} {call.phone}"))
        yield self._at(call, 0, SegmentStarted(leg, SegmentKind.IVR))
        yield self._at(call, 0, LegAnswered(leg))
        yield self._at(call, 4, SegmentStarted(leg, SegmentKind.QUEUE, call.queue))
        yield self._at(call, 4, QueueEntered(call.queue, leg, 1))

    def _missed(self, call: PastCall, member: Member) -> Iterator[Event]:
        attempt = f"{call.conversation}-t0"
        yield from self._reserved(call, 5, attempt, member)
        yield self._at(call, 25, RingEnded(attempt, member.agent, call.queue, RingResult.MISSED))
        yield self._at(call, 25, AgentStateChanged(member.agent, AgentState.PAUSED, "missed"))
        yield self._at(
            call, 300, AgentStateChanged(member.agent, AgentState.READY, source="user"), ""
        )

    def _reserved(self, call: PastCall, at: float, attempt: str, member: Member) -> Iterator[Event]:
        entered_at = call.started_at + 4 * SECOND
        deadline_at = call.started_at + int((at + 20) * SECOND)
        agent, queue = member.agent, call.queue
        yield self._at(
            call,
            at,
            AgentReserved(attempt, agent, queue, call.phone, "", call.did, at - 4, entered_at),
        )
        yield self._at(call, at, RingStarted(attempt, agent, queue, deadline_at, "shown"))
        yield self._at(call, at, AgentStateChanged(agent, AgentState.RINGING))

    def _abandoned(self, call: PastCall) -> Iterator[Event]:
        leg, at = f"{call.conversation}-caller", 4 + call.waited
        yield self._at(call, at, QueueLeft(call.queue, leg, "abandoned", call.waited))
        yield self._at(call, at, LegEnded(leg, HangupBy.CALLER, "normal_clearing"))
        yield self._at(call, at, CallEnded(Outcome.ABANDONED, "normal_clearing"))

    def _answered(self, call: PastCall) -> Iterator[Event]:
        caller, leg = f"{call.conversation}-caller", f"{call.conversation}-agent"
        agent, queue = call.member.agent, call.queue
        attempt, at = f"{call.conversation}-t1", 4 + call.waited
        rang_at = at - 2
        yield from self._reserved(call, rang_at, attempt, call.member)
        endpoint = f"sip:{call.member.extension}"
        yield self._at(
            call,
            rang_at,
            LegStarted(leg, LegRole.AGENT, endpoint, agent, call.member.extension),
        )
        yield self._at(call, rang_at, SegmentStarted(leg, SegmentKind.RING, queue, agent))
        yield self._at(call, at, LegAnswered(leg))
        yield self._at(call, at, RingEnded(attempt, agent, queue, RingResult.ANSWERED))
        yield self._at(call, at, QueueLeft(queue, caller, "answered", call.waited))
        yield self._at(call, at, AgentStateChanged(agent, AgentState.TALKING))
        for side in (caller, leg):
            yield self._at(call, at, SegmentStarted(side, SegmentKind.TALK, queue, agent))
        if call.held:
            yield from self._held(call, leg, at + 15)
        over = at + call.talked + call.held
        yield self._at(call, over, LegEnded(caller, HangupBy.CALLER, "normal_clearing"))
        yield self._at(call, over, LegEnded(leg, HangupBy.CALLER, "normal_clearing"))
        yield self._at(call, over, CallEnded(Outcome.ANSWERED, "normal_clearing"))
        yield self._at(call, over, AgentStateChanged(agent, AgentState.WRAP_UP))
        ready = over + call.wrapped_up
        yield self._at(call, ready, AgentStateChanged(agent, AgentState.READY, source="user"))

    def _held(self, call: PastCall, leg: str, at: float) -> Iterator[Event]:
        agent, queue, until = call.member.agent, call.queue, at + call.held
        yield self._at(call, at, SegmentStarted(leg, SegmentKind.HOLD, queue, agent))
        yield self._at(call, at, AgentStateChanged(agent, AgentState.HELD))
        yield self._at(call, until, SegmentStarted(leg, SegmentKind.TALK, queue, agent))
        yield self._at(call, until, AgentStateChanged(agent, AgentState.TALKING))

    def _at(self, call: PastCall, after: float, data: EventData, about: str | None = None) -> Event:
        conversation = call.conversation if about is None else about
        return self._event(conversation, call.started_at + int(after * SECOND), data)

    def _event(self, conversation: str, at: int, data: EventData) -> Event:
        self._count += 1
        return Event(
            f"{PREFIX}e{self._count:06d}",
            0,
            event_type(data),
            at,
            self._tenant,
            conversation,
            msgspec.Raw(encode_data(data)),
        )
