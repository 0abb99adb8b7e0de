"""What must hold within one queue: its steps only ever ask for less the longer a caller waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from nidaa.config.located import Located
from nidaa.config.models import PenaltyStep, Queue, SkillStep
from nidaa.config.problems import Problem
from nidaa.config.steps import ends_of, limits_of


def queue_problems(entry: Located[Queue]) -> Iterator[Problem]:
    queue = entry.value
    yield from _order(entry, "skills", queue.skills)
    yield from _order(entry, "penalty_limits", queue.penalty_limits)
    for i, (before, after) in enumerate(pairwise(queue.skills), 1):
        yield from _harder(entry, i, before, after)
    for i, (low, high) in enumerate(pairwise(limits_of(queue.penalty_limits)), 1):
        if high < low:
            text = f"the limit sinks from {low:g} to {high:g}: who waits longer may only gain"
            yield Problem(entry.place("penalty_limits", i, "limit"), text)


def _order(
    entry: Located[Queue], key: str, steps: Sequence[SkillStep | PenaltyStep]
) -> Iterator[Problem]:
    ends = ends_of([step.until for step in steps])
    for i, (before, after) in enumerate(pairwise(ends), 1):
        if after <= before:
            text = f"until: a step must end after the one before it, which ends at {before:g}"
            yield Problem(entry.place(key, i, "until"), text)


def _harder(
    entry: Located[Queue], i: int, before: SkillStep, after: SkillStep
) -> Iterator[Problem]:
    for name, level in after.needs.items():
        if level > before.needs.get(name, 0):
            text = f"needs more {name} than the step before: who waits longer may only gain"
            yield Problem(entry.place("skills", i, "needs", name), text)
    if after.language > before.language:
        text = "needs more of the language than the step before: who waits longer may only gain"
        yield Problem(entry.place("skills", i, "language"), text)
