"""What agents and queues are called, as live views need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """An agent as the directory has them."""

    id: str
    name: str
    extension: str
    queues: frozenset[str]


@dataclass(frozen=True, slots=True)
class People:
    """All agents by id, and the titles of all queues by language."""

    agents: Mapping[str, Person] = field(default_factory=dict)
    queues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def queue_name(self, queue: str, language: str) -> str:
        titles = self.queues.get(queue, {})
        return titles.get(language) or next(iter(titles.values()), queue)
