"""App: answer the caller, play one announcement, end the call (outside opening hours)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from nidaa.contracts.events import HangupBy
from nidaa.contracts.media import PlayDone
from pbx.calls import reports
from pbx.calls.call import Call
from pbx.calls.causes import Cause
from pbx.calls.facts import CallOver

LONGEST = 120.0  # seconds; then the call ends whatever plays


@dataclass(frozen=True, slots=True)
class Announce:
    """One caller who hears one prompt."""

    prompt: str  # such as "fr/closed"
    sdp: str  # the caller's offer

    async def __call__(self, call: Call) -> NoReturn:
        """Raises CallOver when the prompt is over, is not there, or the caller hangs up."""
        call.accept(await call.describe(self.sdp))
        call.show("active")
        play = await call.play(call.caller, (self.prompt,))
        call.set_deadline(LONGEST)
        while play:
            match await call.next():
                case reports.MediaReported(PlayDone(play=done)) if done == play:
                    break
                case reports.DeadlinePassed():
                    break
        raise CallOver(Cause.CLOSED, HangupBy.SYSTEM)
