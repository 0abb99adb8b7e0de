"""Decisions: who was given whom and why, kept for who asks.

Two questions are decided: which agent a waiting caller gets, and which caller an agent gets who
became free. Only the first `SHOWN` of those who were weighed or passed over are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nidaa.contracts.events import AgentState
from pbx.acd.member import Member
from pbx.acd.strategy import STRATEGIES

KEPT = 50  # decisions of a queue
SHOWN = 10
FREE_AGENT = "longest_wait"  # how a free agent's caller is chosen


class Weighed(NamedTuple):
    """One who could have been chosen; the lowest penalty, then the lowest score, is."""

    name: str  # agent, or caller
    penalty: int
    score: float


class PassedOver(NamedTuple):
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One look at a queue. `chosen` is "" when there was nobody."""

    at: float  # monotonic seconds
    queue: str
    strategy: str  # the queue's, or FREE_AGENT when an agent became free
    seeker: str  # the caller who needs an agent, or the free agent
    chosen: str
    waited_for: float  # the caller's wait; 0 when no caller was chosen for a free agent
    weighed: tuple[Weighed, ...]
    passed_over: tuple[PassedOver, ...]
    not_shown: int  # more of either


def of_caller(
    at: float,
    queue: str,
    strategy: str,
    caller: str,
    waited_for: float,
    chosen: Member | None,
    scored: Sequence[tuple[int, float, int, Member]],
    members: Mapping[str, Member],
    refused: Mapping[str, str],
) -> Decision:
    """The choice of an agent. `scored`: penalty, score, order, member; `refused`: why, by agent."""
    weighed = tuple(Weighed(one[3].agent.id, one[0], one[1]) for one in scored[:SHOWN])
    passed: list[PassedOver] = []
    for name, member in members.items():
        if len(passed) == SHOWN:
            break
        why = refused.get(name) or state_of(member)
        if why and member is not chosen:
            passed.append(PassedOver(name, why))
    return Decision(
        at,
        queue,
        strategy,
        caller,
        chosen.agent.id if chosen else "",
        waited_for,
        weighed,
        tuple(passed),
        len(members) - len(weighed) - len(passed),
    )


def state_of(member: Member) -> str:
    """Why a member is not free; "" for one who is."""
    agent = member.agent
    if agent.state is AgentState.READY:
        return ""
    return f"{agent.state} ({agent.reason})" if agent.reason else agent.state.value


def meaning(decision: Decision, score: float) -> str:
    """What a score of this decision means, in words."""
    if decision.strategy == FREE_AGENT:
        return f"waited as if {-score:.0f} s"
    return STRATEGIES[decision.strategy].say(score)


def in_words(decision: Decision, names: Mapping[str, str]) -> str:
    """The decision as a supervisor reads it; `names` are the agents', by id."""

    def named(name: str) -> str:
        return names.get(name, name)

    if decision.strategy == FREE_AGENT:
        start = f"{named(decision.seeker)} became free"
    else:
        start = f"caller {decision.seeker} after {decision.waited_for:.0f} s"
    parts = [f"{start}: {named(decision.chosen) or 'nobody'} by {decision.strategy}"]
    if decision.weighed:
        weighed = [
            f"{named(one.name)} {meaning(decision, one.score)}"
            + (f", penalty {one.penalty}" if one.penalty else "")
            for one in decision.weighed
        ]
        parts.append(f"could be: {'; '.join(weighed)}")
    if decision.passed_over:
        passed = [f"{named(one.name)} {one.why}" for one in decision.passed_over]
        parts.append(f"passed over: {'; '.join(passed)}")
    if decision.not_shown:
        parts.append(f"and {decision.not_shown} more")
    return ". ".join(parts)
