"""The deadlines of agents' states, the next one first."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

from pbx.acd.agent import Agent


class Deadlines:
    """A heap whose entries are never taken out early: one that no longer counts is passed over."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Agent]] = []
        self._order = count()

    def add(self, agent: Agent) -> None:
        """Watch the agent's present `until`."""
        heappush(self._heap, (agent.until, next(self._order), agent))

    def next(self) -> float | None:
        """When the next deadline that counts is due."""
        while self._heap:
            at, _, agent = self._heap[0]
            if agent.until == at:
                return at
            heappop(self._heap)
        return None

    def pop_due(self, now: float) -> Agent | None:
        """The agent whose deadline passed first, if one did."""
        at = self.next()
        return heappop(self._heap)[2] if at is not None and at <= now else None
