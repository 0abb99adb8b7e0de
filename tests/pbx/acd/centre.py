"""A simulated call centre: the real ACD, driven by events of a simulated time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random

from nidaa.config import models
from nidaa.contracts import directory
from pbx.acd.acd import Acd
from pbx.acd.effects import CallerFacts, Ring

TalkFor = Callable[[str, str], float]  # seconds, by language of the caller and by agent


@dataclass(slots=True)
class Outcomes:
    """What became of the callers that arrived after the warm-up."""

    waits: list[float] = field(default_factory=list)  # of those answered
    abandoned: int = 0
    talked_for: float = 0.0
    began_at: float = 0.0
    ended_at: float = 0.0

    @property
    def load(self) -> float:
        """What really came, in Erlang: talk per second. Meaningless when callers give up."""
        return self.talked_for / (self.ended_at - self.began_at)

    @property
    def calls(self) -> int:
        return len(self.waits) + self.abandoned

    @property
    def waited_share(self) -> float:
        """Of all who were answered or gave up, those who were not answered at once."""
        return (sum(wait > 0 for wait in self.waits) + self.abandoned) / self.calls

    @property
    def mean_wait(self) -> float:
        return sum(self.waits) / len(self.waits)

    @property
    def abandoned_share(self) -> float:
        return self.abandoned / self.calls

    def within(self, seconds: float) -> float:
        return sum(wait <= seconds for wait in self.waits) / self.calls


@dataclass(slots=True)
class Demand:
    """Who calls: `rate` a second on average, giving up after `patience` seconds on average."""

    calls: int
    rate: float
    talk_for: TalkFor
    patience: float = inf
    languages: tuple[str, ...] = ("",)
    warm_up: int = 1000  # calls before the first that counts


class Centre:
    """Callers come at random, agents answer at once, talk and are free again."""

    def __init__(
        self,
        queue: models.Queue,
        agents: tuple[directory.Agent, ...],
        demand: Demand,
        seed: int,
    ) -> None:
        self.dice, self.outcomes = Random(seed), Outcomes()
        self._demand, self._left = demand, demand.calls + demand.warm_up
        ids = count()
        self.acd = Acd(lambda: str(next(ids)), self.dice.random)
        self.acd.configure((queue,), 0.0)
        self.acd.set_agents(agents, 0.0)
        for agent in agents:
            self.acd.set_reachable(agent.extension, True, 0.0)
            self.acd.sign_on(agent.id, 0.0)
            self.acd.set_ready(agent.id, 0.0)
        self._queue = queue.name
        self._joined: dict[str, tuple[float, str]] = {}  # when, language
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()

    def run(self) -> Outcomes:
        """Let everybody come and be served."""
        self._at(0.0, self._arrive)
        while self._events or self.acd.next_deadline() is not None:
            now = self._step()
            for effect in self.acd.take_effects():
                if isinstance(effect, Ring):
                    self._answer(effect, now)
            self.acd.take_effects()
        return self.outcomes

    @property
    def _counts(self) -> bool:
        return self._left < self._demand.calls

    def _arrive(self, now: float) -> None:
        demand, dice = self._demand, self.dice
        self._left -= 1
        if self._left == demand.calls:
            self.outcomes.began_at = now
        self.outcomes.ended_at = now
        if self._left:
            self._at(now + dice.expovariate(demand.rate), self._arrive)
        caller, language = f"c{self._left}", dice.choice(demand.languages)
        self._joined[caller] = now, language
        if demand.patience < inf:
            gives_up = now + dice.expovariate(1 / demand.patience)
            self._at(gives_up, lambda at: self._leave(caller, at))
        self.acd.join(caller, self._queue, now, CallerFacts(language=language))

    def _leave(self, caller: str, now: float) -> None:
        if self.acd.leave(caller, now) and self._counts:
            self.outcomes.abandoned += 1

    def _answer(self, ring: Ring, now: float) -> None:
        assert self.acd.answered(ring.attempt, now)
        joined_at, language = self._joined.pop(ring.caller)
        talk = self._demand.talk_for(language, ring.agent)
        if self._counts:
            self.outcomes.waits.append(now - joined_at)
            self.outcomes.talked_for += talk
        self._at(now + talk, lambda at: self.acd.talk_ended(ring.caller, at))

    def _step(self) -> float:
        deadline = self.acd.next_deadline()
        if deadline is not None and (not self._events or deadline <= self._events[0][0]):
            self.acd.handle_timers(deadline)
            return deadline
        at, _, do = heappop(self._events)
        do(at)
        return at

    def _at(self, at: float, do: Callable[[float], None]) -> None:
        heappush(self._events, (at, next(self._order), do))
