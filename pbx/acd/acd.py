"""The ACD: gives waiting callers to free agents. Commands in with `now`, effects out.

One instance owns all agents and queues. It never waits and asks no clock: its owner passes
`now` (monotonic seconds), carries out `take_effects()` after every call, and calls
`handle_timers` at `next_deadline()`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

from nidaa.config import models
from nidaa.contracts import directory
from nidaa.contracts.control import Refusal
from nidaa.contracts.events import AgentState, RingResult
from pbx.acd.agent import IDLE, OFFERED, SIGNED_OFF, SIGNED_ON, WANTS_CALLS, Agent, Input, Wish
from pbx.acd.decisions import Decision
from pbx.acd.effects import (
    AgentFacts,
    CallerFacts,
    Effect,
    QueueFacts,
    QueueLeave,
    WaitingFacts,
)
from pbx.acd.errors import AcdMisuse, AgentRefused
from pbx.acd.floor import Attempt, Floor
from pbx.acd.queue import Caller, Queue

LONGEST_EXTENSION = 600.0  # seconds by which wrap-up can be extended at a time
FAILED = frozenset((RingResult.MISSED, RingResult.REJECTED, RingResult.UNREACHABLE))


class Acd:
    """All agents and all queues of this system."""

    def __init__(
        self, new_id: Callable[[], str], draw: Callable[[], float] = random.random
    ) -> None:
        """`new_id` makes the ids of ring attempts; `draw` random numbers, 0 <= x < 1."""
        self._floor = Floor(new_id, draw)
        self._reachable: set[str] = set()  # extensions
        self._users: dict[str, list[Agent]] = {}  # by extension
        self._order = count()

    def take_effects(self) -> list[Effect]:
        """What is to be done since the last time, in order."""
        effects, self._floor.effects = self._floor.effects, []
        return effects

    # what the system is

    def configure(self, queues: tuple[models.Queue, ...], now: float) -> None:
        """Take new queues. One that is gone takes nobody more and ends with its last caller."""
        floor = self._floor
        for agent in floor.agents.values():
            floor.dismiss(agent)
        gone = floor.queues.keys() - {settings.name for settings in queues}
        for name in gone:
            floor.queues[name].is_removed = True
            if not floor.queues[name].waiting:
                del floor.queues[name]
        for settings in queues:
            queue = floor.queues.setdefault(settings.name, Queue(settings))
            queue.use(settings)
            queue.is_removed = False
        for agent in floor.agents.values():
            floor.enlist(agent)
        floor.number_members()
        for caller in floor.callers.values():
            floor.ease(caller, now)
        floor.dispatch(now)

    def set_agents(self, agents: tuple[directory.Agent, ...], now: float) -> None:
        """Take new agents; who is known keeps state and call, who is gone ends with the call."""
        gone = self._floor.agents.keys() - {entry.id for entry in agents}
        for name in gone:
            self._remove_agent(self._floor.agents[name], now)
        for entry in agents:
            self._put_agent(entry, now)
        self._users.clear()
        for agent in self._floor.agents.values():
            self._users.setdefault(agent.extension, []).append(agent)
        self._floor.number_members()
        self._floor.dispatch(now)

    def _put_agent(self, entry: directory.Agent, now: float) -> None:
        floor = self._floor
        assigned = {member.queue: member.penalty for member in entry.queues}
        agent = floor.agents.get(entry.id)
        if agent is None:
            agent = Agent(entry.id, entry.extension, assigned, entry.is_screen_expected)
            agent.since = agent.idle_since = now
            floor.agents[entry.id] = agent
        floor.dismiss(agent)
        agent.extension, agent.assigned, agent.is_removed = entry.extension, assigned, False
        agent.is_screen_expected, agent.skills = entry.is_screen_expected, entry.skills
        floor.enlist(agent)
        self._note_phone(agent, now)

    def _remove_agent(self, agent: Agent, now: float) -> None:
        agent.is_removed = True
        self._end_shift(agent, now, "system")
        self._floor.dismiss(agent)  # its last call goes on, but it is a member of nothing
        agent.assigned = {}
        self._forget_removed(agent)

    def _forget_removed(self, agent: Agent) -> None:
        if agent.is_removed and agent.state is AgentState.OFFLINE:
            self._floor.agents.pop(agent.id, None)

    def set_reachable(self, extension: str, is_reachable: bool, now: float) -> None:
        """A phone registered for the extension (also: once more), or the last one is gone."""
        if is_reachable:
            self._reachable.add(extension)
        else:
            self._reachable.discard(extension)
        for agent in self._users.get(extension, ()):
            agent.is_doubted = False
            self._note_phone(agent, now)
        self._floor.dispatch(now)

    def _note_phone(self, agent: Agent, now: float) -> None:
        agent.is_reachable = agent.extension in self._reachable
        self._floor.change(agent, Input.PHONE_CHANGED, now)

    # what agents want

    def sign_on(self, agent: str, now: float) -> None:
        """Begin the shift, paused. Nothing happens when it has begun."""
        found = self._agent(agent)
        if found.wish == SIGNED_OFF:
            found.calls, found.talked_for = 0, 0.0
            self._wish(found, Wish(AgentState.PAUSED, SIGNED_ON), Input.SIGNED_ON, now)

    def sign_off(self, agent: str, now: float) -> None:
        """End the shift: at once, or after the present call and its wrap-up."""
        self._end_shift(self._agent(agent), now, "user")
        self._floor.dispatch(now)

    def _end_shift(self, agent: Agent, now: float, source: str) -> None:
        agent.wish = SIGNED_OFF
        if agent.state is AgentState.WRAP_UP:
            agent.wrap_up_until = 0.0
        if agent.state in OFFERED:
            self._floor.cancel(
                self._floor.attempts[agent.attempt], RingResult.CANCELLED, now, source
            )
        else:
            self._floor.change(agent, Input.SIGNED_OFF, now, source)

    def set_ready(self, agent: str, now: float) -> None:
        """Ready for calls now, or after the present call and its wrap-up."""
        found = self._on_shift(agent)
        if found.state in IDLE and not found.is_reachable:
            text = f"No phone is registered for extension {found.extension}: connect one first."
            raise AgentRefused(Refusal.UNREACHABLE, text)
        found.is_doubted = False
        self._wish(found, WANTS_CALLS, Input.WISHED, now)

    def set_paused(self, agent: str, reason: str, now: float) -> None:
        """Paused now, or after the present call and its wrap-up."""
        self._wish(self._on_shift(agent), Wish(AgentState.PAUSED, reason), Input.WISHED, now)

    def _wish(self, agent: Agent, wish: Wish, what: Input, now: float) -> None:
        agent.wish = wish
        self._floor.change(agent, what, now, "user")
        self._floor.dispatch(now)

    def finish_wrap_up(self, agent: str, now: float) -> None:
        found = self._in_wrap_up(agent)
        found.wrap_up_until = 0.0
        self._end_wrap_up(found, now, "user")
        self._floor.dispatch(now)

    def extend_wrap_up(self, agent: str, extend_for: float, now: float) -> None:
        """Give the agent that many seconds more, at most LONGEST_EXTENSION."""
        found = self._in_wrap_up(agent)
        found.wrap_up_until += max(0.0, min(extend_for, LONGEST_EXTENSION))
        self._floor.change(found, Input.EXTENDED, now, "user")

    def _end_wrap_up(self, agent: Agent, now: float, source: str) -> None:
        agent.wrap_up_until = 0.0
        self._floor.change(agent, Input.WRAP_UP_ENDED, now, source)
        self._forget_removed(agent)

    def _agent(self, agent: str) -> Agent:
        found = self._floor.agents.get(agent)
        if found is None:
            raise AgentRefused(Refusal.UNKNOWN_AGENT, f'There is no agent "{agent}".')
        return found

    def _on_shift(self, agent: str) -> Agent:
        found = self._agent(agent)
        if found.wish == SIGNED_OFF:
            raise AgentRefused(Refusal.WRONG_STATE, "The shift has not begun: sign on first.")
        return found

    def _in_wrap_up(self, agent: str) -> Agent:
        found = self._agent(agent)
        if found.state is not AgentState.WRAP_UP:
            raise AgentRefused(
                Refusal.WRONG_STATE, f"The agent is {found.state}, not in wrap-up; it may be over."
            )
        return found

    # callers

    def join(self, caller: str, queue: str, now: float, facts: CallerFacts) -> int:
        """Let the caller wait; the position in the queue, from 1. Raises AcdMisuse."""
        floor = self._floor
        found = floor.queues.get(queue)
        if found is None or found.is_removed:
            raise AcdMisuse(f"there is no queue {queue!r}")
        if caller in floor.callers or caller in floor.talking:
            raise AcdMisuse(f"caller {caller!r} is here already")
        rank = now - facts.priority * found.settings.priority_step
        position = floor.add_caller(Caller(caller, found, facts, now, rank, next(self._order)), now)
        floor.dispatch(now)
        return position

    def leave(self, caller: str, now: float, reason: str = "abandoned") -> QueueLeave | None:
        """The caller hung up or is taken out (`released`); None for one who does not wait.

        The ring attempt for the caller ends in the same step and its agent is free at once.
        """
        found = self._floor.callers.get(caller)
        if found is None:
            return None
        if found.attempt:
            self._floor.cancel(self._floor.attempts[found.attempt], RingResult.CANCELLED, now)
        left = self._floor.remove_caller(found, reason, now)
        self._floor.dispatch(now)
        return left

    # ring attempts and talk

    def card_shown(self, attempt: str, card: str, now: float) -> bool:
        """The card is on the screen, or will not come: ring now. False when nobody waits for it."""
        found = self._floor.attempts.get(attempt)
        if found is None or found.agent.state is not AgentState.RESERVED:
            return False
        self._floor.ring(found, card, now)
        return True

    def answered(self, attempt: str, now: float) -> bool:
        """The agent took the call: True when the caller is still there; else release that leg."""
        floor = self._floor
        found = floor.attempts.get(attempt)
        if found is None or found.agent.state is not AgentState.RINGING:
            return False
        agent, caller = found.agent, found.caller
        floor.end_attempt(found, RingResult.ANSWERED)
        floor.remove_caller(caller, "answered", now)
        floor.talking[caller.id] = agent, caller.queue
        agent.calls, agent.answered_at = agent.calls + 1, now
        floor.change(agent, Input.ANSWERED, now)
        return True

    def ring_failed(self, attempt: str, result: RingResult, now: float) -> None:
        """The ring ended by itself: missed, rejected or unreachable; the agent is paused."""
        if result not in FAILED:
            raise AcdMisuse(f"a ring does not fail by being {result}")
        found = self._floor.attempts.get(attempt)
        if found is not None:
            source = "user" if result is RingResult.REJECTED else "system"
            self._floor.release(found, result, now, source)
            self._floor.dispatch(now)

    def hold(self, agent: str, is_held: bool, now: float) -> None:
        """The agent's party was put on hold or taken back."""
        found = self._floor.agents.get(agent)
        if found is not None:
            self._floor.change(found, Input.HELD if is_held else Input.RESUMED, now)

    def talk_ended(self, caller: str, now: float) -> None:
        """Either side hung up: the agent is in wrap-up. Nothing happens the second time."""
        agent, queue = self._floor.talking.pop(caller, (None, None))
        if agent is None or queue is None:
            return
        agent.caller = ""
        agent.talked_for += now - agent.answered_at
        wrap_up_for = 0.0 if agent.is_removed else queue.settings.wrap_up_for
        agent.wrap_up_until = now + wrap_up_for if wrap_up_for else 0.0
        self._floor.change(agent, Input.TALK_ENDED, now)
        self._forget_removed(agent)
        self._floor.dispatch(now)

    def busy(self, agent: str, caller: str, now: float) -> None:
        """A call that came by no queue began; a ring attempt for the agent ends."""
        found = self._floor.agents.get(agent)
        if found is None:
            return
        found.direct.add(caller)
        if found.state in OFFERED:
            self._floor.cancel(self._floor.attempts[found.attempt], RingResult.CANCELLED, now)
        else:
            self._floor.change(found, Input.BUSY, now)
        self._floor.dispatch(now)

    def free(self, agent: str, caller: str, now: float) -> None:
        """That call ended: the agent is again what it was before."""
        found = self._floor.agents.get(agent)
        if found is None or caller not in found.direct:
            return
        found.direct.discard(caller)
        if not found.direct:
            self._floor.change(found, Input.FREE, now)
            self._forget_removed(found)
        self._floor.dispatch(now)

    # time

    def handle_timers(self, now: float) -> None:
        """Do what is due: ring without the card, give up a ring, end wrap-up, ease terms."""
        while (dated := self._floor.deadlines.pop_due(now)) is not None:
            if isinstance(dated, Caller):
                self._floor.ease(dated, now)
            elif dated.state is AgentState.WRAP_UP:
                self._end_wrap_up(dated, now, "system")
            elif dated.state is AgentState.RESERVED:
                self._floor.ring(self._attempt(dated), "late", now)
            elif dated.state is AgentState.RINGING:
                self._floor.cancel(self._attempt(dated), RingResult.MISSED, now)
            self._floor.dispatch(now)

    def next_deadline(self) -> float | None:
        """When `handle_timers` has something to do."""
        return self._floor.deadlines.next()

    def _attempt(self, agent: Agent) -> Attempt:
        return self._floor.attempts[agent.attempt]

    # to look at

    def agent(self, agent: str) -> AgentFacts:
        """One agent as it is now. Raises AgentRefused for an unknown one."""
        return _facts(self._agent(agent))

    def live_agents(self) -> tuple[AgentFacts, ...]:
        return tuple(map(_facts, self._floor.agents.values()))

    def live_queues(self) -> tuple[QueueFacts, ...]:
        return tuple(
            QueueFacts(
                queue.name, tuple(WaitingFacts(c.id, c.facts, c.joined_at) for c in queue.waiting)
            )
            for queue in self._floor.queues.values()
        )

    def decisions(self, queue: str) -> tuple[Decision, ...]:
        """Why callers of this queue got whom they got, oldest first. Raises AcdMisuse."""
        found = self._floor.queues.get(queue)
        if found is None:
            raise AcdMisuse(f"there is no queue {queue!r}")
        return tuple(found.decisions)


def _facts(agent: Agent) -> AgentFacts:
    return AgentFacts(
        agent=agent.id,
        state=agent.state,
        reason=agent.reason,
        since=agent.since,
        until=agent.until,
        caller=agent.caller or next(iter(agent.direct), ""),
        attempt=agent.attempt,
        wanted_next=agent.wanted_next,
        is_reachable=agent.is_reachable,
    )
