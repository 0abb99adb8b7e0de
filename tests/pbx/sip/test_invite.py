"""Sessions as call flows: one endpoint, scripted phones, time passed in."""

from __future__ import annotations

import pytest

from pbx.sip.endpoint import Endpoint
from pbx.sip.errors import LocalMisuse
from pbx.sip.message import Request
from pbx.sip.usage import Session
from pbx.sip.values import Address, Uri
from tests.support.phone import SDP, Phone, Wire
from tests.support.sip_user import Desk, Recorder

OURS = SDP.replace("10.0.0.1", "10.0.0.9")
HELD = OURS.replace("a=rtpmap", "a=sendonly\r\na=rtpmap")
THEIRS_2 = SDP.replace("o=- 1 1", "o=- 1 2")


class Caller:
    """Our side as UAC: starts sessions to one phone."""

    def __init__(self, wire: Wire, phone: Phone) -> None:
        self.wire, self.phone = wire, phone
        self.user = Recorder()

    def call(self, sdp: str = OURS, headers: str = "") -> Session:
        return self.wire.endpoint.invite(
            self.user,
            Uri.parse(f"sip:{self.phone.name}@10.0.0.1"),
            self.phone.flow,
            Address.parse('"Customer" <sip:0550@pbx>'),
            Address.parse("<sip:1001@pbx>"),
            sdp,
            self.wire.clock.now,
            headers,
        )

    def talk(self) -> tuple[Session, Request]:
        session = self.call()
        invite = self.phone.expect_request("INVITE")
        self.phone.answer(invite, 200, SDP)
        self.phone.expect("ACK")
        self.user.take()
        return session, invite


@pytest.fixture
def caller(wire: Wire, anna: Phone) -> Caller:
    return Caller(wire, anna)


def talk(anna: Phone, desk: Desk) -> Session:
    """A call that anna started is answered and acked."""
    anna.invite("sip:1001@pbx")
    desk.session.accept(OURS, anna.wire.clock.now)
    anna.expect(200)
    anna.ack()
    assert desk.heard == [("confirmed", "")]
    return desk.session


# --- UAS: a phone calls us


def test_caller_hears_ringing_then_the_answer_and_hangs_up(anna, desk, endpoint):
    anna.invite("sip:1001@pbx")
    session = desk.session
    assert (session.invite.body.decode(), session.flow, session.call_id) == (
        SDP, anna.flow, anna.call_id,
    )  # fmt: skip
    session.ring(0.0)
    session.accept(OURS, 0.0)
    ringing, ok = anna.take()
    assert (ringing.status, ok.status, ok.body.decode()) == (180, 200, OURS)
    assert ringing.to.tag == ok.to.tag
    assert ok.contact[0].uri.host == "10.0.0.9"
    anna.ack()
    anna.bye("Reason: Q.850;cause=16\r\n")
    anna.expect(200)
    assert desk.heard == [("confirmed", ""), ("released", 0, 16)]
    assert endpoint.session_count == 0


def test_early_media_is_183_with_a_description(anna, desk):
    anna.invite("sip:1001@pbx")
    desk.session.ring(0.0, OURS, 183)
    assert anna.expect_response(183).body.decode() == OURS


def test_our_200_is_repeated_until_the_ack_comes(anna, desk, wire):
    anna.invite("sip:1001@pbx")
    desk.session.accept(OURS, 0.0)
    wire.until(3.6)
    anna.expect(200, 200, 200, 200)  # 0, 0.5, 1.5, 3.5
    anna.ack()
    wire.until(31.0)
    assert anna.kinds() == []


def test_session_without_ack_is_released_by_bye_after_32_seconds(anna, desk, wire):
    anna.invite("sip:1001@pbx")
    desk.session.accept(OURS, 0.0)
    wire.until(31.9)
    anna.expect(*[200] * 11)
    wire.until(32.0)
    anna.expect("BYE")
    assert desk.heard == [("released", 408, 102)]


def test_caller_who_cancels_gets_487_and_frees_the_user(anna, desk, endpoint):
    anna.invite("sip:1001@pbx")
    desk.session.ring(0.0)
    anna.expect(180)
    anna.cancel()
    anna.expect(200, 487)
    assert desk.heard == [("cancelled",)]
    anna.ack_failure()
    assert endpoint.session_count == 0


def test_cancel_after_our_200_changes_nothing(anna, desk):
    anna.invite("sip:1001@pbx")
    desk.session.accept(OURS, 0.0)
    anna.expect(200)
    anna.cancel()
    anna.expect(200)
    anna.ack()
    assert desk.heard == [("confirmed", "")]


def test_answer_that_crosses_the_cancel_is_ignored(anna, desk):
    anna.invite("sip:1001@pbx")
    anna.cancel()
    anna.expect(200, 487)
    session = desk.session
    session.ring(0.0)
    session.accept(OURS, 0.0)
    session.hang_up(0.0)
    session.reject(486, 0.0)
    assert anna.kinds() == []


def test_rejected_call_is_sent_again_until_acked(anna, desk, wire):
    anna.invite("sip:1001@pbx")
    desk.session.reject(486, 0.0, "Busy", 'Reason: Q.850;cause=17;text="User busy"\r\n')
    wire.until(1.6)
    busy = anna.expect_response(486, 486, 486)
    assert (busy.reason, busy.fields["reason"]) == ("Busy", 'Q.850;cause=17;text="User busy"')
    anna.ack_failure()
    wire.until(60.0)
    assert anna.kinds() == []
    assert desk.heard == []


def test_hang_up_before_the_answer_is_480(anna, desk):
    anna.invite("sip:1001@pbx")
    desk.session.hang_up(0.0, "Q.850;cause=31")
    assert anna.expect_response(480).fields["reason"] == "Q.850;cause=31"
    assert desk.heard == []


def test_bye_waits_for_the_ack_of_our_200(anna, desk, endpoint):
    anna.invite("sip:1001@pbx")
    desk.session.accept(OURS, 0.0)
    desk.session.hang_up(0.1)
    anna.expect(200)
    anna.ack()
    bye = anna.expect_request("BYE")
    anna.answer(bye, 200)
    assert (desk.heard, endpoint.session_count) == ([], 0)


def test_bye_that_never_gets_its_ack_goes_out_with_the_timeout(anna, desk, wire, endpoint):
    anna.invite("sip:1001@pbx")
    desk.session.accept(OURS, 0.0)
    desk.session.hang_up(0.1)
    wire.until(32.0)
    assert anna.kinds()[-1] == "BYE"
    wire.until(70.0)
    assert endpoint.session_count == 0


def test_caller_who_says_bye_while_it_rings_gets_487(anna, desk):
    anna.invite("sip:1001@pbx")
    desk.session.ring(0.0)
    anna.expect(180)
    anna.bye()
    anna.expect(200, 487)
    assert desk.heard == [("cancelled",)]


def test_offerless_invite_gets_our_offer_and_answers_in_the_ack(anna, desk):
    anna.invite("sip:1001@pbx", sdp="")
    desk.session.accept(OURS, 0.0)
    anna.expect(200)
    anna.ack(SDP)
    assert desk.heard == [("confirmed", SDP)]


def test_offer_before_our_answer_must_wait(anna, desk):
    anna.invite("sip:1001@pbx", sdp="")
    desk.session.ring(0.0)
    anna.expect(180)
    anna.request("UPDATE", SDP)
    anna.expect(500)
    assert desk.heard == []


def test_offerless_invite_whose_ack_brings_no_answer_is_released(anna, desk):
    anna.invite("sip:1001@pbx", sdp="")
    desk.session.accept(OURS, 0.0)
    anna.expect(200)
    anna.ack()
    anna.expect("BYE")
    assert desk.heard == [("released", 488, 0)]


def test_misuse_of_a_session_that_was_called_in(anna, desk):
    anna.invite("sip:1001@pbx")
    session = desk.session
    with pytest.raises(LocalMisuse):
        session.ring(0.0, status=200)
    with pytest.raises(LocalMisuse):
        session.reject(200, 0.0)
    with pytest.raises(LocalMisuse):
        session.accept("", 0.0)
    with pytest.raises(LocalMisuse):
        session.reoffer(OURS, 0.0)
    session.accept(OURS, 0.0)
    with pytest.raises(LocalMisuse):
        session.accept(OURS, 0.0)
    with pytest.raises(LocalMisuse):
        session.refuse_offer(200, 0.0)


# --- UAC: we call a phone


def test_phone_rings_answers_and_is_acked(caller, anna):
    session = caller.call(headers="X-Call-Id: c1\r\n")
    invite = anna.expect_request("INVITE")
    assert (invite.body.decode(), invite.fields["x-call-id"]) == (OURS, "c1")
    assert invite.from_.name == "Customer"
    anna.answer(invite, 100)
    anna.answer(invite, 180)
    anna.answer(invite, 200, SDP)
    ack = anna.expect_request("ACK")
    assert (str(ack.uri), ack.cseq.number) == ("sip:anna@10.0.0.1:5060", invite.cseq.number)
    assert caller.user.take() == [("ringing", 180, ""), ("answered", SDP)]
    assert (session.invite, session.remote_display) == (None, "")


def test_repeated_200_is_acked_again_and_not_reported_again(caller, anna):
    session, invite = caller.talk()
    anna.answer(invite, 200, SDP)
    anna.expect("ACK")
    session.hang_up(0.0)
    anna.expect("BYE")
    anna.answer(invite, 200, SDP)  # RFC 3261 13.2.2.4: acked even after the BYE
    anna.expect("ACK")
    assert caller.user.take() == []


def test_silent_phone_gets_seven_invites_and_fails_with_408(caller, anna, wire, endpoint):
    caller.call()
    wire.until(32.0)
    assert anna.kinds() == ["INVITE"] * 7
    assert caller.user.take() == [("failed", 408, "Request Timeout", 0)]
    assert endpoint.session_count == 0


def test_busy_phone_is_acked_and_reported_once_with_its_cause(caller, anna):
    caller.call()
    invite = anna.expect_request("INVITE")
    for _ in range(2):
        anna.answer(invite, 486, rows="Reason: SIP;cause=486, Q.850;cause=17\r\n", reason="Busy")
    anna.expect("ACK", "ACK")
    assert caller.user.take() == [("failed", 486, "Busy", 17)]


def test_cancel_waits_for_a_provisional_answer(caller, anna):
    session = caller.call()
    invite = anna.expect_request("INVITE")
    session.hang_up(0.0, 'SIP;cause=200;text="Call completed elsewhere"')
    session.hang_up(0.0)
    assert anna.kinds() == []
    anna.answer(invite, 180)
    cancel = anna.expect_request("CANCEL")
    assert (cancel.via, cancel.uri, cancel.cseq.number) == (
        invite.via, invite.uri, invite.cseq.number,
    )  # fmt: skip
    assert "elsewhere" in cancel.fields["reason"]
    anna.answer(cancel, 200)
    anna.answer(invite, 487)
    anna.expect("ACK")
    assert caller.user.take() == []


def test_200_that_crosses_our_cancel_is_acked_and_ended_by_bye(caller, anna, endpoint):
    session = caller.call()
    invite = anna.expect_request("INVITE")
    anna.answer(invite, 180)
    session.hang_up(0.0)
    anna.answer(invite, 200, SDP)
    anna.expect("CANCEL", "ACK", "BYE")
    anna.answer(invite, 200, SDP)
    anna.expect("ACK")
    assert [told for told in caller.user.take() if told[0] != "ringing"] == []
    assert endpoint.session_count == 0


def test_cancelled_call_that_stays_silent_is_given_up(caller, anna, wire, endpoint):
    session = caller.call()
    anna.answer(anna.expect_request("INVITE"), 180)
    session.hang_up(0.0)
    wire.until(70.0)
    assert (endpoint.session_count, endpoint.layer.transactions) == (0, {})


def test_second_200_from_a_forking_proxy_is_acked_and_ended(caller, anna):
    caller.call()
    invite = anna.expect_request("INVITE")
    anna.answer(invite, 200, SDP)
    anna.answer(invite, 200, SDP, tag="other")
    first, second, bye = anna.take()
    assert [m.method for m in (first, second, bye)] == ["ACK", "ACK", "BYE"]
    assert (first.to.tag, second.to.tag, bye.to.tag) == ("anna", "other", "other")
    anna.answer(invite, 200, SDP, tag="other")
    assert anna.expect_request("ACK").to.tag == "other"
    assert caller.user.take() == [("answered", SDP)]


def test_phone_that_answers_in_183_only_is_understood(caller, anna):
    caller.call()
    invite = anna.expect_request("INVITE")
    anna.answer(invite, 183, SDP)
    anna.answer(invite, 200)
    anna.expect("ACK")
    assert caller.user.take() == [("ringing", 183, SDP), ("answered", SDP)]


def test_200_without_any_description_is_ended(caller, anna):
    caller.call()
    anna.answer(anna.expect_request("INVITE"), 200)
    anna.expect("ACK", "BYE")
    assert caller.user.take() == [("failed", 488, "No session description in 2xx", 0)]


def test_offerless_invite_of_ours_acks_with_our_answer(caller, anna):
    session = caller.call(sdp="")
    invite = anna.expect_request("INVITE")
    anna.answer(invite, 200, SDP)
    anna.answer(invite, 200, SDP)
    assert anna.kinds() == []
    assert caller.user.take() == [("answered", SDP)]
    session.answer_offer(OURS, 0.0)
    assert anna.expect_request("ACK").body.decode() == OURS
    anna.answer(invite, 200, SDP)
    assert anna.expect_request("ACK").body.decode() == OURS


def test_hanging_up_instead_of_answering_an_offer_still_acks(caller, anna):
    session = caller.call(sdp="")
    anna.answer(anna.expect_request("INVITE"), 200, SDP)
    session.hang_up(0.0)
    anna.expect("ACK", "BYE")


def test_offerless_invite_of_ours_that_gets_no_offer_is_ended(caller, anna):
    caller.call(sdp="")
    anna.answer(anna.expect_request("INVITE"), 200)
    anna.expect("ACK", "BYE")
    assert caller.user.take()[0][:2] == ("failed", 488)


def test_bye_of_a_phone_that_only_rings_is_481(caller, anna):
    caller.call()
    anna.answer(anna.expect_request("INVITE"), 180)
    anna.bye()
    anna.expect(481)
    assert caller.user.take() == [("ringing", 180, "")]


def test_phone_cannot_offer_before_it_answered(caller, anna):
    caller.call()
    anna.answer(anna.expect_request("INVITE"), 180)
    anna.reinvite()
    anna.expect(491)
    anna.request("UPDATE", SDP)
    anna.expect(491)


def test_misuse_of_a_session_we_started(caller):
    session = caller.call()
    for misuse in (
        lambda: session.ring(0.0),
        lambda: session.accept(OURS, 0.0),
        lambda: session.reject(486, 0.0),
    ):
        with pytest.raises(LocalMisuse):
            misuse()


# --- BYE


def test_bye_of_ours_is_repeated_until_answered(caller, anna, wire, endpoint):
    session, _ = caller.talk()
    session.hang_up(0.0, "Q.850;cause=16")
    session.hang_up(0.0)
    wire.until(1.6)
    bye = anna.expect_request("BYE", "BYE", "BYE")
    assert bye.fields["reason"] == "Q.850;cause=16"
    anna.answer(bye, 200)
    assert (endpoint.session_count, caller.user.take()) == (0, [])


def test_byes_that_cross_are_both_answered(caller, anna, endpoint):
    session, _ = caller.talk()
    session.hang_up(0.0)
    bye = anna.expect_request("BYE")
    anna.bye()
    anna.expect(200)
    anna.answer(bye, 481)
    assert (endpoint.session_count, caller.user.take()) == (0, [])


def test_bye_that_is_never_answered_ends_after_32_seconds(caller, anna, wire, endpoint):
    session, _ = caller.talk()
    session.hang_up(0.0)
    wire.until(31.0)
    assert endpoint.session_count == 1
    wire.until(32.0)
    assert endpoint.session_count == 0


def test_callee_hangs_up(caller, anna):
    caller.talk()
    anna.bye()
    anna.expect(200)
    assert caller.user.take() == [("released", 0, 0)]


# --- offers within the session


def test_phone_holds_by_a_reinvite(anna, desk, wire):
    session = talk(anna, desk)
    anna.reinvite(THEIRS_2)
    assert desk.heard == [("offered", THEIRS_2)]
    wire.after(0.2)
    anna.expect(100)
    session.answer_offer(OURS, wire.clock.now)
    assert anna.expect_response(200).body.decode() == OURS
    wire.after(0.6)
    anna.expect(200)  # again: no ACK yet
    anna.ack()
    wire.after(30.0)
    assert (anna.kinds(), desk.heard) == ([], [])


def test_refused_offer_leaves_the_session_as_it_was(anna, desk):
    session = talk(anna, desk)
    anna.reinvite(THEIRS_2)
    session.refuse_offer(488, 0.0)
    anna.expect(488)
    session.refuse_offer(488, 0.0)
    anna.bye()
    anna.expect(200)


def test_offerless_reinvite_gets_our_offer(anna, desk):
    session = talk(anna, desk)
    anna.reinvite("")
    assert desk.heard == [("offered", "")]
    session.answer_offer(HELD, 0.0)
    assert anna.expect_response(200).body.decode() == HELD
    anna.ack(SDP)
    assert desk.heard == [("reoffer_answered", SDP)]


def test_update_with_an_offer_is_answered_and_one_without_refreshes(anna, desk):
    session = talk(anna, desk)
    anna.request("UPDATE", rows="Session-Expires: 1800;refresher=uac\r\nSupported: timer\r\n")
    assert anna.expect_response(200).body == b""
    assert desk.heard == []
    anna.request("UPDATE", THEIRS_2)
    assert desk.heard == [("offered", THEIRS_2)]
    session.answer_offer(OURS, 0.0)
    assert anna.expect_response(200).body.decode() == OURS


def test_second_offer_before_the_first_is_answered_is_told_to_wait(anna, desk):
    talk(anna, desk)
    anna.reinvite(THEIRS_2)
    anna.request("UPDATE", THEIRS_2)
    assert anna.expect_response(500).fields["retry-after"] == "5"


def test_reinvite_taken_back_by_cancel(anna, desk):
    session = talk(anna, desk)
    anna.reinvite(THEIRS_2)
    anna.cancel()
    anna.expect(200, 487)
    session.answer_offer(OURS, 0.0)
    assert anna.kinds() == []


def test_reinvite_shows_that_the_ack_was_lost(anna, desk):
    anna.invite("sip:1001@pbx")
    desk.session.accept(OURS, 0.0)
    anna.expect(200)
    anna.reinvite(THEIRS_2)
    assert desk.heard == [("confirmed", ""), ("offered", THEIRS_2)]


def test_bye_while_an_offer_is_unanswered_ends_both(anna, desk):
    talk(anna, desk)
    anna.reinvite(THEIRS_2)
    anna.bye()
    anna.expect(200, 487)
    assert desk.heard[-1] == ("released", 0, 0)


def test_hang_up_while_the_peers_offer_is_unanswered(anna, desk):
    session = talk(anna, desk)
    anna.reinvite(THEIRS_2)
    session.hang_up(0.0)
    anna.expect(487, "BYE")


def test_our_reinvite_is_answered_and_acked(caller, anna):
    session, _ = caller.talk()
    session.reoffer(HELD, 0.0)
    invite = anna.expect_request("INVITE")
    assert (invite.body.decode(), invite.to.tag) == (HELD, "anna")
    anna.answer(invite, 100)
    anna.answer(invite, 200, THEIRS_2)
    anna.answer(invite, 200, THEIRS_2)
    anna.expect("ACK", "ACK")
    assert caller.user.take() == [("reoffer_answered", THEIRS_2)]


@pytest.mark.parametrize("status", [488, 503])
def test_our_reinvite_is_refused_and_the_session_goes_on(caller, anna, status):
    session, _ = caller.talk()
    session.reoffer(HELD, 0.0)
    anna.answer(anna.expect_request("INVITE"), status)
    anna.expect("ACK")
    assert caller.user.take() == [("reoffer_failed", status)]
    session.reoffer(OURS, 0.0)
    anna.expect("INVITE")


def test_our_reinvite_answered_without_description_has_failed(caller, anna):
    session, _ = caller.talk()
    session.reoffer(HELD, 0.0)
    anna.answer(anna.expect_request("INVITE"), 200)
    anna.expect("ACK")
    assert caller.user.take() == [("reoffer_failed", 488)]


@pytest.mark.parametrize("status", [408, 481])
def test_session_dies_when_the_peer_does_not_know_it(caller, anna, status):
    session, _ = caller.talk()
    session.reoffer(HELD, 0.0)
    anna.answer(anna.expect_request("INVITE"), status)
    anna.expect("ACK", "BYE")
    assert [told[:2] for told in caller.user.take()] == [("released", status)]


def test_glare_is_tried_again_after_the_wait_of_the_call_id_owner(caller, anna, wire):
    session, _ = caller.talk()
    session.reoffer(HELD, 0.0)
    ours = anna.expect_request("INVITE")
    anna.reinvite(THEIRS_2)
    anna.expect(491)
    anna.ack_failure()
    anna.answer(ours, 491)
    anna.expect("ACK")
    wire.until(3.04)
    assert anna.kinds() == []
    wire.until(3.05)  # 2.1 + half of 1.9
    assert anna.expect_request("INVITE").body.decode() == HELD
    assert caller.user.take() == []


def test_glare_wait_is_short_for_the_side_that_was_called(anna, desk, wire):
    session = talk(anna, desk)
    session.reoffer(HELD, 0.0)
    anna.answer(anna.expect_request("INVITE"), 491)
    anna.expect("ACK")
    wire.until(1.0)
    anna.expect("INVITE")


def test_glare_without_end_is_given_up(caller, anna, wire):
    session, _ = caller.talk()
    session.reoffer(HELD, 0.0)
    for _ in range(6):
        anna.answer(anna.expect_request("INVITE"), 491)
        anna.expect("ACK")
        wire.after(3.06)
    assert caller.user.take() == [("reoffer_failed", 491)]


def test_reoffer_waits_for_the_peers_offer_to_be_answered(anna, desk):
    session = talk(anna, desk)
    anna.reinvite(THEIRS_2)
    session.reoffer(HELD, 0.0)
    session.answer_offer(OURS, 0.0)
    anna.expect(200)
    anna.ack()
    anna.expect("INVITE")


def test_reoffer_waits_for_the_ack_of_our_200(anna, desk):
    anna.invite("sip:1001@pbx")
    desk.session.accept(OURS, 0.0)
    desk.session.reoffer(HELD, 0.0)
    anna.expect(200)
    anna.ack()
    anna.expect("INVITE")


def test_200_of_our_reinvite_after_our_bye_is_still_acked(caller, anna):
    session, _ = caller.talk()
    session.reoffer(HELD, 0.0)
    invite = anna.expect_request("INVITE")
    session.hang_up(0.0)
    anna.answer(invite, 200, THEIRS_2)
    anna.expect("BYE", "ACK")
    assert caller.user.take() == []


# --- other requests within the dialog


def test_info_is_reported_and_an_unknown_package_refused(anna, desk):
    talk(anna, desk)
    anna.request("INFO", "Signal=5\r\n", content_type="application/dtmf-relay")
    anna.expect(200)
    assert desk.heard == [("info", "application/dtmf-relay", "Signal=5\r\n")]
    anna.request("INFO", rows="Info-Package: nothing\r\n")
    anna.expect(469)


def test_options_within_the_dialog_and_methods_we_do_not_serve(anna, desk):
    talk(anna, desk)
    anna.request("OPTIONS")
    assert "UPDATE" in anna.expect_response(200).fields["allow"]
    anna.request("REFER", rows="Refer-To: <sip:x@pbx>\r\n")
    assert "INVITE" in anna.expect_response(405).fields["allow"]
    anna.request("DANCE")
    anna.expect(501)


def test_request_out_of_order_is_500(anna, desk):
    talk(anna, desk)
    anna.request("INFO", cseq=1)
    anna.expect(500)


def test_option_we_do_not_know_is_420_within_the_dialog_too(anna, desk):
    talk(anna, desk)
    anna.reinvite(THEIRS_2, "Require: teleportation\r\n")
    assert anna.expect_response(420).fields["unsupported"] == "teleportation"


def test_requests_after_our_bye_are_481(caller, anna):
    session, _ = caller.talk()
    session.hang_up(0.0)
    anna.expect("BYE")
    anna.reinvite()
    anna.expect(481)


# --- challenges


class Password:
    """Answers every challenge of one realm."""

    def response(self, challenge: str, method: str, uri: str) -> str | None:
        return f"Digest for {method} {uri}" if 'realm="ours"' in challenge else None


@pytest.fixture
def trunk(desk, anna) -> Caller:
    endpoint = Endpoint(desk, anna.wire.endpoint.core.new_token, credentials=Password())
    wire = Wire(endpoint)
    return Caller(wire, wire.phone("trunk"))


CHALLENGE = 'Proxy-Authenticate: Digest realm="ours"\r\n'


def test_challenge_is_answered_and_the_ack_carries_the_credentials(trunk):
    trunk.call()
    first = trunk.phone.expect_request("INVITE")
    trunk.phone.answer(first, 407, rows=CHALLENGE)
    ack, second = trunk.phone.take()
    assert (ack.method, second.method) == ("ACK", "INVITE")
    assert second.fields["proxy-authorization"] == "Digest for INVITE sip:trunk@10.0.0.1"
    assert (second.cseq.number, second.call_id, second.to.tag) == (2, first.call_id, None)
    trunk.phone.answer(second, 200, SDP)
    assert "proxy-authorization" in trunk.phone.expect_request("ACK").fields
    assert trunk.user.take() == [("answered", SDP)]


def test_challenge_for_another_realm_fails(trunk):
    trunk.call()
    invite = trunk.phone.expect_request("INVITE")
    trunk.phone.answer(invite, 401, rows='WWW-Authenticate: Digest realm="x"\r\n')
    trunk.phone.expect("ACK")
    assert trunk.user.take() == [("failed", 401, "x", 0)]


def test_challenges_without_end_fail(trunk):
    trunk.call()
    for _ in range(3):
        trunk.phone.answer(trunk.phone.take()[-1], 407, rows=CHALLENGE)
    assert trunk.phone.kinds() == ["ACK"]
    assert trunk.user.take() == [("failed", 407, "x", 0)]


def test_requests_within_the_dialog_answer_a_challenge_once(trunk):
    session, _ = trunk.talk()
    session.reoffer(HELD, 0.0)
    trunk.phone.answer(trunk.phone.expect_request("INVITE"), 407, rows=CHALLENGE)
    _, again = trunk.phone.take()
    assert again.fields["proxy-authorization"].startswith("Digest for INVITE")
    trunk.phone.answer(again, 200, THEIRS_2)
    assert trunk.user.take() == [("reoffer_answered", THEIRS_2)]
    trunk.phone.expect("ACK")
    session.hang_up(0.0)
    trunk.phone.answer(trunk.phone.expect_request("BYE"), 407, rows=CHALLENGE)
    trunk.phone.answer(trunk.phone.expect_request("BYE"), 407, rows=CHALLENGE)
    assert trunk.wire.endpoint.session_count == 0
