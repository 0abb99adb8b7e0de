"""A caller outside opening hours: hears so, and the call ends."""

from __future__ import annotations

from nidaa.config.hours import Schedule
from nidaa.config.models import CallerRule
from nidaa.contracts.events import CallEnded, Direction, LegEnded, Outcome, SegmentKind
from nidaa.contracts.media import MediaProblem
from pbx.apps.announce import LONGEST, Announce
from pbx.apps.reception import Plan
from pbx.calls.call import Call
from tests.pbx.apps.house import OFFER, House
from tests.pbx.apps.town import CONFIGURATION, RunningTown
from tests.pbx.calls.fakes import FakeSession


async def announce(house: House) -> tuple[Call, FakeSession]:
    app = Announce("fr/closed", OFFER)
    call, caller = house.incoming(app, kind=SegmentKind.IVR, direction=Direction.INBOUND)
    await house.settle()
    return call, caller


async def test_the_prompt_is_played_and_then_the_call_ends(house: House) -> None:
    house.media.prompts_that_last = True
    call, caller = await announce(house)
    assert caller.words == ["accept"]
    ((_, items, is_loop),) = house.media.sessions[call.id].playing.values()
    assert (items, is_loop) == (("fr/closed",), False)
    await house.advance(6)
    house.media.finish_prompts(call.id)
    await house.settle()
    assert caller.last[0] == "hang_up"
    assert house.events.of(CallEnded) == [CallEnded(Outcome.NO_ANSWER, "closed")]
    (leg,) = house.events.of(LegEnded)
    assert house.events.segments(leg.leg) == [(SegmentKind.IVR, 6)]
    assert house.clock.waiting == 0


async def test_a_prompt_that_is_not_there_ends_the_call_at_once(house: House) -> None:
    house.media.refusals = {"play": MediaProblem.NO_PROMPT}
    _, caller = await announce(house)
    assert caller.words == ["accept", "hang_up"]


async def test_a_prompt_without_end_is_cut(house: House) -> None:
    house.media.prompts_that_last = True
    _, caller = await announce(house)
    await house.advance(LONGEST)
    assert caller.last[0] == "hang_up"


async def test_a_caller_who_has_heard_enough(house: House) -> None:
    house.media.prompts_that_last = True
    _, caller = await announce(house)
    await house.hang_up(caller)
    (ended,) = house.events.of(CallEnded)
    assert ended.outcome is Outcome.NO_ANSWER
    assert house.clock.waiting == 0


NEVER = Schedule.model_validate({"name": "never", "hours": {"sunday": "closed"}})


async def test_reception_sends_a_caller_there_when_the_number_is_closed() -> None:
    (number, *others) = CONFIGURATION.numbers
    closed = number.model_copy(update={"schedule": "never"})
    configuration = CONFIGURATION.model_copy(
        update={"numbers": (closed, *others), "schedules": (NEVER,)}
    )
    async with RunningTown() as town:
        town.reception.plan = Plan(configuration)
        customer = town.customer()
        await town.call_in(customer)
        await town.took(customer, "BYE")
        assert town.events.of(CallEnded) == [CallEnded(Outcome.NO_ANSWER, "closed")]


async def test_reception_declines_a_blocked_caller() -> None:
    configuration = CONFIGURATION.model_copy(update={"block": (CallerRule(caller="*"),)})
    async with RunningTown() as town:
        town.reception.plan = Plan(configuration)
        customer = town.customer()
        customer.invite("sip:+21321000001@pbx", OFFER)
        await town.took(customer, 603)
        assert town.events.of(CallEnded) == []
