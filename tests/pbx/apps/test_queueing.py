"""A caller's way through a queue, as call flows."""

from __future__ import annotations

import pytest

from nidaa.config.models import Queue
from nidaa.contracts.control import Refusal
from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    CallEnded,
    CallStarted,
    HangupBy,
    LegEnded,
    LegStarted,
    Outcome,
    QueueEntered,
    QueueLeft,
    RecordingStarted,
    RingEnded,
    RingResult,
    RingStarted,
    SegmentKind,
)
from nidaa.contracts.media import LegFailed, LegSilent, LegUp, MediaProblem
from pbx.acd.errors import AgentRefused
from pbx.calls.causes import Cause
from pbx.calls.reports import EndAsked
from tests.pbx.apps.house import OFFER, House
from tests.support.media import description

RING, TALK, HOLD, QUEUE, IVR = (
    SegmentKind.RING,
    SegmentKind.TALK,
    SegmentKind.HOLD,
    SegmentKind.QUEUE,
    SegmentKind.IVR,
)


def ended(house: House) -> CallEnded:
    (event,) = house.events.of(CallEnded)
    assert isinstance(event, CallEnded)
    return event


async def test_the_whole_of_a_queue_call(house: House) -> None:
    house.ready("anna")
    house.media.prompts_that_last = True
    call, caller = await house.queue_call(greeting="fr/welcome")
    assert caller.words == ["accept"]
    await house.advance(3)
    assert not house.invited, "nobody is disturbed while the greeting plays"
    house.media.finish_prompts(call.id)
    await house.settle()
    (agent,) = house.invited
    await house.say_ringing(agent)
    await house.advance(4)
    await house.pick_up(agent)
    assert house.agent("anna") == (AgentState.TALKING, "")
    await house.advance(60)
    await house.hang_up(caller)

    assert agent.last == ("hang_up", 'Q.850;cause=16;text="Normal call clearing"')
    assert house.agent("anna") == (AgentState.WRAP_UP, "")
    caller_leg, agent_leg = (event.leg for event in house.events.of(LegStarted))
    assert house.events.segments(caller_leg) == [(IVR, 3), (QUEUE, 4), (TALK, 60)]
    assert house.events.segments(agent_leg) == [(RING, 4), (TALK, 60)]
    assert ended(house) == CallEnded(Outcome.ANSWERED, "normal_clearing")
    assert house.media.ended == [call.id]
    await house.advance(15)
    assert house.agent("anna") == (AgentState.READY, "")
    assert house.clock.waiting == 0
    assert len(house.events.of(CallStarted)) == 1


async def test_the_phone_is_told_who_calls_and_which_attempt_it_is(house: House) -> None:
    house.ready("anna")
    call, _ = await house.queue_call()
    (agent,) = house.invited
    (reserved,) = house.events.of(AgentReserved)
    assert f"X-Call-Id: {call.id}\r\n" in agent.headers
    assert f"X-Attempt: {reserved.attempt}\r\n" in agent.headers
    assert 'P-Asserted-Identity: "Amina" <sip:+213550123456@test>\r\n' in agent.headers
    assert str(agent.from_) == '"Amina" <sip:+213550123456@test>'
    assert str(agent.target) == "sip:1001@x.invalid"
    assert "UDP/TLS/RTP/SAVPF" in agent.offer


async def test_events_of_an_attempt_come_in_order(house: House) -> None:
    await house.talk()
    kinds = (QueueEntered, AgentReserved, RingStarted, RingEnded, QueueLeft)
    seen = [type(e) for _, _, e in house.events.all if isinstance(e, kinds)]
    assert seen == [QueueEntered, AgentReserved, RingStarted, RingEnded, QueueLeft]
    assert [e.result for e in house.events.of(RingEnded)] == [RingResult.ANSWERED]
    assert [e.reason for e in house.events.of(QueueLeft)] == ["answered"]


async def test_both_hear_each_other_and_are_recorded_caller_left(house: House) -> None:
    call, _, _ = await house.talk()
    session = house.media.sessions[call.id]
    caller_leg, agent_leg = (event.leg for event in house.events.of(LegStarted))
    assert session.matrix == {caller_leg: {agent_leg: 1.0}, agent_leg: {caller_leg: 1.0}}
    assert session.playing == {}
    (started,) = house.events.of(RecordingStarted)
    assert session.recordings == {started.recording: (caller_leg, agent_leg)}
    assert started.leg == agent_leg


async def test_a_queue_that_is_not_recorded(house: House) -> None:
    house.configure(Queue(name="support", is_recorded=False))
    call, _, _ = await house.talk()
    assert not house.media.sessions[call.id].recordings


async def test_a_call_that_cannot_be_recorded_goes_on(house: House) -> None:
    house.media.refusals["record"] = MediaProblem.UNKNOWN
    _, caller, _ = await house.talk()
    assert house.agent("anna") == (AgentState.TALKING, "")
    assert not house.events.of(RecordingStarted)
    await house.hang_up(caller)
    assert ended(house).outcome is Outcome.ANSWERED


async def test_the_agent_hangs_up(house: House) -> None:
    _, caller, agent = await house.talk()
    await house.hang_up(agent)
    assert caller.words == ["accept", "hang_up"]
    assert house.agent("anna") == (AgentState.WRAP_UP, "")
    assert {e.by for e in house.events.of(LegEnded)} == {HangupBy.AGENT}
    assert ended(house).outcome is Outcome.ANSWERED


async def test_music_until_somebody_is_ready(house: House) -> None:
    call, _ = await house.queue_call()
    await house.advance(600)
    ((_, items, is_loop),) = house.media.sessions[call.id].playing.values()
    assert (items, is_loop) == (("music:default",), True)
    assert not house.invited
    house.ready("badr")
    await house.settle()
    assert [str(s.target) for s in house.invited] == ["sip:1002@x.invalid"]
    (reserved,) = house.events.of(AgentReserved)
    assert reserved.waited_for == 600


async def test_a_caller_who_hangs_up_while_waiting_is_abandoned(house: House) -> None:
    _, caller = await house.queue_call()
    await house.advance(7)
    await house.hang_up(caller)
    assert ended(house) == CallEnded(Outcome.ABANDONED, "normal_clearing")
    (left,) = house.events.of(QueueLeft)
    assert (left.reason, left.waited_for) == ("abandoned", 7)
    assert house.acd.live_queues()[0].waiting == ()


async def test_a_caller_who_hangs_up_while_it_rings_frees_the_agent_at_once(house: House) -> None:
    house.ready("anna")
    _, caller = await house.queue_call()
    (agent,) = house.invited
    await house.say_ringing(agent)
    assert caller.user
    caller.user.released(0, 0, house.clock.now)
    await house.settle()
    assert agent.words == ["hang_up"], "nothing keeps ringing"
    assert house.agent("anna") == (AgentState.READY, "")
    assert [e.result for e in house.events.of(RingEnded)] == [RingResult.CANCELLED]
    assert ended(house).outcome is Outcome.ABANDONED
    assert house.clock.waiting == 0


async def test_an_agent_who_does_not_answer_is_away_and_the_next_one_rings(house: House) -> None:
    house.ready("anna", "badr")
    _, caller = await house.queue_call()
    (first,) = house.invited
    await house.say_ringing(first)
    await house.advance(20)
    assert first.words == ["hang_up"]
    assert house.agent("anna") == (AgentState.PAUSED, "missed")
    _, second = house.invited
    await house.pick_up(second)
    assert house.agent("badr") == (AgentState.TALKING, "")
    assert [e.result for e in house.events.of(RingEnded)] == [
        RingResult.MISSED,
        RingResult.ANSWERED,
    ]
    await house.hang_up(caller)
    for leg in house.events.of(LegStarted):
        total = sum(length for _, length in house.events.segments(leg.leg))
        assert total == house.events.length(leg.leg)


async def test_an_agent_who_declines_is_paused_and_the_next_one_rings(house: House) -> None:
    house.ready("anna", "badr")
    await house.queue_call()
    await house.say_ringing(house.invited[0])
    await house.refuse(house.invited[0], 480)
    assert house.agent("anna") == (AgentState.PAUSED, "rejected")
    assert str(house.invited[1].target) == "sip:1002@x.invalid"


async def test_a_phone_that_does_not_take_the_call_makes_the_agent_unreachable(
    house: House,
) -> None:
    house.ready("anna", "badr")
    await house.queue_call()
    await house.refuse(house.invited[0], 408)
    assert house.agent("anna") == (AgentState.PAUSED, "unreachable")
    assert str(house.invited[1].target) == "sip:1002@x.invalid"


async def test_an_agent_whose_phone_went_away_is_unreachable(house: House) -> None:
    house.ready("anna")
    house.bindings["1001"] = []
    await house.queue_call()
    assert house.agent("anna") == (AgentState.PAUSED, "unreachable")
    assert [e.result for e in house.events.of(RingEnded)] == [RingResult.UNREACHABLE]


async def test_an_answer_just_after_the_caller_left_is_released(house: House) -> None:
    house.ready("anna")
    _, caller = await house.queue_call()
    (agent,) = house.invited
    assert caller.user
    assert agent.user
    caller.user.released(0, 0, house.clock.now)
    agent.user.answered(OFFER, house.clock.now)  # crosses it, in the same instant
    await house.settle()
    assert agent.words == ["hang_up"]
    assert house.agent("anna") == (AgentState.READY, "")
    assert ended(house).outcome is Outcome.ABANDONED


async def test_an_answer_just_before_the_caller_leaves_is_no_answered_call(house: House) -> None:
    house.ready("anna")
    _, caller = await house.queue_call()
    (agent,) = house.invited
    assert caller.user
    assert agent.user
    agent.user.answered(OFFER, house.clock.now)
    caller.user.released(0, 0, house.clock.now)
    await house.settle()
    assert agent.words == ["hang_up"]
    assert house.agent("anna") == (AgentState.READY, "")
    assert ended(house).outcome is Outcome.ABANDONED


async def test_an_answer_that_crosses_the_deadline_is_released(house: House) -> None:
    house.ready("anna")
    await house.queue_call()
    (agent,) = house.invited
    assert agent.user
    house.clock.now += 20
    agent.user.answered(OFFER, house.clock.now)
    house.clock.next_due(house.clock.now)
    await house.settle()
    assert agent.words == ["hang_up"]
    assert house.agent("anna") == (AgentState.PAUSED, "missed")


async def test_an_agent_who_hangs_up_as_they_answer_is_not_the_end(house: House) -> None:
    house.ready("anna", "badr")
    await house.queue_call()
    (agent,) = house.invited
    assert agent.user
    agent.user.answered(OFFER, house.clock.now)
    agent.user.released(0, 0, house.clock.now)
    await house.settle()
    assert house.agent("anna") == (AgentState.PAUSED, "rejected")
    assert len(house.invited) == 2


async def test_a_phone_without_a_common_codec_is_hung_up_and_the_next_one_rings(
    house: House,
) -> None:
    house.ready("anna", "badr")
    await house.queue_call()
    house.media.unacceptable.add("o=g729only")
    await house.pick_up(house.invited[0], description("g729only"))
    assert house.invited[0].words == ["hang_up"]
    assert house.agent("anna") == (AgentState.PAUSED, "unreachable")
    assert len(house.invited) == 2


# --- the card ---


async def test_without_crm_the_phone_rings_at_once_and_says_so(house: House) -> None:
    house.ready("anna")
    await house.queue_call()
    assert [e.card for e in house.events.of(RingStarted)] == ["unavailable"]


async def test_with_crm_the_phone_waits_for_the_card(house: House) -> None:
    house.has_screens = True
    house.ready("anna")
    await house.queue_call()
    assert not house.invited
    (reserved,) = house.events.of(AgentReserved)
    house.owner.do(house.acd.card_shown, reserved.attempt, "shown")
    await house.settle()
    assert len(house.invited) == 1
    assert [e.card for e in house.events.of(RingStarted)] == ["shown"]


async def test_a_late_card_does_not_hold_the_call_up(house: House) -> None:
    house.has_screens = True
    house.ready("anna")
    await house.queue_call()
    await house.advance(0.3)
    assert len(house.invited) == 1
    assert [e.card for e in house.events.of(RingStarted)] == ["late"]


async def test_a_caller_who_leaves_before_the_card_came_rings_nobody(house: House) -> None:
    house.has_screens = True
    house.ready("anna")
    _, caller = await house.queue_call()
    await house.hang_up(caller)
    await house.advance(5)
    assert not house.invited
    assert house.agent("anna") == (AgentState.READY, "")


# --- hold ---


@pytest.mark.parametrize("how", ["sendonly", "inactive"])
async def test_hold_by_the_agent_plays_music_to_the_caller_until_resumed(
    house: House, how: str
) -> None:
    call, caller, agent = await house.talk()
    await house.advance(10)
    await house.offer(agent, description("agent", how))
    caller_leg, agent_leg = (event.leg for event in house.events.of(LegStarted))
    session = house.media.sessions[call.id]
    assert agent.last[0] == "answer_offer"
    assert session.matrix == {}
    assert set(session.playing) == {caller_leg}
    assert house.agent("anna") == (AgentState.HELD, "")
    await house.advance(5)
    await house.offer(agent, description("agent"))
    assert session.matrix == {caller_leg: {agent_leg: 1.0}, agent_leg: {caller_leg: 1.0}}
    assert session.playing == {}
    assert house.agent("anna") == (AgentState.TALKING, "")
    await house.advance(2)
    await house.hang_up(caller)
    assert house.events.segments(agent_leg) == [(RING, 0), (TALK, 10), (HOLD, 5), (TALK, 2)]
    assert house.events.segments(caller_leg)[-3:] == [(TALK, 10), (HOLD, 5), (TALK, 2)]
    assert house.states("anna")[-4:] == [
        AgentState.TALKING,
        AgentState.HELD,
        AgentState.TALKING,
        AgentState.WRAP_UP,
    ]


async def test_hold_the_old_way_by_an_empty_address(house: House) -> None:
    call, _, agent = await house.talk()
    await house.offer(agent, OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"))
    assert house.media.sessions[call.id].matrix == {}
    assert house.agent("anna") == (AgentState.HELD, "")


async def test_hold_by_the_caller_plays_music_to_the_agent(house: House) -> None:
    call, caller, _ = await house.talk()
    await house.offer(caller, description("caller", "sendonly"))
    _, agent_leg = (event.leg for event in house.events.of(LegStarted))
    assert set(house.media.sessions[call.id].playing) == {agent_leg}


async def test_a_refresh_is_answered_and_changes_nothing(house: House) -> None:
    _, _, agent = await house.talk()
    before = len(house.events.all)
    await house.offer(agent, description("agent"))
    assert agent.last[0] == "answer_offer"
    assert len(house.events.all) == before


async def test_an_offerless_reinvite_gets_our_offer(house: House) -> None:
    call, caller, _ = await house.talk()
    await house.offer(caller, "")
    assert caller.last[0] == "answer_offer"
    assert caller.user
    caller.user.confirmed(description("late"), house.clock.now)
    await house.settle()
    assert description("late") in house.media.sessions[call.id].remotes.values()


async def test_an_offer_we_cannot_take_is_refused_and_the_call_goes_on(house: House) -> None:
    house.media.unacceptable.add("o=video-only")
    _, caller, agent = await house.talk()
    await house.offer(agent, description("video-only"))
    assert agent.last == ("refuse_offer", 488)
    assert house.agent("anna") == (AgentState.TALKING, "")
    assert caller.words == ["accept"]


async def test_a_held_agent_who_hangs_up_ends_the_call(house: House) -> None:
    _, caller, agent = await house.talk()
    await house.offer(agent, description("agent", "sendonly"))
    await house.hang_up(agent)
    assert caller.last[0] == "hang_up"
    assert house.agent("anna") == (AgentState.WRAP_UP, "")


async def test_a_caller_may_hold_while_waiting(house: House) -> None:
    _, caller = await house.queue_call()
    await house.offer(caller, description("caller", "sendonly"))
    assert caller.last[0] == "answer_offer"
    house.ready("anna")
    await house.settle()
    await house.pick_up(house.invited[0])
    assert house.agent("anna") == (AgentState.HELD, ""), "the caller still holds"


# --- what goes wrong ---


async def test_a_lost_worker_ends_the_call_with_its_cause(house: House) -> None:
    _, caller, agent = await house.talk()
    house.media.lose_worker()
    await house.settle()
    assert ended(house) == CallEnded(Outcome.ANSWERED, "media_lost")
    assert caller.last[0] == agent.last[0] == "hang_up"
    assert house.agent("anna") == (AgentState.WRAP_UP, "")


async def test_a_worker_lost_while_waiting_takes_the_caller_out(house: House) -> None:
    _, caller = await house.queue_call()
    house.media.lose_worker()
    await house.settle()
    assert ended(house) == CallEnded(Outcome.FAILED, "media_lost")
    assert [e.reason for e in house.events.of(QueueLeft)] == ["released"]
    assert caller.last[0] == "hang_up"


async def test_without_any_worker_the_caller_gets_503(house: House) -> None:
    house.media.is_up = False
    _, caller = await house.queue_call()
    assert caller.said == [("reject", 503)]
    assert ended(house).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (MediaProblem.BAD_SDP, 400),
        (MediaProblem.NOT_ACCEPTABLE, 488),
        (MediaProblem.NO_PORTS, 503),
        (MediaProblem.UNKNOWN, 500),
    ],
)
async def test_an_offer_the_engine_refuses_is_answered(
    house: House, problem: MediaProblem, status: int
) -> None:
    house.media.refusals["answer"] = problem
    _, caller = await house.queue_call()
    assert caller.said == [("reject", status)]


async def test_missing_prompts_and_music_do_not_stop_a_call(house: House) -> None:
    house.media.refusals["play"] = MediaProblem.NO_PROMPT
    house.ready("anna")
    call, _ = await house.queue_call(greeting="fr/none")
    await house.pick_up(house.invited[0])
    assert house.media.sessions[call.id].matrix


async def test_a_caller_who_hangs_up_in_the_greeting_abandons_before_the_queue(
    house: House,
) -> None:
    house.media.prompts_that_last = True
    _, caller = await house.queue_call(greeting="fr/welcome")
    await house.hang_up(caller)
    assert ended(house).outcome is Outcome.ABANDONED
    assert not house.events.of(QueueEntered)


async def test_a_call_is_hung_up_on_command(house: House) -> None:
    call, caller, agent = await house.talk()
    call.put(EndAsked(Cause.NORMAL_CLEARING))
    await house.settle()
    assert caller.last[0] == agent.last[0] == "hang_up"
    assert house.agent("anna") == (AgentState.WRAP_UP, "")


async def test_a_browser_whose_audio_fails_ends_the_call(house: House) -> None:
    call, caller, _ = await house.talk()
    agent_leg = house.events.of(LegStarted)[1].leg
    house.media.report(call.id, LegUp(call.id, agent_leg))
    house.media.report(call.id, LegFailed(call.id, agent_leg, "page closed"))
    await house.settle()
    assert ended(house) == CallEnded(Outcome.ANSWERED, "audio_lost")
    assert caller.last[0] == "hang_up"


async def test_a_browser_that_is_silent_for_long_is_gone(house: House) -> None:
    call, caller, _ = await house.talk()
    agent_leg = house.events.of(LegStarted)[1].leg
    house.media.report(call.id, LegSilent(call.id, agent_leg, 10.0))
    await house.advance(19)
    assert caller.words == ["accept"]
    await house.advance(1)
    assert ended(house).cause == "audio_lost"


async def test_a_browser_that_comes_back_is_not_gone(house: House) -> None:
    call, caller, _ = await house.talk()
    agent_leg = house.events.of(LegStarted)[1].leg
    house.media.report(call.id, LegSilent(call.id, agent_leg, 10.0))
    await house.advance(10)
    house.media.report(call.id, LegUp(call.id, agent_leg))
    await house.advance(60)
    assert caller.words == ["accept"]


async def test_a_desk_phone_on_mute_may_be_silent(house: House) -> None:
    house.bindings["1001"] = [house.desk_phone("1001")]
    call, caller, agent = await house.talk()
    assert "RTP/AVP" in agent.offer
    agent_leg = house.events.of(LegStarted)[1].leg
    house.media.report(call.id, LegSilent(call.id, agent_leg, 10.0))
    await house.advance(600)
    assert caller.words == ["accept"]


async def test_an_app_that_breaks_ends_its_own_call_only(house: House) -> None:
    async def broken(_call: object) -> None:
        raise RuntimeError("a bug")

    _, caller = house.incoming(broken)
    await house.settle()
    assert caller.said == [("reject", 500)]
    assert ended(house) == CallEnded(Outcome.FAILED, "failure")


async def test_a_cancelled_task_still_ends_its_call(house: House) -> None:
    _, caller, agent = await house.talk()
    house.tasks[0].cancel()
    await house.settle()
    assert ended(house).cause == "shutdown"
    assert caller.last[0] == agent.last[0] == "hang_up"


async def test_a_command_for_an_unknown_agent_is_refused(house: House) -> None:
    with pytest.raises(AgentRefused) as refused:
        house.owner.do(house.acd.sign_on, "nobody")
    assert refused.value.code is Refusal.UNKNOWN_AGENT
