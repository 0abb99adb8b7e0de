"""What is wrong with the system now, by a stable name; raised and cleared once each."""

from __future__ import annotations

from nidaa.contracts.events import AlarmCleared, AlarmRaised
from nidaa.logging import Log
from pbx.calls.ports import EventSink

log = Log("pbx.alarm")


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
