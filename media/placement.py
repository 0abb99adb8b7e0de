"""On which worker a new session goes: the one with the fewest, the lowest number among equals."""

from __future__ import annotations


class Placement:
    """Which workers are up and which session lives where."""

    def __init__(self) -> None:
        self._sessions: dict[int, set[str]] = {}
        self._places: dict[str, int] = {}

    def up(self, worker: int) -> None:
        self._sessions.setdefault(worker, set())

    def down(self, worker: int) -> set[str]:
        """The sessions that were there."""
        lost = self._sessions.pop(worker, set())
        for session in lost:
            del self._places[session]
        return lost

    def place(self, session: str) -> int | None:
        """A worker for a new session; None when none is up."""
        if not self._sessions:
            return None
        worker = min(self._sessions, key=lambda number: (len(self._sessions[number]), number))
        self._sessions[worker].add(session)
        self._places[session] = worker
        return worker

    def where(self, session: str) -> int | None:
        return self._places.get(session)

    def release(self, session: str) -> None:
        worker = self._places.pop(session, None)
        if worker is not None:
            self._sessions[worker].discard(session)

    def is_up(self, worker: int) -> bool:
        return worker in self._sessions
