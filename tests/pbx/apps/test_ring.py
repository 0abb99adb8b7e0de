"""Direct calls: ring an extension's phones, connect the first that answers."""

from __future__ import annotations

import pytest

from nidaa.contracts.events import (
    AgentState,
    CallEnded,
    LegEnded,
    LegStarted,
    Outcome,
    SegmentKind,
)
from nidaa.contracts.media import MediaProblem
from tests.pbx.apps.house import ANSWER, House
from tests.support.media import description

RING, TALK, HOLD = SegmentKind.RING, SegmentKind.TALK, SegmentKind.HOLD


def ended(house: House) -> CallEnded:
    (event,) = house.events.of(CallEnded)
    assert isinstance(event, CallEnded)
    return event


async def test_the_caller_hears_ringing_and_then_the_callee(house: House) -> None:
    call, caller = await house.direct_call()
    (phone,) = house.invited
    assert caller.words == []
    await house.say_ringing(phone)
    await house.say_ringing(phone)
    assert caller.said == [("ring", 180)]
    await house.advance(3)
    await house.pick_up(phone)
    assert caller.words == ["ring", "accept"]
    caller_leg, callee_leg = (event.leg for event in house.events.of(LegStarted))
    matrix = {caller_leg: {callee_leg: 1.0}, callee_leg: {caller_leg: 1.0}}
    assert house.media.sessions[call.id].matrix == matrix
    await house.advance(9)
    await house.hang_up(phone)
    assert caller.last[0] == "hang_up"
    assert house.events.segments(caller_leg) == [(RING, 3), (TALK, 9)]
    assert house.events.segments(callee_leg) == [(RING, 3), (TALK, 9)]
    assert ended(house) == CallEnded(Outcome.ANSWERED, "normal_clearing")
    assert house.clock.waiting == 0


async def test_all_phones_ring_and_the_losers_stop_in_the_same_step(house: House) -> None:
    house.bindings["1001"] = [house.webphone("1001"), house.desk_phone("1001")]
    call, _ = await house.direct_call()
    web, desk = house.invited
    assert "UDP/TLS/RTP/SAVPF" in web.offer
    assert "RTP/AVP" in desk.offer
    assert web.user
    assert desk.user
    web.user.ringing(180, "", house.clock.now)
    desk.user.answered(ANSWER, house.clock.now)
    web.user.answered(ANSWER, house.clock.now)  # both at once: one wins
    await house.settle()
    assert web.said == [("hang_up", 'SIP;cause=200;text="Call completed elsewhere"')]
    assert desk.said == []
    assert len(house.media.sessions[call.id].legs) == 2


async def test_a_fork_rings_the_caller_once(house: House) -> None:
    house.bindings["1001"] = [house.webphone("1001"), house.desk_phone("1001")]
    _, caller = await house.direct_call()
    for phone in house.invited:
        await house.say_ringing(phone)
    assert caller.said == [("ring", 180)]


async def test_an_idle_phone_that_fails_does_not_stop_the_others(house: House) -> None:
    house.bindings["1001"] = [house.webphone("1001"), house.desk_phone("1001")]
    _, caller = await house.direct_call()
    web, desk = house.invited
    await house.refuse(web, 486)
    await house.pick_up(desk)
    assert caller.words == ["accept"]


async def test_a_decline_on_one_phone_stops_all(house: House) -> None:
    house.bindings["1001"] = [house.webphone("1001"), house.desk_phone("1001")]
    _, caller = await house.direct_call()
    web, desk = house.invited
    await house.say_ringing(web)
    await house.refuse(web, 480)
    assert desk.words == ["hang_up"]
    assert caller.last == ("reject", 603)


@pytest.mark.parametrize(
    ("answered_with", "to_caller", "outcome"),
    [
        (486, 486, Outcome.BUSY),
        (600, 486, Outcome.BUSY),
        (408, 480, Outcome.NO_ANSWER),
        (503, 480, Outcome.NO_ANSWER),
    ],
)
async def test_failures_reach_the_caller(
    house: House, answered_with: int, to_caller: int, outcome: Outcome
) -> None:
    _, caller = await house.direct_call()
    await house.refuse(house.invited[0], answered_with)
    assert caller.said == [("reject", to_caller)]
    assert ended(house).outcome is outcome


async def test_no_phone_registered(house: House) -> None:
    _, caller = await house.direct_call("1009")
    assert caller.said == [("reject", 480)]
    assert ended(house) == CallEnded(Outcome.NO_ANSWER, "unreachable")


async def test_nobody_answers_within_30_s(house: House) -> None:
    _, caller = await house.direct_call()
    (phone,) = house.invited
    await house.say_ringing(phone)
    await house.advance(30)
    assert phone.last[0] == "hang_up"
    assert caller.last == ("reject", 480)
    assert ended(house) == CallEnded(Outcome.NO_ANSWER, "no_answer")


async def test_a_caller_who_cancels_stops_the_ringing(house: House) -> None:
    _, caller = await house.direct_call()
    (phone,) = house.invited
    assert caller.user
    caller.user.cancelled(house.clock.now)
    await house.settle()
    assert phone.last[0] == "hang_up"
    assert ended(house) == CallEnded(Outcome.NO_ANSWER, "caller_cancelled")
    assert next((e.status, e.cause) for e in house.events.of(LegEnded)) == (487, "caller_cancelled")


async def test_an_answer_that_crosses_the_cancel(house: House) -> None:
    _, caller = await house.direct_call()
    (phone,) = house.invited
    assert caller.user
    assert phone.user
    phone.user.answered(ANSWER, house.clock.now)
    caller.user.cancelled(house.clock.now)
    await house.settle()
    assert phone.words == ["hang_up"]
    assert caller.words == []
    assert ended(house).outcome is Outcome.NO_ANSWER


async def test_an_unreadable_offer_disturbs_nobody(house: House) -> None:
    house.media.refusals["answer"] = MediaProblem.NOT_ACCEPTABLE
    _, caller = await house.direct_call()
    assert caller.said == [("reject", 488)]
    assert not house.invited


async def test_hold_between_extensions(house: House) -> None:
    call, caller = await house.direct_call()
    await house.pick_up(house.invited[0])
    await house.offer(caller, description("caller", "sendonly"))
    _, callee_leg = (event.leg for event in house.events.of(LegStarted))
    assert set(house.media.sessions[call.id].playing) == {callee_leg}
    await house.offer(house.invited[0], description("callee", "sendonly"))
    assert house.media.sessions[call.id].playing == {}
    await house.offer(caller, description("caller"))
    await house.offer(house.invited[0], description("callee"))
    assert house.media.sessions[call.id].matrix
    assert house.media.sessions[call.id].playing == {}


async def test_agents_in_a_direct_call_take_no_queue_call(house: House) -> None:
    house.ready("anna", "badr")
    _, caller = await house.direct_call("1001", agent="anna", caller_agent="badr")
    assert house.agent("badr") == (AgentState.TALKING, ""), "from the moment of dialling"
    assert house.agent("anna") == (AgentState.READY, "")
    await house.pick_up(house.invited[0])
    assert house.agent("anna") == (AgentState.TALKING, "")
    await house.hang_up(caller)
    assert house.agent("anna") == house.agent("badr") == (AgentState.READY, "")


async def test_an_anonymous_caller_is_shown_as_such(house: House) -> None:
    await house.direct_call(from_number="")
    assert str(house.invited[0].from_) == '"Anonymous" <sip:anonymous@test>'
