"""The log: one line a fact, ids first, nothing lost when it matters."""

import io

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


def test_a_full_disk_does_not_end_the_process():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    LineLog(Full(), wall=lambda: 1.0).write("ERROR", "a", "text")
