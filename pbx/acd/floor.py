"""The floor: all agents and queues, how an agent changes state, and who is brought together.

Everything here is done in one step without waiting. Whatever frees an agent or brings a caller
ends with `dispatch`, so that no agent is free while a caller waits whom the agent could serve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nidaa.contracts.events import AgentState, RingResult
from pbx.acd.agent import IDLE, Agent, Input, Wish
from pbx.acd.deadlines import Deadlines
from pbx.acd.decisions import FREE_AGENT, SHOWN, Decision, PassedOver, Weighed
from pbx.acd.effects import (
    AgentChanged,
    AttemptEnded,
    CallerLeft,
    CancelRing,
    Effect,
    Reserved,
    Ring,
)
from pbx.acd.queue import Caller, Queue
from pbx.acd.strategy import Draw

CARD_BUDGET = 0.3  # seconds a ring waits for the card


@dataclass(frozen=True, slots=True)
class Attempt:
    """One agent promised to one caller, until one of the two or a deadline ends it."""

    id: str
    agent: Agent
    caller: Caller


# What a failed attempt makes the agent want; a caller's leaving changes nothing.
AFTER = {
    RingResult.MISSED: Wish(AgentState.PAUSED, "missed"),
    RingResult.REJECTED: Wish(AgentState.PAUSED, "rejected"),
}
KEEPS_ITS_TURN = (Input.RELEASED, Input.PHONE_CHANGED)  # no work was done: idle all the while


class Floor:
    """State and its changes; the commands are in `acd`."""

    def __init__(self, new_id: Callable[[], str], draw: Draw) -> None:
        self.agents: dict[str, Agent] = {}
        self.queues: dict[str, Queue] = {}
        self.callers: dict[str, Caller] = {}  # who waits
        self.talking: dict[str, tuple[Agent, Queue]] = {}  # by caller
        self.attempts: dict[str, Attempt] = {}
        self.effects: list[Effect] = []
        self.deadlines = Deadlines()
        self._new_id, self._draw = new_id, draw
        self._freed: dict[str, Agent] = {}
        self._unserved: dict[str, Caller] = {}

    # agents

    def change(
        self, agent: Agent, what: Input, now: float, source: str = "system", until: float = 0.0
    ) -> bool:
        """Move the agent as the table says; False when it does not allow `what` now."""
        target = agent.target(what, now)
        if target is None:
            return False
        state, reason = target
        if state is AgentState.WRAP_UP:
            until = agent.wrap_up_until
        elif state is agent.state:
            until = agent.until
        if (state, reason, until) != (agent.state, agent.reason, agent.until):
            self._enter(agent, state, reason, what, now, source, until)
        return True

    def _enter(
        self,
        agent: Agent,
        state: AgentState,
        reason: str,
        what: Input,
        now: float,
        source: str,
        until: float,
    ) -> None:
        if (state, reason) != (agent.state, agent.reason):
            agent.since = now
        if state in IDLE and what not in KEEPS_ITS_TURN:
            agent.idle_since = now
        agent.state, agent.reason, agent.until = state, reason, until
        if until:
            self.deadlines.add(agent)
        self.index(agent)
        self.effects.append(AgentChanged(agent.id, state, reason, source, until))

    def index(self, agent: Agent) -> None:
        """Show the agent as it is now in its queues."""
        if agent.state is AgentState.READY:
            self._freed[agent.id] = agent
        for name in agent.assigned:
            if name in self.queues and self.queues[name].note(agent):
                self._free_all(self.queues[name])

    def enlist(self, agent: Agent) -> None:
        """Make the agent a member of its queues; `number_members` is due after the last one."""
        for name in agent.assigned:
            if name in self.queues:
                self.queues[name].enlist(agent)
        self.index(agent)

    def dismiss(self, agent: Agent) -> None:
        """Take the agent out of every queue, before its memberships change."""
        for name in agent.assigned:
            if name in self.queues and self.queues[name].dismiss(agent):
                self._free_all(self.queues[name])

    def number_members(self) -> None:
        for queue in self.queues.values():
            queue.number_members()

    def _free_all(self, queue: Queue) -> None:
        """Penalties count no more: let every ready member look for a caller."""
        for member in queue.ready.values():
            self._freed[member.agent.id] = member.agent

    # callers

    def add_caller(self, caller: Caller, now: float) -> int:
        self.callers[caller.id] = caller
        self.ease(caller, now)
        return caller.queue.join(caller)

    def ease(self, caller: Caller, now: float) -> None:
        """The terms that hold now are others: look for an agent, and watch for the next terms."""
        self._unserved[caller.id] = caller
        caller.until = caller.queue.next_terms_at(caller, now)
        if caller.until:
            self.deadlines.add(caller)

    def remove_caller(self, caller: Caller, reason: str, now: float) -> CallerLeft:
        """The caller no longer waits, and is found nowhere from now on."""
        del self.callers[caller.id]
        caller.queue.leave(caller)
        queue = caller.queue
        if queue.is_removed and not queue.waiting:
            self.queues.pop(queue.name, None)
        left = CallerLeft(queue.name, caller.id, reason, now - caller.joined_at)
        self.effects.append(left)
        return left

    # ring attempts

    def reserve(self, agent: Agent, caller: Caller, now: float) -> None:
        attempt = Attempt(self._new_id(), agent, caller)
        self.attempts[attempt.id] = attempt
        caller.queue.begin_attempt(caller, attempt.id)
        caller.queue.took_turn(agent)
        agent.attempt, agent.caller = attempt.id, caller.id
        deadline = now + CARD_BUDGET
        self.effects.append(
            Reserved(
                attempt=attempt.id,
                agent=agent.id,
                extension=agent.extension,
                queue=caller.queue.name,
                caller=caller.id,
                waited_for=now - caller.joined_at,
                needs_card=agent.is_screen_expected,
                deadline=deadline,
            )
        )
        self.change(agent, Input.RESERVED, now, until=deadline)
        if not agent.is_screen_expected:
            self.ring(attempt, "none", now)

    def ring(self, attempt: Attempt, card: str, now: float) -> None:
        agent, caller = attempt.agent, attempt.caller
        deadline = now + caller.queue.settings.ring_for
        self.change(agent, Input.RUNG, now, until=deadline)
        self.effects.append(
            Ring(
                attempt=attempt.id,
                agent=agent.id,
                extension=agent.extension,
                queue=caller.queue.name,
                caller=caller.id,
                card=card,
                deadline=deadline,
            )
        )

    def end_attempt(self, attempt: Attempt, result: RingResult) -> None:
        """The two are no longer bound to each other. Said once; the states are changed after."""
        agent, caller = attempt.agent, attempt.caller
        del self.attempts[attempt.id]
        agent.attempt = ""
        caller.queue.end_attempt(caller)
        self.effects.append(
            AttemptEnded(attempt.id, agent.id, caller.queue.name, caller.id, result)
        )

    def release(
        self, attempt: Attempt, result: RingResult, now: float, source: str = "system"
    ) -> None:
        """The attempt came to nothing: the caller waits on, the agent does what it wants now."""
        agent, caller = attempt.agent, attempt.caller
        self.end_attempt(attempt, result)
        agent.caller = ""
        agent.wish = AFTER.get(result, agent.wish)
        agent.is_doubted = agent.is_doubted or result is RingResult.UNREACHABLE
        self._unserved[caller.id] = caller
        self.change(agent, Input.RELEASED, now, source)

    def cancel(
        self, attempt: Attempt, result: RingResult, now: float, source: str = "system"
    ) -> None:
        """Release an attempt whose phone may be ringing."""
        if attempt.agent.state is AgentState.RINGING:
            self.effects.append(CancelRing(attempt.id, result))
        self.release(attempt, result, now, source)

    # bringing them together

    def dispatch(self, now: float) -> None:
        """Bring together who became free and who came to wait since the last time."""
        freed, self._freed = self._freed, {}
        unserved, self._unserved = self._unserved, {}
        for agent in freed.values():
            caller = self._next_caller(agent, now)
            if caller is not None:
                self.reserve(agent, caller, now)
        for caller in sorted(unserved.values(), key=lambda caller: caller.place):
            if caller.id in self.callers and not caller.attempt:
                best = caller.queue.best_agent(caller, now, self._draw)
                if best is not None:
                    self.reserve(best, caller, now)

    def _next_caller(self, agent: Agent, now: float) -> Caller | None:
        """Of all the agent's queues, who waited longest as priority and weight count it."""
        if agent.state is not AgentState.READY:
            return None
        best: tuple[float, Caller] | None = None
        weighed: list[Weighed] = []
        passed: list[tuple[Caller, str]] = []
        for name in agent.assigned:
            queue = self.queues.get(name)
            for caller in queue.heads if queue else ():
                why = caller.queue.hindrance(
                    caller.queue.members[agent.id], caller, caller.queue.terms(caller, now)
                )
                if why:
                    passed.append((caller, why))
                    continue
                score = -caller.queue.settings.weight * (now - caller.rank)
                weighed.append(Weighed(caller.id, 0, score))
                if best is None or (score, caller.order) < (best[0], best[1].order):
                    best = score, caller
        chosen = best[1] if best else None
        self._explain(agent, chosen, weighed, passed, now)
        return chosen

    def _explain(
        self,
        agent: Agent,
        chosen: Caller | None,
        weighed: list[Weighed],
        passed: list[tuple[Caller, str]],
        now: float,
    ) -> None:
        """Keep why a free agent got this caller, in the caller's queue; or why none, in each."""
        weighed.sort(key=lambda one: one.score)
        queues = {chosen.queue} if chosen else {caller.queue for caller, _ in passed}
        for queue in queues:
            queue.decisions.append(
                Decision(
                    now,
                    queue.name,
                    FREE_AGENT,
                    agent.id,
                    chosen.id if chosen else "",
                    now - chosen.joined_at if chosen else 0.0,
                    tuple(weighed[:SHOWN]),
                    tuple(PassedOver(caller.id, why) for caller, why in passed[:SHOWN]),
                    max(0, len(weighed) - SHOWN) + max(0, len(passed) - SHOWN),
                )
            )
