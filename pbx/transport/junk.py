"""What the network sends that is no SIP: at most one log line per source and minute."""

from __future__ import annotations

from collections.abc import Iterable

from nidaa.logging import Log
from pbx.sip.endpoint import Drop

log = Log("pbx.transport")
EVERY = 60.0  # seconds
MAX_SOURCES = 1024  # remembered; a flood from more of them is counted together


class JunkLog:
    """Remembers when each source was last written about, and how much it sent since."""

    def __init__(self) -> None:
        self._sources: dict[str, tuple[float, int]] = {}

    def note(self, drops: Iterable[Drop], now: float) -> None:
        """Log the first of a source; count the others until its minute is over."""
        for drop in drops:
            source = drop.flow.peer[0]
            if source not in self._sources and len(self._sources) >= MAX_SOURCES:
                self._forget(now)
                source = source if len(self._sources) < MAX_SOURCES else "other sources"
            logged_at, silent = self._sources.get(source, (-EVERY, 0))
            if now - logged_at < EVERY:
                self._sources[source] = (logged_at, silent + 1)
                continue
            self._sources[source] = (now, 0)
            more = f" (and {silent} more since)" if silent else ""
            log.warning(f"dropped from {source} on {drop.flow.listener}: {drop.why}{more}")

    def _forget(self, now: float) -> None:
        old = [name for name, (at, _) in self._sources.items() if now - at >= EVERY]
        for name in old:
            del self._sources[name]
