"""Terms: what a queue asks of the agent who serves a caller, and how they ease with the wait.

The configuration makes sure that terms only ever ease. So among callers of the same language and
priority, whom an agent may not serve yet when they waited longest, no later one may be served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from nidaa.config import models
from nidaa.config.steps import ends_of, limits_of


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked while the wait is below `until` seconds."""

    until: float
    needs: Mapping[str, int]  # level by skill
    language: int  # level in the caller's language
    penalty_limit: float

    @property
    def is_open(self) -> bool:
        """Everybody may serve."""
        return not self.needs and not self.language and self.penalty_limit == inf

    def lacking(self, skills: Mapping[str, int], language: str) -> str:
        """The first skill that is missing, in words; "" when all are there."""
        for name, level in self.needs.items():
            has = skills.get(name, 0)
            if has < level:
                return f"needs {name} {level}, has {has}"
        if self.language and language and skills.get(language, 0) < self.language:
            return f"needs {language} {self.language}, has {skills.get(language, 0)}"
        return ""


def terms_of(settings: models.Queue) -> tuple[Terms, ...]:
    """The terms in order of the wait; the last ones hold for ever."""
    skills, limits = settings.skills, settings.penalty_limits
    skill_ends = ends_of([step.until for step in skills])
    limit_ends = ends_of([step.until for step in limits])
    penalties = limits_of(limits)
    made = []
    for until in sorted({inf, *skill_ends, *limit_ends}):
        skill, limit = _step_at(skill_ends, until), _step_at(limit_ends, until)
        made.append(
            Terms(
                until,
                {} if skill is None else skills[skill].needs,
                0 if skill is None else skills[skill].language,
                inf if limit is None else penalties[limit],
            )
        )
    return tuple(made)


def _step_at(ends: Sequence[float], until: float) -> int | None:
    """Which step holds just before `until`; None after the last one."""
    return next((i for i, end in enumerate(ends) if end >= until), None)
