"""A pbx that died: what it left open ends in the events, once, at the time of its death."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    AlarmCleared,
    AlarmRaised,
    CallEnded,
    CallStarted,
    Direction,
    Event,
    EventData,
    HangupBy,
    LegAnswered,
    LegEnded,
    LegRole,
    LegStarted,
    Outcome,
    QueueEntered,
    QueueLeft,
    RecordingReady,
    RingEnded,
    RingResult,
    RingStarted,
    encode_data,
    event_type,
    typed,
)
from pbx.last_run import end_last_run
from pbx.leftovers import REASON, endings, unfinished
from pbx.outbox import Outbox

STARTED = CallStarted(Direction.INBOUND, "+213550000001", "0550000001", "", "+21321000001")
CALLER = LegStarted("l1", LegRole.CALLER, "trunk")
AGENT = LegStarted("l2", LegRole.AGENT, "sip:1001@nidaa", "anna", "1001")
QUEUED = QueueEntered("support", "l1", 1)
RESERVED = AgentReserved("a1", "anna", "support", "+213550000001", "", "+21321000001", 1.0, 0)
SECOND = 1_000_000


def told(*data: EventData, conversation: str = "c1") -> list[Event]:
    """These events, a second apart."""
    return [
        Event(
            f"e{seq}",
            seq,
            event_type(one),
            seq * SECOND,
            "default",
            "" if isinstance(one, AlarmRaised | AlarmCleared) else conversation,
            msgspec.Raw(encode_data(one)),
        )
        for seq, one in enumerate(data, 1)
    ]


def ends(events: Sequence[Event]) -> list[EventData]:
    return [data for _, data in endings(events, 10 * SECOND)]


def ended_leg(leg: str) -> LegEnded:
    return LegEnded(leg, HangupBy.SYSTEM, REASON, q850=41)


def test_a_waiting_caller_leaves_the_queue_and_the_call_fails() -> None:
    assert ends(told(STARTED, CALLER, QUEUED)) == [
        QueueLeft("support", "l1", "released", 7.0),
        ended_leg("l1"),
        CallEnded(Outcome.FAILED, REASON),
    ]


def test_a_ringing_agent_rings_no_more() -> None:
    ring = RingStarted("a1", "anna", "support", 0, "shown")
    assert ends(told(STARTED, CALLER, RESERVED, ring, AGENT)) == [
        RingEnded("a1", "anna", "support", RingResult.CANCELLED),
        ended_leg("l1"),
        ended_leg("l2"),
        CallEnded(Outcome.FAILED, REASON),
    ]


def test_a_conversation_that_was_answered_stays_answered() -> None:
    events = told(
        STARTED,
        CALLER,
        LegAnswered("l1"),
        QUEUED,
        RESERVED,
        AGENT,
        LegAnswered("l2"),
        RingEnded("a1", "anna", "support", RingResult.ANSWERED),
        QueueLeft("support", "l1", "answered", 4.0),
    )
    assert ends(events) == [
        ended_leg("l1"),
        ended_leg("l2"),
        CallEnded(Outcome.ANSWERED, REASON),
    ]


def test_a_leg_that_has_ended_is_not_ended_again() -> None:
    gone = LegEnded("l2", HangupBy.AGENT, "normal_clearing")
    assert ended_leg("l2") not in ends(told(STARTED, CALLER, AGENT, gone))


def test_what_has_ended_needs_no_end() -> None:
    ready = RecordingReady("r1", "r1.wav", 1.0, 1, "")
    events = told(STARTED, CALLER, CallEnded(Outcome.ANSWERED, "normal_clearing"), ready)
    assert unfinished(events) == []


def test_agents_go_offline_and_alarms_are_over() -> None:
    events = told(
        AgentStateChanged("anna", AgentState.READY),
        AgentStateChanged("anna", AgentState.TALKING),
        AgentStateChanged("karim", AgentState.READY),
        AgentStateChanged("karim", AgentState.OFFLINE),
        AlarmRaised("media_worker_down:1", "down"),
        AlarmRaised("outbox_disk", "full"),
        AlarmCleared("outbox_disk"),
        conversation="",
    )
    assert ends(events) == [
        AgentStateChanged("anna", AgentState.OFFLINE, REASON),
        AlarmCleared("media_worker_down:1"),
    ]


def test_the_next_run_tells_the_end_once_and_when_it_was(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "run1")
    for data in (STARTED, CALLER):
        box.append(event_type(data), SECOND, "default", "c1", encode_data(data))
    box.close()
    os.utime(tmp_path / "lock", (50, 50))
    for run in ("run2", "run3"):
        box = Outbox(tmp_path, run)
        end_last_run(box)
        box.close()
    events = [msgspec.json.decode(line, type=Event) for line in box.read(2, 10)]
    assert [typed(event) for event in events] == [
        ended_leg("l1"),
        CallEnded(Outcome.FAILED, REASON),
    ]
    assert {(event.at, event.conversation) for event in events} == {(50 * SECOND, "c1")}
