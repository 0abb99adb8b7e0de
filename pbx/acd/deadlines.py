"""The deadlines of agents' states and of what waiting callers are due, the next one first."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

from pbx.acd.agent import Agent
from pbx.acd.queue import Caller

Dated = Agent | Caller


class Deadlines:
    """A heap whose entries are never taken out early: one that no longer counts is passed over."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Dated]] = []
        self._order = count()

    def add(self, dated: Dated) -> None:
        """Watch its present `until`."""
        heappush(self._heap, (dated.until, next(self._order), dated))

    def next(self) -> float | None:
        """When the next deadline that counts is due."""
        while self._heap:
            at, _, dated = self._heap[0]
            if dated.until == at:
                return at
            heappop(self._heap)
        return None

    def pop_due(self, now: float) -> Dated | None:
        """Whose deadline passed first, if one did."""
        at = self.next()
        return heappop(self._heap)[2] if at is not None and at <= now else None
