"""What a pbx that died left open, and the events that end it.

`unfinished` picks out of events those of conversations that have not ended, of agents that are not
offline and of alarms that are on; it may be applied again to what it picked and what came after.
`endings` says how they end, so that each call.started has its call.ended, come what may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    AlarmCleared,
    AlarmRaised,
    CallEnded,
    Event,
    EventData,
    HangupBy,
    LegAnswered,
    LegEnded,
    LegRole,
    LegStarted,
    Micros,
    Outcome,
    QueueEntered,
    QueueLeft,
    RingEnded,
    RingResult,
    RingStarted,
    typed,
)

REASON = "pbx_restart"
TEMPORARY_FAILURE = 41  # Q.850
Ending = tuple[Event, EventData]  # an event of what it ends, and its own data


def unfinished(events: Iterable[Event]) -> list[Event]:
    """The events, in order, without which nobody would know what is still open."""
    calls: dict[str, list[Event]] = {}
    others: dict[str, Event] = {}
    for event in events:
        if event.type in ("agent.state", "alarm.raised", "alarm.cleared"):
            _note(others, event)
        elif event.type == "call.started":
            calls[event.conversation] = [event]
        elif event.type == "call.ended":
            calls.pop(event.conversation, None)
        elif event.conversation in calls:
            calls[event.conversation].append(event)
    kept = [event for call in calls.values() for event in call]
    return sorted([*kept, *others.values()], key=lambda event: event.seq)


def _note(others: dict[str, Event], event: Event) -> None:
    match typed(event):
        case AgentStateChanged(agent, state):
            others.pop(f"agent {agent}", None)
            if state is not AgentState.OFFLINE:
                others[f"agent {agent}"] = event
        case AlarmRaised(alarm):
            others[f"alarm {alarm}"] = event
        case AlarmCleared(alarm):
            others.pop(f"alarm {alarm}", None)


@dataclass(slots=True)
class _Open:
    """What of one conversation has begun and not ended."""

    started: Event
    outcome: Outcome = Outcome.FAILED
    legs: dict[str, LegRole] = field(default_factory=dict)
    rings: dict[str, RingEnded] = field(default_factory=dict)
    waits: dict[str, tuple[QueueEntered, Micros]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        match typed(event):
            case LegStarted(leg, role):
                self.legs[leg] = role
            case LegAnswered(leg) if self.legs.get(leg, LegRole.CALLER) is not LegRole.CALLER:
                self.outcome = Outcome.ANSWERED
            case LegEnded(leg):
                self.legs.pop(leg, None)
            case AgentReserved(attempt, agent, queue) | RingStarted(attempt, agent, queue):
                self.rings[attempt] = RingEnded(attempt, agent, queue, RingResult.CANCELLED)
            case RingEnded(attempt):
                self.rings.pop(attempt, None)
            case QueueEntered(queue) as entered:
                self.waits[queue] = (entered, event.at)
            case QueueLeft(queue):
                self.waits.pop(queue, None)

    def endings(self, at: Micros) -> Iterator[EventData]:
        yield from self.rings.values()
        for entered, entered_at in self.waits.values():
            waited_for = max(at - entered_at, 0) / 1e6
            yield QueueLeft(entered.queue, entered.leg, "released", waited_for)
        for leg in self.legs:
            yield LegEnded(leg, HangupBy.SYSTEM, REASON, q850=TEMPORARY_FAILURE)
        yield CallEnded(self.outcome, REASON)


def endings(events: Iterable[Event], at: Micros) -> Iterator[Ending]:
    """How everything ends that these events leave open, when it ended at `at`."""
    calls: dict[str, _Open] = {}
    others: list[Ending] = []
    for event in unfinished(events):
        match typed(event):
            case AgentStateChanged(agent):
                others.append((event, AgentStateChanged(agent, AgentState.OFFLINE, REASON)))
            case AlarmRaised(alarm):
                others.append((event, AlarmCleared(alarm)))
            case _:
                calls.setdefault(event.conversation, _Open(event)).take(event)
    for call in calls.values():
        for data in call.endings(at):
            yield call.started, data
    yield from others
