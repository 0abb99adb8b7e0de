"""Two legs in conversation: bridge, hold, resume, until one of them hangs up."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from nidaa.contracts.events import Outcome, RecordingStarted, SegmentKind
from nidaa.logging import Log
from pbx.calls import reports
from pbx.calls.bridge import Bridge
from pbx.calls.call import Call
from pbx.calls.facts import CallOver
from pbx.calls.leg import Leg
from pbx.calls.ports import MediaRefused

log = Log("pbx.talk")


def _no_hold(is_held: bool) -> None:
    """Nobody else needs to know."""


class Talk:
    """The bridge of a call between its caller and `far`."""

    def __init__(
        self,
        call: Call,
        far: Leg,
        queue: str = "",
        music: str = "default",
        attempt: str = "",
        on_hold: Callable[[bool], None] = _no_hold,
    ) -> None:
        self._call, self._far, self._attempt = call, far, attempt
        self._queue, self._music, self._on_hold = queue, f"music:{music}", on_hold
        self._bridge = Bridge((call.caller.id, far.id))
        self._plays: dict[str, str] = {}  # leg -> the music it hears

    async def start(self) -> None:
        """Bridge the legs."""
        self._call.outcome = Outcome.ANSWERED
        for leg in self._legs():
            if leg.is_holding:
                self._bridge = self._bridge.held_by(leg.id)
        await self._apply()

    async def run(self) -> NoReturn:
        """Keep them bridged. Raises CallOver when either side hangs up."""
        while True:
            match await self._call.next():
                case reports.LegHeld(leg):
                    self._bridge = self._bridge.held_by(leg.id)
                    await self._apply()
                case reports.LegResumed(leg):
                    self._bridge = self._bridge.resumed_by(leg.id)
                    await self._apply()
                case reports.LegReleased(leg, cause, _, by) if leg is self._far:
                    raise CallOver(cause, by)

    async def record(self) -> None:
        """Record both sides from now on; a call that cannot be recorded still goes on."""
        call, recording = self._call, self._call.ports.new_id("r")
        try:
            await call.ports.engine.record(call.id, recording, call.caller.id, self._far.id)
        except MediaRefused as refused:
            log.error(f"not recorded: {refused}", call=call.id)
            return
        call.emit(RecordingStarted(recording, self._far.id))

    def _legs(self) -> tuple[Leg, Leg]:
        return self._call.caller, self._far

    async def _apply(self) -> None:
        """Bring segments, ACD and audio to what the bridge says."""
        call, bridge = self._call, self._bridge
        kind = SegmentKind.HOLD if bridge.is_held else SegmentKind.TALK
        state = "held" if bridge.is_held else "active"
        for leg in self._legs():
            leg.enter(kind, self._queue, self._far.facts.agent)
        if call.view.state != state:
            was_held = call.view.state == "held"
            call.show(state, self._far.facts.agent, self._attempt)
            if was_held or bridge.is_held:
                self._on_hold(bridge.is_held)
        music_to = bridge.music_to()
        for leg in self._legs():
            if leg.id not in music_to and leg.id in self._plays:
                await call.stop(leg, self._plays.pop(leg.id))
        await call.ports.engine.hears(call.id, bridge.hears())
        for leg in self._legs():
            if leg.id in music_to and leg.id not in self._plays:
                self._plays[leg.id] = await call.play(leg, (self._music,), is_loop=True)
