"""A batch of events folded over what is known, and which rows that changed. No database here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from crm_api.calls.facts import AgentStateFact, AlarmFact, History
from crm_api.calls.fold import end_wrap_up, fold, fold_agent, fold_alarm
from nidaa.contracts.events import (
    AgentState,
    AgentStateChanged,
    AlarmCleared,
    AlarmRaised,
    CallStarted,
    Event,
    EventData,
    typed,
)


@dataclass(slots=True)
class Ledger:
    """What a batch starts from, then what it leads to.

    `states` and `alarms` are the open ones, by agent and by alarm.
    """

    histories: dict[str, History] = field(default_factory=dict)
    states: dict[str, AgentStateFact] = field(default_factory=dict)
    alarms: dict[str, AlarmFact] = field(default_factory=dict)
    state_rows: dict[str, AgentStateFact] = field(default_factory=dict)
    alarm_rows: dict[str, AlarmFact] = field(default_factory=dict)
    started: dict[str, CallStarted] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Fold one event in. One of a type that is not known changes nothing."""
        data = typed(event)
        if data is None:
            return
        if event.conversation:
            known = self.histories.get(event.conversation, History())
            self.histories[event.conversation] = fold(known, event, data)
        match data:
            case AgentStateChanged():
                self._agent_state(event, data)
            case AlarmRaised() | AlarmCleared():
                self._alarm(event, data)
            case CallStarted():
                self.started[event.conversation] = data

    def is_ended(self, conversation: str) -> bool:
        known = self.histories.get(conversation, History()).conversation
        return known is not None and known.ended_at is not None

    def _agent_state(self, event: Event, data: AgentStateChanged) -> None:
        current = self.states.get(data.agent)
        for row in fold_agent(current, event, data):
            self.state_rows[row.id] = row
            self.states[data.agent] = row
        was_elsewhere = current is not None and current.conversation != event.conversation
        if current is not None and was_elsewhere and current.state == AgentState.WRAP_UP.value:
            before = self.histories.get(current.conversation)
            if before is not None:
                ended = end_wrap_up(before, data.agent, event.at)
                self.histories[current.conversation] = ended

    def _alarm(self, event: Event, data: EventData) -> None:
        assert isinstance(data, AlarmRaised | AlarmCleared)  # noqa: S101
        row = fold_alarm(self.alarms.get(data.alarm), event, data)
        if row is None:
            return
        self.alarm_rows[row.id] = row
        if row.ended_at is None:
            self.alarms[data.alarm] = row
        else:
            del self.alarms[data.alarm]


def rows_changed(before: History, after: History) -> Iterator[object]:
    """The facts of `after` that `before` does not have just so."""
    if after.conversation is not None and after.conversation != before.conversation:
        yield after.conversation
    for kind in ("legs", "segments", "rings", "recordings"):
        known = getattr(before, kind)
        for key, fact in getattr(after, kind).items():
            if known.get(key) != fact:
                yield fact


def agents_of(events: Iterable[Event]) -> set[str]:
    """The agents whose timeline these events go on."""
    changes = (typed(event) for event in events if event.type == "agent.state")
    return {change.agent for change in changes if isinstance(change, AgentStateChanged)}
