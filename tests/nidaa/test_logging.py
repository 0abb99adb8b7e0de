"""The log: one line a fact, ids first, nothing lost when it matters."""

import io
import os

from nidaa import logging as nidaa_logging
from nidaa.logging import LineLog, Log


def test_a_line_has_time_level_name_ids_and_text(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(nidaa_logging, "_line_log", LineLog(stream, wall=lambda: 1.25))
    Log("pbx.calls").info("RINGING -ANSWERED-> ANSWERED", call="c1", leg="l1")
    nidaa_logging.flush()
    assert stream.getvalue() == (
        "1970-01-01T00:00:01.250Z INFO pbx.calls call=c1 leg=l1 RINGING -ANSWERED-> ANSWERED\n"
    )


def test_a_line_break_in_what_a_peer_sent_cannot_forge_a_line(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(nidaa_logging, "_line_log", LineLog(stream, wall=lambda: 1.0))
    Log("pbx.sip").warning("dropped: x\n1970 INFO forged")
    assert stream.getvalue().count("\n") == 1


def test_information_is_buffered_for_a_moment_and_an_error_is_written_at_once():
    stream, now = io.StringIO(), [10.0]
    line_log = LineLog(stream, wall=lambda: now[0])
    line_log.write("INFO", "a", "first")
    line_log.write("INFO", "a", "second")
    assert "second" not in stream.getvalue()
    line_log.write("ERROR", "a", "third")
    assert stream.getvalue().endswith("second\n1970-01-01T00:00:10.000Z ERROR a third\n")


class Disk(io.StringIO):
    """A file on a disk that is full as long as somebody says so."""

    is_full = True

    def write(self, text):
        if self.is_full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_what_a_full_disk_does_not_take_is_written_when_there_is_room():
    disk, now = Disk(), [1.0]
    line_log = LineLog(disk, wall=lambda: now[0])
    line_log.write("ERROR", "a", "first")
    line_log.write("ERROR", "a", "second")
    disk.is_full, now[0] = False, 5.0
    line_log.flush()
    assert [line.split()[-1] for line in disk.getvalue().splitlines()] == ["first", "second"]


def test_while_the_disk_is_full_only_so_much_is_kept_and_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(nidaa_logging, "MAX_UNWRITTEN", 100)
    disk, now = Disk(), [1.0]
    line_log = LineLog(disk, wall=lambda: now[0])
    for number in range(9):
        line_log.write("ERROR", "a", f"line {number}")
    disk.is_full, now[0] = False, 5.0
    line_log.flush()
    lines = disk.getvalue().splitlines()
    assert [line[-6:] for line in lines[:2]] == ["line 7", "line 8"]
    assert lines[2].endswith("7 lines were lost, the disk was full")


def test_a_line_the_disk_took_half_of_is_completed(tmp_path, monkeypatch):
    room = [10, 0, 1000]

    def write(descriptor, data):
        if not room[0]:
            room.pop(0)
            raise OSError(28, "No space left on device")
        return os_write(descriptor, data[: room.pop(0)])

    os_write = os.write
    monkeypatch.setattr(os, "write", write)
    now = [1.0]
    with (tmp_path / "log").open("w") as stream:
        line_log = LineLog(stream, wall=lambda: now[0])
        line_log.write("ERROR", "a", "text")
        now[0] = 5.0
        line_log.flush()
    assert (tmp_path / "log").read_text() == "1970-01-01T00:00:01.000Z ERROR a text\n"
