"""The owner of the ACD: gives it commands and carries out what it decides.

Calls, the registrar, supervisors and agents all act on the ACD through here; after each command
its effects become events, reports in a call's inbox, or a card to wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    EventData,
    Micros,
    QueueEntered,
    QueueLeft,
    RingEnded,
    RingResult,
    RingStarted,
)
from nidaa.logging import Log
from pbx.acd import effects
from pbx.acd.acd import Acd
from pbx.calls.call import Call
from pbx.calls.ports import Clock, EventSink, Timer, Timers
from pbx.calls.reports import Report

log = Log("pbx.acd")
T = TypeVar("T")
IDLE = frozenset((AgentState.OFFLINE, AgentState.READY, AgentState.PAUSED))


@dataclass(frozen=True, slots=True)
class RingAgent(Report):
    """Ring this agent's phones for the caller now."""

    attempt: str
    agent: str
    extension: str
    queue: str


@dataclass(frozen=True, slots=True)
class StopRinging(Report):
    attempt: str
    result: RingResult


class AcdOwner:
    """The one owner of the ACD and of its timer."""

    def __init__(
        self,
        acd: Acd,
        clock: Clock,
        timers: Timers,
        events: EventSink,
        has_screens: Callable[[], bool],
    ) -> None:
        """`has_screens`: is somebody connected who puts cards on agents' screens?"""
        self.acd = acd
        self._clock, self._timers, self._events = clock, timers, events
        self._has_screens = has_screens
        self._calls: dict[str, Call] = {}  # callers who wait or talk, by conversation
        self._talking: set[str] = set()  # those of them who have their agent
        self._conversations: dict[str, str] = {}  # of agents who are reserved or in a call
        self._rings: dict[str, str] = {}  # the caller an attempt rings for
        self._timer: Timer | None = None
        self._armed_at: float | None = None
        self._carry_out: dict[type, Callable[..., None]] = {
            effects.Reserved: self._reserved,
            effects.Ring: self._ring,
            effects.CancelRing: self._cancel_ring,
            effects.AttemptEnded: self._attempt_ended,
            effects.AgentChanged: self._agent_changed,
            effects.CallerLeft: self._caller_left,
        }

    def do(self, command: Callable[..., T], *args: object) -> T:
        """Give the ACD this command of its own, now. Raises AgentRefused as the command does."""
        now = self._clock.monotonic()
        try:
            return command(*args, now=now)
        finally:
            self._drain(now)

    def join(self, call: Call, queue: str, language: str = "", priority: int = 0) -> None:
        """The caller waits in the queue from now on; RingAgent will come to the call."""
        now, facts = self._clock.monotonic(), call.facts
        self._calls[call.id] = call
        caller = effects.CallerFacts(
            facts.from_number, facts.from_name, facts.to_number, language, priority
        )
        position = self.acd.join(call.id, queue, now, caller)
        call.emit(QueueEntered(queue, call.caller.id, position))
        self._drain(now)

    def answered(self, call: Call, attempt: str) -> bool:
        """An agent's phone answered: True when they have the caller, False to release that leg."""
        has_won = not call.caller.is_released and self.do(self.acd.answered, attempt)
        if has_won:
            self._talking.add(call.id)
        return has_won

    def gone(self, call: Call, reason: str) -> None:
        """The call is over. Whoever rings for it stops and is free in this same step.

        `reason` says how a caller who still waited left: abandoned (hung up) or released.
        """
        if call.id in self._talking:
            self.do(self.acd.talk_ended, call.id)
        else:
            now = self._clock.monotonic()
            self.acd.leave(call.id, now, reason)
            self._drain(now)
        self._talking.discard(call.id)
        self._calls.pop(call.id, None)

    @contextmanager
    def occupied(self, agent: str, conversation: str) -> Iterator[None]:
        """The agent (or nobody, when "") is in a direct call and takes no queue call meanwhile."""
        if not agent:
            yield
            return
        before = self.conversation_of(agent)  # of the call whose wrap-up is not done yet
        self._conversations[agent] = conversation
        self.do(self.acd.busy, agent, conversation)
        try:
            yield
        finally:
            if self.conversation_of(agent) == conversation:
                self._conversations[agent] = before
            self.do(self.acd.free, agent, conversation)

    def conversation_of(self, agent: str) -> str:
        return self._conversations.get(agent, "")

    # effects

    def _drain(self, now: float) -> None:
        while pending := self.acd.take_effects():
            for effect in pending:
                self._carry_out[type(effect)](effect, now)
        self._arm()

    def _arm(self) -> None:
        at = self.acd.next_deadline()
        if at == self._armed_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_at = at
        self._timer = None if at is None else self._timers.call_at(at, self._due)

    def _due(self) -> None:
        self._timer = self._armed_at = None
        self.do(self.acd.handle_timers)

    def _reserved(self, effect: effects.Reserved, now: float) -> None:
        self._conversations[effect.agent] = effect.caller
        facts = self._calls[effect.caller].facts
        waited = round(effect.waited_for, 3)
        self._events.emit(
            effect.caller,
            AgentReserved(
                effect.attempt,
                effect.agent,
                effect.queue,
                facts.from_number,
                facts.from_name,
                facts.to_number,
                waited,
                self._micros(now - effect.waited_for, now),
            ),
        )
        if effect.needs_card and not self._has_screens():
            self.acd.card_shown(effect.attempt, "unavailable", now)

    def _ring(self, effect: effects.Ring, now: float) -> None:
        deadline = self._micros(effect.deadline, now)
        self._events.emit(
            effect.caller,
            RingStarted(effect.attempt, effect.agent, effect.queue, deadline, effect.card),
        )
        self._rings[effect.attempt] = effect.caller
        self._tell(
            effect.caller, RingAgent(effect.attempt, effect.agent, effect.extension, effect.queue)
        )

    def _cancel_ring(self, effect: effects.CancelRing, _now: float) -> None:
        caller = self._rings.get(effect.attempt, "")
        self._tell(caller, StopRinging(effect.attempt, effect.result))

    def _attempt_ended(self, effect: effects.AttemptEnded, _now: float) -> None:
        self._rings.pop(effect.attempt, None)
        self._emit(
            effect.caller, RingEnded(effect.attempt, effect.agent, effect.queue, effect.result)
        )

    def _agent_changed(self, effect: effects.AgentChanged, now: float) -> None:
        until = self._micros(effect.until, now) if effect.until else 0
        conversation = self.conversation_of(effect.agent)
        log.info(f"{effect.state} {effect.reason}", agent=effect.agent, call=conversation)
        self._emit(
            conversation,
            AgentStateChanged(effect.agent, effect.state, effect.reason, effect.source, until),
        )
        if effect.state in IDLE:
            self._conversations.pop(effect.agent, None)

    def _caller_left(self, effect: effects.CallerLeft, _now: float) -> None:
        leg = self._calls[effect.caller].caller.id
        waited = round(effect.waited_for, 3)
        self._emit(effect.caller, QueueLeft(effect.queue, leg, effect.reason, waited))

    def _tell(self, conversation: str, report: Report) -> None:
        call = self._calls.get(conversation)
        if call is not None:
            call.put(report)

    def _emit(self, conversation: str, data: EventData) -> None:
        self._events.emit(conversation, data)

    def _micros(self, at: float, now: float) -> Micros:
        return self._clock.micros() + int((at - now) * 1_000_000)
