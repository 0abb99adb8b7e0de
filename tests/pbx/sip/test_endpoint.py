"""What a message is for, what is refused before anybody sees it, and that nothing is left."""

from __future__ import annotations

import gc

import pytest

from pbx.sip.dialog import Dialog
from pbx.sip.endpoint import Endpoint
from pbx.sip.errors import LocalMisuse
from pbx.sip.flow import Flow
from pbx.sip.invite import InviteSession
from pbx.sip.message import Message, parse_message
from pbx.sip.reason import q850_of
from pbx.sip.transaction import Transaction
from pbx.sip.values import Address, Uri
from tests.support.phone import SDP, Phone, Wire, counted_tokens
from tests.support.sip_user import Desk, Recorder

PBX = "10.0.0.9:5060"


def call(endpoint: Endpoint, phone: Phone, user: Recorder, now: float = 0.0):
    from_, to = Address.parse("<sip:0550@pbx>"), Address.parse("<sip:1001@pbx>")
    target = Uri.parse(f"sip:{phone.name}@10.0.0.1")
    return endpoint.invite(user, target, phone.flow, from_, to, SDP, now)


# --- requests outside a dialog


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE", "PUBLISH"])
def test_request_outside_a_dialog_waits_for_our_user(anna, desk, method):
    anna.start("sip:pbx")
    anna.request(method)
    [(transaction, request)] = desk.requests
    assert (request.method, transaction.flow) == (method, anna.flow)
    transaction.respond(200, 0.0, "Fine", "X-Row: 1\r\n")
    answer = anna.expect_response(200)
    assert (answer.reason, answer.fields["x-row"], answer.to.tag is not None) == ("Fine", "1", True)
    with pytest.raises(LocalMisuse):
        transaction.respond(200, 0.0)


@pytest.mark.parametrize(
    ("method", "uri", "rows", "status"),
    [
        ("INVITE", "mailto:a@b", "", 416),
        ("OPTIONS", "urn:service:sos", "", 416),
        ("INVITE", "sip:1001@pbx", "Require: 100rel, x\r\n", 420),
        ("REGISTER", "sip:pbx", "Require: gruu\r\n", 420),
        ("INVITE", "sip:1001@pbx", "Contact: <sip:second@10.0.0.1>\r\n", 400),
        ("INVITE", "sip:1001@pbx", "Content-Encoding: gzip\r\n", 415),
        ("INVITE", "sip:1001@pbx", "Accept: text/plain\r\n", 406),
        ("BYE", "sip:1001@pbx", "", 481),
        ("UPDATE", "sip:1001@pbx", "", 481),
        ("INFO", "sip:1001@pbx", "", 481),
        ("CANCEL", "sip:1001@pbx", "", 481),
    ],
)
def test_request_is_refused_before_anybody_sees_it(anna, desk, method, uri, rows, status):
    anna.start(uri)
    anna.request(method, SDP if method == "INVITE" else "", rows)
    answer = anna.expect_response(status)
    if status == 420:
        assert answer.fields["unsupported"] == rows.removeprefix("Require: ").strip()
    assert (desk.sessions, desk.requests) == ([], [])


def test_body_that_is_no_description_is_415_with_what_is_accepted(anna):
    anna.start("sip:1001@pbx")
    anna.request("INVITE", "hello", content_type="text/plain")
    assert anna.expect_response(415).fields["accept"] == "application/sdp"


def test_accept_of_any_kind_is_fine(anna, desk):
    anna.invite("sip:1001@pbx", rows="Accept: text/plain, application/*;q=0.5\r\n")
    assert len(desk.sessions) == 1


def test_invite_without_hops_left_is_483(anna, wire):
    anna.start("sip:1001@pbx")
    give = wire.give
    wire.give = lambda data, flow: give(data.replace(b"Max-Forwards: 70", b"Max-Forwards: 0"), flow)
    anna.request("INVITE", SDP)
    anna.expect(483)


def test_second_copy_of_a_forked_invite_is_482_while_the_first_is_known(anna, desk, wire):
    anna.invite("sip:1001@pbx")
    anna.request("INVITE", SDP, cseq=1)
    anna.expect(482)
    assert len(desk.sessions) == 1
    desk.session.reject(486, 0.0)
    wire.until(33.0)
    anna.kinds()
    anna.remote = "<sip:1001@pbx>"
    anna.request("INVITE", SDP, cseq=1)
    assert len(desk.sessions) == 2


def test_request_of_an_unknown_dialog_is_481_and_its_ack_nothing(anna):
    anna.start("sip:1001@pbx")
    anna.remote += ";tag=nobody"
    anna.request("BYE")
    anna.request("INVITE", SDP)
    anna.request("ACK", cseq=9)
    anna.expect(481, 481)


def test_dialog_needs_both_tags(anna, desk):
    anna.invite("sip:1001@pbx")
    desk.session.accept(SDP, 0.0)
    anna.expect(200)
    anna.ack()
    anna.local = anna.local.replace("tag=anna", "tag=mallory")
    anna.bye()
    anna.expect(481)


def test_invite_that_comes_again_is_absorbed(anna, desk):
    anna.invite("sip:1001@pbx")
    anna.request("INVITE", SDP, cseq=1, branch=anna.branch)
    assert (len(desk.sessions), anna.kinds()) == (1, [])


def test_user_may_answer_at_once(anna, desk):
    def reject(session, now):
        session.reject(403, now)

    desk.on_invite = reject
    anna.invite("sip:1001@pbx")
    anna.expect(403)


def test_user_who_takes_and_ends_a_call_at_once_hears_nothing(anna, desk, endpoint):
    user = Recorder()

    def busy(session, now):
        session.reject(486, now)
        return user

    desk.on_invite = busy
    anna.invite("sip:1001@pbx")
    anna.expect(486)
    assert (endpoint.session_count, user.told) == (0, [])


def test_user_who_neither_takes_nor_rejects_is_our_mistake(anna, desk):
    desk.on_invite = lambda session, now: None
    with pytest.raises(LocalMisuse):
        anna.invite("sip:1001@pbx")
    anna.expect(500)


# --- sources and answers (18.2, RFC 3581)


def options(via: str) -> bytes:
    return (
        f"OPTIONS sip:pbx SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@x>;tag=a\r\nTo: <sip:b@x>\r\n"
        "Call-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("via", "peer", "answered_to", "shown"),
    [
        ("10.0.0.1;branch=z9hG4bK1", ("10.0.0.1", 5060), ("10.0.0.1", 5060), {}),
        ("10.0.0.1;branch=z9hG4bK1", ("10.0.0.1", 9999), ("10.0.0.1", 5060), {}),
        ("10.0.0.1:5070;branch=z9hG4bK1", ("10.0.0.1", 9999), ("10.0.0.1", 5070), {}),
        (
            "phone.example:5070;branch=z9hG4bK1",
            ("8.8.8.8", 9999),
            ("8.8.8.8", 5070),
            {"received": "8.8.8.8"},
        ),
        (
            "192.168.1.5;rport;branch=z9hG4bK1",
            ("8.8.8.8", 9999),
            ("8.8.8.8", 9999),
            {"received": "8.8.8.8", "rport": "9999"},
        ),
    ],
)
def test_answer_goes_where_rfc_3261_and_3581_say(endpoint, desk, via, peer, answered_to, shown):
    proxied = f"SIP/2.0/UDP {via}, SIP/2.0/UDP first.example;branch=z9hG4bK0"
    endpoint.receive(options(proxied), Flow("UDP", "phones", PBX, peer), 0.0)
    desk.requests[0][0].respond(200, 0.0)
    [(data, flow)] = endpoint.transmissions
    answer = parse_message(data)
    assert flow.peer == answered_to
    assert {k: v for k, v in answer.via.params.items() if k in ("received", "rport")} == shown
    assert answer.all("via")[1] == "SIP/2.0/UDP first.example;branch=z9hG4bK0"


# --- what cannot be read


def test_unreadable_request_is_answered_where_it_can_be(endpoint):
    flow = Flow("UDP", "phones", PBX, ("10.0.0.1", 5060))
    bad = options("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1").replace(b"Length: 0", b"Length: 99")
    endpoint.receive(bad, flow, 0.0)
    assert endpoint.transmissions[0][0].startswith(b"SIP/2.0 400 ")
    assert (endpoint.dropped, endpoint.layer.responses_sent[4]) == (1, 1)
    assert endpoint.drops[0].flow is flow


def test_junk_is_dropped_and_a_keep_alive_is_not_even_counted(endpoint):
    flow = Flow("UDP", "phones", PBX, ("10.0.0.1", 5060))
    for data in (b"\r\n\r\n", b"", b"\0"):
        endpoint.receive(data, flow, 0.0)
    assert endpoint.dropped == 0
    endpoint.receive(b"GET / HTTP/1.1\r\n\r\n", flow, 0.0)
    assert (endpoint.dropped, endpoint.transmissions) == (1, [])


def test_answer_that_was_not_meant_for_us_is_dropped(endpoint, anna):
    user = Recorder()
    call(endpoint, anna, user)
    invite = anna.expect_request("INVITE")
    invite.fields["via"] += ", SIP/2.0/UDP other;branch=z9hG4bK9"
    anna.answer(invite, 200, SDP)
    assert (user.told, endpoint.drops[0].why) == ([], "response with more than one Via")


def test_stray_answer_is_dropped(endpoint, anna):
    call(endpoint, anna, Recorder())
    invite = anna.expect_request("INVITE")
    invite.fields["via"] = "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKnone"
    anna.answer(invite, 200, SDP)
    assert anna.kinds() == []


# --- connections


def test_call_over_a_closed_connection_fails_with_503(endpoint, wire):
    page = wire.phone("page", "WSS")
    endpoint.flow_closed(page.flow, 0.0)
    user = Recorder()
    call(endpoint, page, user)
    assert user.told == []
    wire.until(0.0)
    assert user.told == [("failed", 503, "Service Unavailable", 0)]


def test_session_outlives_its_connection_and_follows_the_browser_to_a_new_one(endpoint, desk, wire):
    page = wire.phone("page", "WSS")
    page.invite("sip:1001@pbx")
    desk.session.accept(SDP, 0.0)
    page.expect(200)
    page.ack()
    endpoint.flow_closed(page.flow, 1.0)
    assert desk.heard == [("confirmed", "")]
    again = wire.phone("page", "WSS")
    page.flow = again.flow
    page.request("UPDATE")
    assert desk.session.flow is again.flow
    desk.session.hang_up(2.0)
    again.expect(200, "BYE")


# --- causes


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ('Q.850;cause=17;text="busy"', 17),
        ("SIP;cause=200, q.850 ; cause = 31", 31),
        ("SIP;cause=200", 0),
        ("Q.850", 0),
        ("Q.850;cause=999", 0),
        ("Q.850;cause=9999999", 0),
        ("Q.850;cause=x", 0),
        ("", 0),
    ],
)
def test_q850_cause_of_a_reason(value, cause):
    message = parse_message(options("SIP/2.0/UDP h;branch=z9hG4bK1"))
    message.fields["reason"] = value
    assert q850_of(message) == cause
    assert q850_of(None) == 0


# --- memory


def test_finished_call_leaves_nothing_for_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        desk = Desk()
        endpoint = Endpoint(desk, counted_tokens())
        wire = Wire(endpoint)
        anna, boris = wire.phone("anna"), wire.phone("boris")
        anna.invite("sip:1001@pbx")
        session = call(endpoint, boris, Recorder())
        invite = boris.expect_request("INVITE")
        boris.answer(invite, 180)
        boris.answer(invite, 200, SDP)
        desk.session.ring(0.0)
        desk.session.accept(SDP, 0.0)
        boris.expect("ACK")
        anna.expect(180, 200)
        anna.ack()
        anna.reinvite()
        desk.session.answer_offer(SDP, 0.0)
        anna.expect(200)
        anna.ack()
        session.reoffer(SDP, 0.0)
        boris.answer(boris.expect_request("INVITE"), 200, SDP)
        boris.expect("ACK")
        anna.bye()
        anna.expect(200)
        session.hang_up(1.0)
        boris.answer(boris.expect_request("BYE"), 200)
        wire.until(200.0)
        assert (endpoint.core.sessions, endpoint.layer.transactions, endpoint.layer.merged) == (
            {}, {}, {},
        )  # fmt: skip
        assert endpoint.next_deadline() is None
        del session, invite
        desk.sessions.clear()
        anna.invite_request = boris.invite_request = None
        kept = (Dialog, InviteSession, Transaction, Message)
        assert [o for o in gc.get_objects() if isinstance(o, kept)] == []
    finally:
        gc.enable()
