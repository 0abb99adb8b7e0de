"""Public holidays of a country, with what holidays.yaml knows better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from nidaa.config.hours import Holiday

ESTIMATED = " (estimated)"
JOINT = "; "


@dataclass(frozen=True, slots=True)
class PublicHoliday:
    day: date
    name: str
    is_estimated: bool = False  # a lunar date that is not confirmed: it may be a day off


def is_known(country: str) -> bool:
    """Is there a calendar of this country?"""
    from holidays.utils import list_supported_countries

    return country in list_supported_countries(include_aliases=True)


def weekend_of(country: str) -> frozenset[int]:
    """Days of the week, 0 is Monday; Friday and Saturday in Algeria."""
    from holidays.utils import country_holidays

    return frozenset(country_holidays(country).weekend)


class HolidayCalendar:
    """One country's holidays. Years are worked out when they are first asked for."""

    def __init__(self, country: str, changes: Iterable[Holiday]) -> None:
        self._country, self._changes = country, tuple(changes)
        self._years: dict[int, dict[date, PublicHoliday]] = {}

    def on(self, day: date) -> PublicHoliday | None:
        return self.year(day.year).get(day)

    def year(self, year: int) -> dict[date, PublicHoliday]:
        """The holidays of a year by day, in order."""
        if year not in self._years:
            self._years[year] = self._work_out(year)
        return self._years[year]

    def _work_out(self, year: int) -> dict[date, PublicHoliday]:
        found: dict[date, PublicHoliday] = {}
        neighbours = (year - 1, year, year + 1)  # a shift may cross New Year
        for one in (
            self._moved(one) for each in neighbours for one in official(self._country, each)
        ):
            found.setdefault(one.day, one)
        for change in self._changes:
            if change.date is not None and change.is_workday:
                found.pop(change.date, None)
            elif change.date is not None:
                found[change.date] = PublicHoliday(change.date, change.name)
        return {day: found[day] for day in sorted(found) if day.year == year}

    def _moved(self, one: PublicHoliday) -> PublicHoliday:
        for change in self._changes:
            if change.shift is not None and (change.year, fold(change.name)) == (
                one.day.year,
                fold(one.name),
            ):
                day = one.day + timedelta(days=change.shift)
                return replace(one, day=day, is_estimated=False)
        return one


def official(country: str, year: int) -> Iterator[PublicHoliday]:
    """As the calendar has them, each name of a day alone. Names are English."""
    from holidays.utils import country_holidays

    listed = country_holidays(country, years=year, language="en_US")
    for day in sorted(listed):
        if day.year == year:
            for name in listed[day].split(JOINT):
                yield PublicHoliday(day, name.removesuffix(ESTIMATED), name.endswith(ESTIMATED))


def fold(name: str) -> str:
    """Names are the same however people write capitals and the ends of it."""
    return name.strip().casefold()
