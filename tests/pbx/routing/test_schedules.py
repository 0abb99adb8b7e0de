"""Opening hours at the instants where clocks and calendars are tricky."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nidaa.config.holiday_calendar import HolidayCalendar
from nidaa.config.hours import Holiday, Schedule
from pbx.routing.schedules import OpeningHours, Reason

ALGIERS = "Africa/Algiers"
OFFICE = {
    "sunday-wednesday": ["08:00-12:00", "13:00-17:00"],
    "thursday": "08:00-12:00",
}


def hours(
    week: dict[str, Any] | None = None, holidays: tuple[Holiday, ...] = (), **keys: Any
) -> OpeningHours:
    written = {"name": "office", "hours": OFFICE if week is None else week, **keys}
    schedule = Schedule.model_validate(written)
    country = schedule.country or "DZ"
    return OpeningHours(schedule, country, HolidayCalendar(country, holidays))


def micros(text: str, zone: str = ALGIERS) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000_000)


def is_open(opening: OpeningHours, text: str, zone: str = ALGIERS) -> bool:
    return opening.at(micros(text, zone)).is_open


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-02-01 07:59:59", False),  # a Sunday
        ("2026-02-01 08:00:00", True),
        ("2026-02-01 11:59:59", True),
        ("2026-02-01 12:00:00", False),
        ("2026-02-01 13:00:00", True),
        ("2026-02-01 17:00:00", False),
        ("2026-02-04 16:00:00", True),  # Wednesday
        ("2026-02-05 09:00:00", True),  # Thursday, a half-day
        ("2026-02-05 14:00:00", False),
        ("2026-02-06 09:00:00", False),  # Friday
        ("2026-02-07 09:00:00", False),  # Saturday
        ("2026-02-08 09:00:00", True),
    ],
)
def test_a_week_with_a_half_day(at: str, expected: bool) -> None:
    assert is_open(hours(), at) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-02-01 21:59:59", False),
        ("2026-02-01 22:00:00", True),
        ("2026-02-01 23:59:59", True),
        ("2026-02-02 00:00:00", True),
        ("2026-02-02 05:59:59", True),
        ("2026-02-02 06:00:00", False),
    ],
)
def test_a_night_shift_over_the_end_of_the_week(at: str, expected: bool) -> None:
    """The span of days wraps too; 2026-02-01 is a Sunday, the last of friday-sunday."""
    assert is_open(hours({"friday-sunday": "22:00-06:00"}), at) is expected


def test_round_the_clock() -> None:
    always = hours({"monday-sunday": "00:00-24:00"}, follows_holidays="no")
    for at in ("2026-02-01 00:00:00", "2026-02-01 23:59:59", "2026-12-31 23:59:59"):
        assert is_open(always, at)


def test_workdays_and_weekend_are_those_of_the_country() -> None:
    week = {"workdays": "08:00-16:00", "weekend": "10:00-12:00"}
    assert is_open(hours(week), "2026-02-01 15:00")  # Sunday
    assert not is_open(hours(week), "2026-02-06 15:00")  # Friday
    assert is_open(hours(week), "2026-02-06 11:00")
    assert not is_open(hours(week, country="FR"), "2026-02-01 15:00")


def test_a_day_by_its_name_counts_before_a_span_and_that_before_workdays() -> None:
    week = {"sunday": "09:00-10:00", "sunday-monday": "08:00-12:00", "workdays": "06:00-20:00"}
    assert not is_open(hours(week), "2026-02-01 11:00")
    assert is_open(hours(week), "2026-02-02 11:00")
    assert not is_open(hours(week), "2026-02-02 19:00")
    assert is_open(hours(week), "2026-02-03 19:00")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-29 08:59:59", True),  # 08:59:59 of summer time; the clock was put on at 02:00
        ("2026-03-29 09:00:00", False),
        ("2026-03-28 08:59:59", True),
        ("2026-10-25 08:00:00", True),  # put back at 03:00
        ("2026-10-25 09:00:00", False),
    ],
)
def test_hours_are_those_of_the_wall_clock_when_summer_time_begins_and_ends(
    at: str, expected: bool
) -> None:
    paris = hours({"monday-sunday": "08:00-09:00"}, time_zone="Europe/Paris", country="FR")
    assert is_open(paris, at, "Europe/Paris") is expected


def test_summer_time_moves_the_opening_in_utc() -> None:
    paris = hours({"monday-sunday": "08:00-09:00"}, time_zone="Europe/Paris", country="FR")
    assert is_open(paris, "2026-03-28 07:30", "UTC")
    assert not is_open(paris, "2026-03-29 07:30", "UTC")
    assert is_open(paris, "2026-03-29 06:30", "UTC")


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    night = hours({"sunday": "02:00-02:30"}, time_zone="Europe/Paris", country="FR")
    first = datetime(2026, 10, 25, 0, 15, tzinfo=ZoneInfo("UTC"))
    for one in (first, first.replace(hour=1)):
        assert night.at(int(one.timestamp() * 1_000_000)).is_open


def test_a_public_holiday_is_closed_and_says_which() -> None:
    opening = hours().at(micros("2026-07-05 09:00"))  # a Sunday
    assert not opening.is_open
    assert (opening.day.reason, opening.day.name) == (Reason.HOLIDAY, "Independence Day")
    assert not opening.day.is_estimated


def test_a_lunar_holiday_is_marked_as_estimated() -> None:
    opening = hours().at(micros("2026-03-22 09:00"))
    assert (opening.day.name, opening.day.is_estimated) == ("Eid al-Fitr", True)


def test_a_lunar_holiday_is_moved_by_a_day() -> None:
    moved = (Holiday(name="eid al-fitr", year=2026, shift=1),)
    after = hours(holidays=moved).at(micros("2026-03-23 09:00"))
    assert (after.is_open, after.day.is_estimated) == (False, False)
    assert is_open(hours(), "2026-03-23 09:00")
    assert not is_open(hours(holidays=moved), "2026-03-22 09:00")


def test_a_shift_of_nothing_confirms() -> None:
    confirmed = hours(holidays=(Holiday(name="Eid al-Fitr", year=2026, shift=0),))
    day = confirmed.at(micros("2026-03-22 09:00")).day
    assert (day.name, day.is_estimated) == ("Eid al-Fitr", False)


def test_a_shift_of_another_year_changes_nothing() -> None:
    other = hours(holidays=(Holiday(name="Eid al-Fitr", year=2025, shift=1),))
    assert is_open(other, "2026-03-23 09:00")


def test_holidays_of_our_own_and_holidays_worked_through() -> None:
    changes = (
        Holiday.model_validate({"name": "Strike", "date": "2026-02-02"}),
        Holiday.model_validate({"name": "Works", "date": "2026-07-05", "is_workday": "yes"}),
        Holiday.model_validate({"name": "Works", "date": "2026-07-06", "is_workday": "yes"}),
    )
    opening = hours(holidays=changes)
    assert opening.at(micros("2026-02-02 09:00")).day.name == "Strike"
    assert is_open(opening, "2026-07-05 09:00")
    assert is_open(opening, "2026-07-06 09:00")


def test_a_schedule_that_follows_no_holidays_and_one_with_holiday_hours() -> None:
    assert is_open(hours(follows_holidays="no"), "2026-07-05 16:00")
    half = hours(holiday_hours="10:00-12:00")
    assert is_open(half, "2026-07-05 11:00")
    assert not is_open(half, "2026-07-05 16:00")


def test_two_holidays_on_one_day_are_told_apart() -> None:
    """Ashura 2025 was expected on Independence Day; moved away, the other is left."""
    calendar = HolidayCalendar("DZ", (Holiday(name="Ashura", year=2025, shift=1),))
    names = [one.name for day, one in calendar.year(2025).items() if day.month == 7]
    assert names == ["Independence Day", "Ashura"]


RAMADAN = {
    "name": "Ramadan",
    "first": "2026-02-18",
    "last": "2026-03-19",
    "hours": {"sunday-thursday": "09:00-15:30"},
}


@pytest.mark.parametrize(
    ("at", "expected", "reason"),
    [
        ("2026-02-17 08:30", True, Reason.HOURS),
        ("2026-02-18 08:30", False, Reason.SEASON),
        ("2026-02-18 12:30", True, Reason.SEASON),
        ("2026-03-19 15:29", True, Reason.SEASON),
        ("2026-03-22 09:00", False, Reason.HOLIDAY),
        ("2026-03-23 08:30", True, Reason.HOURS),
    ],
)
def test_ramadan_hours(at: str, expected: bool, reason: Reason) -> None:
    opening = hours(seasons=[RAMADAN]).at(micros(at))
    assert (opening.is_open, opening.day.reason) == (expected, reason)


def test_a_special_day_counts_before_holidays_and_seasons() -> None:
    special = [
        {"date": "2026-07-05", "hours": "09:00-11:00", "note": "Inventory"},
        {"date": "2026-08-10", "last": "2026-08-14"},
    ]
    opening = hours(special_days=special, seasons=[RAMADAN])
    found = opening.at(micros("2026-07-05 10:00"))
    assert (found.is_open, found.day.reason, found.day.name) == (
        True,
        Reason.SPECIAL_DAY,
        "Inventory",
    )
    for at in ("2026-08-10 09:00", "2026-08-12 09:00"):
        assert not is_open(opening, at)
    assert is_open(opening, "2026-08-16 09:00")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-02-01 07:00", "2026-02-01 08:00"),
        ("2026-02-01 12:30", "2026-02-01 13:00"),
        ("2026-02-05 12:00", "2026-02-08 08:00"),
        ("2026-03-19 12:00", "2026-03-23 08:00"),  # weekend, then three days of Eid al-Fitr
    ],
)
def test_the_next_opening(at: str, expected: str) -> None:
    found = hours().next_opening(micros(at))
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == expected


def test_what_never_opens_has_no_next_opening() -> None:
    assert hours({"monday": "closed"}).next_opening(micros("2026-02-01 07:00")) is None


def test_days_are_remembered_for_a_while_only() -> None:
    opening = hours()
    for month in range(1, 13):
        for day in range(1, 29):
            for year in (2026, 2027):
                opening.at(micros(f"{year}-{month:02}-{day:02} 09:00"))
    assert is_open(opening, "2026-02-01 08:00:00")
