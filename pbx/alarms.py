"""What is wrong with the system now, by a stable name; raised and cleared once each."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nidaa.contracts.events import AlarmCleared, AlarmRaised
from nidaa.logging import Log
from pbx.calls.ports import EventSink

log = Log("pbx.alarm")
LOOK_EVERY = 10.0  # seconds between two looks at the disk
LEAST_FREE = 256 << 20  # bytes; less is an alarm
ENOUGH_FREE = 320 << 20  # bytes; the alarm is over


class Alarms:
    """The alarms that are on, with their words."""

    def __init__(self) -> None:
        self._on: dict[str, str] = {}
        self._events: EventSink | None = None

    def report_to(self, events: EventSink) -> None:
        """Alarms become events from now on, those that are on already at once."""
        self._events = events
        for alarm, text in self._on.items():
            events.emit("", AlarmRaised(alarm, text))

    def __call__(self, alarm: str, text: str) -> None:
        """Raise it, or clear it with "". The same again changes nothing."""
        was_on = alarm in self._on
        if text:
            self._on[alarm] = text
        elif was_on:
            del self._on[alarm]
        if was_on is not bool(text):
            self._tell(alarm, text)

    @property
    def current(self) -> dict[str, str]:
        return dict(self._on)

    def _tell(self, alarm: str, text: str) -> None:
        if text:
            log.error(f"{alarm}: {text}")
        else:
            log.warning(f"{alarm}: over")
        if self._events is not None:
            self._events.emit("", AlarmRaised(alarm, text) if text else AlarmCleared(alarm))


class DiskWatch:
    """Raises `disk_low` while the state folder's disk has little room, before it has none."""

    def __init__(self, folder: Path, alarm: Callable[[str, str], None]) -> None:
        self._folder, self._alarm = folder, alarm
        self._next_at = 0.0
        self._is_low = False

    def look(self, now: float) -> None:
        """Look again when it is time to."""
        if now < self._next_at:
            return
        self._next_at = now + LOOK_EVERY
        try:
            free = free_bytes(self._folder)
        except OSError as error:
            self._alarm("disk_low", f"{self._folder} cannot be looked at: {error}")
            return
        self._is_low = free < (ENOUGH_FREE if self._is_low else LEAST_FREE)
        text = f"Only {free >> 20} MB are free in {self._folder}: recordings and logs need room."
        self._alarm("disk_low", text if self._is_low else "")


def free_bytes(folder: Path) -> int:
    """What a process that is not root may still write there. Raises OSError."""
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize
