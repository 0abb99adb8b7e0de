"""A queue: the callers who wait in it and the ready agents who serve it."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass

from nidaa.config import models
from pbx.acd.agent import Agent
from pbx.acd.effects import CallerFacts
from pbx.acd.strategy import STRATEGIES


@dataclass(slots=True, eq=False)
class Caller:
    """A waiting party; `attempt` is the ring attempt that is under way for it."""

    id: str
    queue: Queue
    facts: CallerFacts
    joined_at: float
    order: int  # of joining: tells callers of one instant apart
    attempt: str = ""

    @property
    def place(self) -> Place:
        return self.joined_at, self.order, self


Place = tuple[float, int, Caller]


class Queue:
    """Callers in the order they joined, those without a ring attempt (pending) apart."""

    def __init__(self, settings: models.Queue) -> None:
        self.settings = settings
        self.is_removed = False  # no longer configured: it ends with its last caller
        self.ready: dict[str, Agent] = {}
        self._waiting: list[Place] = []
        self._pending: list[Place] = []

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def waiting(self) -> list[Caller]:
        """All callers, the longest waiting first."""
        return [caller for _, _, caller in self._waiting]

    @property
    def first_pending(self) -> Caller | None:
        """Who is to be served next."""
        return self._pending[0][2] if self._pending else None

    def join(self, caller: Caller) -> int:
        """Let the caller wait; the position from 1."""
        insort(self._waiting, caller.place)
        insort(self._pending, caller.place)
        return len(self._waiting)

    def leave(self, caller: Caller) -> None:
        _remove(self._waiting, caller)
        if not caller.attempt:
            _remove(self._pending, caller)

    def begin_attempt(self, caller: Caller, attempt: str) -> None:
        _remove(self._pending, caller)
        caller.attempt = attempt

    def end_attempt(self, caller: Caller) -> None:
        """The caller is pending again, at the place it always had."""
        caller.attempt = ""
        insort(self._pending, caller.place)

    def best_agent(self, now: float) -> Agent | None:
        """Among the ready agents of the lowest penalty, the one the strategy chooses."""
        if not self.ready:
            return None
        name = self.name
        lowest = min(agent.penalties[name] for agent in self.ready.values())
        best = [agent for agent in self.ready.values() if agent.penalties[name] == lowest]
        return STRATEGIES[self.settings.strategy].choose(best, now)


def _remove(places: list[Place], caller: Caller) -> None:
    del places[bisect_left(places, caller.place)]
