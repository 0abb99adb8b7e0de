"""A queue: the callers who wait in it and the members who serve it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from dataclasses import dataclass
from itertools import count
from math import inf

from nidaa.config import models
from nidaa.contracts.events import AgentState
from pbx.acd import decisions
from pbx.acd.agent import Agent
from pbx.acd.decisions import KEPT, Decision
from pbx.acd.effects import CallerFacts
from pbx.acd.member import Member, member_of
from pbx.acd.strategy import STRATEGIES, Draw, Round
from pbx.acd.terms import Terms, terms_of

AWAY = frozenset((AgentState.OFFLINE, AgentState.PAUSED))


@dataclass(slots=True, eq=False)
class Caller:
    """A waiting party; `attempt` is the ring attempt that is under way for it."""

    id: str
    queue: Queue
    facts: CallerFacts
    joined_at: float
    rank: float  # when it would have joined without priority: who has the lowest is first
    order: int  # of joining: tells callers of one instant apart
    attempt: str = ""
    until: float = 0.0  # when the next terms hold for it; 0 for never

    @property
    def place(self) -> Place:
        return self.rank, self.order, self

    @property
    def group(self) -> Group:
        return self.facts.language, self.facts.priority


Place = tuple[float, int, Caller]
Group = tuple[str, int]  # language and priority: the same terms at the same wait


class Queue:
    """Callers in the order they are served, those without a ring attempt (pending) apart."""

    def __init__(self, settings: models.Queue) -> None:
        self.is_removed = False  # no longer configured: it ends with its last caller
        self.members: dict[str, Member] = {}  # by agent
        self.ready: dict[str, Member] = {}
        self.decisions: deque[Decision] = deque(maxlen=KEPT)
        self._at_work = 0
        self._turns = count(1)
        self._past_turns: dict[str, int] = {}  # of agents, over changes of the members
        self._last_key: tuple[int, str, str] | None = None
        self._last_order = -1
        self._waiting: list[Place] = []
        self._pending: dict[Group, list[Place]] = {}
        self.use(settings)

    def use(self, settings: models.Queue) -> None:
        """Take new settings; the members are to be enlisted anew, the callers keep their place."""
        self.settings = settings
        self._strategy = STRATEGIES[settings.strategy]
        self._terms = terms_of(settings)

    @property
    def name(self) -> str:
        return self.settings.name

    # members

    def enlist(self, agent: Agent) -> None:
        """The agent serves this queue; `number_members` is due after the last one."""
        member = member_of(agent, self.settings)
        member.turn = self._past_turns.get(agent.id, 0)
        self.members[agent.id] = member

    def dismiss(self, agent: Agent) -> bool:
        """The agent serves it no more; True when that frees the others from penalties."""
        member = self.members.pop(agent.id, None)
        if member is None:
            return False
        self.ready.pop(agent.id, None)
        return self._count(member, is_at_work=False)

    def number_members(self) -> None:
        """Put the members in their order; the round goes on where it was."""
        ordered = sorted(self.members.values(), key=lambda member: member.key)
        for order, member in enumerate(ordered):
            member.order = order
        self.members = {member.agent.id: member for member in ordered}
        self._past_turns = {id: m.turn for id, m in self.members.items() if m.turn}
        if self._last_key is not None:
            keys = [member.key for member in ordered]
            self._last_order = bisect_right(keys, self._last_key) - 1

    def note(self, agent: Agent) -> bool:
        """The agent's state may be another; True when that frees the members from penalties."""
        member = self.members.get(agent.id)
        if member is None:
            return False
        if agent.state is AgentState.READY:
            self.ready[agent.id] = member
        else:
            self.ready.pop(agent.id, None)
        return self._count(member, is_at_work=agent.state not in AWAY)

    def _count(self, member: Member, is_at_work: bool) -> bool:
        if member.is_at_work is is_at_work:
            return False
        before = self.ignores_penalties
        member.is_at_work = is_at_work
        self._at_work += 1 if is_at_work else -1
        return self.ignores_penalties and not before

    @property
    def ignores_penalties(self) -> bool:
        """Too few members are at work to be choosy."""
        return self._at_work < self.settings.penalties_from

    # callers

    @property
    def waiting(self) -> list[Caller]:
        """All callers, who is served first at the head."""
        return [caller for _, _, caller in self._waiting]

    @property
    def heads(self) -> list[Caller]:
        """Of each group, who is served first: if an agent may not serve it, then none of them."""
        return [places[0][2] for places in self._pending.values()]

    def join(self, caller: Caller) -> int:
        """Let the caller wait; the position from 1."""
        insort(self._waiting, caller.place)
        self._add_pending(caller)
        return bisect_left(self._waiting, caller.place) + 1

    def leave(self, caller: Caller) -> None:
        _remove(self._waiting, caller)
        if not caller.attempt:
            self._remove_pending(caller)
        caller.until = 0.0

    def begin_attempt(self, caller: Caller, attempt: str) -> None:
        self._remove_pending(caller)
        caller.attempt = attempt

    def end_attempt(self, caller: Caller) -> None:
        """The caller is pending again, at the place it always had."""
        caller.attempt = ""
        self._add_pending(caller)

    def _add_pending(self, caller: Caller) -> None:
        insort(self._pending.setdefault(caller.group, []), caller.place)

    def _remove_pending(self, caller: Caller) -> None:
        places = self._pending[caller.group]
        _remove(places, caller)
        if not places:
            del self._pending[caller.group]

    # who may serve whom

    def terms(self, caller: Caller, now: float) -> Terms:
        return next(one for one in self._terms if now < caller.joined_at + one.until)

    def next_terms_at(self, caller: Caller, now: float) -> float:
        """When the terms for this caller ease next; 0 for never."""
        until = self.terms(caller, now).until
        return 0.0 if until == inf else caller.joined_at + until

    def hindrance(self, member: Member, caller: Caller, terms: Terms) -> str:
        """Why the member may not serve the caller, in words; "" when it may."""
        if member.penalty > terms.penalty_limit and not self.ignores_penalties:
            return f"penalty {member.penalty} is above {terms.penalty_limit:.0f}"
        return terms.lacking(member.skills, caller.facts.language)

    def best_agent(self, caller: Caller, now: float, draw: Draw) -> Agent | None:
        """Among the free members of the lowest penalty who may serve, the strategy's choice."""
        terms, refused = self.terms(caller, now), dict[str, str]()
        free = list(self.ready.values())
        if not terms.is_open:
            refused = {one.agent.id: self.hindrance(one, caller, terms) for one in free}
            free = [one for one in free if not refused[one.agent.id]]
        order = Round(free, now, draw, self._last_order, len(self.members))
        is_equal = self.ignores_penalties
        scored = sorted(
            (0 if is_equal else one.penalty, score, one.order, one)
            for one, score in zip(free, self._strategy.scores(order), strict=True)
        )
        chosen = scored[0][3] if scored else None
        self.decisions.append(
            decisions.of_caller(
                now,
                self.name,
                self.settings.strategy,
                caller.id,
                now - caller.joined_at,
                chosen,
                scored,
                self.members,
                refused,
            )
        )
        return chosen.agent if chosen else None

    def took_turn(self, agent: Agent) -> None:
        """The agent was chosen, however it came to that."""
        member = self.members[agent.id]
        member.turn = self._past_turns[agent.id] = next(self._turns)
        self._last_key, self._last_order = member.key, member.order


def _remove(places: list[Place], caller: Caller) -> None:
    del places[bisect_left(places, caller.place)]
