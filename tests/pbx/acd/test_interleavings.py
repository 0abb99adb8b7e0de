"""Anything in any order: agents are never stuck, callers never ghosts, and nobody wins twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from nidaa.config import models
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
from pbx.acd.strategy import STRATEGIES
from tests.pbx.acd.floor import Floor

NAMES = ("anna", "bo", "cy")
QUEUES = ("support", "sales")
AGENT = st.sampled_from(NAMES)
CALLER = st.sampled_from([f"c{i}" for i in range(6)])
DIRECT = st.sampled_from(("d1", "d2"))
PICK = st.integers(0, 1000)
WAITING_STATES = (AgentState.RESERVED, AgentState.RINGING, AgentState.WRAP_UP)
STRATEGY = st.sampled_from(sorted(STRATEGIES))
LANGUAGE = st.sampled_from(("", "fr", "ar"))
SKILLS = st.dictionaries(st.sampled_from(("fr", "ar", "law")), st.integers(1, 5), max_size=3)
OPTIONS: tuple[dict[str, object], ...] = (
    {},
    {"skills": [{"until": 5, "needs": {"law": 3}, "language": 4}, {"until": 20, "language": 2}]},
    {"skills": [{"until": 20, "language": 2}]},
    {"skills": [{"needs": {"law": 2}}]},
    {"penalty_limits": [{"until": 10, "limit": "0"}, {"until": 25, "limit": "+1"}]},
    {"penalty_limits": [{"limit": "0"}], "penalties_from": 2, "weight": 3},
    {
        "skills": [{"until": 20, "needs": {"law": 1}}],
        "penalty_limits": [{"until": 5, "limit": "1"}],
    },
)
OPTION = st.sampled_from(OPTIONS)
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
        self.skills: dict[str, dict[str, int]] = {}
        self.penalties: dict[str, int] = {}
        self.options: dict[str, dict[str, object]] = {name: {} for name in QUEUES}
        self.callers: dict[str, tuple[float, str]] = {}  # when it joined, its language

    @initialize(card=st.booleans(), strategy=STRATEGY, support=OPTION, sales=OPTION, skills=SKILLS)
    def staff(
        self,
        card: bool,
        strategy: str,
        support: dict[str, object],
        sales: dict[str, object],
        skills: dict[str, int],
    ) -> None:
        self.card, self.strategy = card, strategy
        self.configure(QUEUES, support, sales)
        self.set_agents(NAMES, QUEUES, {"anna": skills, "bo": {"fr": 4, "law": 4}}, {"cy": 1})
        for name in NAMES:
            self.floor.phone(name)
            self.floor.acd.sign_on(name, self.floor.now)
            self.floor.acd.set_ready(name, self.floor.now)

    def set_agents(
        self,
        names: tuple[str, ...],
        queues: tuple[str, ...],
        skills: dict[str, dict[str, int]],
        penalties: dict[str, int],
    ) -> None:
        self.members, self.skills = dict.fromkeys(names, queues), skills
        self.penalties = penalties
        agents = [
            self.floor.agent(
                name, self.card, penalties.get(name, 0), queues, **skills.get(name, {})
            )
            for name in names
        ]
        self.floor.acd.set_agents(tuple(agents), self.floor.now)

    def configure(
        self, names: tuple[str, ...], support: dict[str, object], sales: dict[str, object]
    ) -> None:
        self.queues = names
        for name, options in (("support", support), ("sales", sales)):
            if name in names:  # one that is removed keeps what it was for those who wait in it
                self.options[name] = options
        made = [
            models.Queue.model_validate(
                {"name": name, "strategy": self.strategy, **self.options[name]}
            )
            for name in names
        ]
        self.floor.acd.configure(tuple(made), self.floor.now)

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

    @rule(
        caller=CALLER,
        to=st.sampled_from(QUEUES),
        language=LANGUAGE,
        priority=st.integers(0, 2),
    )
    def join(self, caller: str, to: str, language: str, priority: int) -> None:
        is_here = self.joined[caller] > self.left[caller] or caller in self.talking
        if not is_here and to in self.queues:
            self.joined[caller] += 1
            self.callers[caller] = self.floor.now, language
            facts = CallerFacts(language=language, priority=priority)
            self.floor.acd.join(caller, to, self.floor.now, facts)

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

    @rule(
        names=st.sampled_from((NAMES, ("anna",), ("bo", "cy"), NAMES)),
        queues=MEMBERS,
        skills=st.dictionaries(AGENT, SKILLS, max_size=3),
        penalties=st.dictionaries(AGENT, st.integers(0, 2), max_size=3),
    )
    def change_staff(
        self,
        names: tuple[str, ...],
        queues: tuple[str, ...],
        skills: dict[str, dict[str, int]],
        penalties: dict[str, int],
    ) -> None:
        self.set_agents(names, queues or QUEUES, skills, penalties)

    @rule(
        names=st.sampled_from((QUEUES, ("support",), ("sales",), QUEUES, QUEUES)),
        strategy=STRATEGY,
        support=OPTION,
        sales=OPTION,
    )
    def change_queues(
        self,
        names: tuple[str, ...],
        strategy: str,
        support: dict[str, object],
        sales: dict[str, object],
    ) -> None:
        self.strategy = strategy
        self.configure(names, support, sales)

    @rule(seconds=st.sampled_from((0.1, 0.3, 4.7, 5.0, 20.0, 70.0)))
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
                for caller, of in waiting.items():
                    assert caller in offered or not self.may_serve(name, caller, of)
        for caller, agent in self.talking.items():
            assert agents[agent].caller == caller
            assert agents[agent].state in (AgentState.TALKING, AgentState.HELD)

    def may_serve(self, agent: str, caller: str, of: str) -> bool:
        """A second reading of the options, which knows nothing of how the ACD reads them."""
        if of not in self.members.get(agent, ()):
            return False
        joined_at, language = self.callers[caller]
        options: dict[str, Any] = self.options[of]

        def holds(step: dict[str, Any]) -> bool:
            return "until" not in step or self.floor.now < joined_at + step["until"]

        skills: dict[str, int] = self.skills.get(agent, {})
        step: dict[str, Any] = next(filter(holds, options.get("skills", [])), {})
        needs = dict(step.get("needs", {}))
        if language and step.get("language"):
            needs[language] = max(needs.get(language, 0), step["language"])
        if any(skills.get(name, 0) < level for name, level in needs.items()):
            return False
        at_work = [
            one.agent
            for one in self.floor.acd.live_agents()
            if of in self.members.get(one.agent, ())
            and one.state not in (AgentState.OFFLINE, AgentState.PAUSED)
        ]
        if len(at_work) < options.get("penalties_from", 0):
            return True
        limit = 0
        for penalty_step in options.get("penalty_limits", []):
            text = penalty_step["limit"]
            limit = limit + int(text) if text.startswith("+") else int(text)
            if holds(penalty_step):
                return self.penalties.get(agent, 0) <= limit
        return True

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
    max_examples=250,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyOrder = AnyOrder.TestCase
