"""The steps by which a queue asks for less the longer a caller waits."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from nidaa.config.models import PenaltyStep


def limits_of(steps: Sequence[PenaltyStep]) -> list[float]:
    """The highest penalty of each step; a relative limit adds to the one before (at first 0)."""
    limits: list[float] = []
    for step in steps:
        before = limits[-1] if limits and step.limit.startswith("+") else 0.0
        limits.append(before + float(step.limit))
    return limits


def ends_of(ends: Sequence[float | None]) -> list[float]:
    """The wait at which each step ends, in seconds; `inf` for a step without an end."""
    return [inf if until is None else until for until in ends]
