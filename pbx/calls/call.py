"""A call: one conversation, its legs and its media session, owned by one task.

Everything that happens to the call is put into its inbox; the task runs the app the call was sent
to, and the app takes reports out one at a time by `next`. So nothing of a call runs twice at once,
and a report waits while the media engine is asked.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import NoReturn

from nidaa.contracts.events import (
    CallEnded,
    CallStarted,
    EventData,
    HangupBy,
    LegRole,
    Outcome,
    SegmentKind,
)
from nidaa.contracts.media import (
    LegFailed,
    LegSilent,
    LegUp,
    MediaEvent,
    MediaProblem,
    Profile,
)
from nidaa.logging import Log
from pbx.calls import reports
from pbx.calls.causes import MEANINGS, Cause
from pbx.calls.facts import CallFacts, CallOver, View
from pbx.calls.leg import Leg, LegFacts, LegState
from pbx.calls.ports import MediaLost, MediaRefused, Ports, Timer
from pbx.calls.silence import Silence

log = Log("pbx.call")
REFUSALS = {
    MediaProblem.BAD_SDP: Cause.BAD_DESCRIPTION,
    MediaProblem.NOT_ACCEPTABLE: Cause.NO_COMMON_CODEC,
    MediaProblem.NO_PORTS: Cause.NO_CAPACITY,
}


class Call:
    """The owner of one conversation's legs. All methods but `put` are for its own task."""

    def __init__(self, facts: CallFacts, ports: Ports) -> None:
        self.facts, self.ports = facts, ports
        self.outcome = Outcome.NO_ANSWER
        self.view = View(since_at=ports.clock.micros())
        self.legs: list[Leg] = []
        self._inbox: asyncio.Queue[reports.Report] = asyncio.Queue()
        self._deadline: Timer | None = None
        self._deadline_number = 0
        self._silence = Silence(ports)
        self._plays = 0
        self._is_over = False

    @property
    def id(self) -> str:
        return self.facts.id

    @property
    def caller(self) -> Leg:
        return self.legs[0]

    # told from outside

    def put(self, report: reports.Report) -> None:
        """Tell the call's task; what comes after its end is dropped."""
        if not self._is_over:
            self._inbox.put_nowait(report)

    def media_event(self, event: MediaEvent) -> None:
        self.put(reports.MediaReported(event))

    def media_lost(self) -> None:
        self.put(reports.MediaGone())

    # its life

    def new_leg(
        self,
        role: LegRole,
        endpoint: str,
        state: LegState = LegState.CALLING,
        agent: str = "",
        extension: str = "",
        profile: Profile = Profile.PLAIN,
    ) -> Leg:
        id_ = self.ports.new_id("l")
        facts = LegFacts(id_, self.id, role, endpoint, agent, extension, profile)
        leg = Leg(facts, state, self.ports, self.put)
        self.legs.append(leg)
        return leg

    def start(self, endpoint: str, kind: SegmentKind, profile: Profile, agent: str = "") -> Leg:
        """The first two events; returns the caller's leg, which waits for our answer."""
        facts = self.facts
        self.emit(
            CallStarted(
                facts.direction,
                facts.from_number,
                facts.from_raw,
                facts.from_name,
                facts.to_number,
                facts.trunk,
            )
        )
        text = f"started {facts.direction} {facts.from_number or 'anonymous'} > {facts.to_number}"
        log.info(text, call=self.id)
        leg = self.new_leg(LegRole.CALLER, endpoint, LegState.INVITED, agent, profile=profile)
        leg.start(kind)
        return leg

    async def run(self, app: Callable[[Call], Awaitable[NoReturn]]) -> None:
        """Run the app until the call is over; then nothing of the call is left.

        Supervised here: whatever goes wrong in an app ends this call with a cause and no other.
        """
        cause, by = Cause.FAILURE, HangupBy.SYSTEM
        try:
            self.ports.engine.open(self.id, self)
            await app(self)
        except CallOver as over:
            cause, by = over.cause, over.by
        except MediaLost:
            cause = Cause.MEDIA_LOST
        except MediaRefused as refused:
            cause = REFUSALS.get(refused.problem, Cause.FAILURE)
            log.warning(f"media refused: {refused}", call=self.id)
        except asyncio.CancelledError:
            cause = Cause.SHUTDOWN
            raise
        except Exception as error:
            log.error(f"app failed: {error!r}\n{traceback.format_exc()}", call=self.id)
        finally:
            self._end(cause, by)

    def _end(self, cause: Cause, by: HangupBy) -> None:
        self._is_over = True
        self.cancel_deadline()
        self._silence.end()
        for leg in self.legs:
            leg.release(cause, by)
        self.ports.engine.end(self.id)
        if by is HangupBy.SYSTEM and self.outcome is not Outcome.ANSWERED:
            self.outcome = OUTCOMES.get(cause, Outcome.FAILED)
        self.emit(CallEnded(self.outcome, cause.value))
        log.info(f"ended {self.outcome} {cause} by {by}", call=self.id)
        self.legs.clear()
        while not self._inbox.empty():
            self._inbox.get_nowait()

    def show(self, state: str, agent: str = "", attempt: str = "") -> None:
        """What live views say of it from now on."""
        self.view.state, self.view.since_at = state, self.ports.clock.micros()
        self.view.agent, self.view.attempt = agent, attempt

    def release_callees(self, cause: Cause, by: HangupBy) -> None:
        """CANCEL or BYE to every leg but the caller's."""
        for leg in self.legs[1:]:
            leg.release(cause, by)

    def emit(self, data: EventData) -> None:
        self.ports.events.emit(self.id, data)

    # what its app waits for

    async def next(self) -> reports.Report:
        """The next thing the app must know. Raises CallOver when the call has to end."""
        while True:
            report = await self._inbox.get()
            self._check_end(report)
            match report:
                case reports.LegOffered(leg, sdp):
                    change = await self._answer_offer(leg, sdp)
                    if change is not None:
                        return change
                case reports.LegConfirmed(leg, sdp):
                    await self.ports.engine.remote(self.id, leg.id, sdp)
                case reports.LegAnswered(leg) | reports.LegRang(leg) if leg.is_released:
                    continue  # we gave it up while the report waited
                case reports.DeadlinePassed(number) if number != self._deadline_number:
                    continue  # a deadline that was cancelled or set anew
                case _:
                    return report

    def _check_end(self, report: reports.Report) -> None:
        """Raises CallOver or MediaLost for what no app can go on after."""
        match report:
            case reports.LegReleased(leg, cause, _, by) if leg is self.caller:
                raise CallOver(cause, by)
            case reports.EndAsked(cause):
                raise CallOver(cause, HangupBy.SYSTEM)
            case reports.MediaGone():
                raise MediaLost
            case reports.LegLost():
                raise CallOver(Cause.AUDIO_LOST, HangupBy.SYSTEM)
            case reports.MediaReported(LegFailed() | LegSilent() | LegUp() as event):
                self._audio_changed(event)

    def set_deadline(self, wait_for: float) -> None:
        """DeadlinePassed comes out of `next` in so many seconds, unless set anew or cancelled."""
        self.cancel_deadline()
        report = reports.DeadlinePassed(self._deadline_number)
        at = self.ports.clock.monotonic() + wait_for
        self._deadline = self.ports.timers.call_at(at, self.put, report)

    def cancel_deadline(self) -> None:
        self._deadline_number += 1
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # the caller's leg

    async def describe(self, sdp: str) -> str:
        """What our 200 to the caller will carry: the answer to `sdp`, or an offer without one."""
        caller = self.caller
        if not sdp:
            return await self.ports.engine.offer(self.id, caller.id, caller.facts.profile)
        answer, _ = await self.ports.engine.answer(self.id, caller.id, sdp)
        return answer

    def accept(self, sdp: str) -> None:
        """Answer the caller. Raises CallOver when they hung up just now."""
        if self.caller.is_released:
            raise CallOver(Cause.CALLER_CANCELLED, HangupBy.CALLER)
        self.caller.accept(sdp)

    # audio

    async def play(self, leg: Leg, items: tuple[str, ...], is_loop: bool = False) -> str:
        """Play to one leg; returns the name of the play, or "" where the prompt is not there."""
        self._plays += 1
        play = f"p{self._plays}"
        try:
            await self.ports.engine.play(self.id, leg.id, play, items, is_loop)
        except MediaRefused as refused:
            if refused.problem is not MediaProblem.NO_PROMPT:
                raise
            log.warning(f"no prompt: {refused}", call=self.id, leg=leg.id)
            return ""
        return play

    async def stop(self, leg: Leg, play: str) -> None:
        if not play or leg.is_released:
            return
        try:
            await self.ports.engine.stop(self.id, leg.id, play)
        except MediaRefused as refused:  # it had ended by itself: a file that cannot be read
            log.warning(f"was not playing: {refused}", call=self.id, leg=leg.id)

    def drop(self, leg: Leg, cause: Cause, by: HangupBy = HangupBy.SYSTEM) -> None:
        """Release one leg of the call and its sockets; the others go on."""
        leg.release(cause, by)
        self.ports.engine.drop(self.id, leg.id)
        self.legs.remove(leg)

    async def _answer_offer(self, leg: Leg, sdp: str) -> reports.Report | None:
        """Answer a re-INVITE; what it changes for the call, if anything (RFC 3264 8.4)."""
        try:
            answer, direction = await self._negotiate(leg, sdp)
        except MediaRefused as refused:
            log.warning(f"offer refused: {refused}", call=self.id, leg=leg.id)
            if not leg.is_released:
                leg.refuse_offer(MEANINGS[REFUSALS.get(refused.problem, Cause.FAILURE)].status)
            return None
        if leg.is_released:
            return None
        leg.answer_offer(answer)
        is_holding = direction in ("sendonly", "inactive")
        if is_holding == leg.is_holding:
            return None
        leg.is_holding = is_holding
        return reports.LegHeld(leg) if is_holding else reports.LegResumed(leg)

    async def _negotiate(self, leg: Leg, sdp: str) -> tuple[str, str]:
        if sdp:
            return await self.ports.engine.answer(self.id, leg.id, sdp)
        offer = await self.ports.engine.offer(self.id, leg.id, leg.facts.profile)
        return offer, "sendonly" if leg.is_holding else "sendrecv"

    def _audio_changed(self, event: LegFailed | LegSilent | LegUp) -> None:
        """When one side's audio is gone for good, the other is not left talking to nobody."""
        leg = next((leg for leg in self.legs if leg.id == event.leg), None)
        if leg is None or leg.state is not LegState.ANSWERED:
            return
        if isinstance(event, LegUp):
            log.info("audio is up", call=self.id, leg=leg.id)
        else:
            log.warning(f"audio: {event}", call=self.id)
        if isinstance(event, LegFailed):
            raise CallOver(Cause.AUDIO_LOST, HangupBy.SYSTEM)
        self._silence.take(leg, event, self.put)


OUTCOMES = {
    Cause.BUSY: Outcome.BUSY,
    Cause.CLOSED: Outcome.NO_ANSWER,
    Cause.NO_ANSWER: Outcome.NO_ANSWER,
    Cause.REJECTED: Outcome.BUSY,
    Cause.UNREACHABLE: Outcome.NO_ANSWER,
}
