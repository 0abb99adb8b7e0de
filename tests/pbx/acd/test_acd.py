"""The ACD as call flows."""

from __future__ import annotations

import pytest

from nidaa.contracts.control import Refusal
from nidaa.contracts.events import AgentState, RingResult
from pbx.acd.effects import AgentChanged, CallerFacts, CancelRing, Reserved, Ring
from pbx.acd.errors import AcdMisuse, AgentRefused
from tests.pbx.acd.floor import Floor, queue

READY, PAUSED, OFFLINE = AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE
RESERVED, RINGING, WRAP_UP = AgentState.RESERVED, AgentState.RINGING, AgentState.WRAP_UP
TALKING, HELD = AgentState.TALKING, AgentState.HELD


def refused(command: object, *args: object) -> Refusal:
    with pytest.raises(AgentRefused) as caught:
        command(*args)  # type: ignore[operator]
    assert str(caught.value)
    return caught.value.code


# the main job


def test_a_caller_is_answered_by_a_ready_agent() -> None:
    floor = Floor("anna")
    assert floor.join("c1") == 1
    assert floor.rings() == [("c1", "anna")]
    floor.wait(5)
    assert floor.answer("anna")
    assert floor.state("anna") is TALKING
    floor.wait(100)
    floor.acd.talk_ended("c1", floor.now)
    assert floor.state("anna") is WRAP_UP
    floor.wait(60)
    assert floor.states("anna") == ["reserved", "ringing", "talking", "wrap_up", "ready"]
    assert floor.results() == [("anna", "answered")]
    assert floor.left() == [("c1", "answered")]
    assert floor.waiting() == []


def test_what_is_said_in_which_order() -> None:
    floor = Floor("anna", card=True)
    floor.join("c1")
    assert floor.take() == [
        Reserved("t1", "anna", "ext-anna", "support", "c1", 0.0, True, floor.now + 0.3),
        AgentChanged("anna", RESERVED, "", "system", floor.now + 0.3),
    ]
    floor.now += 0.1
    assert floor.acd.card_shown("t1", "shown", floor.now)
    assert floor.take() == [
        AgentChanged("anna", RINGING, "", "system", floor.now + 20),
        Ring("t1", "anna", "ext-anna", "support", "c1", "shown", floor.now + 20),
    ]


def test_callers_are_served_in_the_order_they_came_also_across_queues() -> None:
    floor = Floor("anna")
    floor.acd.set_paused("anna", "lunch", floor.now)
    for caller, to in (("c1", "sales"), ("c2", "support"), ("c3", "sales")):
        floor.join(caller, to)
        floor.now += 1
    assert floor.acd.next_deadline() is None
    floor.acd.set_ready("anna", floor.now)
    for caller in ("c1", "c2", "c3"):
        assert floor.rings()[-1] == (caller, "anna")
        floor.answer("anna")
        floor.acd.talk_ended(caller, floor.now)
        floor.acd.finish_wrap_up("anna", floor.now)


def test_the_agent_who_was_free_the_longest_is_first() -> None:
    floor = Floor("anna", "bo", "cy")
    for caller in ("c1", "c2", "c3"):
        floor.join(caller)
    assert [agent for _, agent in floor.rings()] == ["anna", "bo", "cy"]


def test_positions_count_everybody_who_waits() -> None:
    floor = Floor("anna")
    assert [floor.join(caller) for caller in ("c1", "c2", "c3")] == [1, 2, 3]
    floor.answer("anna")
    assert floor.join("c4") == 3


def test_a_lower_penalty_is_served_first() -> None:
    floor = Floor("anna", "bo")
    floor.staff(floor.agent("anna", penalty=5), floor.agent("bo"))
    floor.join("c1")
    floor.join("c2")
    assert floor.rings() == [("c1", "bo"), ("c2", "anna")]


def test_an_agent_serves_only_its_own_queues() -> None:
    floor = Floor("anna")
    floor.staff(floor.agent("anna", queues=("sales", "elsewhere")))
    floor.join("c1", "support")
    assert floor.rings() == []
    floor.join("c2", "sales")
    assert floor.rings() == [("c2", "anna")]


# the card


def test_the_ring_waits_for_the_card_but_not_for_long() -> None:
    floor = Floor("anna", card=True)
    floor.join("c1")
    floor.wait(0.29)
    assert floor.rings() == []
    floor.wait(0.01)
    [ring] = floor.said(Ring)
    assert (ring.card, ring.deadline) == ("late", floor.now + 20)
    assert not floor.acd.card_shown(ring.attempt, "shown", floor.now)


@pytest.mark.parametrize("card", ["shown", "none", "unavailable"])
def test_what_is_known_of_the_card_is_said(card: str) -> None:
    floor = Floor("anna", card=True)
    floor.join("c1")
    floor.acd.card_shown("t1", card, floor.now)
    assert [ring.card for ring in floor.said(Ring)] == [card]


def test_a_desk_phone_without_a_screen_rings_at_once() -> None:
    floor = Floor("anna")
    floor.join("c1")
    assert [one.needs_card for one in floor.reserved()] == [False]
    assert [ring.card for ring in floor.said(Ring)] == ["none"]


def test_a_card_for_an_attempt_that_is_over_rings_nobody() -> None:
    floor = Floor("anna", card=True)
    floor.join("c1")
    floor.leave("c1")
    assert not floor.acd.card_shown("t1", "shown", floor.now)
    assert floor.rings() == []


# callers who leave


def test_caller_who_hangs_up_while_waiting_is_abandoned_and_listed_no_more() -> None:
    floor = Floor()
    floor.join("c1")
    floor.wait(12)
    left = floor.acd.leave("c1", floor.now)
    assert left is not None
    assert (left.reason, left.waited_for) == ("abandoned", 12.0)
    assert floor.waiting() == []
    assert floor.left() == [("c1", "abandoned")]


def test_caller_who_hangs_up_while_ringing_frees_the_agent_at_once() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.leave("c1")
    assert floor.state("anna") is READY
    assert floor.cancelled() == ["t1"]
    assert floor.results() == [("anna", "cancelled")]
    assert not floor.acd.answered("t1", floor.now)


def test_caller_who_hangs_up_before_the_ring_cancels_nothing_that_rings() -> None:
    floor = Floor("anna", card=True)
    floor.join("c1")
    floor.leave("c1")
    assert floor.state("anna") is READY
    assert floor.cancelled() == []
    assert floor.results() == [("anna", "cancelled")]


def test_the_agent_who_was_freed_serves_the_next_in_the_same_step() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.join("c2")
    floor.leave("c1")
    assert floor.rings() == [("c1", "anna"), ("c2", "anna")]


def test_an_agent_whose_caller_left_keeps_its_turn() -> None:
    floor = Floor("anna", "bo")
    floor.join("c1")
    floor.wait(5)
    floor.leave("c1")
    floor.join("c2")
    assert floor.rings() == [("c1", "anna"), ("c2", "anna")]


def test_a_caller_taken_out_is_released() -> None:
    floor = Floor()
    floor.join("c1")
    floor.acd.leave("c1", floor.now, "released")
    assert floor.left() == [("c1", "released")]


def test_leaving_twice_or_while_talking_is_nothing() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    assert floor.acd.leave("c1", floor.now) is None
    assert floor.acd.leave("nobody", floor.now) is None
    assert floor.state("anna") is TALKING


# agents who do not answer


def test_a_missed_call_goes_to_the_next_agent_and_pauses_the_first() -> None:
    floor = Floor("anna", "bo")
    floor.join("c1")
    floor.wait(20)
    assert (floor.state("anna"), floor.reason("anna")) == (PAUSED, "missed")
    assert floor.rings() == [("c1", "anna"), ("c1", "bo")]
    assert floor.said(CancelRing) == [CancelRing("t1", RingResult.MISSED)]
    assert floor.results() == [("anna", "missed")]
    assert not floor.acd.answered("t1", floor.now)


def test_a_caller_nobody_answers_keeps_its_place() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.join("c2")
    floor.wait(20)
    assert floor.waiting() == ["c1", "c2"]
    floor.acd.set_ready("anna", floor.now)
    assert floor.rings() == [("c1", "anna"), ("c1", "anna")]


@pytest.mark.parametrize(
    ("result", "reason", "source"),
    [
        (RingResult.REJECTED, "rejected", "user"),
        (RingResult.UNREACHABLE, "unreachable", "system"),
        (RingResult.MISSED, "missed", "system"),
    ],
)
def test_a_ring_that_fails_goes_to_the_next_agent(
    result: RingResult, reason: str, source: str
) -> None:
    floor = Floor("anna", "bo")
    floor.join("c1")
    floor.acd.ring_failed("t1", result, floor.now)
    assert (floor.state("anna"), floor.reason("anna")) == (PAUSED, reason)
    assert floor.rings() == [("c1", "anna"), ("c1", "bo")]
    assert floor.cancelled() == []
    assert floor.results() == [("anna", result.value)]
    [change] = [c for c in floor.said(AgentChanged) if c.reason == reason]
    assert change.source == source
    floor.acd.ring_failed("t1", result, floor.now)
    assert len(floor.results()) == 1


@pytest.mark.parametrize("result", [RingResult.ANSWERED, RingResult.CANCELLED])
def test_a_ring_does_not_fail_by_what_is_no_failure(result: RingResult) -> None:
    with pytest.raises(AcdMisuse):
        Floor().acd.ring_failed("t1", result, 0.0)


def test_only_one_agent_wins_and_only_once() -> None:
    floor = Floor("anna", "bo")
    floor.join("c1")
    floor.wait(20)
    assert not floor.acd.answered("t1", floor.now)
    assert floor.acd.answered("t2", floor.now)
    assert not floor.acd.answered("t2", floor.now)
    assert floor.state("bo") is TALKING


def test_nobody_answers_before_it_rings() -> None:
    floor = Floor("anna", card=True)
    floor.join("c1")
    assert not floor.answer("anna")
    assert floor.state("anna") is RESERVED


# phones that come and go


def test_an_agent_without_a_phone_gets_no_calls_until_it_is_back() -> None:
    floor = Floor("anna")
    floor.phone("anna", is_reachable=False)
    assert (floor.state("anna"), floor.reason("anna")) == (PAUSED, "unreachable")
    assert floor.acd.agent("anna").wanted_next == "ready"
    floor.join("c1")
    assert floor.rings() == []
    floor.phone("anna")
    assert floor.rings() == [("c1", "anna")]


def test_a_phone_that_did_not_get_a_ring_is_trusted_again_when_it_registers() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.acd.ring_failed("t1", RingResult.UNREACHABLE, floor.now)
    assert floor.acd.agent("anna").is_reachable
    floor.phone("anna")
    assert len(floor.rings()) == 2


def test_an_agent_whom_a_ring_did_not_reach_may_insist() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.acd.ring_failed("t1", RingResult.UNREACHABLE, floor.now)
    floor.acd.set_ready("anna", floor.now)
    assert len(floor.rings()) == 2


def test_an_agent_on_a_break_stays_on_it_when_the_phone_comes_and_goes() -> None:
    floor = Floor("anna")
    floor.acd.set_paused("anna", "lunch", floor.now)
    floor.phone("anna", is_reachable=False)
    floor.phone("anna")
    assert floor.reason("anna") == "lunch"


def test_a_phone_lost_in_a_call_shows_after_it() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.phone("anna", is_reachable=False)
    assert floor.state("anna") is TALKING
    floor.acd.talk_ended("c1", floor.now)
    floor.wait(60)
    assert floor.reason("anna") == "unreachable"


# what agents want


def test_a_shift_begins_paused_and_ready_needs_a_phone() -> None:
    floor = Floor()
    floor.staff(floor.agent("anna"))
    assert floor.state("anna") is OFFLINE
    floor.acd.sign_on("anna", floor.now)
    assert (floor.state("anna"), floor.reason("anna")) == (PAUSED, "signed_on")
    assert refused(floor.acd.set_ready, "anna", floor.now) is Refusal.UNREACHABLE
    floor.phone("anna")
    floor.acd.set_ready("anna", floor.now)
    floor.acd.sign_on("anna", floor.now)
    assert floor.state("anna") is READY


def test_what_needs_a_shift_is_refused_without_one() -> None:
    floor = Floor()
    floor.staff(floor.agent("anna"))
    assert refused(floor.acd.set_ready, "anna", 0.0) is Refusal.WRONG_STATE
    assert refused(floor.acd.set_paused, "anna", "lunch", 0.0) is Refusal.WRONG_STATE
    assert refused(floor.acd.finish_wrap_up, "anna", 0.0) is Refusal.WRONG_STATE
    assert refused(floor.acd.extend_wrap_up, "anna", 30.0, 0.0) is Refusal.WRONG_STATE
    floor.acd.sign_off("anna", floor.now)
    assert floor.said(AgentChanged) == []


def test_an_unknown_agent_is_said_to_be() -> None:
    assert refused(Floor().acd.sign_on, "nobody", 0.0) is Refusal.UNKNOWN_AGENT


def test_a_pause_wanted_in_a_call_begins_after_wrap_up() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    assert floor.acd.agent("anna").wanted_next == "ready"
    floor.acd.set_paused("anna", "lunch", floor.now)
    assert floor.acd.agent("anna").wanted_next == "lunch"
    floor.acd.talk_ended("c1", floor.now)
    assert floor.state("anna") is WRAP_UP
    floor.acd.finish_wrap_up("anna", floor.now)
    assert (floor.state("anna"), floor.reason("anna")) == (PAUSED, "lunch")
    assert floor.acd.agent("anna").wanted_next == ""


def test_a_pause_wanted_while_ringing_leaves_the_ring_alone() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.acd.set_paused("anna", "lunch", floor.now)
    assert floor.state("anna") is RINGING
    floor.leave("c1")
    assert floor.reason("anna") == "lunch"


def test_another_reason_for_the_pause_counts_from_now() -> None:
    floor = Floor("anna")
    floor.acd.set_paused("anna", "lunch", floor.now)
    floor.wait(60)
    floor.acd.set_paused("anna", "training", floor.now)
    facts = floor.acd.agent("anna")
    assert (facts.reason, facts.since) == ("training", floor.now)


def test_who_comes_back_from_a_break_is_the_last_in_turn() -> None:
    floor = Floor("anna", "bo")
    floor.acd.set_paused("anna", "lunch", floor.now)
    floor.wait(600)
    floor.acd.set_ready("anna", floor.now)
    floor.join("c1")
    assert floor.rings() == [("c1", "bo")]


def test_signing_off_while_ringing_sends_the_caller_on() -> None:
    floor = Floor("anna", "bo")
    floor.join("c1")
    floor.acd.sign_off("anna", floor.now)
    assert floor.state("anna") is OFFLINE
    assert floor.cancelled() == ["t1"]
    assert floor.rings() == [("c1", "anna"), ("c1", "bo")]


def test_signing_off_in_a_call_ends_the_shift_after_its_wrap_up() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.acd.sign_off("anna", floor.now)
    assert (floor.state("anna"), floor.acd.agent("anna").wanted_next) == (TALKING, "offline")
    floor.acd.talk_ended("c1", floor.now)
    assert floor.state("anna") is WRAP_UP
    floor.acd.sign_off("anna", floor.now)
    assert floor.state("anna") is OFFLINE


def test_signing_on_again_in_the_last_call_of_a_shift() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.acd.sign_off("anna", floor.now)
    floor.acd.sign_on("anna", floor.now)
    floor.acd.talk_ended("c1", floor.now)
    floor.wait(60)
    assert floor.reason("anna") == "signed_on"


# talk, hold, wrap-up


def test_hold_and_resume() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.acd.hold("anna", True, floor.now)
    floor.acd.hold("anna", True, floor.now)
    assert floor.state("anna") is HELD
    floor.acd.hold("anna", False, floor.now)
    assert floor.states("anna")[-2:] == ["held", "talking"]
    floor.acd.hold("nobody", True, floor.now)


def test_hanging_up_on_a_held_caller_is_wrap_up() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.acd.hold("anna", True, floor.now)
    floor.acd.talk_ended("c1", floor.now)
    floor.acd.talk_ended("c1", floor.now)
    assert floor.state("anna") is WRAP_UP


def test_wrap_up_is_extended_and_then_ends_by_itself() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.acd.talk_ended("c1", floor.now)
    floor.wait(50)
    floor.acd.extend_wrap_up("anna", 30, floor.now)
    assert floor.said(AgentChanged)[-1].until == floor.now + 40
    floor.wait(39)
    assert floor.state("anna") is WRAP_UP
    floor.wait(1)
    assert floor.state("anna") is READY


@pytest.mark.parametrize(("asked", "given"), [(1e9, 600.0), (-5.0, 0.0)])
def test_wrap_up_is_not_extended_without_end(asked: float, given: float) -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.acd.talk_ended("c1", floor.now)
    floor.acd.extend_wrap_up("anna", asked, floor.now)
    assert floor.acd.agent("anna").until == floor.now + 60 + given


def test_a_queue_without_wrap_up() -> None:
    floor = Floor("anna")
    floor.acd.configure((queue("support", wrap_up_for=0),), floor.now)
    floor.join("c1")
    floor.join("c2")
    floor.answer("anna")
    floor.acd.talk_ended("c1", floor.now)
    assert floor.rings() == [("c1", "anna"), ("c2", "anna")]
    assert "wrap_up" not in floor.states("anna")


# direct calls


def test_an_agent_in_a_direct_call_gets_no_queue_call() -> None:
    floor = Floor("anna")
    floor.acd.busy("anna", "d1", floor.now)
    floor.join("c1")
    assert (floor.state("anna"), floor.rings()) == (TALKING, [])
    assert floor.acd.agent("anna").caller == "d1"
    floor.acd.free("anna", "d1", floor.now)
    assert floor.rings() == [("c1", "anna")]


def test_a_direct_call_taken_while_ringing_sends_the_caller_on() -> None:
    floor = Floor("anna", "bo")
    floor.join("c1")
    floor.acd.busy("anna", "d1", floor.now)
    assert floor.state("anna") is TALKING
    assert "ready" not in floor.states("anna")
    assert floor.rings() == [("c1", "anna"), ("c1", "bo")]
    floor.acd.free("anna", "d1", floor.now)
    assert floor.state("anna") is READY


def test_a_break_goes_on_after_a_direct_call() -> None:
    floor = Floor("anna")
    floor.acd.set_paused("anna", "lunch", floor.now)
    floor.acd.busy("anna", "d1", floor.now)
    floor.acd.busy("anna", "d2", floor.now)
    floor.acd.free("anna", "d1", floor.now)
    assert floor.state("anna") is TALKING
    floor.acd.free("anna", "d2", floor.now)
    floor.acd.free("anna", "d2", floor.now)
    assert floor.reason("anna") == "lunch"


def test_wrap_up_goes_on_after_a_direct_call_if_there_is_time_left() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.acd.talk_ended("c1", floor.now)
    for waited, state in ((10, WRAP_UP), (60, READY)):
        floor.acd.busy("anna", "d1", floor.now)
        floor.wait(waited)
        floor.acd.free("anna", "d1", floor.now)
        assert floor.state("anna") is state


def test_a_direct_call_beside_a_queue_call() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.acd.busy("anna", "d1", floor.now)
    floor.acd.free("anna", "d1", floor.now)
    assert floor.state("anna") is TALKING
    floor.acd.busy("anna", "d1", floor.now)
    floor.acd.hold("anna", True, floor.now)
    floor.acd.talk_ended("c1", floor.now)
    assert floor.state("anna") is TALKING
    floor.acd.free("anna", "d1", floor.now)
    assert floor.state("anna") is WRAP_UP


def test_who_is_not_on_shift_may_use_the_phone() -> None:
    floor = Floor()
    floor.staff(floor.agent("anna"))
    floor.acd.busy("anna", "d1", floor.now)
    assert floor.state("anna") is OFFLINE
    floor.acd.sign_on("anna", floor.now)
    assert floor.state("anna") is TALKING
    floor.acd.free("anna", "d1", floor.now)
    assert floor.reason("anna") == "signed_on"


def test_direct_calls_of_who_is_no_agent_are_nothing_to_the_acd() -> None:
    floor = Floor()
    floor.acd.busy("nobody", "d1", floor.now)
    floor.acd.free("nobody", "d1", floor.now)
    assert floor.take() == []


# another configuration, another directory


def test_a_queue_that_is_removed_serves_who_waits_and_takes_nobody_more() -> None:
    floor = Floor()
    floor.join("c1")
    floor.acd.configure((queue("sales"),), floor.now)
    assert floor.waiting() == ["c1"]
    with pytest.raises(AcdMisuse, match="no queue"):
        floor.join("c2")
    floor.staff(floor.agent("anna"))
    floor.phone("anna")
    floor.acd.sign_on("anna", floor.now)
    floor.acd.set_ready("anna", floor.now)
    assert floor.answer("anna")
    assert [one.queue for one in floor.acd.live_queues()] == ["sales"]
    floor.acd.talk_ended("c1", floor.now)
    assert floor.state("anna") is WRAP_UP


def test_a_removed_queue_that_comes_back_is_the_same() -> None:
    floor = Floor()
    floor.join("c1")
    floor.acd.configure((queue("sales"),), floor.now)
    floor.acd.configure((queue("sales"), queue("support", ring_for=5)), floor.now)
    assert floor.join("c2") == 2


def test_an_empty_queue_is_removed_at_once() -> None:
    floor = Floor("anna")
    floor.acd.configure((), floor.now)
    assert floor.acd.live_queues() == ()
    assert floor.state("anna") is READY


def test_a_new_queue_is_served_by_who_is_ready() -> None:
    floor = Floor("anna")
    floor.staff(floor.agent("anna", queues=("vip",)))
    floor.acd.configure((queue("vip"),), floor.now)
    floor.join("c1", "vip")
    assert floor.rings() == [("c1", "anna")]


def test_a_new_membership_serves_who_waits() -> None:
    floor = Floor("anna")
    floor.staff(floor.agent("anna", queues=("sales",)))
    floor.join("c1")
    floor.staff(floor.agent("anna"))
    assert floor.rings() == [("c1", "anna")]


def test_a_membership_that_ends_gets_no_more_calls() -> None:
    floor = Floor("anna")
    floor.staff(floor.agent("anna", queues=("sales",)))
    floor.join("c1")
    assert floor.rings() == []


def test_an_agent_who_is_removed_while_idle_is_gone() -> None:
    floor = Floor("anna")
    floor.staff()
    assert floor.acd.live_agents() == ()
    floor.join("c1")
    assert floor.rings() == []


def test_an_agent_who_is_removed_while_ringing_is_gone_and_the_caller_goes_on() -> None:
    floor = Floor("anna", "bo")
    floor.join("c1")
    floor.staff(floor.agent("bo"))
    assert floor.cancelled() == ["t1"]
    assert floor.rings() == [("c1", "anna"), ("c1", "bo")]
    assert [one.agent for one in floor.acd.live_agents()] == ["bo"]


def test_an_agent_who_is_removed_in_a_call_is_gone_when_it_ends() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.answer("anna")
    floor.staff()
    assert floor.state("anna") is TALKING
    floor.acd.talk_ended("c1", floor.now)
    assert floor.acd.live_agents() == ()
    assert floor.states("anna")[-1] == "offline"


def test_an_agent_who_is_removed_in_a_direct_call_is_gone_when_it_ends() -> None:
    floor = Floor("anna")
    floor.acd.busy("anna", "d1", floor.now)
    floor.staff()
    floor.acd.free("anna", "d1", floor.now)
    assert floor.acd.live_agents() == ()


def test_an_agent_who_moved_to_another_extension_is_reached_there() -> None:
    floor = Floor("anna")
    moved = floor.agent("anna")
    floor.acd.set_reachable("ext-new", True, floor.now)
    floor.staff(type(moved)(moved.id, moved.name, "ext-new", moved.queues, False))
    assert floor.state("anna") is READY
    floor.phone("anna", is_reachable=False)
    floor.join("c1")
    assert [ring.extension for ring in floor.said(Ring)] == ["ext-new"]


def test_an_agent_who_moved_to_an_extension_without_a_phone_gets_no_call() -> None:
    floor = Floor("anna")
    floor.acd.set_paused("anna", "lunch", floor.now)
    floor.join("c1")
    moved = floor.agent("anna")
    floor.acd.set_ready("anna", floor.now)
    floor.leave("c1")
    floor.staff(type(moved)(moved.id, moved.name, "ext-new", moved.queues, False))
    floor.join("c2")
    assert floor.reason("anna") == "unreachable"
    assert floor.rings() == [("c1", "anna")]


def test_a_snapshot_that_changes_nothing_says_nothing() -> None:
    floor = Floor("anna")
    floor.staff(floor.agent("anna"))
    assert floor.take() == []


# to look at, and our own mistakes


def test_what_is_shown_of_agents_and_queues() -> None:
    floor = Floor("anna")
    floor.join("c1")
    floor.wait(2)
    floor.join("c2")
    [anna] = floor.acd.live_agents()
    assert (anna.caller, anna.attempt, anna.until) == ("c1", "t1", floor.now + 18)
    [support, sales] = floor.acd.live_queues()
    assert [(one.caller, one.joined_at) for one in support.waiting] == [
        ("c1", floor.now - 2),
        ("c2", floor.now),
    ]
    assert support.waiting[0].facts == CallerFacts("+213550123456", "Amine", "+21321000001")
    assert sales.waiting == ()


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_caller_cannot_join_twice(is_answered: bool) -> None:
    floor = Floor("anna")
    floor.join("c1")
    if is_answered:
        floor.answer("anna")
    with pytest.raises(AcdMisuse, match="already"):
        floor.join("c1", "sales")


def test_nothing_to_do_has_no_deadline() -> None:
    floor = Floor("anna")
    assert floor.acd.next_deadline() is None
    floor.acd.handle_timers(floor.now + 1e6)
    assert floor.take() == []
