"""What must hold within schedules and between holidays.yaml and the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import available_timezones

from nidaa.config.holiday_calendar import fold, is_known, official
from nidaa.config.hours import Holiday, Period, Schedule, WeekHours, days_of
from nidaa.config.located import Located
from nidaa.config.parts import Parts
from nidaa.config.problems import Place, Problem, did_you_mean
from nidaa.config.tree import KeyPath


def schedule_problems(parts: Parts) -> Iterator[Problem]:
    if parts.schedules:
        zones = available_timezones()
        for entry in parts.schedules:
            yield from _schedule(entry, zones)
            yield from _country(entry, parts.country)
    for holiday in parts.holidays:
        yield from _holiday(holiday, parts)


def _schedule(entry: Located[Schedule], zones: set[str]) -> Iterator[Problem]:
    schedule = entry.value
    if schedule.time_zone not in zones:
        hint = did_you_mean(schedule.time_zone, zones)
        text = f'no time zone "{schedule.time_zone}"{hint}'
        yield Problem(entry.place("time_zone"), text)
    yield from _week(entry, schedule.hours, ("hours",))
    yield from _overlaps(schedule.holiday_hours, entry.place("holiday_hours"))
    yield from _seasons(entry)
    yield from _special_days(entry)


def _seasons(entry: Located[Schedule]) -> Iterator[Problem]:
    seasons = entry.value.seasons
    for i, season in enumerate(seasons):
        yield from _week(entry, season.hours, ("seasons", i, "hours"))
        if season.last < season.first:
            text = f"{season.name} ends before it begins on {season.first}"
            yield Problem(entry.place("seasons", i, "last"), text)
        for other in seasons[:i]:
            if season.first <= other.last and other.first <= season.last:
                text = f"{season.name} overlaps {other.name}, which lasts until {other.last}"
                yield Problem(entry.place("seasons", i, "first"), text)


def _special_days(entry: Located[Schedule]) -> Iterator[Problem]:
    days = entry.value.special_days
    for i, day in enumerate(days):
        yield from _overlaps(day.hours, entry.place("special_days", i, "hours"))
        last = day.last or day.date
        if last < day.date:
            yield Problem(entry.place("special_days", i, "last"), f"is before {day.date}")
        for other in days[:i]:
            if day.date <= (other.last or other.date) and other.date <= last:
                text = f"{day.date} is also among the special days of {other.date}"
                yield Problem(entry.place("special_days", i, "date"), text)


def _week(entry: Located[Schedule], hours: WeekHours, path: KeyPath) -> Iterator[Problem]:
    taken: dict[int, str] = {}
    for key, periods in hours.items():
        yield from _overlaps(periods, entry.place(*path, key))
        if "-" not in key:
            continue
        for day in days_of(key, frozenset()):
            other = taken.setdefault(day, key)
            if other != key:
                text = f"{key} and {other} have a day in common"
                yield Problem(entry.spot.key_place(*path, key), text)
                break


def _overlaps(periods: tuple[Period, ...], place: Place) -> Iterator[Problem]:
    for before, after in pairwise(periods):
        if after.start < before.end:
            yield Problem(place, f"{after} must come after {before}")


def _country(entry: Located[Schedule], default: str) -> Iterator[Problem]:
    schedule = entry.value
    country = schedule.country or default
    if not is_known(country):
        yield Problem(
            entry.place("country"),
            f"no calendar of holidays for {country}: name a country such as DZ",
        )


def _holiday(entry: Located[Holiday], parts: Parts) -> Iterator[Problem]:
    holiday = entry.value
    if holiday.date is not None:
        if holiday.year is not None or holiday.shift is not None:
            text = "give it a date, or a year and a shift"
            yield Problem(entry.place("name"), text)
        return
    if holiday.year is None or holiday.shift is None:
        yield Problem(entry.place("name"), "give it a date, or a year and a shift")
        return
    if holiday.is_workday:
        text = "is_workday goes with a date: that day is worked through"
        yield Problem(entry.place("is_workday"), text)
    countries = {one.value.country or parts.country for one in parts.schedules} | {parts.country}
    names = {
        one.name
        for country in sorted(countries)
        if is_known(country)
        for one in official(country, holiday.year)
    }
    if fold(holiday.name) not in set(map(fold, names)):
        known = ", ".join(sorted(names)) or "none known"
        hint = did_you_mean(holiday.name, names) or f"; there are {known}"
        text = f'no holiday "{holiday.name}" in {holiday.year}{hint}'
        yield Problem(entry.place("name"), text)
