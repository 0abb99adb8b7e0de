"""Alarms are raised and cleared once each."""

from pathlib import Path

import pytest

from nidaa.contracts.events import AlarmCleared, AlarmRaised, EventData
from pbx import alarms as module
from pbx.alarms import LOOK_EVERY, Alarms, DiskWatch


class Sink:
    def __init__(self) -> None:
        self.events: list[EventData] = []

    def emit(self, conversation: str, data: EventData) -> None:
        assert conversation == ""
        self.events.append(data)


def test_an_alarm_is_told_when_it_begins_and_when_it_is_over() -> None:
    alarms, sink = Alarms(), Sink()
    alarms.report_to(sink)
    alarms("disk", "the disk is full")
    alarms("disk", "the disk is still full")
    assert alarms.current == {"disk": "the disk is still full"}
    alarms("disk", "")
    alarms("disk", "")
    assert sink.events == [AlarmRaised("disk", "the disk is full"), AlarmCleared("disk")]
    assert alarms.current == {}


def test_what_was_wrong_before_anybody_listened_is_told_then() -> None:
    alarms, sink = Alarms(), Sink()
    alarms("disk", "the disk is full")
    alarms.report_to(sink)
    assert sink.events == [AlarmRaised("disk", "the disk is full")]


def test_little_room_on_the_disk_is_an_alarm_until_there_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms, now = Alarms(), 0.0
    watch = DiskWatch(tmp_path, alarms)
    seen = []
    for free in (300, 255, 300, 330):
        monkeypatch.setattr(module, "free_bytes", lambda _folder, free=free: free << 20)
        watch.look(now)
        seen.append("disk_low" in alarms.current)
        now += LOOK_EVERY
    assert seen == [False, True, True, False]


def test_a_disk_that_is_gone_is_an_alarm(tmp_path: Path) -> None:
    alarms = Alarms()
    DiskWatch(tmp_path / "gone", alarms).look(0.0)
    assert "disk_low" in alarms.current


def test_the_disk_is_not_looked_at_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    monkeypatch.setattr(module, "free_bytes", lambda folder: looks.append(folder) or 1 << 40)
    watch = DiskWatch(tmp_path, Alarms())
    for now in range(12):
        watch.look(float(now))
    assert len(looks) == 2
