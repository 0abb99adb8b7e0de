"""App: answer the caller, greet, wait with music in a queue, talk to the agent who takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from nidaa.config.models import Queue
from nidaa.contracts.events import HangupBy, LegRole, Outcome, RingResult, SegmentKind
from nidaa.contracts.media import PlayDone
from pbx.apps.acd_owner import AcdOwner, RingAgent, StopRinging
from pbx.apps.fork import Callee, Fork, Phones, Progress
from pbx.apps.talk import Talk
from pbx.calls import reports
from pbx.calls.call import Call
from pbx.calls.causes import Cause
from pbx.calls.facts import CallOver
from pbx.calls.leg import Leg

LONGEST_GREETING = 120.0  # seconds; then the caller goes on to the queue whatever plays
STOP_CAUSES = {
    RingResult.MISSED: Cause.NO_ANSWER,
    RingResult.CANCELLED: Cause.CALLER_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Queueing:
    """One caller's way through one queue."""

    queue: Queue
    greeting: str  # a prompt such as "fr/welcome", or ""
    sdp: str  # the caller's offer
    owner: AcdOwner
    phones: Phones
    domain: str
    language: str = ""  # the caller's, where the number says it
    priority: int = 0  # against other callers of the queue

    async def __call__(self, call: Call) -> NoReturn:
        """Greet, wait, talk. Raises CallOver when the caller or the agent hangs up."""
        call.accept(await call.describe(self.sdp))
        call.view.queue, call.outcome = self.queue.name, Outcome.ABANDONED
        if self.greeting:
            await self._greet(call)
        music = await call.play(call.caller, (f"music:{self.queue.music}",), is_loop=True)
        call.caller.enter(SegmentKind.QUEUE, self.queue.name)
        reason = "released"
        try:
            self.owner.join(call, self.queue.name, self.language, self.priority)
            agent_leg, attempt = await self._wait(call)
            await call.stop(call.caller, music)
            await self._talk(call, agent_leg, attempt)
        except CallOver as over:
            reason = "abandoned" if over.by is HangupBy.CALLER else reason
            call.release_callees(over.cause, over.by)  # before their agent is free for the next
            raise
        finally:
            self.owner.gone(call, reason)

    async def _greet(self, call: Call) -> None:
        play = await call.play(call.caller, (self.greeting,))
        if not play:
            return
        call.set_deadline(LONGEST_GREETING)
        while True:
            match await call.next():
                case reports.MediaReported(PlayDone(play=done)) if done == play:
                    break
                case reports.DeadlinePassed():
                    break
        call.cancel_deadline()

    async def _wait(self, call: Call) -> tuple[Leg, str]:
        """Ring the agents the ACD chooses until one answers and wins: the leg, the attempt."""
        fork: Fork | None = None
        while True:
            report = await call.next()
            if isinstance(report, RingAgent):
                fork = await self._ring(call, report)
            elif isinstance(report, StopRinging):
                fork = self._stop(call, fork, report)
            elif fork is not None:
                progress = await fork.take(report)
                winner, attempt = fork.winner, fork.callee.attempt
                if progress is Progress.WON and winner is not None:
                    if self.owner.answered(call, attempt):
                        return winner, attempt
                    fork.cancel(Cause.NO_ANSWER)
                elif progress is Progress.FAILED:
                    call.show("ringing")
                    self.owner.do(self.owner.acd.ring_failed, attempt, fork.result)

    async def _ring(self, call: Call, ring: RingAgent) -> Fork | None:
        callee = Callee(ring.extension, LegRole.AGENT, ring.agent, ring.attempt, ring.queue)
        fork = Fork(call, callee, self.domain)
        call.show("ringing", agent=ring.agent, attempt=ring.attempt)
        if await fork.start(self.phones(ring.extension)):
            return fork
        call.show("ringing")
        self.owner.do(self.owner.acd.ring_failed, ring.attempt, RingResult.UNREACHABLE)
        return None

    def _stop(self, call: Call, fork: Fork | None, stop: StopRinging) -> Fork | None:
        if fork is None or fork.callee.attempt != stop.attempt:
            return fork
        call.show("ringing")
        fork.cancel(STOP_CAUSES.get(stop.result, Cause.NORMAL_CLEARING))
        return None

    async def _talk(self, call: Call, agent_leg: Leg, attempt: str) -> NoReturn:
        agent, owner = agent_leg.facts.agent, self.owner
        talk = Talk(
            call,
            agent_leg,
            self.queue.name,
            self.queue.music,
            attempt,
            on_hold=lambda is_held: owner.do(owner.acd.hold, agent, is_held),
        )
        await talk.start()
        if self.queue.is_recorded:
            await talk.record()
        await talk.run()
