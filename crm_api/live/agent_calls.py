"""The call each agent is in, as their screen shows it. Pure; part of the board."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from nidaa.contracts.control import LiveState
from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    CallEnded,
    CallStarted,
    Direction,
    Event,
    EventData,
    LegAnswered,
    LegEnded,
    LegRole,
    LegStarted,
    RingEnded,
    RingResult,
    RingStarted,
    SegmentKind,
    SegmentStarted,
)
from nidaa.contracts.live import CallView, Match

replace = msgspec.structs.replace
Shown = tuple[str, CallView]  # an agent, and how their call looks now
Steps = Iterator[Shown]

STATES = {SegmentKind.TALK: "active", SegmentKind.HOLD: "held"}
BEGINNINGS = ("reserved", "ringing")
NOT_LOOKED_UP = Match("unavailable")
DIRECT = Match("none")


class AgentCalls:
    """`by_agent` has the present call; one that ended stays while the agent wraps it up."""

    def __init__(self) -> None:
        self.by_agent: dict[str, CallView] = {}
        self._started: dict[str, CallStarted] = {}
        self._legs: dict[str, str] = {}  # answering legs -> their agent
        self._answered: set[str] = set()
        self._steps: dict[type, Callable[[Event, Any], Steps]] = {
            CallStarted: self._call_started,
            CallEnded: self._call_ended,
            AgentReserved: self._reserved,
            RingStarted: self._ring_started,
            RingEnded: self._ring_ended,
            LegStarted: self._leg_started,
            LegAnswered: self._leg_answered,
            LegEnded: self._leg_ended,
            SegmentStarted: self._segment_started,
            AgentStateChanged: self._agent_state,
        }

    def apply(self, event: Event, data: EventData) -> dict[str, CallView]:
        """The calls that look otherwise after this event."""
        step = self._steps.get(type(data))
        return dict(step(event, data)) if step else {}

    def reset(self, live: LiveState) -> dict[str, CallView]:
        """Begin from what pbx says; returns the calls that are over, as they are to be shown."""
        before, self.by_agent = self.by_agent, {}
        self._started.clear()
        self._legs.clear()
        self._answered.clear()
        for call in live.calls:
            if not call.agent:
                continue
            known = before.get(call.agent)
            is_known = known is not None and known.conversation == call.conversation
            self.by_agent[call.agent] = CallView(
                conversation=call.conversation,
                attempt=call.attempt,
                direction=known.direction if known and is_known else Direction.INBOUND.value,
                state=call.state,
                from_number=call.from_number,
                to_number=call.to_number,
                queue=call.queue,
                queue_name="",
                waited_for=known.waited_for if known and is_known else 0.0,
                since_at=call.since_at,
                answered_at=0 if call.state in BEGINNINGS else call.since_at,
                deadline_at=0,
                match=known.match if known and is_known else NOT_LOOKED_UP,
            )
        wrapping = {live.agent for live in live.agents if live.state is AgentState.WRAP_UP}
        over = {agent: replace(view, state="ended") for agent, view in before.items()}
        gone = {agent: view for agent, view in over.items() if agent not in self.by_agent}
        self.by_agent |= {agent: view for agent, view in gone.items() if agent in wrapping}
        return gone

    def set_match(self, conversation: str, agent: str, match: Match) -> dict[str, CallView]:
        """Who is calling is known now; nothing when the call is not there any more."""
        view = self.by_agent.get(agent)
        if view is None or view.conversation != conversation or view.state == "ended":
            return {}
        self.by_agent[agent] = replace(view, match=match)
        return {agent: self.by_agent[agent]}

    def unmatched(self) -> list[Shown]:
        """Calls nobody looked the caller up for, for example after this process was away."""
        return [
            (agent, view)
            for agent, view in self.by_agent.items()
            if view.match is NOT_LOOKED_UP and view.state != "ended"
        ]

    def _call_started(self, event: Event, data: CallStarted) -> Steps:
        self._started[event.conversation] = data
        return iter(())

    def _call_ended(self, event: Event, _data: CallEnded) -> Steps:
        self._started.pop(event.conversation, None)
        for agent, view in list(self.by_agent.items()):
            if view.conversation == event.conversation:
                yield from self._move(agent, "ended", event.at)

    def _reserved(self, event: Event, data: AgentReserved) -> Steps:
        view = CallView(
            conversation=event.conversation,
            attempt=data.attempt,
            direction=Direction.INBOUND.value,
            state="reserved",
            from_number=data.from_number,
            to_number=data.to_number,
            queue=data.queue,
            queue_name="",
            waited_for=data.waited_for,
            since_at=event.at,
            answered_at=0,
            deadline_at=0,
            match=NOT_LOOKED_UP,
        )
        yield self._put(data.agent, view)

    def _ring_started(self, event: Event, data: RingStarted) -> Steps:
        view = self.by_agent.get(data.agent)
        if view is None or view.attempt != data.attempt:
            view = self._view_of(event, "ringing", data.attempt, data.queue, NOT_LOOKED_UP)
        yield self._put(
            data.agent,
            replace(view, state="ringing", since_at=event.at, deadline_at=data.deadline_at),
        )

    def _ring_ended(self, event: Event, data: RingEnded) -> Steps:
        view = self.by_agent.get(data.agent)
        if data.result is RingResult.ANSWERED or view is None or view.attempt != data.attempt:
            return
        yield from self._move(data.agent, "ended", event.at)
        self.by_agent.pop(data.agent, None)

    def _leg_started(self, event: Event, data: LegStarted) -> Steps:
        if not data.agent or data.role is LegRole.CALLER:
            return
        self._legs[data.leg] = data.agent
        present = self.by_agent.get(data.agent)
        is_free = present is None or present.state == "ended"
        if data.role is LegRole.CALLEE and is_free:
            yield self._put(data.agent, self._view_of(event, "ringing", "", "", DIRECT))

    def _leg_answered(self, event: Event, data: LegAnswered) -> Steps:
        agent = self._legs.get(data.leg, "")
        if agent:
            self._answered.add(data.leg)
            yield from self._move(agent, "active", event.at)

    def _leg_ended(self, event: Event, data: LegEnded) -> Steps:
        agent = self._legs.pop(data.leg, "")
        if data.leg in self._answered:
            self._answered.discard(data.leg)
            yield from self._move(agent, "ended", event.at)

    def _segment_started(self, event: Event, data: SegmentStarted) -> Steps:
        agent, state = self._legs.get(data.leg, ""), STATES.get(data.kind)
        view = self.by_agent.get(agent)
        if state and view and view.state not in ("ended", *BEGINNINGS):
            yield from self._move(agent, state, event.at)

    def _agent_state(self, event: Event, data: AgentStateChanged) -> Steps:
        view = self.by_agent.get(data.agent)
        if view is None:
            return
        if data.state is AgentState.WRAP_UP:
            yield from self._move(data.agent, "ended", event.at)
        elif data.state in (AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE):
            yield from self._move(data.agent, "ended", event.at)
            self.by_agent.pop(data.agent, None)
        elif view.attempt and data.state is AgentState.TALKING:
            yield from self._move(data.agent, "active", event.at)
        elif view.attempt and data.state is AgentState.HELD:
            yield from self._move(data.agent, "held", event.at)

    def _move(self, agent: str, state: str, at: int) -> Steps:
        """Show another state, once; what has ended stays so."""
        view = self.by_agent.get(agent)
        if view is None or view.state in (state, "ended"):
            return
        answered_at = view.answered_at or (at if state == "active" else 0)
        yield self._put(
            agent,
            replace(view, state=state, since_at=at, answered_at=answered_at, deadline_at=0),
        )

    def _put(self, agent: str, view: CallView) -> Shown:
        self.by_agent[agent] = view
        return agent, view

    def _view_of(
        self, event: Event, state: str, attempt: str, queue: str, match: Match
    ) -> CallView:
        started = self._started.get(event.conversation)
        return CallView(
            conversation=event.conversation,
            attempt=attempt,
            direction=(started.direction if started else Direction.INBOUND).value,
            state=state,
            from_number=started.from_number if started else "",
            to_number=started.to_number if started else "",
            queue=queue,
            queue_name="",
            waited_for=0.0,
            since_at=event.at,
            answered_at=0,
            deadline_at=0,
            match=match,
        )
