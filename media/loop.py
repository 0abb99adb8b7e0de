"""The one loop of a worker: epoll over its sockets, and a heap of timers.

Sockets are level-triggered and read one datagram a turn: what is left is reported again, so no
leg can starve the others. An exception of one handler is logged and the others go on.

A wake-up costs more than a packet. While packets come thick, the loop naps a millisecond before
it looks, and then finds several; a lone call is served as its packets come.
"""

from __future__ import annotations

import heapq
import select
import time
import traceback
from collections.abc import Callable

from nidaa.logging import Log

IDLE_FOR = 1.0  # seconds that the loop sleeps at most
EVENTS_A_TURN = 512
NAP_FOR = 0.001  # seconds
DENSE = 0.002  # seconds between two turns with work, below which the loop naps
READABLE = select.EPOLLIN

log = Log("media.loop")

Handler = Callable[[float], None]  # takes the monotonic time of this turn


class Loop:
    """Calls handlers when their file descriptor is readable, and timers when they are due.

    A timer cannot be cancelled: its callback ignores what is over.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._now = self._worked_at = clock()
        self._is_dense = False
        self._epoll = select.epoll()
        self._readers: dict[int, Handler] = {}
        self._writers: dict[int, Handler] = {}
        self._timers: list[tuple[float, int, Handler]] = []
        self._armed = 0
        self._is_running = False
        self._failed_at = float("-inf")
        self.failures = 0  # exceptions that came out of a handler

    def now(self) -> float:
        """The time of this turn: no packet that is handled in it came later."""
        return self._now

    def watch(self, fd: int, readable: Handler) -> None:
        self._readers[fd] = readable
        self._epoll.register(fd, select.EPOLLIN)

    def rewatch(self, fd: int, readable: Handler) -> None:
        """Another handler for a descriptor that is watched."""
        self._readers[fd] = readable

    def watch_writable(self, fd: int, writable: Handler | None) -> None:
        """Also call `writable` when there is room to write again; None: no longer."""
        if writable:
            self._writers[fd] = writable
            self._epoll.modify(fd, select.EPOLLIN | select.EPOLLOUT)
        elif self._writers.pop(fd, None):
            self._epoll.modify(fd, select.EPOLLIN)

    def unwatch(self, fd: int) -> None:
        """Before the descriptor is closed."""
        if self._readers.pop(fd, None):
            self._writers.pop(fd, None)
            self._epoll.unregister(fd)

    def call_at(self, when: float, callback: Handler) -> None:
        self._armed += 1  # keeps the order of timers of one time
        heapq.heappush(self._timers, (when, self._armed, callback))

    def run(self) -> None:
        """Until `stop`."""
        self._is_running = True
        while self._is_running:
            self.turn(IDLE_FOR)

    def stop(self) -> None:
        self._is_running = False

    def turn(self, wait_for: float) -> None:
        """One turn: wait for `wait_for` seconds at most, then call what is ready or due."""
        if self._is_dense and wait_for >= NAP_FOR:
            time.sleep(NAP_FOR)  # a timer may be that late
        if self._timers:
            wait_for = min(wait_for, max(self._timers[0][0] - self._clock(), 0))
        events = self._epoll.poll(wait_for, EVENTS_A_TURN)
        now = self._now = self._clock()
        if events or (self._timers and self._timers[0][0] <= now):
            self._is_dense, self._worked_at = now - self._worked_at < DENSE, now
            self._handle(events, now)
            self._run_timers(now)

    def _handle(self, events: list[tuple[int, int]], now: float) -> None:
        readers = self._readers
        for fd, mask in events:
            # Looked up each time: a handler before this one may have closed it.
            if mask == READABLE:
                handler = readers.get(fd)
            else:
                handler = readers.get(fd) if mask & ~select.EPOLLOUT else self._writers.get(fd)
            if handler:
                try:
                    handler(now)
                except Exception:  # one leg's bug must not end the audio of all others
                    self._failed(now)

    def _run_timers(self, now: float) -> None:
        while self._timers and self._timers[0][0] <= now:
            try:
                heapq.heappop(self._timers)[2](now)
            except Exception:  # as above
                self._failed(now)

    def _failed(self, now: float) -> None:
        """Log the exception being handled, one a second: a flood of packets may cause it."""
        self.failures += 1
        if now - self._failed_at >= 1:
            self._failed_at = now
            log.error(f"handler failed ({self.failures} so far)\n{traceback.format_exc()}")

    def close(self) -> None:
        self._readers.clear()
        self._writers.clear()
        self._timers.clear()
        self._epoll.close()
