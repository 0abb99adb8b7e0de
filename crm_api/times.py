"""Points in time: UTC microseconds in the database and in events, ISO 8601 in REST."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # microseconds


def now_micros() -> int:
    """UTC microseconds since 1970, now."""
    return time.time_ns() // 1000


def to_datetime(micros: int) -> datetime:
    """The instant as an aware datetime in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def to_datetime_or_none(micros: int | None) -> datetime | None:
    return None if micros is None else to_datetime(micros)


def to_micros(at: datetime) -> int:
    """Microseconds of an instant; one without a zone is taken as UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


def seconds_between(started_at: int, ended_at: int) -> float:
    """Length in seconds, never negative."""
    return max(0, ended_at - started_at) / SECOND


def midnight_before(micros: int) -> int:
    """Start of the day of that instant in this machine's zone."""
    local = to_datetime(micros).astimezone()
    return to_micros(local.replace(hour=0, minute=0, second=0, microsecond=0))
