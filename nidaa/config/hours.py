"""When somebody is there: opening hours, holidays, and days that differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, StringConstraints, WithJsonSchema

from nidaa.config.fields import CountryCode, Day, Model, Name, expected

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WORKDAYS, WEEKEND = "workdays", "weekend"
CLOSED = "closed"
MINUTES = 24 * 60  # of a day
_DAY = "|".join(WEEK)
DAYS_RULE = rf"^({WORKDAYS}|{WEEKEND}|({_DAY})(-({_DAY}))?)$"
PERIOD_RULE = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
PERIOD = re.compile(PERIOD_RULE)
Days = Annotated[str, StringConstraints(pattern=DAYS_RULE)]


@dataclass(frozen=True, slots=True)
class Period:
    """Minutes since midnight of the day it belongs to; `end` is beyond `MINUTES` after midnight."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


def period(value: Any) -> Period:
    """`08:00-12:00`; `22:00-02:00` ends on the next day. Raises PydanticCustomError."""
    if isinstance(value, Period):
        return value
    if not PERIOD.match(str(value)):
        raise expected("a period such as 08:00-12:00, or closed")
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in value.split("-"))
    return Period(start, end if end > start else end + MINUTES)


def _periods(value: Any) -> Any:
    """A list, one period, several with commas between, or `closed`."""
    if isinstance(value, str):
        return () if value == CLOSED else tuple(text.strip() for text in value.split(","))
    return value


def _clock(minutes: int) -> str:
    minutes = minutes if minutes <= MINUTES else minutes - MINUTES
    return f"{minutes // 60:02}:{minutes % 60:02}"


_PERIOD_SCHEMA = {"type": "string", "pattern": PERIOD_RULE}
DayHours = Annotated[
    tuple[Annotated[Period, PlainValidator(period)], ...],
    BeforeValidator(_periods),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": _PERIOD_SCHEMA}]}),
]
WeekHours = dict[Days, DayHours]
Title = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Season(Model):
    """Other hours from `first` to `last`, both days included: Ramadan, the summer."""

    name: Title
    first: Day
    last: Day
    hours: WeekHours


class SpecialDay(Model):
    """One day, or all to `last`, with hours of its own; without hours: closed."""

    date: Day
    last: Day | None = None
    hours: DayHours = ()
    note: str = ""


class Schedule(Model):
    """When it is open. A special day counts before a holiday, that before a season."""

    name: Name
    time_zone: str = "Africa/Algiers"
    country: CountryCode | None = None  # whose weekend and holidays; left out: the system's
    hours: WeekHours  # a day that is not named is closed
    follows_holidays: bool = True
    holiday_hours: DayHours = ()  # on public holidays; left out: closed
    seasons: tuple[Season, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()


class Holiday(Model):
    """What is known better than the calendar: a holiday moved, added, or worked through.

    `shift` moves every day of the holiday `name` in `year`; 0 confirms an estimated one.
    """

    name: Title
    year: int | None = Field(default=None, ge=1970, le=2200)
    shift: int | None = Field(default=None, ge=-5, le=5)
    date: Day | None = None
    is_workday: bool = False


def days_of(key: str, weekend: frozenset[int]) -> tuple[int, ...]:
    """The days of the week (0 is Monday) that a key of `hours` means."""
    if key in (WORKDAYS, WEEKEND):
        return tuple(day for day in range(7) if (day in weekend) == (key == WEEKEND))
    first, _, last = key.partition("-")
    start, end = WEEK.index(first), WEEK.index(last or first)
    return tuple((start + step) % 7 for step in range((end - start) % 7 + 1))
