"""A floor to try the ACD on: names instead of values, and the effects by kind."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import TypeVar

from nidaa.config import models
from nidaa.contracts import directory
from nidaa.contracts.events import AgentState
from pbx.acd.acd import Acd
from pbx.acd.effects import (
    AgentChanged,
    AttemptEnded,
    CallerFacts,
    CallerLeft,
    CancelRing,
    Effect,
    Reserved,
    Ring,
)

RING_FOR, WRAP_UP_FOR = 20.0, 60.0
E = TypeVar("E", bound=Effect)


def queue(name: str, ring_for: float = RING_FOR, wrap_up_for: float = WRAP_UP_FOR) -> models.Queue:
    return models.Queue(name=name, ring_for=ring_for, wrap_up_for=wrap_up_for)


class Floor:
    """An ACD with the queues support and sales, a clock that tests turn, and what it said."""

    def __init__(self, *agents: str, card: bool = False) -> None:
        """Agents serve both queues, have a phone and are ready, the first one the longest."""
        self.draws = Random(7)
        self.now, self.effects = 1000.0, list[Effect]()
        ids, self._callers = count(1), count(1)
        self.acd = Acd(lambda: f"t{next(ids)}", self.draws.random)
        self.acd.configure((queue("support"), queue("sales")), self.now)
        self.staff(*[self.agent(name, card=card) for name in agents])
        for name in agents:
            self.phone(name)
            self.acd.sign_on(name, self.now)
            self.acd.set_ready(name, self.now)
            self.now += 1
        self.take()
        self.effects.clear()

    @staticmethod
    def agent(
        name: str,
        card: bool = False,
        penalty: int = 0,
        queues: tuple[str, ...] = (),
        **skills: int,
    ) -> directory.Agent:
        members = tuple(
            directory.Membership(one, penalty) for one in queues or ("support", "sales")
        )
        return directory.Agent(name, name.title(), f"ext-{name}", members, card, skills)

    def staff(self, *agents: directory.Agent) -> None:
        self.acd.set_agents(agents, self.now)
        self.take()

    def take(self) -> list[Effect]:
        taken = self.acd.take_effects()
        self.effects += taken
        return taken

    def said(self, kind: type[E]) -> list[E]:
        """Every effect of that kind so far."""
        self.take()
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def phone(self, name: str, is_reachable: bool = True) -> None:
        self.acd.set_reachable(f"ext-{name}", is_reachable, self.now)

    def configure(self, **options: object) -> None:
        """Give the queue support these options."""
        support = models.Queue.model_validate({"name": "support", "wrap_up_for": 0, **options})
        self.acd.configure((support, queue("sales")), self.now)

    def serve(self, caller: str, name: str, talk_for: float = 0.0) -> None:
        """The agent answers, talks and is free again."""
        assert self.answer(name)
        self.now += talk_for
        self.acd.talk_ended(caller, self.now)

    def join(self, caller: str, to: str = "support", language: str = "", priority: int = 0) -> int:
        facts = CallerFacts("+213550123456", "Amine", "+21321000001", language, priority)
        return self.acd.join(caller, to, self.now, facts)

    def leave(self, caller: str) -> None:
        self.acd.leave(caller, self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass, each deadline handled when it is due."""
        end = self.now + seconds
        while (at := self.acd.next_deadline()) is not None and at <= end:
            self.now = max(self.now, at)
            self.acd.handle_timers(self.now)
            self.take()
        self.now = end

    def attempt(self, name: str) -> str:
        return self.acd.agent(name).attempt

    def answer(self, name: str) -> bool:
        return self.acd.answered(self.attempt(name), self.now)

    def state(self, name: str) -> AgentState:
        return self.acd.agent(name).state

    def reason(self, name: str) -> str:
        return self.acd.agent(name).reason

    def waiting(self, of: str = "support") -> list[str]:
        [found] = [q for q in self.acd.live_queues() if q.queue == of]
        return [one.caller for one in found.waiting]

    def rings(self) -> list[tuple[str, str]]:
        """(caller, agent) of each ring so far."""
        return [(ring.caller, ring.agent) for ring in self.said(Ring)]

    def results(self) -> list[tuple[str, str]]:
        return [(end.agent, end.result.value) for end in self.said(AttemptEnded)]

    def states(self, name: str) -> list[str]:
        return [one.state.value for one in self.said(AgentChanged) if one.agent == name]

    def left(self) -> list[tuple[str, str]]:
        return [(one.caller, one.reason) for one in self.said(CallerLeft)]

    def cancelled(self) -> list[str]:
        return [one.attempt for one in self.said(CancelRing)]

    def reserved(self) -> list[Reserved]:
        return self.said(Reserved)
