"""History folded from events: pure, repeatable, and with segments that add up."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_api.calls.facts import History
from crm_api.calls.fold import fold, fold_alarm
from crm_api.calls.ledger import Ledger, rows_changed
from nidaa.contracts.events import (
    AgentState,
    AgentStateChanged,
    AlarmCleared,
    AlarmRaised,
    Event,
    HangupBy,
    LegEnded,
    LegRole,
    LegStarted,
    QueueLeft,
    RingEnded,
    RingResult,
    RingStarted,
    SegmentKind,
    SegmentStarted,
    typed,
)
from tests.crm_api.events import T0, S, Script, answered_call


def folded(events: list[Event]) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    return ledger


def lengths(history: History, leg: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in history.segments.values():
        if row.leg == leg:
            assert row.ended_at is not None
            found[row.kind] = found.get(row.kind, 0) + (row.ended_at - row.started_at) / S
    return found


def test_an_answered_call_with_hold_and_wrap_up():
    history = folded(answered_call()).histories["v1"]

    assert history.conversation is not None
    assert history.conversation.outcome == "answered"
    assert history.conversation.queue == "support"
    assert history.conversation.waited_for == 5.0
    assert lengths(history, "v1-caller") == {"ivr": 3, "queue": 5, "talk": 20}
    assert lengths(history, "v1-agent") == {"ring": 4, "talk": 14, "hold": 6, "wrap_up": 10}
    ring = history.rings["v1-try"]
    assert (ring.result, ring.card, ring.agent) == ("answered", "shown", "a1")
    recording = history.recordings["v1-rec"]
    assert (recording.path, recording.duration_for) == ("v1.wav", 30.0)
    assert history.legs["v1-agent"].answered_at == T0 + 8 * S


def test_agent_timeline_has_no_gap():
    ledger = folded(answered_call())
    rows = sorted(ledger.state_rows.values(), key=lambda row: row.started_at)
    for before, after in itertools.pairwise(rows):
        assert before.ended_at == after.started_at
    assert [row.state for row in rows] == [
        "reserved",
        "ringing",
        "talking",
        "held",
        "talking",
        "wrap_up",
        "ready",
    ]
    assert rows[-1].ended_at is None


def test_abandoned_call_ends_every_segment():
    script = Script()
    script.arrives(0)
    script.say(9, QueueLeft("support", "v1-caller", "abandoned", 6.0))
    script.say(9, LegEnded("v1-caller", HangupBy.CALLER, "normal_clearing"))
    history = folded(script.take()).histories["v1"]
    assert lengths(history, "v1-caller") == {"ivr": 3, "queue": 6}
    assert history.legs["v1-caller"].ended_by == "caller"


def test_wrap_up_ends_though_its_conversation_is_not_named():
    events = answered_call()[:-1]
    script = Script("", first_seq=100)
    script.say(50, AgentStateChanged("a1", AgentState.OFFLINE))
    history = folded([*events, *script.take()]).histories["v1"]
    assert lengths(history, "v1-agent")["wrap_up"] == 22


def test_wrap_up_that_is_extended_stays_one_segment():
    events = answered_call()[:-2]
    script = Script(first_seq=100)
    script.say(33, AgentStateChanged("a1", AgentState.WRAP_UP, until_at=T0 + 90 * S))
    script.is_ready(70, "a1")
    history = folded([*events, *script.take()]).histories["v1"]
    assert lengths(history, "v1-agent")["wrap_up"] == 42


def test_ring_attempt_that_was_missed():
    script = Script()
    script.arrives(0)
    script.say(4, RingStarted("t9", "a1", "support", T0 + 24 * S, "late"))
    script.say(24, RingEnded("t9", "a1", "support", RingResult.MISSED))
    ring = folded(script.take()).histories["v1"].rings["t9"]
    assert (ring.result, ring.card) == ("missed", "late")
    assert (ring.started_at, ring.ended_at) == (T0 + 4 * S, T0 + 24 * S)


def test_events_of_unknown_type_or_leg_change_nothing():
    event = answered_call()[0]
    strange = msgspec.structs.replace(
        event, type="call.teleported", data=msgspec.Raw(b'{"type":"call.teleported"}')
    )
    assert folded([strange]).histories == {}
    script = Script()
    orphan = script.say(0, LegEnded("nobody", HangupBy.SYSTEM, "x"))
    data = typed(orphan)
    assert data is not None
    assert fold(History(), orphan, data) == History()


def test_alarm_has_one_row_from_raised_to_cleared():
    script = Script("")
    raised = script.say(0, AlarmRaised("disk_full", "no space"))
    cleared = script.say(9, AlarmCleared("disk_full"))
    row = fold_alarm(None, raised, AlarmRaised("disk_full", "no space"))
    assert row is not None
    assert fold_alarm(row, raised, AlarmRaised("disk_full", "no space")) is None
    ended = fold_alarm(row, cleared, AlarmCleared("disk_full"))
    assert ended is not None
    assert ended.ended_at == T0 + 9 * S
    assert fold_alarm(None, cleared, AlarmCleared("disk_full")) is None
    assert folded(script.take()).alarms == {}


def test_only_rows_that_changed_are_written():
    events = answered_call()
    before = folded(events[:10]).histories["v1"]
    assert list(rows_changed(before, before)) == []
    after = folded(events).histories["v1"]
    assert 0 < len(list(rows_changed(before, after))) < len(list(rows_changed(History(), after)))


KINDS = st.sampled_from([kind for kind in SegmentKind if kind is not SegmentKind.WRAP_UP])


@settings(deadline=None)
@given(st.lists(st.tuples(KINDS, st.integers(1, 1000)), min_size=1, max_size=30))
def test_segments_of_a_leg_never_overlap_and_sum_to_its_length(parts):
    script, at = Script(), 0.0
    script.say(at, LegStarted("l1", LegRole.CALLER, "trunk"))
    for kind, tenths in parts:
        script.say(at, SegmentStarted("l1", kind))
        at += tenths / 10
    script.say(at, LegEnded("l1", HangupBy.CALLER, "normal_clearing"))
    history = folded(script.take()).histories["v1"]

    rows = sorted(history.segments.values(), key=lambda row: row.started_at)
    for before, after in itertools.pairwise(rows):
        assert before.ended_at == after.started_at
    leg = history.legs["l1"]
    assert leg.ended_at is not None
    assert sum(row.ended_at - row.started_at for row in rows) == leg.ended_at - leg.started_at


@settings(deadline=None)
@given(st.integers(0, 40))
def test_folding_in_two_batches_is_folding_in_one(cut):
    events = answered_call()
    whole = folded(events)
    first = folded(events[:cut])
    second = Ledger(dict(first.histories), dict(first.states), dict(first.alarms))
    for event in events[cut:]:
        second.apply(event)
    assert second.histories == whole.histories
    assert second.states == whole.states
