"""The live state of agents, queues and alarms: pbx's LiveState with later events on top. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from crm_api.live.agent_calls import AgentCalls
from crm_api.live.people import People
from nidaa.contracts.control import LiveAgent, LiveCaller, LiveState
from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    AlarmCleared,
    AlarmRaised,
    CallStarted,
    Event,
    QueueEntered,
    QueueLeft,
    RegistrationChanged,
    typed,
)
from nidaa.contracts.live import AgentView, Alarm, CallView, QueueView

UNKNOWN = LiveAgent("", AgentState.OFFLINE, "", 0, 0, "", "", False)
replace = msgspec.structs.replace


@dataclass(slots=True)
class Changes:
    """Whose view is another one now. `calls` are by agent, with how each looks."""

    agents: set[str] = field(default_factory=set)
    queues: set[str] = field(default_factory=set)
    calls: dict[str, CallView] = field(default_factory=dict)
    are_alarms: bool = False


class Board:
    """One mutable picture, changed by events in order; every change says what it touched."""

    def __init__(self) -> None:
        self.people = People()
        self.calls = AgentCalls()
        self.seq = 0
        self._agents: dict[str, LiveAgent] = {}
        self._waiting: dict[str, dict[str, LiveCaller]] = {}
        self._callers: dict[str, str] = {}  # numbers of conversations in progress
        self._alarms: dict[str, Alarm] = {}
        self._steps: dict[type, Callable[[Event, Any, Changes], None]] = {
            AgentStateChanged: self._agent_state,
            AgentReserved: self._reserved,
            QueueEntered: self._queue_entered,
            QueueLeft: self._queue_left,
            AlarmRaised: self._alarm_raised,
            AlarmCleared: self._alarm_cleared,
            CallStarted: self._call_started,
            RegistrationChanged: self._registered,
        }

    def set_people(self, people: People) -> Changes:
        """Names or memberships changed."""
        self.people = people
        return self._everything()

    def reset(self, live: LiveState) -> Changes:
        """What pbx says is true now; alarms of our own stay."""
        self.seq = live.seq
        self._agents = {agent.agent: agent for agent in live.agents}
        self._waiting = {
            queue.queue: {caller.conversation: caller for caller in queue.waiting}
            for queue in live.queues
        }
        self._alarms = {
            name: alarm for name, alarm in self._alarms.items() if alarm.code in OUR_ALARMS
        }
        for name, text in live.alarms.items():
            self._alarms[name] = Alarm(name, code_of(name), text, 0)
        ended = self.calls.reset(live)
        changes = self._everything()
        changes.calls = {**ended, **self.calls.by_agent}
        return changes

    def refresh(self, live: LiveState) -> Changes:
        """Take over what no event tells: wishes for after the call, and who can be reached."""
        changes = Changes()
        for said in live.agents:
            known = self._agents.get(said.agent)
            if known is None:
                continue
            new = replace(known, wanted_next=said.wanted_next, is_reachable=said.is_reachable)
            if new != known:
                self._agents[said.agent] = new
                changes.agents.add(said.agent)
        return changes

    def apply(self, event: Event) -> Changes:
        """One event; nothing when the picture has it already or its type is not known."""
        changes = Changes()
        data = typed(event) if event.seq > self.seq else None
        if data is None:
            return changes
        self.seq = event.seq
        step = self._steps.get(type(data))
        if step is not None:
            step(event, data, changes)
        changes.calls |= self.calls.apply(event, data)
        return changes

    def raise_alarm(self, name: str, text: str, now: int) -> Changes:
        """An alarm of this process."""
        is_new = name not in self._alarms
        self._alarms.setdefault(name, Alarm(name, code_of(name), text, now))
        return Changes(are_alarms=is_new)

    def clear_alarm(self, name: str) -> Changes:
        return Changes(are_alarms=self._alarms.pop(name, None) is not None)

    # what is seen

    def agent_view(self, agent: str) -> AgentView | None:
        person = self.people.agents.get(agent)
        if person is None:
            return None
        live = self._agents.get(agent, UNKNOWN)
        return AgentView(
            agent,
            person.name,
            person.extension,
            live.state,
            live.reason,
            live.since_at,
            live.until_at,
            live.wanted_next,
            live.is_reachable,
        )

    def queue_view(self, queue: str, language: str) -> QueueView:
        waiting = self._waiting.get(queue, {})
        states = [
            self._agents.get(person.id, UNKNOWN).state
            for person in self.people.agents.values()
            if queue in person.queues
        ]
        return QueueView(
            queue,
            self.people.queue_name(queue, language),
            len(waiting),
            min((caller.entered_at for caller in waiting.values()), default=0),
            states.count(AgentState.READY),
            len(states) - states.count(AgentState.OFFLINE),
        )

    def call_view(self, agent: str) -> CallView | None:
        return self.calls.by_agent.get(agent)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        return tuple(sorted(self._alarms.values(), key=lambda alarm: alarm.alarm))

    # what events do

    def _agent_state(self, event: Event, data: AgentStateChanged, changes: Changes) -> None:
        known = self._agents.get(data.agent) or replace(UNKNOWN, agent=data.agent)
        is_same = known.state is data.state and known.reason == data.reason
        is_settled = data.state in (AgentState.READY, AgentState.OFFLINE, AgentState.PAUSED)
        self._agents[data.agent] = replace(
            known,
            state=data.state,
            reason=data.reason,
            since_at=known.since_at if is_same else event.at,
            until_at=data.until_at,
            conversation=event.conversation,
            wanted_next="" if is_settled else known.wanted_next,
        )
        changes.agents.add(data.agent)
        changes.queues |= self._queues_of(data.agent)

    def _reserved(self, _event: Event, data: AgentReserved, changes: Changes) -> None:
        changes.queues |= self._queues_of(data.agent)

    def _queue_entered(self, event: Event, data: QueueEntered, changes: Changes) -> None:
        number = self._callers.get(event.conversation, "")
        caller = LiveCaller(event.conversation, number, event.at)
        self._waiting.setdefault(data.queue, {})[event.conversation] = caller
        changes.queues.add(data.queue)

    def _queue_left(self, event: Event, data: QueueLeft, changes: Changes) -> None:
        self._waiting.get(data.queue, {}).pop(event.conversation, None)
        self._callers.pop(event.conversation, None)
        changes.queues.add(data.queue)

    def _alarm_raised(self, event: Event, data: AlarmRaised, changes: Changes) -> None:
        self._alarms[data.alarm] = Alarm(data.alarm, code_of(data.alarm), data.text, event.at)
        changes.are_alarms = True

    def _alarm_cleared(self, _event: Event, data: AlarmCleared, changes: Changes) -> None:
        changes.are_alarms = self._alarms.pop(data.alarm, None) is not None

    def _registered(self, _event: Event, data: RegistrationChanged, changes: Changes) -> None:
        """A phone came: reachable. One that went may not be the last: `refresh` says."""
        for person in self.people.agents.values():
            known = self._agents.get(person.id)
            if known and person.extension == data.extension and data.is_registered:
                self._agents[person.id] = replace(known, is_reachable=True)
                changes.agents.add(person.id)

    def _call_started(self, event: Event, data: CallStarted, _changes: Changes) -> None:
        self._callers[event.conversation] = data.from_number

    def _queues_of(self, agent: str) -> frozenset[str]:
        person = self.people.agents.get(agent)
        return person.queues if person else frozenset()

    def _everything(self) -> Changes:
        return Changes(
            set(self.people.agents) | set(self._agents),
            set(self.people.queues) | set(self._waiting),
            {},
            True,
        )


PBX_DOWN = "pbx_down"
DATABASE_DOWN = "database_down"
OUR_ALARMS = (PBX_DOWN, DATABASE_DOWN)


def code_of(alarm: str) -> str:
    """The part that browsers translate: `media_worker_down` of `media_worker_down:1`."""
    return alarm.partition(":")[0]
