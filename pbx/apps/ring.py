"""App: ring an extension for a caller who waits for the answer (a direct call)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from nidaa.contracts.events import HangupBy
from pbx.apps.floor import Floor
from pbx.apps.fork import Callee, Fork, Phones, Progress
from pbx.apps.talk import Talk
from pbx.calls import reports
from pbx.calls.call import Call, CallOver
from pbx.calls.causes import Cause

RING_FOR = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Ring:
    """One direct call to one extension."""

    callee: Callee
    sdp: str  # the caller's offer
    floor: Floor
    phones: Phones
    domain: str

    async def __call__(self, call: Call) -> NoReturn:
        """Ring, connect, talk. Raises CallOver when it is over."""
        answer = await call.describe(self.sdp)  # before anybody is disturbed
        fork = Fork(call, self.callee, self.domain)
        if not await fork.start(self.phones(self.callee.extension)):
            raise CallOver(Cause.UNREACHABLE, HangupBy.SYSTEM)
        call.set_deadline(RING_FOR)
        await self._wait(call, fork)
        call.cancel_deadline()
        await self._talk(call, fork, answer)

    async def _wait(self, call: Call, fork: Fork) -> None:
        while True:
            report = await call.next()
            if isinstance(report, reports.DeadlinePassed):
                raise CallOver(Cause.NO_ANSWER, HangupBy.SYSTEM)
            progress = await fork.take(report)
            if progress is Progress.WON:
                return
            if progress is Progress.FAILED:
                raise CallOver(fork.cause, HangupBy.SYSTEM)
            if progress is Progress.RANG and not call.caller.is_released:
                call.caller.ring()

    async def _talk(self, call: Call, fork: Fork, answer: str) -> NoReturn:
        winner = fork.winner
        if winner is None:
            raise CallOver(Cause.FAILURE, HangupBy.SYSTEM)
        call.accept(answer)
        talk = Talk(call, winner)
        with self._occupied(call):
            await talk.start()
            await talk.run()

    @contextmanager
    def _occupied(self, call: Call) -> Iterator[None]:
        """Agents in a direct call take no queue call meanwhile."""
        agents = [a for a in (call.caller.facts.agent, self.callee.agent) if a]
        for agent in agents:
            self.floor.occupy(agent, call.id)
        try:
            yield
        finally:
            for agent in agents:
                self.floor.do(self.floor.acd.free, agent)
