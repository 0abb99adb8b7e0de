"""The dialplan: from who calls, when, and what they dialled to where the call goes.

There is no outbound route, so nobody can be charged for a call: what a trunk sends reaches the
configured numbers only, and a phone reaches extensions and those same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from nidaa.config.holiday_calendar import HolidayCalendar
from nidaa.config.models import CallerRule, Closed, Configuration, Number
from nidaa.config.pattern_table import PatternTable
from nidaa.config.patterns import Pattern, forms
from nidaa.config.phone_numbers import normalised
from nidaa.contracts.directory import Extension
from nidaa.contracts.events import Micros
from pbx.routing.schedules import Opening, OpeningHours

CLOSED = Closed(announcement="closed")


@dataclass(frozen=True, slots=True)
class FromTrunk:
    """Called by somebody outside: the trunk's name, and the caller's number, "" if withheld."""

    name: str
    caller: str = ""


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
    number: str  # as configured; the one dialled where a pattern or a group is configured
    priority: int = 0  # of the caller, against others of the queue


@dataclass(frozen=True, slots=True)
class ExtensionDestination:
    number: str


@dataclass(frozen=True, slots=True)
class AnnouncementDestination:
    """A prompt is played and the call ends."""

    prompt: str  # with its language, as `fr/closed`
    number: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answer the INVITE with this."""

    status: int
    reason: str


Destination = QueueDestination | ExtensionDestination | AnnouncementDestination | Refusal
NOT_FOUND = Refusal(404, "Not Found")
INCOMPLETE = Refusal(484, "Address Incomplete")
BLOCKED = Refusal(603, "Decline")


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the call goes, and by which rules."""

    destination: Destination
    rule: Number | None = None
    opening: Opening | None = None  # of the number's schedule
    blocked_by: CallerRule | None = None
    allowed_by: CallerRule | None = None  # what would be blocked otherwise


class People(Protocol):
    """Who has an extension now; the directory."""

    @property
    def extensions(self) -> Mapping[str, Extension]: ...


T = TypeVar("T", Number, CallerRule)


class Dialplan:
    """The rules of one configuration, ready to be looked up. Built when it is swapped."""

    def __init__(self, configuration: Configuration) -> None:
        self._country = configuration.system.country
        self._groups = {group.name: group.numbers for group in configuration.groups}
        self._numbers = self._table(configuration.numbers, lambda entry: entry.number)
        self._block = self._table(configuration.block, lambda rule: rule.caller)
        self._allow = self._table(configuration.allow, lambda rule: rule.caller)
        self.hours = _opening_hours(configuration)

    def _table(self, rules: Iterable[T], text_of: Callable[[T], str]) -> PatternTable[T]:
        """As written comes first: it wins over what another rule may also be read as."""
        written: list[tuple[Pattern, T]] = []
        international: list[tuple[Pattern, T]] = []
        for rule in rules:
            for text in self._groups.get(text_of(rule), (text_of(rule),)):
                first, *other = forms(text, self._country)
                written.append((first, rule))
                international += [(pattern, rule) for pattern in other]
        return PatternTable(written + international)

    def decide(self, people: People, source: Source, dialled: str, at: Micros) -> Decision:
        """Where a call to `dialled` (the user part of the Request-URI) goes at this instant."""
        if not dialled:
            return Decision(INCOMPLETE)
        if isinstance(source, FromPhone):
            if dialled in people.extensions:
                return Decision(ExtensionDestination(dialled))
            return self._inbound(people, dialled, at)
        blocked_by = self._block.find(source.caller)
        allowed_by = self._allow.find(source.caller) if blocked_by is not None else None
        if blocked_by is not None and allowed_by is None:
            return Decision(BLOCKED, blocked_by=blocked_by)
        return self._inbound(people, dialled, at, allowed_by)

    def _inbound(
        self, people: People, dialled: str, at: Micros, allowed_by: CallerRule | None = None
    ) -> Decision:
        number = normalised(dialled, self._country)
        entry = self._numbers.find(dialled, number)
        if entry is None:
            return Decision(NOT_FOUND, allowed_by=allowed_by)
        opening = self.hours[entry.schedule].at(at) if entry.schedule else None
        is_closed = opening is not None and not opening.is_open
        called = entry.number if _is_one(entry.number) else number
        destination = (_closed if is_closed else _open)(entry, called, people)
        return Decision(destination, entry, opening, allowed_by=allowed_by)


def _open(entry: Number, called: str, people: People) -> Destination:
    if entry.queue is not None:
        return QueueDestination(entry.queue, entry.language, entry.greeting, called, entry.priority)
    return _extension(entry.extension, people)


def _closed(entry: Number, called: str, people: People) -> Destination:
    closed = entry.closed or CLOSED
    if closed.announcement:
        return AnnouncementDestination(f"{entry.language}/{closed.announcement}", called)
    if closed.queue is not None:
        return QueueDestination(closed.queue, entry.language, "", called, entry.priority)
    return _extension(closed.extension, people)


def _extension(number: str | None, people: People) -> Destination:
    return ExtensionDestination(number) if number in people.extensions and number else NOT_FOUND


def _is_one(text: str) -> bool:
    """Is the pattern a single number?"""
    return not (text[0].isalpha() or text.endswith("*") or "-" in text)


def _opening_hours(configuration: Configuration) -> dict[str, OpeningHours]:
    calendars: dict[str, HolidayCalendar] = {}
    hours = {}
    for schedule in configuration.schedules:
        country = schedule.country or configuration.system.country
        calendar = calendars.get(country)
        if calendar is None:
            calendar = calendars[country] = HolidayCalendar(country, configuration.holidays)
        hours[schedule.name] = OpeningHours(schedule, country, calendar)
    return hours
