"""Strategies: which of several free members gets the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from types import MappingProxyType
from typing import Protocol

from pbx.acd.member import Member

Draw = Callable[[], float]  # a random number, 0 <= x < 1


@dataclass(frozen=True, slots=True)
class Round:
    """One choice among the free members of a queue, and what a strategy may know of it."""

    members: Sequence[Member]
    now: float
    draw: Draw
    last_order: int  # the `order` of the member chosen last; -1 for none
    member_count: int  # of the queue, free or not


class Strategy(Protocol):
    """Scores each free member: the lowest is chosen, among equals the first in order."""

    def scores(self, of: Round) -> list[float]: ...

    def say(self, score: float) -> str:
        """What the score means, in words."""


class LongestIdle:
    """Who has been free for the longest time."""

    def scores(self, of: Round) -> list[float]:
        return [member.agent.idle_since - of.now for member in of.members]

    def say(self, score: float) -> str:
        return f"free for {-score:.0f} s"


class RoundRobin:
    """Whose last turn is longest ago; who never had one is first."""

    def scores(self, of: Round) -> list[float]:
        return [member.turn for member in of.members]

    def say(self, score: float) -> str:
        return f"last turn was number {score:.0f}" if score else "had no turn yet"


class RoundRobinOrdered:
    """The next in the order of the members after who was chosen last."""

    def scores(self, of: Round) -> list[float]:
        following = of.last_order + 1
        return [(member.order - following) % of.member_count for member in of.members]

    def say(self, score: float) -> str:
        return f"{score + 1:.0f} places after who was last"


class FewestCalls:
    """Who took the fewest queue calls since the shift began."""

    def scores(self, of: Round) -> list[float]:
        return [member.agent.calls for member in of.members]

    def say(self, score: float) -> str:
        return f"took {score:.0f} calls"


class LeastTalkTime:
    """Who talked least with callers of queues since the shift began."""

    def scores(self, of: Round) -> list[float]:
        return [member.agent.talked_for for member in of.members]

    def say(self, score: float) -> str:
        return f"talked for {score:.0f} s"


class Linear:
    """The first in the order of the members."""

    def scores(self, of: Round) -> list[float]:
        return [member.order for member in of.members]

    def say(self, score: float) -> str:
        return f"place {score + 1:.0f}"


class Random:
    """Anybody, each as likely."""

    def scores(self, of: Round) -> list[float]:
        return [of.draw() for _ in of.members]

    def say(self, score: float) -> str:
        return f"drew {score:.3f}"


class WeightedRandom:
    """Anybody, as likely as the share of the weights: the smallest of exponential draws wins."""

    def scores(self, of: Round) -> list[float]:
        return [-log(1.0 - of.draw()) / member.weight for member in of.members]

    def say(self, score: float) -> str:
        return f"drew {score:.3f}"


STRATEGIES: Mapping[str, Strategy] = MappingProxyType(
    {
        "longest_idle": LongestIdle(),
        "round_robin": RoundRobin(),
        "round_robin_ordered": RoundRobinOrdered(),
        "fewest_calls": FewestCalls(),
        "least_talk_time": LeastTalkTime(),
        "linear": Linear(),
        "random": Random(),
        "weighted_random": WeightedRandom(),
    }
)
