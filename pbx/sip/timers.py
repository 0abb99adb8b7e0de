"""Deadlines in order. A timer is data and is never cancelled: it fires, and whoever is called
ignores it when its state has moved on. That is cheaper than finding it again, and has no races.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

# RFC 3261 table 4, in seconds.
T1 = 0.5  # round trip estimate
T2 = 4.0  # longest retransmission interval
T4 = 5.0  # longest a message stays in the network
TIMEOUT = 64 * T1
SILENCE = 0.2  # an INVITE without an answer for so long gets a 100 (17.2.1)

Entry = tuple[float, int, Callable[..., None], tuple[object, ...]]


class Timers:
    """A heap of calls to make; each is given its own arguments and then `now`."""

    __slots__ = ("_heap", "_tick")

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._tick = count()

    def call_at(self, at: float, what: Callable[..., None], *args: object) -> None:
        """Call `what(*args, now)` once `at` has come; those of one instant in the order given."""
        heappush(self._heap, (at, next(self._tick), what, args))

    def next_deadline(self) -> float | None:
        """When `run` is due next, in seconds of the caller's clock; None when never."""
        return self._heap[0][0] if self._heap else None

    def run(self, now: float) -> None:
        """Make every call that is due, also one that a call made here adds."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            _, _, what, args = heappop(heap)
            what(*args, now)
