"""The real clock: monotonic seconds for deadlines, UTC for what people read."""

from __future__ import annotations

import time


class SystemClock:
    """Fits `pbx.calls.ports.Clock`."""

    def monotonic(self) -> float:
        return time.monotonic()

    def micros(self) -> int:
        return time.time_ns() // 1000
