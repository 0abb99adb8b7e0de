"""App: ring an extension for a caller who waits for the answer (a direct call)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from nidaa.contracts.events import HangupBy, LegRole
from pbx.apps.fork import Callee, Fork, Phones, Progress
from pbx.apps.talk import Talk
from pbx.calls import reports
from pbx.calls.call import Call, CallOver
from pbx.calls.causes import Cause

RING_FOR = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Occupied:
    """An agent in a direct call takes no queue call; called when it begins and when it is over."""

    begin: Callable[[str, str], None]  # extension, conversation
    end: Callable[[str, str], None]


class Ring:
    """One direct call to one extension."""

    def __init__(
        self, extension: str, sdp: str, phones: Phones, domain: str, occupied: Occupied
    ) -> None:
        self._extension, self._sdp = extension, sdp
        self._phones, self._domain, self._occupied = phones, domain, occupied

    async def __call__(self, call: Call) -> NoReturn:
        """Ring, connect, talk. Raises CallOver when it is over."""
        answer = await call.describe(self._sdp)  # before anybody is disturbed
        fork = Fork(call, Callee(self._extension, LegRole.CALLEE), self._domain)
        if not await fork.start(self._phones(self._extension)):
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
        self._occupied.begin(self._extension, call.id)
        try:
            await Talk(call, winner).run()
        finally:
            self._occupied.end(self._extension, call.id)
