"""Events on their way to disk and to who listens."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    AlarmRaised,
    CallEnded,
    Event,
    LegAnswered,
    Outcome,
    typed,
)
from pbx import events as module
from pbx import outbox as outbox_module
from pbx.events import Events
from pbx.outbox import Outbox
from tests.support.until import until

ENDED = CallEnded(Outcome.ANSWERED, "normal_clearing")
READY = AgentStateChanged("anna", AgentState.READY)


class Log:
    """What was heard: alarms, and the seq that could be read at each word of news."""

    def __init__(self) -> None:
        self.alarms: list[tuple[str, str]] = []
        self.news: list[int] = []
        self.heard = asyncio.Event()

    def alarm(self, name: str, text: str) -> None:
        self.alarms.append((name, text))

    async def next(self) -> int:
        await self.heard.wait()
        self.heard.clear()
        return self.news[-1]


@pytest.fixture
async def log() -> Log:
    return Log()


@pytest.fixture
async def events(tmp_path: Path, log: Log) -> AsyncIterator[Events]:
    made = Events(Outbox(tmp_path, "run"), "default", lambda: 1_700_000_000_000_000, log.alarm)

    def heard() -> None:
        log.news.append(made.visible_seq)
        log.heard.set()

    made.listen(heard)
    yield made
    await made.close()


def on_disk(events: Events) -> list[Event]:
    return [msgspec.json.decode(line, type=Event) for line in events.outbox.read(0, 100)]


async def test_an_event_is_on_disk_before_anybody_hears_of_it(events: Events, log: Log) -> None:
    events.emit("call-1", ENDED)
    assert (events.visible_seq, on_disk(events)) == (0, [])
    assert await log.next() == 1
    [event] = on_disk(events)
    assert (event.type, event.tenant, event.conversation) == ("call.ended", "default", "call-1")
    assert event.at == 1_700_000_000_000_000
    assert typed(event) == ENDED


async def test_what_a_screen_waits_for_takes_the_rest_along_at_once(
    events: Events, log: Log
) -> None:
    events.emit("call-1", LegAnswered("l1"))
    events.emit("call-1", AgentReserved("t", "anna", "support", "", "", "", 0.0, 1))
    events.emit("call-1", READY)
    events.emit("call-1", LegAnswered("l2"))
    await asyncio.sleep(0)
    assert log.news == [4]


async def test_closing_writes_what_is_there(events: Events) -> None:
    events.emit("call-1", ENDED)
    await events.close()
    assert len(events.outbox._segments[0].read(0, 9)) == 1
    events.emit("call-1", ENDED)
    events.flush()  # later than the end: lost, but no error


async def test_the_disk_is_synced_by_a_thread_and_not_all_the_time(
    events: Events, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(events.outbox, "sync", lambda: synced.append(events.outbox.last_seq))
    monkeypatch.setattr(module, "SYNC_EVERY", 0.05)
    events._synced_at = events._loop.time() - 1
    for _ in range(3):
        events.emit("", READY)
        await log.next()
    await until(lambda: synced[-1:] == [3])
    assert synced in ([1, 3], [1, 2, 3], [3])


async def test_a_full_disk_is_an_alarm_and_ends_as_one(
    events: Events, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def full(_handle: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "RETRY_AFTER", 0.05)
    monkeypatch.setattr(os, "write", full)
    events.emit("", READY)
    assert await log.next() == 1  # it is told all the same
    events.emit("", AlarmRaised("outbox_disk", "full"))
    monkeypatch.setattr(os, "write", write)
    while len(log.alarms) < 2:
        await log.next()
    assert [name for name, _ in log.alarms] == ["outbox_disk", "outbox_disk"]
    assert "No space left" in log.alarms[0][1]
    assert log.alarms[1][1] == ""
    assert [event.seq for event in on_disk(events)] == [1, 2]


async def test_events_that_nothing_can_keep_are_lost_and_told_of(
    events: Events, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MAX_UNWRITTEN", 0)
    events.emit("", READY)
    events.emit("", READY)
    [(_, text)] = log.alarms
    assert text.startswith("events are being lost")


async def test_a_disk_that_cannot_sync_is_an_alarm(
    events: Events, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(events.outbox, "sync", broken)
    events._synced_at = events._loop.time() - 1
    events.emit("", READY)
    await until(lambda: log.alarms)
    assert "does not keep" in log.alarms[0][1]
    monkeypatch.undo()
