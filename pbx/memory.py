"""When Python's collector of cycles runs: hardly ever while there are calls.

A finished call leaves no cycle and is freed at once. The collector would still look at every
living object again and again, a tenth of the CPU of a call, and hold all calls up for as long as
0.2 s. So it is off, and what other parts leave behind is collected when nobody is in a call.
"""

from __future__ import annotations

import gc

QUIET_EVERY = 60.0  # seconds between two collections while nobody is in a call
AT_LEAST_EVERY = 3600.0  # seconds, in a centre that is never quiet


class Collector:
    """Collects when it is told that it is a good moment."""

    def __init__(self, now: float) -> None:
        self._collected_at = now

    def take_over(self) -> None:
        """Nothing is collected by itself any more; what start-up made is left alone for good."""
        gc.collect()
        gc.freeze()
        gc.disable()

    def turn(self, calls: int, now: float) -> bool:
        """Collect if it is due and nobody would wait; whether it did."""
        if now - self._collected_at < (AT_LEAST_EVERY if calls else QUIET_EVERY):
            return False
        self._collected_at = now
        gc.collect()
        return True

    def give_back(self) -> None:
        """As Python does it by itself."""
        gc.enable()
        gc.unfreeze()
