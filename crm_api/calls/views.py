"""Conversations as REST shows them, put together from their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm_api.calls.schemas import (
    ConversationView,
    DispositionView,
    Named,
    RecordingView,
    RingAttemptView,
    SegmentView,
)
from crm_api.models import (
    Conversation,
    Disposition,
    Leg,
    Note,
    Recording,
    RingAttempt,
    Segment,
)
from crm_api.times import seconds_between, to_datetime, to_datetime_or_none
from nidaa.contracts.events import LegRole, SegmentKind


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of one conversation."""

    legs: Sequence[Leg] = ()
    segments: Sequence[Segment] = ()
    rings: Sequence[RingAttempt] = ()
    recordings: Sequence[Recording] = ()
    dispositions: Sequence[Disposition] = ()
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: agents by id, titles of queues by name."""

    agents: Mapping[str, str]
    queues: Mapping[str, dict[str, str]]

    def agent(self, id_: str) -> str:
        return self.agents.get(id_, id_)


def view_of(
    row: Conversation, parts: Parts, contact: Named | None, names: Names, now: int
) -> ConversationView:
    """One conversation; what lasts still is counted up to `now` (microseconds)."""
    roles = {leg.id: leg.role for leg in parts.legs}
    agents = dict.fromkeys(
        leg.agent for leg in parts.legs if leg.agent and leg.answered_at and _is_answering(leg)
    )
    segments = [_segment(segment, roles, now) for segment in parts.segments]
    return ConversationView.model_validate(
        {
            "id": row.id,
            "direction": row.direction,
            "from_number": row.from_number,
            "to_number": row.to_number,
            "queue": row.queue,
            "queue_title": names.queues.get(row.queue),
            "started_at": to_datetime(row.started_at),
            "ended_at": to_datetime_or_none(row.ended_at),
            "outcome": row.outcome,
            "waited_for": row.waited_for,
            "talk_for": _sum(segments, SegmentKind.TALK),
            "hold_for": _sum(segments, SegmentKind.HOLD),
            "wrap_up_for": _sum(segments, SegmentKind.WRAP_UP),
            "contact": contact,
            "agents": [Named(id=agent, name=names.agent(agent)) for agent in agents],
            "segments": segments,
            "ring_attempts": [_ring(ring, names) for ring in parts.rings],
            "recordings": [_recording(recording) for recording in parts.recordings],
            "disposition": _disposition(parts),
            "note": parts.notes[-1].text if parts.notes else "",
        }
    )


def _is_answering(leg: Leg) -> bool:
    return leg.role != LegRole.CALLER.value


def _segment(row: Segment, roles: Mapping[str, str], now: int) -> SegmentView:
    return SegmentView.model_validate(
        {
            "leg": row.leg,
            "role": roles.get(row.leg, LegRole.CALLER.value),
            "kind": row.kind,
            "queue": row.queue,
            "agent": row.agent,
            "started_at": to_datetime(row.started_at),
            "ended_at": to_datetime_or_none(row.ended_at),
            "seconds": seconds_between(row.started_at, row.ended_at or now),
        }
    )


def _sum(segments: Sequence[SegmentView], kind: SegmentKind) -> float:
    """Seconds of this kind on the answering side, so that a call of two legs counts once."""
    return sum(
        segment.seconds
        for segment in segments
        if segment.kind == kind.value and segment.role != LegRole.CALLER.value
    )


def _ring(row: RingAttempt, names: Names) -> RingAttemptView:
    return RingAttemptView.model_validate(
        {
            "id": row.id,
            "agent": row.agent,
            "agent_name": names.agent(row.agent),
            "queue": row.queue,
            "started_at": to_datetime(row.started_at or row.reserved_at),
            "ended_at": to_datetime_or_none(row.ended_at),
            "result": row.result,
        }
    )


def _recording(row: Recording) -> RecordingView:
    return RecordingView(id=row.id, duration_for=row.duration_for, is_ready=row.path != "")


def _disposition(parts: Parts) -> DispositionView | None:
    if not parts.dispositions:
        return None
    last = parts.dispositions[-1]
    notes = {note.agent: note.text for note in parts.notes}
    return DispositionView(
        code=last.code,
        note=notes.get(last.agent, ""),
        saved_at=to_datetime(last.saved_at),
        agent=last.agent,
    )
