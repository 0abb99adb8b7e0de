"""Anything in any order: agents are never stuck, callers never ghosts, and nobody wins twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from nidaa.contracts.events import AgentState, RingResult
from pbx.acd.effects import (
    AgentChanged,
    AttemptEnded,
    CallerFacts,
    CallerLeft,
    CancelRing,
    Reserved,
    Ring,
)
from pbx.acd.errors import AgentRefused
from tests.pbx.acd.floor import Floor, queue

NAMES = ("anna", "bo", "cy")
QUEUES = ("support", "sales")
AGENT = st.sampled_from(NAMES)
CALLER = st.sampled_from([f"c{i}" for i in range(6)])
DIRECT = st.sampled_from(("d1", "d2"))
PICK = st.integers(0, 1000)
WAITING_STATES = (AgentState.RESERVED, AgentState.RINGING, AgentState.WRAP_UP)
MEMBERS = st.lists(st.sampled_from(QUEUES), max_size=2, unique=True).map(tuple)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor()
        self.joined = Counter[str]()
        self.left = Counter[str]()
        self.talking: dict[str, str] = {}  # caller -> agent, as the owner knows it
        self.open: dict[str, tuple[str, str]] = {}  # attempt -> caller, agent
        self.rung: set[str] = set()
        self.states: dict[str, AgentState] = {}
        self.queues = QUEUES
        self.members: dict[str, tuple[str, ...]] = {}

    @initialize(card=st.booleans())
    def staff(self, card: bool) -> None:
        self.card = card
        self.set_agents(NAMES, QUEUES)
        for name in NAMES:
            self.floor.phone(name)
            self.floor.acd.sign_on(name, self.floor.now)
            self.floor.acd.set_ready(name, self.floor.now)

    def set_agents(self, names: tuple[str, ...], queues: tuple[str, ...]) -> None:
        self.members = dict.fromkeys(names, queues)
        agents = [self.floor.agent(name, self.card, 0, queues) for name in names if queues]
        self.floor.acd.set_agents(tuple(agents), self.floor.now)

    def drain(self) -> None:
        """Do as the owner does, and check each effect against what went before."""
        for effect in self.floor.acd.take_effects():
            match effect:
                case Reserved():
                    assert effect.attempt not in self.open
                    assert effect.caller not in {caller for caller, _ in self.open.values()}
                    assert effect.agent not in {agent for _, agent in self.open.values()}
                    self.open[effect.attempt] = effect.caller, effect.agent
                case Ring():
                    assert self.open[effect.attempt] == (effect.caller, effect.agent)
                    assert effect.attempt not in self.rung
                    self.rung.add(effect.attempt)
                case CancelRing():
                    assert effect.attempt in self.rung & self.open.keys()
                case AttemptEnded():
                    assert self.open.pop(effect.attempt) == (effect.caller, effect.agent)
                case CallerLeft():
                    self.left[effect.caller] += 1
                case AgentChanged():
                    self.states[effect.agent] = effect.state

    # what happens

    @rule(caller=CALLER, to=st.sampled_from(QUEUES))
    def join(self, caller: str, to: str) -> None:
        is_here = self.joined[caller] > self.left[caller] or caller in self.talking
        if not is_here and to in self.queues:
            self.joined[caller] += 1
            self.floor.acd.join(caller, to, self.floor.now, CallerFacts())

    @rule(caller=CALLER)
    def leave(self, caller: str) -> None:
        waited = self.joined[caller] > self.left[caller]
        left = self.floor.acd.leave(caller, self.floor.now)
        assert (left is not None) is waited

    @precondition(lambda self: self.open)
    @rule(pick=PICK)
    def answer(self, pick: int) -> None:
        attempt = sorted(self.open)[pick % len(self.open)]
        caller, agent = self.open[attempt]
        is_rung = attempt in self.rung
        assert self.floor.acd.answered(attempt, self.floor.now) is is_rung
        if is_rung:
            assert caller not in self.talking
            self.talking[caller] = agent

    @precondition(lambda self: self.rung)
    @rule(pick=PICK)
    def answer_late(self, pick: int) -> None:
        attempt = sorted(self.rung)[pick % len(self.rung)]
        if attempt not in self.open:
            assert not self.floor.acd.answered(attempt, self.floor.now)

    @precondition(lambda self: self.open)
    @rule(pick=PICK, card=st.sampled_from(("shown", "none", "unavailable")))
    def show_card(self, pick: int, card: str) -> None:
        self.floor.acd.card_shown(sorted(self.open)[pick % len(self.open)], card, self.floor.now)

    @precondition(lambda self: self.open)
    @rule(
        pick=PICK,
        result=st.sampled_from((RingResult.MISSED, RingResult.REJECTED, RingResult.UNREACHABLE)),
    )
    def fail(self, pick: int, result: RingResult) -> None:
        attempt = sorted(self.open)[pick % len(self.open)]
        self.floor.acd.ring_failed(attempt, result, self.floor.now)

    @precondition(lambda self: self.talking)
    @rule(pick=PICK)
    def end_talk(self, pick: int) -> None:
        caller = sorted(self.talking)[pick % len(self.talking)]
        del self.talking[caller]
        self.floor.acd.talk_ended(caller, self.floor.now)

    @rule(
        agent=AGENT, command=st.sampled_from(("sign_on", "sign_off", "set_ready", "finish_wrap_up"))
    )
    def command(self, agent: str, command: str) -> None:
        with suppress(AgentRefused):
            getattr(self.floor.acd, command)(agent, self.floor.now)

    @rule(agent=AGENT)
    def come_to_work(self, agent: str) -> None:
        self.floor.phone(agent)
        with suppress(AgentRefused):
            self.floor.acd.sign_on(agent, self.floor.now)
            self.floor.acd.set_ready(agent, self.floor.now)

    @rule(agent=AGENT)
    def pause(self, agent: str) -> None:
        with suppress(AgentRefused):
            self.floor.acd.set_paused(agent, "lunch", self.floor.now)

    @rule(agent=AGENT)
    def extend(self, agent: str) -> None:
        with suppress(AgentRefused):
            self.floor.acd.extend_wrap_up(agent, 30, self.floor.now)

    @rule(agent=AGENT, is_reachable=st.booleans())
    def phone(self, agent: str, is_reachable: bool) -> None:
        self.floor.phone(agent, is_reachable)

    @rule(agent=AGENT, is_held=st.booleans())
    def hold(self, agent: str, is_held: bool) -> None:
        self.floor.acd.hold(agent, is_held, self.floor.now)

    @rule(agent=AGENT, call=DIRECT, is_busy=st.booleans())
    def direct_call(self, agent: str, call: str, is_busy: bool) -> None:
        command = self.floor.acd.busy if is_busy else self.floor.acd.free
        command(agent, call, self.floor.now)

    @rule(names=st.sampled_from((NAMES, ("anna",), ("bo", "cy"), NAMES)), queues=MEMBERS)
    def change_staff(self, names: tuple[str, ...], queues: tuple[str, ...]) -> None:
        self.set_agents(names, queues or QUEUES)

    @rule(names=st.sampled_from((QUEUES, ("support",), ("sales",), QUEUES, QUEUES)))
    def change_queues(self, names: tuple[str, ...]) -> None:
        self.queues = names
        self.floor.acd.configure(tuple(queue(name) for name in names), self.floor.now)

    @rule(seconds=st.sampled_from((0.1, 0.3, 5.0, 20.0, 70.0)))
    def wait(self, seconds: float) -> None:
        end = self.floor.now + seconds
        while (at := self.floor.acd.next_deadline()) is not None and at <= end:
            self.floor.now = max(at, self.floor.now)
            self.floor.acd.handle_timers(self.floor.now)
            self.check()
        self.floor.now = end

    # what must hold after each of these

    @invariant()
    def check(self) -> None:
        self.drain()
        agents = {one.agent: one for one in self.floor.acd.live_agents()}
        waiting = {
            one.caller: found.queue
            for found in self.floor.acd.live_queues()
            for one in found.waiting
        }
        offered = {caller for caller, _ in self.open.values()}
        self.check_callers(waiting, offered)
        for name, one in agents.items():
            assert one.state is self.states.get(name, AgentState.OFFLINE)
            if one.state in WAITING_STATES:
                deadline = self.floor.acd.next_deadline()
                assert deadline is not None
                assert deadline <= one.until
                assert one.until > self.floor.now
            else:
                assert one.until == 0
            if one.state in (AgentState.RESERVED, AgentState.RINGING):
                assert self.open[one.attempt] == (one.caller, name)
                assert (one.state is AgentState.RINGING) is (one.attempt in self.rung)
            else:
                assert one.attempt == ""
            if one.state is AgentState.READY:
                assert one.is_reachable
                served = self.members[name]
                assert not [c for c, of in waiting.items() if of in served and c not in offered]
        for caller, agent in self.talking.items():
            assert agents[agent].caller == caller
            assert agents[agent].state in (AgentState.TALKING, AgentState.HELD)

    def check_callers(self, waiting: dict[str, str], offered: set[str]) -> None:
        assert offered <= waiting.keys()
        assert waiting.keys().isdisjoint(self.talking)
        for caller, count in self.joined.items():
            assert (self.left[caller] == count - 1) is (caller in waiting)
            assert self.left[caller] in (count, count - 1)
        assert len(set(self.talking.values())) == len(self.talking)

    def teardown(self) -> None:
        """When everybody is gone and time passed, nothing is left of it."""
        for caller in list(self.joined):
            self.floor.acd.leave(caller, self.floor.now)
            self.floor.acd.talk_ended(caller, self.floor.now)
        self.talking.clear()
        for name in NAMES:
            for call in ("d1", "d2"):
                self.floor.acd.free(name, call, self.floor.now)
        self.wait(2000.0)
        self.check()
        assert self.open == {}
        assert self.floor.acd.next_deadline() is None
        for one in self.floor.acd.live_agents():
            assert one.state in (AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE)


AnyOrder.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyOrder = AnyOrder.TestCase
