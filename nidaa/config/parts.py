"""All that the files hold, each part right by itself and with the place where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from nidaa.config.hours import Holiday, Schedule
from nidaa.config.located import Located
from nidaa.config.models import CallerRule, Configuration, Number, Queue, System, Trunk
from nidaa.config.patterns import Group


@dataclass(frozen=True, slots=True)
class Parts:
    """`named` has every name of a list, those of wrong entries too: one error causes no others."""

    system: Located[System]
    trunks: Sequence[Located[Trunk]]
    numbers: Sequence[Located[Number]]
    queues: Sequence[Located[Queue]]
    schedules: Sequence[Located[Schedule]]
    holidays: Sequence[Located[Holiday]]
    groups: Sequence[Located[Group]]
    block: Sequence[Located[CallerRule]]
    allow: Sequence[Located[CallerRule]]
    named: Mapping[str, Set[str]]

    @property
    def country(self) -> str:
        return self.system.value.country

    def named_lists(self) -> tuple[tuple[str, Sequence[Located[Any]]], ...]:
        """The lists whose entries are known by a name, and what one entry is called."""
        return (
            ("trunk", self.trunks),
            ("queue", self.queues),
            ("schedule", self.schedules),
            ("group", self.groups),
        )

    def names(self, name: str) -> Set[str]:
        return self.named.get(name, frozenset())

    def configuration(self) -> Configuration:
        return Configuration(
            system=self.system.value,
            trunks=_values(self.trunks),
            numbers=_values(self.numbers),
            queues=_values(self.queues),
            schedules=_values(self.schedules),
            holidays=_values(self.holidays),
            groups=_values(self.groups),
            block=_values(self.block),
            allow=_values(self.allow),
        )


def _values(entries: Sequence[Located[Any]]) -> tuple[Any, ...]:
    return tuple(entry.value for entry in entries)
