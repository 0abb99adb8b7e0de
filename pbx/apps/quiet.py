"""Log lines that strangers can cause: one per source and minute, so that nobody fills the disk."""

from __future__ import annotations

from typing import Protocol

EVERY = 60.0  # seconds
MAX_SOURCES = 1000


class Speaks(Protocol):
    """A log."""

    def warning(self, text: str, **ids: object) -> None: ...


class Quiet:
    """Remembers when it last spoke of a source."""

    def __init__(self, log: Speaks) -> None:
        self._log = log
        self._spoken_at: dict[str, float] = {}

    def warning(self, source: str, text: str, now: float) -> None:
        """Say it, unless something was said of this source within the minute."""
        spoken_at = self._spoken_at.get(source)
        if spoken_at is not None and now - spoken_at < EVERY:
            return
        if len(self._spoken_at) >= MAX_SOURCES:
            self._spoken_at.clear()
        self._spoken_at[source] = now
        self._log.warning(text)
