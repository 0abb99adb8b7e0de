"""Control commands as actions: what crm_api and the command line may ask of pbx."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nidaa.contracts import control
from nidaa.contracts.control import Done, Refusal, Refused, Result
from nidaa.contracts.events import Micros
from pbx.acd.decisions import Decision, in_words, meaning
from pbx.acd.errors import AcdMisuse, AgentRefused
from pbx.alarms import Alarms
from pbx.apps.acd_owner import AcdOwner
from pbx.calls.book import CallBook
from pbx.calls.call import Call
from pbx.calls.causes import Cause
from pbx.calls.ports import Clock
from pbx.calls.reports import EndAsked
from pbx.directory import DirectoryBook, StaleDirectory

DONE = Done()
Reload = Callable[[str, str], Awaitable[Result]]  # by whom, and why


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers for Health that others know."""

    registrations: Callable[[], int]
    media_workers: Callable[[], tuple[bool, ...]]
    last_seq: Callable[[], int]
    acked_seq: Callable[[], int]


class Commands:
    """Carries out one command at a time; none of them waits but reload, which is awaited."""

    def __init__(
        self,
        owner: AcdOwner,
        book: CallBook,
        directory: DirectoryBook,
        alarms: Alarms,
        clock: Clock,
        figures: Figures,
        version: str,
        reload: Reload,
    ) -> None:
        self._owner, self._book, self._directory = owner, book, directory
        self._alarms, self._clock, self._figures = alarms, clock, figures
        self._version, self._reload = version, reload

    def handle(self, command: control.Command) -> Result | Awaitable[Result]:
        """The command's result; what cannot be done is Refused with a stable code."""
        if isinstance(command, control.Reload):
            return self._reload(command.author, command.reason)
        try:
            return self._do(command)
        except AgentRefused as refused:
            return Refused(refused.code, str(refused))

    def _do(self, command: control.Command) -> Result:
        match command:
            case control.PublishDirectory():
                return self._publish(command)
            case control.CardShown():
                return self._card_shown(command)
            case control.HangUp(conversation):
                return self._hang_up(conversation)
            case control.GetLive() | control.GetDecisions() | control.GetHealth():
                return self._look(command)
        return self._act(command)

    def _look(self, question: control.GetLive | control.GetDecisions | control.GetHealth) -> Result:
        match question:
            case control.GetLive():
                return self._live()
            case control.GetDecisions(queue):
                return self._decisions(queue)
            case control.GetHealth():
                return self._health()

    def _act(self, command: control.Command) -> Result:
        """What an agent asks of the ACD. Raises AgentRefused."""
        do, acd = self._owner.do, self._owner.acd
        match command:
            case control.SignOn(agent):
                do(acd.sign_on, agent)
            case control.SignOff(agent):
                do(acd.sign_off, agent)
            case control.SetReady(agent):
                do(acd.set_ready, agent)
            case control.SetPaused(agent, reason):
                do(acd.set_paused, agent, reason)
            case control.FinishWrapUp(agent):
                do(acd.finish_wrap_up, agent)
            case control.ExtendWrapUp(agent, extend_for):
                do(acd.extend_wrap_up, agent, extend_for)
        return DONE

    def _publish(self, command: control.PublishDirectory) -> Result:
        try:
            self._directory.publish(command.directory)
        except StaleDirectory as stale:
            return Refused(Refusal.STALE, str(stale))
        return DONE

    def _card_shown(self, command: control.CardShown) -> Result:
        if self._owner.do(self._owner.acd.card_shown, command.attempt, command.card):
            return DONE
        text = f"Nobody waits for the card of {command.attempt}: it came too late, or twice."
        return Refused(Refusal.UNKNOWN_ATTEMPT, text)

    def _hang_up(self, conversation: str) -> Result:
        call = self._book.get(conversation)
        if call is None:
            text = f"There is no call {conversation}; it may have ended."
            return Refused(Refusal.UNKNOWN_CALL, text)
        call.put(EndAsked(Cause.NORMAL_CLEARING))
        return DONE

    # to look at

    def _live(self) -> control.LiveState:
        at = self._micros_of_now()
        acd = self._owner.acd
        agents = tuple(
            control.LiveAgent(
                facts.agent,
                facts.state,
                facts.reason,
                at(facts.since),
                at(facts.until) if facts.until else 0,
                self._owner.conversation_of(facts.agent),
                facts.wanted_next,
                facts.is_reachable,
            )
            for facts in acd.live_agents()
        )
        queues = tuple(
            control.LiveQueue(
                queue.queue,
                tuple(
                    control.LiveCaller(one.caller, one.facts.from_number, at(one.joined_at))
                    for one in queue.waiting
                ),
            )
            for queue in acd.live_queues()
        )
        calls = tuple(map(_live_call, self._book))
        return control.LiveState(
            self._figures.last_seq(), agents, queues, calls, self._alarms.current
        )

    def _decisions(self, queue: str) -> Result:
        """Agents are named as the directory names them."""
        try:
            made = self._owner.acd.decisions(queue)
        except AcdMisuse:
            return Refused(Refusal.UNKNOWN_QUEUE, f'There is no queue "{queue}".')
        agents = self._directory.snapshot.agents
        names = {agent.id: f"{agent.name} ({agent.extension})" for agent in agents}
        at = self._micros_of_now()
        return control.Decisions(
            queue, tuple(_decision(one, at(one.at), in_words(one, names)) for one in made)
        )

    def _health(self) -> control.Health:
        figures = self._figures
        return control.Health(
            self._version,
            len(self._book),
            figures.registrations(),
            figures.media_workers(),
            self._directory.snapshot.version,
            figures.last_seq(),
            figures.acked_seq(),
            self._alarms.current,
        )

    def _micros_of_now(self) -> Callable[[float], Micros]:
        """Turns monotonic seconds into UTC microseconds."""
        micros, now = self._clock.micros(), self._clock.monotonic()
        return lambda at: micros + int((at - now) * 1_000_000)


def _decision(one: Decision, at: Micros, text: str) -> control.Decision:
    return control.Decision(
        at,
        one.strategy,
        one.seeker,
        one.chosen,
        round(one.waited_for, 3),
        tuple(
            control.Weighed(each.name, each.penalty, each.score, meaning(one, each.score))
            for each in one.weighed
        ),
        tuple(control.PassedOver(each.name, each.why) for each in one.passed_over),
        one.not_shown,
        text,
    )


def _live_call(call: Call) -> control.LiveCall:
    facts, view = call.facts, call.view
    return control.LiveCall(
        call.id,
        facts.from_number,
        facts.to_number,
        view.queue,
        view.agent,
        view.state,
        view.attempt,
        view.since_at,
    )
