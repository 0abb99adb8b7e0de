"""Whole calls with real SIP messages on every leg."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator

import pytest

from nidaa.contracts.events import (
    AgentState,
    CallEnded,
    CallStarted,
    LegEnded,
    LegStarted,
    Outcome,
    RingEnded,
    RingResult,
)
from pbx.apps.fork import Fork
from pbx.apps.talk import Talk
from pbx.calls.call import Call
from pbx.calls.leg import Leg
from pbx.sip.invite import InviteSession
from pbx.sip.message import Response
from tests.pbx.apps.town import CALLER_SDP, PHONE_SDP, RunningTown, Town
from tests.support.media import description


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with RunningTown() as town:
        yield town


def outcome(town: Town) -> Outcome:
    (event,) = town.events.of(CallEnded)
    assert isinstance(event, CallEnded)
    return event.outcome


async def test_a_customer_reaches_an_agent_s_webphone(town: Town) -> None:
    phone, customer = town.webphone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    invite = await town.invited(phone)
    assert invite.fields["x-call-id"].startswith("c")
    assert invite.fields["x-attempt"].startswith("a")
    assert invite.from_.uri.host == "nidaa.local"
    assert b"UDP/TLS/RTP/SAVPF" in invite.body
    await town.pick_up(phone, invite)
    assert town.state("anna") is AgentState.TALKING
    await town.advance(30)
    customer.bye()
    await town.took(customer, 200)
    bye = await town.took(phone, "BYE")
    assert bye.fields["reason"].startswith("Q.850;cause=16")
    assert town.state("anna") is AgentState.WRAP_UP
    assert outcome(town) is Outcome.ANSWERED
    assert len(town.book) == 0


async def test_a_desk_phone_takes_plain_audio_and_hangs_up(town: Town) -> None:
    phone, customer = town.desk_phone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    invite = await town.invited(phone)
    assert b"RTP/AVP" in invite.body
    await town.pick_up(phone, invite)
    phone.bye()
    await town.took(phone, 200)
    await town.took(customer, "BYE")
    assert outcome(town) is Outcome.ANSWERED


async def test_hold_and_resume_by_the_agent(town: Town) -> None:
    phone, customer = town.webphone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    await town.pick_up(phone, await town.invited(phone))
    (session,) = town.media.sessions.values()
    phone.reinvite(description("phone", "sendonly"))
    answer = await town.took(phone, 200)
    assert b"a=recvonly" in answer.body
    phone.ack()
    assert session.matrix == {}
    assert town.state("anna") is AgentState.HELD
    phone.reinvite(PHONE_SDP)
    await town.took(phone, 200)
    phone.ack()
    await town.settle()
    assert len(session.matrix) == 2
    assert town.state("anna") is AgentState.TALKING
    assert customer.kinds() == [], "the customer's phone is not bothered"


async def test_a_session_refresh_changes_nothing(town: Town) -> None:
    phone, customer = town.webphone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    await town.pick_up(phone, await town.invited(phone))
    before = len(town.events.all)
    phone.request("UPDATE", rows="Session-Expires: 1800\r\n")
    await town.took(phone, 200)
    customer.reinvite(CALLER_SDP)
    await town.took(customer, 200)
    customer.ack()
    await town.settle()
    assert len(town.events.all) == before


async def test_an_offerless_reinvite(town: Town) -> None:
    customer = town.customer()
    await town.call_in(customer)
    customer.reinvite("")
    answer = await town.took(customer, 200)
    assert b"m=audio" in answer.body
    customer.ack(description("late"))
    await town.settle()
    (session,) = town.media.sessions.values()
    assert description("late") in session.remotes.values()


async def test_an_offerless_invite(town: Town) -> None:
    customer = town.customer()
    customer.invite("sip:+21321000001@pbx", "")
    answer = await town.took(customer, 200)
    assert b"m=audio" in answer.body
    customer.ack(description("late"))
    await town.settle()
    (session,) = town.media.sessions.values()
    assert description("late") in session.remotes.values()


async def test_a_customer_who_hangs_up_while_it_rings(town: Town) -> None:
    phone, customer = town.desk_phone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    invite = await town.invited(phone)
    phone.answer(invite, 180)
    customer.bye()
    cancel = await town.took(phone, "CANCEL")
    phone.answer(cancel, 200)  # type: ignore[arg-type]
    phone.answer(invite, 487)
    await town.took(phone, "ACK")
    assert town.state("anna") is AgentState.READY
    assert outcome(town) is Outcome.ABANDONED


async def test_an_answer_that_crosses_our_cancel_is_acked_and_ended(town: Town) -> None:
    phone, customer = town.desk_phone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    invite = await town.invited(phone)
    phone.answer(invite, 180)
    customer.bye()
    await town.took(phone, "CANCEL")
    phone.answer(invite, 200, PHONE_SDP)
    assert phone.kinds() == ["ACK", "BYE"]
    assert town.state("anna") is AgentState.READY
    assert outcome(town) is Outcome.ABANDONED


async def test_no_answer_rings_the_next_agent(town: Town) -> None:
    first, second, customer = town.webphone("1001"), town.webphone("1002"), town.customer()
    town.ready("anna", "badr")
    await town.call_in(customer)
    first.answer(await town.invited(first), 180)
    await town.advance(20)
    assert "CANCEL" in first.kinds()
    assert (town.state("anna"), town.acd.agent("anna").reason) == (AgentState.PAUSED, "missed")
    await town.pick_up(second, await town.invited(second))
    assert town.state("badr") is AgentState.TALKING
    results = [event.result for event in town.events.of(RingEnded)]
    assert results == [RingResult.MISSED, RingResult.ANSWERED]


async def test_a_webphone_declines(town: Town) -> None:
    first, second, customer = town.webphone("1001"), town.webphone("1002"), town.customer()
    town.ready("anna", "badr")
    await town.call_in(customer)
    invite = await town.invited(first)
    first.answer(invite, 180)
    first.answer(invite, 480)
    await town.took(first, "ACK")
    await town.invited(second)
    assert town.acd.agent("anna").reason == "rejected"


async def test_two_phones_of_one_agent_one_wins(town: Town) -> None:
    web, desk, customer = town.webphone("1001"), town.desk_phone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    to_web, to_desk = await town.invited(web), await town.invited(desk)
    web.answer(to_web, 180)
    await town.pick_up(desk, to_desk)
    cancel = await town.took(web, "CANCEL")
    assert cancel.fields["reason"] == 'SIP;cause=200;text="Call completed elsewhere"'


async def test_a_phone_that_never_answers_our_invite(town: Town) -> None:
    phone, customer = town.desk_phone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    await town.invited(phone)
    await town.advance(20)  # silence: not even 100
    assert town.acd.agent("anna").reason == "missed"
    assert set(phone.kinds()) == {"INVITE"}, "no CANCEL before a provisional: RFC 3261 9.1"


async def test_a_closed_page_makes_the_agent_unreachable(town: Town) -> None:
    phone, customer = town.webphone("1001"), town.customer()
    town.ready("anna")
    town.endpoint.flow_closed(phone.flow, town.clock.now)
    await town.call_in(customer)
    await town.advance(1)
    assert town.acd.agent("anna").reason == "unreachable"


async def test_a_lost_worker_ends_all_its_calls(town: Town) -> None:
    phone, customer = town.webphone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    await town.pick_up(phone, await town.invited(phone))
    town.media.lose_worker()
    await town.took(customer, "BYE")
    await town.took(phone, "BYE")
    assert town.events.of(CallEnded)[0].cause == "media_lost"


async def test_a_caller_whose_ack_never_comes(town: Town) -> None:
    customer = town.customer()
    customer.invite("sip:+21321000001@pbx", CALLER_SDP)
    await town.advance(33)
    assert "BYE" in customer.kinds()
    assert town.events.of(CallEnded)[0].cause == "peer_lost"
    assert len(town.book) == 0


# --- who may call ---


async def test_a_stranger_gets_403_whatever_they_dial(town: Town) -> None:
    stranger = town.wire.phone("stranger", listener="trunks", host="192.0.2.1")
    for dialled in ("+21321000001", "1001", "0033123456789"):
        stranger.invite(f"sip:{dialled}@pbx", CALLER_SDP)
        await town.took(stranger, 403)
        stranger.ack_failure()
    assert not town.events.all


async def test_a_trunk_reaches_numbers_only(town: Town) -> None:
    town.webphone("1001")
    for dialled in ("1001", "0033123456789", "+33123456789"):
        customer = town.customer()
        customer.invite(f"sip:{dialled}@pbx", CALLER_SDP)
        await town.took(customer, 404)
        customer.ack_failure()
    assert not town.events.all


async def test_a_trunk_carries_no_more_than_its_calls(town: Town) -> None:
    customers = [town.customer() for _ in range(3)]
    for customer in customers[:2]:
        await town.call_in(customer)
    customers[2].invite("sip:+21321000001@pbx", CALLER_SDP)
    refused = await town.took(customers[2], 503)
    assert refused.fields["retry-after"] == "5"
    customers[0].bye()
    await town.took(customers[0], 200)
    await town.call_in(town.customer())


async def test_a_did_may_lead_to_an_extension(town: Town) -> None:
    phone, customer = town.desk_phone("1001"), town.customer()
    customer.invite("sip:+21321000002@pbx", CALLER_SDP)
    invite = await town.invited(phone)
    phone.answer(invite, 180)
    await town.took(customer, 180)
    phone.answer(invite, 200, PHONE_SDP)
    await town.took(customer, 200)
    customer.ack()


async def test_what_the_carrier_asserts_counts_more_than_from(town: Town) -> None:
    customer = town.customer()
    customer.invite(
        "sip:+21321000001@pbx", CALLER_SDP, 'P-Asserted-Identity: "Amina" <tel:0550123456>\r\n'
    )
    await town.took(customer, 200)
    started = town.events.of(CallStarted)[0]
    assert (started.from_number, started.from_raw) == ("+213550123456", "0550123456")
    assert started.from_name == "Amina"


async def test_a_withheld_number_stays_withheld(town: Town) -> None:
    customer = town.customer()
    customer.invite(
        "sip:+21321000001@pbx",
        CALLER_SDP,
        'P-Asserted-Identity: "Amina" <tel:0550123456>\r\nPrivacy: id\r\n',
    )
    await town.took(customer, 200)
    started = town.events.of(CallStarted)[0]
    assert (started.from_number, started.from_raw, started.from_name) == ("", "", "")


async def test_an_extension_calls_another_after_it_proved_who_it_is(town: Town) -> None:
    caller, callee = town.webphone("1001"), town.desk_phone("1002")
    caller.invite("sip:1002@nidaa.local", CALLER_SDP)
    challenge = await town.took(caller, 407)
    assert isinstance(challenge, Response)
    caller.ack_failure()
    assert not town.events.all
    caller.remote = "<sip:1002@nidaa.local>"
    caller.request("INVITE", CALLER_SDP, town.authorize(challenge, "1001"), "sip:1002@nidaa.local")
    caller.invite_cseq = caller.cseq
    invite = await town.invited(callee)
    assert str(invite.from_.uri) == "sip:1001@nidaa.local"
    assert invite.from_.name == "Anna"
    await town.pick_up(callee, invite)
    await town.took(caller, 180, 200)
    caller.ack()
    await town.settle()
    assert town.events.of(LegStarted)[0].agent == "anna"
    caller.bye()
    await town.took(callee, "BYE")
    assert {event.leg for event in town.events.of(LegEnded)} == {
        event.leg for event in town.events.of(LegStarted)
    }


@pytest.mark.parametrize(("number", "password"), [("1001", "wrong"), ("1999", "secret")])
async def test_a_wrong_password_and_an_unknown_user_are_answered_alike(
    town: Town, number: str, password: str
) -> None:
    caller = town.webphone("1001")
    caller.invite("sip:1002@nidaa.local", CALLER_SDP)
    challenge = await town.took(caller, 407)
    assert isinstance(challenge, Response)
    caller.ack_failure()
    caller.remote = "<sip:1002@nidaa.local>"
    row = town.authorize(challenge, number, password)
    caller.request("INVITE", CALLER_SDP, row, "sip:1002@nidaa.local")
    refused = await town.took(caller, 407)
    assert "stale" not in refused.fields["proxy-authenticate"]
    assert not town.events.all


async def test_unreadable_credentials_are_a_bad_request(town: Town) -> None:
    caller = town.webphone("1001")
    row = 'Proxy-Authorization: Digest realm="nidaa.local", username="x"\r\n'
    caller.invite("sip:1002@nidaa.local", CALLER_SDP, row)
    await town.took(caller, 400)


async def test_an_unknown_extension(town: Town) -> None:
    caller = town.webphone("1001")
    caller.invite("sip:1002@nidaa.local", CALLER_SDP)
    challenge = await town.took(caller, 407)
    assert isinstance(challenge, Response)
    caller.ack_failure()
    del town.people.extensions["1002"]
    caller.remote = "<sip:1002@nidaa.local>"
    caller.request("INVITE", CALLER_SDP, town.authorize(challenge, "1001"), "sip:1002@nidaa.local")
    await town.took(caller, 404)


# --- other requests ---


@pytest.mark.parametrize(
    ("method", "status"),
    [("OPTIONS", 200), ("SUBSCRIBE", 405), ("MESSAGE", 405), ("PUBLISH", 405), ("JUMP", 501)],
)
async def test_other_requests(town: Town, method: str, status: int) -> None:
    phone = town.desk_phone("1001")
    phone.start("sip:1002@nidaa.local")
    phone.request(method)
    answer = await town.took(phone, status)
    assert "INVITE" in answer.fields["allow"]


async def test_phones_register_and_trunks_do_not(town: Town) -> None:
    phone, customer = town.desk_phone("1001"), town.customer()
    for one, status in ((phone, 200), (customer, 403)):
        one.start("sip:1001@nidaa.local")
        one.request("REGISTER")
        await town.took(one, status)
    assert len(town.registrations.asked) == 1


async def test_a_closed_reception_takes_no_new_call(town: Town) -> None:
    customer = town.customer()
    town.reception.is_closed = True
    customer.invite("sip:+21321000001@pbx", CALLER_SDP)
    await town.took(customer, 503)


# --- what is left ---


def alive() -> list[object]:
    """Every part of a call that still exists; the collector is off, so cycles would show."""
    kinds = (Call, Leg, Fork, Talk, InviteSession)
    return [one for one in gc.get_objects() if isinstance(one, kinds)]


async def test_a_finished_call_leaves_nothing_behind(town: Town) -> None:
    phone, customer = town.webphone("1001"), town.customer()
    town.ready("anna")
    gc.collect()
    gc.disable()
    try:
        await town.call_in(customer)
        await town.pick_up(phone, await town.invited(phone))
        phone.reinvite(description("phone", "sendonly"))
        await town.took(phone, 200)
        phone.ack()
        assert len(alive()) == 1 + 2 + 2 + 1, "call, legs, sessions, talk"
        customer.bye()
        phone.answer(await town.took(phone, "BYE"), 200)  # type: ignore[arg-type]
        await town.advance(60)
        assert alive() == []
        assert not town.media.sessions
        assert town.clock.waiting == 0
        assert town.endpoint.session_count == 0
    finally:
        gc.enable()
