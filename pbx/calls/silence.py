"""Watches browser legs that fell silent: a page that is gone says nothing, not even BYE.

Only browsers: they prove each few seconds that they are there (RFC 7675), while a desk phone on
mute may rightly send nothing for minutes.
"""

from __future__ import annotations

from collections.abc import Callable

from nidaa.contracts.media import LegSilent, LegUp, Profile
from pbx.calls.leg import Leg
from pbx.calls.ports import Ports, Timer
from pbx.calls.reports import LegLost, Report

SILENT_LIMIT = 30.0  # seconds; long enough for a browser to find another network


class Silence:
    """The silent legs of one call."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._timers: dict[str, Timer] = {}

    def take(self, leg: Leg, event: LegSilent | LegUp, report: Callable[[Report], None]) -> None:
        """The leg fell silent, or is heard again; a silence that lasts is reported as LegLost."""
        timer = self._timers.pop(leg.id, None)
        if timer is not None:
            timer.cancel()
        if isinstance(event, LegSilent) and leg.facts.profile is Profile.WEBRTC:
            at = self._ports.clock.monotonic() + SILENT_LIMIT - event.silent_for
            self._timers[leg.id] = self._ports.timers.call_at(at, report, LegLost(leg))

    def end(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
