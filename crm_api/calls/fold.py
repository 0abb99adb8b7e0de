"""Events folded into history: pure, so that the same events always make the same rows.

`fold` gives the conversation as it is after one more event; `FOLDS` lists what each type does.
Wrap-up is a segment that begins with the agent's state and ends with it, after the leg has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from crm_api.calls.facts import (
    AgentStateFact,
    AlarmFact,
    ConversationFact,
    History,
    LegFact,
    RecordingFact,
    RingFact,
    SegmentFact,
)
from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    AlarmRaised,
    CallEnded,
    CallStarted,
    Event,
    EventData,
    LegAnswered,
    LegEnded,
    LegRole,
    LegStarted,
    QueueEntered,
    QueueLeft,
    RecordingReady,
    RecordingStarted,
    RingEnded,
    RingStarted,
    SegmentKind,
    SegmentStarted,
)

F = TypeVar("F")


def fold(history: History, event: Event, data: EventData) -> History:
    """The conversation after this event; unchanged by a type that says nothing of it."""
    step = FOLDS.get(type(data))
    return step(history, event, data) if step else history


def fold_agent(
    current: AgentStateFact | None, event: Event, data: AgentStateChanged
) -> tuple[AgentStateFact, ...]:
    """The rows of the agent's timeline that this change makes or ends, the new state last."""
    new = AgentStateFact(
        event.id,
        event.tenant,
        data.agent,
        data.state.value,
        data.reason,
        data.source,
        event.conversation,
        event.at,
    )
    if current is None:
        return (new,)
    if _is_same_state(current, data):
        return ()  # only its deadline moved
    return (replace(current, ended_at=event.at), new)


def _is_same_state(current: AgentStateFact, data: AgentStateChanged) -> bool:
    return current.state == data.state.value and current.reason == data.reason


def fold_alarm(current: AlarmFact | None, event: Event, data: EventData) -> AlarmFact | None:
    """The alarm's row after it was raised or cleared; None when nothing changes."""
    if isinstance(data, AlarmRaised):
        raised = AlarmFact(event.id, event.tenant, data.alarm, data.text, event.at)
        return raised if current is None else None
    return replace(current, ended_at=event.at) if current else None


def _call_started(history: History, event: Event, data: CallStarted) -> History:
    conversation = ConversationFact(
        id=event.conversation,
        tenant=event.tenant,
        direction=data.direction.value,
        from_number=data.from_number,
        from_raw=data.from_raw,
        from_name=data.from_name,
        to_number=data.to_number,
        trunk=data.trunk,
        started_at=event.at,
    )
    return replace(history, conversation=conversation)


def _call_ended(history: History, event: Event, data: CallEnded) -> History:
    return _conversation(history, ended_at=event.at, outcome=data.outcome.value, cause=data.cause)


def _leg_started(history: History, event: Event, data: LegStarted) -> History:
    leg = LegFact(
        id=data.leg,
        tenant=event.tenant,
        conversation=event.conversation,
        role=data.role.value,
        endpoint=data.endpoint,
        agent=data.agent,
        extension=data.extension,
        started_at=event.at,
    )
    return replace(history, legs=_with(history.legs, leg.id, leg))


def _leg_answered(history: History, event: Event, data: LegAnswered) -> History:
    leg = history.legs.get(data.leg)
    if leg is None:
        return history
    answered = replace(leg, answered_at=event.at)
    return replace(history, legs=_with(history.legs, leg.id, answered))


def _leg_ended(history: History, event: Event, data: LegEnded) -> History:
    leg = history.legs.get(data.leg)
    if leg is None:
        return history
    ended = replace(
        leg,
        ended_at=event.at,
        ended_by=data.by.value,
        cause=data.cause,
        status=data.status,
        q850=data.q850,
    )
    closed = _close(history, data.leg, event.at)
    return replace(closed, legs=_with(history.legs, leg.id, ended))


def _segment_started(history: History, event: Event, data: SegmentStarted) -> History:
    segment = SegmentFact(
        id=event.id,
        tenant=event.tenant,
        conversation=event.conversation,
        leg=data.leg,
        kind=data.kind.value,
        queue=data.queue,
        agent=data.agent,
        started_at=event.at,
    )
    closed = _close(history, data.leg, event.at)
    return replace(closed, segments=_with(closed.segments, segment.id, segment))


def _queue_entered(history: History, _event: Event, data: QueueEntered) -> History:
    return _conversation(history, queue=data.queue)


def _queue_left(history: History, _event: Event, data: QueueLeft) -> History:
    before = history.conversation.waited_for if history.conversation else 0.0
    return _conversation(history, waited_for=before + data.waited_for)


def _reserved(history: History, event: Event, data: AgentReserved) -> History:
    ring = RingFact(
        data.attempt, event.tenant, event.conversation, data.queue, data.agent, event.at
    )
    return replace(history, rings=_with(history.rings, ring.id, ring))


def _ring_started(history: History, event: Event, data: RingStarted) -> History:
    known = history.rings.get(data.attempt) or RingFact(
        data.attempt, event.tenant, event.conversation, data.queue, data.agent, event.at
    )
    ring = replace(known, started_at=event.at, card=data.card)
    return replace(history, rings=_with(history.rings, ring.id, ring))


def _ring_ended(history: History, event: Event, data: RingEnded) -> History:
    known = history.rings.get(data.attempt) or RingFact(
        data.attempt, event.tenant, event.conversation, data.queue, data.agent, event.at
    )
    ring = replace(known, ended_at=event.at, result=data.result.value)
    return replace(history, rings=_with(history.rings, ring.id, ring))


def _recording_started(history: History, event: Event, data: RecordingStarted) -> History:
    recording = RecordingFact(data.recording, event.tenant, event.conversation, data.leg, event.at)
    return replace(history, recordings=_with(history.recordings, recording.id, recording))


def _recording_ready(history: History, event: Event, data: RecordingReady) -> History:
    known = history.recordings.get(data.recording) or RecordingFact(
        data.recording, event.tenant, event.conversation, "", event.at
    )
    ready = replace(
        known,
        path=data.path,
        duration_for=data.duration_for,
        size=data.size,
        sha256=data.sha256,
    )
    return replace(history, recordings=_with(history.recordings, ready.id, ready))


def _agent_state(history: History, event: Event, data: AgentStateChanged) -> History:
    """Entering wrap-up begins a segment on the agent's last leg; any other state ends it."""
    is_open = any(_is_wrap_up(row, data.agent) for row in history.segments.values())
    if data.state is not AgentState.WRAP_UP:
        return end_wrap_up(history, data.agent, event.at)
    legs = [
        leg
        for leg in history.legs.values()
        if leg.agent == data.agent and leg.role != LegRole.CALLER.value and leg.answered_at
    ]
    if is_open or not legs:
        return history
    queue = history.conversation.queue if history.conversation else ""
    segment = SegmentFact(
        event.id,
        event.tenant,
        event.conversation,
        legs[-1].id,
        SegmentKind.WRAP_UP.value,
        queue,
        data.agent,
        event.at,
    )
    return replace(history, segments=_with(history.segments, segment.id, segment))


def end_wrap_up(history: History, agent: str, at: int) -> History:
    """End the agent's wrap-up of this conversation, if it lasts."""
    ended = {
        row.id: replace(row, ended_at=at)
        for row in history.segments.values()
        if _is_wrap_up(row, agent)
    }
    return replace(history, segments={**history.segments, **ended}) if ended else history


def _is_wrap_up(segment: SegmentFact, agent: str) -> bool:
    is_wrap_up = segment.kind == SegmentKind.WRAP_UP.value and segment.ended_at is None
    return is_wrap_up and segment.agent == agent


def _close(history: History, leg: str, at: int) -> History:
    """End the leg's open segment; wrap-up outlives its leg and ends with the agent's state."""
    ended = {
        row.id: replace(row, ended_at=at)
        for row in history.segments.values()
        if row.leg == leg and row.ended_at is None and row.kind != SegmentKind.WRAP_UP.value
    }
    return replace(history, segments={**history.segments, **ended}) if ended else history


def _conversation(history: History, **changes: Any) -> History:
    if history.conversation is None:
        return history
    return replace(history, conversation=replace(history.conversation, **changes))


def _with(known: Mapping[str, F], key: str, fact: F) -> dict[str, F]:
    return {**known, key: fact}


FOLDS: dict[type, Callable[[History, Event, Any], History]] = {
    CallStarted: _call_started,
    CallEnded: _call_ended,
    LegStarted: _leg_started,
    LegAnswered: _leg_answered,
    LegEnded: _leg_ended,
    SegmentStarted: _segment_started,
    QueueEntered: _queue_entered,
    QueueLeft: _queue_left,
    AgentReserved: _reserved,
    RingStarted: _ring_started,
    RingEnded: _ring_ended,
    RecordingStarted: _recording_started,
    RecordingReady: _recording_ready,
    AgentStateChanged: _agent_state,
}
