"""One line per source and minute, and bounded memory."""

from __future__ import annotations

from pbx.sip.endpoint import Drop
from pbx.sip.flow import Flow
from pbx.transport.junk import MAX_SOURCES, JunkLog


def drop(host: str) -> Drop:
    return Drop(Flow("UDP", "trunks", "127.0.0.1:5080", (host, 5060)), "no colon")


def test_second_line_of_a_source_comes_after_a_minute_and_counts_what_was_silent(logged):
    junk = JunkLog()
    junk.note([drop("192.0.2.1"), drop("192.0.2.1"), drop("192.0.2.2")], 0.0)
    junk.note([drop("192.0.2.1")], 59.0)
    assert logged().count("dropped") == 2
    junk.note([drop("192.0.2.1")], 60.0)
    assert logged().endswith("no colon (and 2 more since)\n")


def test_flood_from_many_sources_is_logged_together(logged):
    junk = JunkLog()
    junk.note([drop(f"h{n}") for n in range(MAX_SOURCES + 100)], 0.0)
    assert logged().count("\n") == MAX_SOURCES + 1
    assert "dropped from other sources" in logged()
    junk.note([drop("late")], 61.0)
    assert "dropped from late" in logged()
