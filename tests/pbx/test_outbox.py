"""The outbox: order, restarts, torn lines, a full disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nidaa.contracts.events import (
    CallEnded,
    CallStarted,
    Direction,
    Event,
    LegAnswered,
    Outcome,
    encode_data,
    typed,
)
from pbx import outbox as module
from pbx.outbox import Outbox, OutboxFull
from pbx.segments import OutboxInUse

Open = Callable[..., Outbox]
STARTED = CallStarted(Direction.INBOUND, "+213550000001", "0550000001", "", "+21321000001")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    made: list[Outbox] = []

    def open_(run: str = "run", size: int = module.SEGMENT_SIZE) -> Outbox:
        made.append(Outbox(folder, run, size))
        return made[-1]

    yield open_
    for box in made:
        try:
            box.close()
        except OSError:
            continue


def add(box: Outbox, *legs: str) -> None:
    for leg in legs:
        data = LegAnswered(leg)
        box.append("leg.answered", 1_000_000, "default", "call-1", encode_data(data))
    box.flush()


def events(lines: list[bytes] | None) -> list[Event]:
    assert lines is not None
    return [msgspec.json.decode(line, type=Event) for line in lines]


def legs(lines: list[bytes] | None) -> list[str]:
    return [data.leg for event in events(lines) if isinstance(data := typed(event), LegAnswered)]


def test_an_event_is_whole_on_disk_and_in_memory(opened: Open) -> None:
    box = opened()
    add(box, "leg-1")
    [event] = events(box.read(0, 10))
    assert event == Event("run-1", 1, "leg.answered", 1_000_000, "default", "call-1", event.data)
    assert typed(event) == LegAnswered("leg-1")
    assert box.recent(0, 10) == box.read(0, 10)


def test_the_count_goes_on_after_a_restart(opened: Open) -> None:
    first = opened("a")
    add(first, "l1", "l2")
    first.close()
    second = opened("b")
    add(second, "l3")
    assert [event.seq for event in events(second.read(0, 10))] == [1, 2, 3]
    assert [event.id for event in events(second.read(0, 10))] == ["a-1", "a-2", "b-3"]


def test_a_line_torn_by_a_crash_is_cut_and_its_number_used_again(
    opened: Open, folder: Path
) -> None:
    first = opened()
    add(first, "l1", "l2")
    first.close()
    [file] = folder.glob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-5])
    second = opened()
    assert second.last_seq == 1
    add(second, "l2 again")
    assert legs(second.read(0, 10)) == ["l1", "l2 again"]


@pytest.mark.parametrize("rest", [b"\0\0\0\0\n", b"{}\n", b"\n", b"{"])
def test_what_a_power_failure_left_at_the_end_is_cut(
    opened: Open, folder: Path, rest: bytes
) -> None:
    first = opened()
    add(first, "l1")
    first.close()
    [file] = folder.glob("*.jsonl")
    with file.open("ab") as stream:
        stream.write(rest)
    assert opened().last_seq == 1


def test_an_empty_last_segment_keeps_the_count(opened: Open, folder: Path) -> None:
    first = opened()
    add(first, "l1")
    first.close()
    (folder / "0000000000000002.jsonl").touch()
    second = opened()
    add(second, "l2")
    assert [event.seq for event in events(second.read(0, 10))] == [1]
    assert [event.seq for event in events(second.read(1, 10))] == [2]


def test_reading_goes_from_segment_to_segment(opened: Open) -> None:
    box = opened(size=300)
    add(box, *[f"l{i}" for i in range(5)])
    for i in range(5, 10):
        add(box, f"l{i}")
    found: list[str] = []
    while lines := box.read(len(found), 4):
        found += legs(lines)
    assert found == [f"l{i}" for i in range(10)]
    assert box.read(10, 5) == []


def test_acknowledged_segments_are_deleted_but_the_last_one(opened: Open, folder: Path) -> None:
    box = opened(size=100)
    for i in range(5):
        add(box, f"l{i}")
    assert len(list(folder.glob("*.jsonl"))) == 5
    box.sync()
    box.forget(3)
    assert box.oldest_seq == 4
    box.forget(99)
    assert (box.acked_seq, box.oldest_seq) == (5, 5)
    box.close()
    assert opened().last_seq == 5


def test_a_segment_that_was_deleted_meanwhile_has_nothing(opened: Open, folder: Path) -> None:
    box = opened(size=100)
    add(box, "l1")
    add(box, "l2")
    (folder / "0000000000000001.jsonl").unlink()
    assert box.read(0, 5) == []
    box.sync()
    box.forget(2)
    assert box.oldest_seq == 2


def test_only_the_latest_events_stay_in_memory(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECENT", 3)
    box = opened()
    add(box, *[f"l{i}" for i in range(6)])
    assert box.recent(2, 5) is None
    assert legs(box.recent(3, 2)) == ["l3", "l4"]
    assert box.recent(6, 5) == []


def test_two_cannot_write_one_outbox(opened: Open) -> None:
    opened()
    with pytest.raises(OutboxInUse, match="another pbx"):
        opened()


def test_full_segments_are_synced_and_closed_by_the_thread(opened: Open) -> None:
    box = opened(size=100)
    for i in range(4):
        add(box, f"l{i}")
    box.sync()
    assert not box._retired
    assert [segment._handle >= 0 for segment in box._segments] == [False, False, False, True]


def test_a_segment_is_kept_until_what_it_leaves_open_is_written_down(
    opened: Open, folder: Path
) -> None:
    box = opened(size=100)
    box.append("call.started", 1, "default", "call-1", encode_data(STARTED))
    box.flush()
    add(box, "l1")
    add(box, "l2")
    box.forget(3)
    assert box.oldest_seq == 1
    box.sync()
    box.forget(3)
    assert [path.stem for path in folder.glob("*.jsonl")] == [f"{3:016d}"]
    assert [event.seq for event in box.unfinished()] == [1, 2, 3]
    box.close()
    again = opened(size=100)
    assert [event.seq for event in again.unfinished()] == [1, 2, 3]
    again.append("call.ended", 9, "default", "call-1", encode_data(CallEnded(Outcome.FAILED, "x")))
    again.flush()
    assert again.unfinished() == []


def test_what_is_open_is_known_before_the_thread_wrote_it_down(opened: Open) -> None:
    box = opened(size=100)
    box.append("call.started", 1, "default", "call-1", encode_data(STARTED))
    box.flush()
    add(box, "l1", "l2")
    assert [event.seq for event in box.unfinished()] == [1, 2, 3]


def test_the_next_run_knows_when_the_last_was_alive(opened: Open, folder: Path) -> None:
    box = opened()
    box.stay_alive()
    box.close()
    os.utime(folder / "lock", (1000, 1000))
    assert opened().alive_at == 1_000_000_000


class FullDisk:
    """Stands in for os.write: takes so many bytes more, then says that there is no room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room, self._write = 1 << 30, os.write
        monkeypatch.setattr(os, "write", self)

    def __call__(self, handle: int, data: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = self._write(handle, data[: self.room])
        self.room -= count
        return count


def test_a_full_disk_loses_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk(monkeypatch)
    box = opened()
    add(box, "l1")
    disk.room = 40
    with pytest.raises(OSError, match="No space"):
        add(box, "l2", "l3")
    assert (box.last_seq, box.unwritten) == (3, 2)
    assert legs(box.read(0, 10)) == ["l1"]
    assert legs(box.recent(0, 10)) == ["l1", "l2", "l3"]
    disk.room = 1 << 30
    box.flush()
    assert legs(box.read(0, 10)) == ["l1", "l2", "l3"]


@given(rooms=st.lists(st.integers(1, 200), max_size=30))
def test_wherever_the_disk_stops_the_lines_are_whole_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, rooms: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        disk = FullDisk(patch)
        with closing(Outbox(tmp_path_factory.mktemp("outbox"), "run", 250)) as box:
            for i, disk.room in enumerate(rooms):
                try:
                    add(box, f"l{i}")
                except OSError:
                    continue
            disk.room = 1 << 30
            box.flush()
            found: list[str] = []
            while lines := box.read(len(found), 3):
                found += legs(lines)
            assert found == [f"l{i}" for i in range(len(rooms))]


def test_memory_has_a_limit(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_UNWRITTEN", 2)
    disk = FullDisk(monkeypatch)
    box = opened()
    disk.room = 0
    for leg in ("l1", "l2"):
        with pytest.raises(OSError, match="No space"):
            add(box, leg)
    with pytest.raises(OutboxFull):
        add(box, "l3")
    disk.room = 1 << 30
    add(box)
    add(box, "l4")
    assert [(event.seq, event.id) for event in events(box.read(0, 9))][-1] == (3, "run-3")
    assert legs(box.read(0, 9)) == ["l1", "l2", "l4"]
