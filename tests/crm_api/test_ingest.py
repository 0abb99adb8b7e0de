"""Events into rows: exactly once in effect, in any batches, and made again from the log."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from crm_api.database import Database
from crm_api.ingest import Ingest
from crm_api.models import (
    AgentStateRow,
    AlarmRow,
    Base,
    Conversation,
    EventRow,
    Leg,
    Recording,
    RingAttempt,
    Segment,
)
from nidaa.contracts.events import AlarmRaised
from tests.crm_api.events import Script, answered_call

FOLDED: tuple[type[Base], ...] = (
    Conversation,
    Leg,
    Segment,
    RingAttempt,
    AgentStateRow,
    Recording,
    AlarmRow,
)


@pytest.fixture
def ingest(database: Database) -> Ingest:
    return Ingest(database, "default", "DZ")


async def rows(database: Database) -> dict[str, list[Any]]:
    """Every folded row as a tuple, by table."""
    async with database.reading() as session:
        return {
            model.__tablename__: sorted(
                map(repr, (await session.execute(select(model.__table__))).all())
            )
            for model in FOLDED
        }


async def test_batches_of_any_size_make_the_same_rows(ingest, database):
    events = answered_call()
    script = Script("", first_seq=len(events) + 1)
    script.say(40, AlarmRaised("disk_full", "no space"))
    events += script.take()
    await ingest.take(events)
    whole = await rows(database)
    assert all(whole.values()), whole

    async with database.writing() as session:
        for model in (*FOLDED, EventRow):
            await session.execute(model.__table__.delete())
    for event in events:
        await ingest.take([event])
    assert await rows(database) == whole


async def test_duplicates_have_no_second_effect(ingest, database):
    events = answered_call()
    await ingest.take(events)
    once = await rows(database)
    await ingest.take(events)
    await ingest.take(events[3:9])
    assert await rows(database) == once
    async with database.reading() as session:
        kept = await session.scalar(select(func.count()).select_from(EventRow))
    assert kept == len(events)


async def test_rebuild_makes_the_same_rows(ingest, database):
    await ingest.take(answered_call())
    await ingest.take(answered_call("v2", "a2", first_seq=100))
    before = await rows(database)
    assert await ingest.rebuild() == 2 * len(answered_call())
    assert await rows(database) == before


async def test_cursor_is_that_of_the_last_event_kept(ingest):
    assert await ingest.cursor() == 0
    events = answered_call()
    await ingest.take(events[:5])
    assert await ingest.cursor() == 5
    await ingest.take(events)
    assert await ingest.cursor() == events[-1].seq


async def test_outbox_that_was_lost_numbers_anew(ingest, database):
    await ingest.take(answered_call(first_seq=500))
    fresh = answered_call("v2", "a2", first_seq=1)
    await ingest.take(fresh)
    assert await ingest.cursor() == fresh[-1].seq
    assert len((await rows(database))["conversations"]) == 2


async def test_event_of_unknown_type_is_kept(ingest, database):
    event = msgspec.structs.replace(
        answered_call()[0], type="call.teleported", data=msgspec.Raw(b'{"type":"call.teleported"}')
    )
    await ingest.take([event])
    async with database.reading() as session:
        kept = (await session.scalars(select(EventRow))).one()
    assert (kept.type, kept.data) == ("call.teleported", '{"type":"call.teleported"}')
    assert (await rows(database))["conversations"] == []


async def test_what_fails_leaves_nothing_behind(ingest, database, monkeypatch):
    async def broken(*_args: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("crm_api.ingest.HistoryRepository.set_cursor", broken)
    with pytest.raises(RuntimeError):
        await ingest.take(answered_call())
    assert await ingest.cursor() == 0
    assert not any((await rows(database)).values())


async def test_past_that_is_added_does_not_move_the_cursor(ingest):
    await ingest.add(answered_call())
    assert await ingest.cursor() == 0
