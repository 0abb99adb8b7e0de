"""A clock that stands still until a test moves it."""

from __future__ import annotations


class FakeClock:
    """Fits `pbx.calls.ports.Clock`: `now` is monotonic seconds, UTC runs along from `epoch`."""

    def __init__(self, now: float = 0.0, epoch: int = 1_774_000_000) -> None:
        self.now, self._epoch = now, epoch

    def monotonic(self) -> float:
        return self.now

    def micros(self) -> int:
        return round((self._epoch + self.now) * 1_000_000)

    def advance(self, seconds: float) -> float:
        self.now += seconds
        return self.now
