"""Is a schedule open at an instant: the one place that reads clocks and calendars for routing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from nidaa.config.holiday_calendar import HolidayCalendar, weekend_of
from nidaa.config.hours import MINUTES, WEEKEND, WORKDAYS, Period, Schedule, WeekHours, days_of
from nidaa.contracts.events import Micros

REMEMBERED_DAYS = 400
LOOK_AHEAD = 370  # days
DAY = timedelta(days=1)


class Reason(StrEnum):
    """Which part of the schedule decides about a day."""

    HOURS = "hours"
    SEASON = "season"
    HOLIDAY = "holiday"
    SPECIAL_DAY = "special_day"


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The periods that begin on one day, and what they come from."""

    periods: tuple[Period, ...]
    reason: Reason = Reason.HOURS
    name: str = ""  # of the season, the holiday or the special day
    is_estimated: bool = False  # a holiday whose date is not confirmed


@dataclass(frozen=True, slots=True)
class Opening:
    """The answer for one instant."""

    schedule: str
    is_open: bool
    local: datetime
    day: DayPlan


def local_time(at: Micros, zone: ZoneInfo) -> datetime:
    """The one clock of routing: what the wall clock shows in `zone` at this instant."""
    return datetime.fromtimestamp(at / 1_000_000, zone)


class OpeningHours:
    """One schedule, ready to be asked. A period that passes midnight belongs to its first day."""

    def __init__(self, schedule: Schedule, country: str, calendar: HolidayCalendar) -> None:
        self._schedule, self._calendar = schedule, calendar
        self._zone = ZoneInfo(schedule.time_zone)
        weekend = weekend_of(country)
        self._week = _by_day(schedule.hours, weekend)
        self._seasons = [(season, _by_day(season.hours, weekend)) for season in schedule.seasons]
        self._days: dict[date, DayPlan] = {}

    def at(self, at: Micros) -> Opening:
        """Open or closed, and why."""
        local = local_time(at, self._zone)
        minute = local.hour * 60 + local.minute
        today, yesterday = self._day(local.date()), self._day(local.date() - DAY)
        if _within(yesterday.periods, minute + MINUTES):
            return Opening(self._schedule.name, True, local, yesterday)
        return Opening(self._schedule.name, _within(today.periods, minute), local, today)

    def next_opening(self, at: Micros) -> datetime | None:
        """When it opens next after `at`, in local time; None: not within a year."""
        now = local_time(at, self._zone)
        return next((start for start in self._starts(now.date()) if start > now), None)

    def _starts(self, day: date) -> Iterator[datetime]:
        for _ in range(LOOK_AHEAD):
            midnight = datetime.combine(day, time(), self._zone)
            for period in self._day(day).periods:
                yield midnight + timedelta(minutes=period.start)
            day += DAY

    def _day(self, day: date) -> DayPlan:
        plan = self._days.get(day)
        if plan is None:
            if len(self._days) >= REMEMBERED_DAYS:
                self._days.clear()
            plan = self._days[day] = self._decide(day)
        return plan

    def _decide(self, day: date) -> DayPlan:
        """A special day counts before a holiday, that before a season, that before the week."""
        for special in self._schedule.special_days:
            if special.date <= day <= (special.last or special.date):
                return DayPlan(special.hours, Reason.SPECIAL_DAY, special.note)
        holiday = self._calendar.on(day) if self._schedule.follows_holidays else None
        if holiday is not None:
            hours = self._schedule.holiday_hours
            return DayPlan(hours, Reason.HOLIDAY, holiday.name, holiday.is_estimated)
        for season, week in self._seasons:
            if season.first <= day <= season.last:
                return DayPlan(week[day.weekday()], Reason.SEASON, season.name)
        return DayPlan(self._week[day.weekday()])


def _within(periods: tuple[Period, ...], minute: int) -> bool:
    return any(period.start <= minute < period.end for period in periods)


def _by_day(hours: WeekHours, weekend: frozenset[int]) -> list[tuple[Period, ...]]:
    """Periods of the seven days. A day by its name counts before a span, that before workdays."""
    week: list[tuple[Period, ...]] = [()] * 7
    for key in sorted(hours, key=_particular):
        for day in days_of(key, weekend):
            week[day] = hours[key]
    return week


def _particular(key: str) -> int:
    if key in (WORKDAYS, WEEKEND):
        return 0
    return 1 if "-" in key else 2
