"""A leg: its table, its history, what it tells the session and what it reports."""

import pytest

from nidaa.contracts.events import (
    HangupBy,
    LegAnswered,
    LegEnded,
    LegRole,
    LegStarted,
    SegmentKind,
    SegmentStarted,
)
from pbx.calls import reports
from pbx.calls.causes import Cause
from pbx.calls.leg import TRANSITIONS, Leg, LegFacts, LegState
from pbx.sip.errors import LocalMisuse
from tests.pbx.calls.fakes import UDP, Exchange, FakeSession

FACTS = LegFacts("l1", "c1", LegRole.AGENT, "sip:1001@test", "anna", "1001")


class Bench:
    """One leg, its session, and what it reported."""

    def __init__(self, state: LegState) -> None:
        self.exchange = Exchange()
        self.reports: list[reports.Report] = []
        self.leg = Leg(FACTS, state, self.exchange.ports, self.reports.append)
        self.session = FakeSession(self.leg, UDP)
        self.leg.attach(self.session)
        self.leg.start(SegmentKind.RING, "support")

    @property
    def events(self) -> list[object]:
        return [data for _, _, data in self.exchange.events.all]


@pytest.fixture
def called() -> Bench:
    return Bench(LegState.CALLING)


@pytest.fixture
def caller() -> Bench:
    return Bench(LegState.INVITED)


def test_a_released_leg_has_no_way_out() -> None:
    assert not [key for key in TRANSITIONS if key[0] is LegState.RELEASED]


def test_its_history_begins_with_a_segment(called: Bench) -> None:
    assert called.events == [
        LegStarted("l1", LegRole.AGENT, "sip:1001@test", "anna", "1001"),
        SegmentStarted("l1", SegmentKind.RING, "support", "anna"),
    ]


def test_a_phone_rings_and_answers(called: Bench) -> None:
    called.leg.ringing(183, "", 0)
    assert not called.leg.has_rung
    called.leg.ringing(180, "", 0)
    called.leg.answered("sdp", 0)
    assert called.leg.state is LegState.ANSWERED
    assert called.leg.has_rung
    assert called.reports[-1] == reports.LegAnswered(called.leg, "sdp")
    assert called.events[-1] == LegAnswered("l1")


def test_the_same_segment_is_not_entered_twice(called: Bench) -> None:
    called.leg.enter(SegmentKind.RING, "support", "anna")
    called.leg.enter(SegmentKind.TALK)
    assert [e.kind for e in called.events[1:]] == [SegmentKind.RING, SegmentKind.TALK]  # type: ignore[attr-defined]


def test_a_refusal_ends_it_with_its_cause(called: Bench) -> None:
    called.leg.failed(486, "Busy Here", 0, 0)
    assert called.events[-1] == LegEnded("l1", HangupBy.AGENT, "busy", 486, 17)
    assert called.reports == [reports.LegReleased(called.leg, Cause.BUSY, 486, HangupBy.AGENT)]


def test_the_peer_s_own_q850_is_kept(called: Bench) -> None:
    called.leg.failed(480, "", 18, 0)
    assert called.events[-1] == LegEnded("l1", HangupBy.AGENT, "unreachable", 480, 18)


def test_release_of_a_ringing_phone_cancels_it_once(called: Bench) -> None:
    called.leg.ringing(180, "", 0)
    called.leg.release(Cause.ANSWERED_ELSEWHERE, HangupBy.SYSTEM)
    called.leg.release(Cause.NORMAL_CLEARING, HangupBy.SYSTEM)
    assert called.session.words == ["hang_up"]
    assert called.events[-1] == LegEnded("l1", HangupBy.SYSTEM, "answered_elsewhere", 487, 26)


def test_what_comes_after_release_is_ignored(called: Bench) -> None:
    called.leg.release(Cause.NO_ANSWER, HangupBy.SYSTEM)
    count = len(called.events)
    called.reports.clear()
    called.leg.ringing(180, "", 0)
    called.leg.answered("late", 0)
    called.leg.offered("late", 0)
    called.leg.confirmed("late", 0)
    called.leg.failed(487, "", 0, 0)
    called.leg.released(0, 0, 0)
    called.leg.cancelled(0)
    called.leg.enter(SegmentKind.TALK)
    assert len(called.events) == count
    assert called.reports == []


def test_the_caller_is_rung_and_accepted(caller: Bench) -> None:
    caller.leg.ring()
    caller.leg.accept("answer")
    assert caller.session.said == [("ring", 180), ("accept", "answer")]
    assert caller.events[-1] == LegAnswered("l1")


def test_the_caller_is_refused_with_the_status_of_the_cause(caller: Bench) -> None:
    caller.leg.release(Cause.BUSY, HangupBy.SYSTEM)
    assert caller.session.said == [("reject", 486)]
    assert caller.events[-1] == LegEnded("l1", HangupBy.SYSTEM, "busy", 486, 17)


def test_a_caller_who_gives_up_is_reported(caller: Bench) -> None:
    caller.leg.cancelled(0)
    assert isinstance(caller.reports[-1], reports.LegReleased)
    assert caller.reports[-1].cause is Cause.CALLER_CANCELLED


def test_our_own_misuse_is_an_error(caller: Bench) -> None:
    caller.leg.accept("answer")
    with pytest.raises(LocalMisuse):
        caller.leg.accept("again")
    with pytest.raises(LocalMisuse):
        caller.leg.ring()


def test_a_bye_is_reported_with_who_sent_it(caller: Bench) -> None:
    caller.leg.accept("answer")
    caller.leg.confirmed("", 0)
    caller.leg.released(0, 0, 0)
    assert caller.events[-1] == LegEnded("l1", HangupBy.AGENT, "normal_clearing", 0, 16)


def test_a_dialog_that_died_is_nobody_s_hang_up(caller: Bench) -> None:
    caller.leg.accept("answer")
    caller.leg.released(408, 0, 0)
    assert caller.events[-1] == LegEnded("l1", HangupBy.SYSTEM, "peer_lost", 408, 102)


def test_offers_and_late_answers_are_reported(caller: Bench) -> None:
    caller.leg.accept("our offer")
    caller.leg.confirmed("their answer", 0)
    caller.leg.offered("their offer", 0)
    assert caller.reports == [
        reports.LegConfirmed(caller.leg, "their answer"),
        reports.LegOffered(caller.leg, "their offer"),
    ]
    caller.leg.answer_offer("ours")
    caller.leg.refuse_offer(488)
    assert caller.session.said[-2:] == [("answer_offer", "ours"), ("refuse_offer", 488)]


def test_a_leg_that_failed_before_its_session_was_known_hangs_it_up() -> None:
    exchange = Exchange()
    leg = Leg(FACTS, LegState.CALLING, exchange.ports, lambda _: None)
    leg.failed(503, "", 0, 0)
    session = FakeSession(leg, UDP)
    leg.attach(session)
    assert session.words == ["hang_up"]


def test_a_command_without_a_session_is_our_misuse() -> None:
    leg = Leg(FACTS, LegState.INVITED, Exchange().ports, lambda _: None)
    with pytest.raises(LocalMisuse):
        leg.ring()


def test_a_leg_without_a_session_can_be_released() -> None:
    exchange = Exchange()
    leg = Leg(FACTS, LegState.CALLING, exchange.ports, lambda _: None)
    leg.release(Cause.NO_ANSWER, HangupBy.SYSTEM)
    assert exchange.events.of(LegEnded)


def test_the_answer_to_an_offerless_reinvite_is_reported(caller: Bench) -> None:
    caller.leg.accept("answer")
    caller.leg.reoffer_answered("their answer", 0)
    assert caller.reports == [reports.LegConfirmed(caller.leg, "their answer")]


def test_info_changes_nothing(called: Bench) -> None:
    called.leg.answered("sdp", 0)
    before = called.leg.state
    called.leg.info("application/dtmf-relay", "Signal=1", 0)
    called.leg.reoffer_failed(491, 0)
    assert called.leg.state is before
