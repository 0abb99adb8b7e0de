"""App: ring an extension for a caller who waits for the answer (a direct call)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from nidaa.contracts.events import HangupBy
from pbx.apps.acd_owner import AcdOwner
from pbx.apps.fork import Callee, Fork, Phones, Progress
from pbx.apps.talk import Talk
from pbx.calls import reports
from pbx.calls.call import Call
from pbx.calls.causes import Cause
from pbx.calls.facts import CallOver
from pbx.calls.leg import Leg

RING_FOR = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Ring:
    """One direct call to one extension."""

    callee: Callee
    sdp: str  # the caller's offer
    owner: AcdOwner
    phones: Phones
    domain: str

    async def __call__(self, call: Call) -> NoReturn:
        """Ring, connect, talk. Raises CallOver when it is over."""
        answer = await call.describe(self.sdp)  # before anybody is disturbed
        with self.owner.occupied(call.caller.facts.agent, call.id):
            winner = await self._ring(call)
            call.accept(answer)
            with self.owner.occupied(self.callee.agent, call.id):
                talk = Talk(call, winner)
                await talk.start()
                await talk.run()

    async def _ring(self, call: Call) -> Leg:
        """Ring all phones until one answers; its leg."""
        fork = Fork(call, self.callee, self.domain)
        if not await fork.start(self.phones(self.callee.extension)):
            raise CallOver(Cause.UNREACHABLE, HangupBy.SYSTEM)
        call.show("ringing", self.callee.agent)
        call.set_deadline(RING_FOR)
        while fork.winner is None:
            report = await call.next()
            if isinstance(report, reports.DeadlinePassed):
                raise CallOver(Cause.NO_ANSWER, HangupBy.SYSTEM)
            progress = await fork.take(report)
            if progress is Progress.FAILED:
                raise CallOver(fork.cause, HangupBy.SYSTEM)
            if progress is Progress.RANG and not call.caller.is_released:
                call.caller.ring()
        call.cancel_deadline()
        return fork.winner
