"""The dialplan: from who calls and what they dialled to where the call goes.

There is no outbound route, so nobody can be charged for a call: what a trunk sends reaches the
configured numbers only, and a phone reaches extensions and those same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nidaa.config.models import Configuration, Number
from nidaa.contracts.directory import Extension
from pbx.routing.numbers import normalised


@dataclass(frozen=True, slots=True)
class FromTrunk:
    """Called by somebody outside; `name` is the trunk's."""

    name: str


@dataclass(frozen=True, slots=True)
class FromPhone:
    """Called by a device that proved who it is."""

    extension: str


Source = FromTrunk | FromPhone


@dataclass(frozen=True, slots=True)
class QueueDestination:
    queue: str
    language: str
    greeting: str
    number: str  # the number as configured


@dataclass(frozen=True, slots=True)
class ExtensionDestination:
    number: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answer the INVITE with this."""

    status: int
    reason: str


Destination = QueueDestination | ExtensionDestination | Refusal
NOT_FOUND = Refusal(404, "Not Found")
INCOMPLETE = Refusal(484, "Address Incomplete")


class People(Protocol):
    """Who has an extension now; the directory."""

    @property
    def extensions(self) -> Mapping[str, Extension]: ...


class Dialplan:
    """The numbers of one configuration, ready to be looked up. Built when it is swapped."""

    def __init__(self, configuration: Configuration) -> None:
        self._country = configuration.system.country
        self._numbers: dict[str, Number] = {}
        for entry in configuration.numbers:
            self._numbers.setdefault(normalised(entry.number, self._country), entry)
        for entry in configuration.numbers:  # as written wins over what it may also be read as
            self._numbers[entry.number] = entry

    def route(self, people: People, source: Source, dialled: str) -> Destination:
        """Where a call to `dialled` (the user part of the Request-URI) goes."""
        if not dialled:
            return INCOMPLETE
        if isinstance(source, FromPhone) and dialled in people.extensions:
            return ExtensionDestination(dialled)
        entry = self._numbers.get(dialled) or self._numbers.get(normalised(dialled, self._country))
        return NOT_FOUND if entry is None else _destination(entry, people)


def _destination(entry: Number, people: People) -> Destination:
    if entry.queue is not None:
        return QueueDestination(entry.queue, entry.language, entry.greeting, entry.number)
    if entry.extension in people.extensions:
        return ExtensionDestination(entry.extension or "")
    return NOT_FOUND
