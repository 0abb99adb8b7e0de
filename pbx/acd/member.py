"""A member: an agent's place in one queue."""

from __future__ import annotations

from dataclasses import dataclass

from nidaa.config import models
from pbx.acd.agent import Agent


@dataclass(slots=True, eq=False)
class Member:
    """What the directory says of the agent, with what the queue's configuration says instead."""

    agent: Agent
    penalty: int
    weight: float
    skills: dict[str, int]
    listed: int  # place among the configuration's `members`; those not listed come after
    order: int = 0  # place among all members now, from 0
    turn: int = 0  # when it was last chosen, counted in choices of the queue; 0 for never
    is_at_work: bool = False  # neither offline nor paused, as the queue counted it

    @property
    def key(self) -> tuple[int, str, str]:
        """Sorts members: as listed, then by extension."""
        return self.listed, self.agent.extension, self.agent.id


def member_of(agent: Agent, settings: models.Queue) -> Member:
    """The agent's membership of a queue of these settings."""
    own = settings.members.get(agent.extension)
    listed = [*settings.members].index(agent.extension) if own else len(settings.members)
    penalty = agent.assigned[settings.name]
    if own is None:
        return Member(agent, penalty, 1.0, agent.skills, listed)
    penalty = penalty if own.penalty is None else own.penalty
    return Member(agent, penalty, own.weight, agent.skills | own.skills, listed)
