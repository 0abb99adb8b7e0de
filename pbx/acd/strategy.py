"""Strategies: which of several free agents gets the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from pbx.acd.agent import Agent


class Strategy(Protocol):
    """A pure choice; the same agents in any order give the same agent."""

    def choose(self, agents: Sequence[Agent], now: float) -> Agent:
        """The agent to reserve next; `agents` are all ready and never none."""


class LongestIdle:
    """The agent who has been free for the longest time."""

    def choose(self, agents: Sequence[Agent], now: float) -> Agent:  # noqa: ARG002
        return min(agents, key=_idle_since)


def _idle_since(agent: Agent) -> tuple[float, str]:
    return agent.idle_since, agent.id


STRATEGIES: Mapping[str, Strategy] = MappingProxyType({"longest_idle": LongestIdle()})
