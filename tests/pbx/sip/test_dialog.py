"""Dialogs as facts: where requests go and what they carry (RFC 3261 12)."""

from __future__ import annotations

import pytest

from pbx.sip.dialog import Dialog, contact_row, dialog_of_request, dialog_to, hop_to
from pbx.sip.flow import Flow
from pbx.sip.message import Request, Response, parse_message
from pbx.sip.values import Address, Uri

HERE = "203.0.113.9:5060"
UDP = Flow("UDP", "trunks", HERE, ("203.0.113.1", 5060))
WSS = Flow("WSS", "webphones", "203.0.113.9:7443", ("198.51.100.2", 51000), 3)


def invite(rows: str = "", uri: str = "sip:b@x", contact: str = "<sip:a@203.0.113.7>") -> Request:
    text = (
        f"INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK1\r\n{rows}"
        f'From: "A" <sip:a@x>;tag=a\r\nTo: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 5 INVITE\r\n'
        f"Contact: {contact}\r\nContent-Length: 0\r\n\r\n"
    )
    message = parse_message(text.encode())
    assert isinstance(message, Request)
    return message


def ok(rows: str = "", contact: str = "Contact: <sip:b@203.0.113.8:5062>\r\n") -> Response:
    text = (
        f"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {HERE};branch=z9hG4bK1\r\n{rows}"
        f"From: <sip:a@x>;tag=ours\r\nTo: <sip:b@x>;tag=theirs\r\nCall-ID: c\r\n"
        f"CSeq: 1 INVITE\r\n{contact}Content-Length: 0\r\n\r\n"
    )
    message = parse_message(text.encode())
    assert isinstance(message, Response)
    return message


def sent(dialog: Dialog, method: str = "BYE") -> tuple[Request, Flow]:
    data, flow = dialog.next_request(method, "z9hG4bKx")
    message = parse_message(data)
    assert isinstance(message, Request)
    return message, flow


def caller(routes: tuple[Address, ...] = ()) -> Dialog:
    local, remote = Address.parse("<sip:a@x>"), Address.parse("<sip:b@x>")
    target = Uri.parse("sip:b@203.0.113.1")
    return dialog_to(target, UDP, local, remote, "c", "ours", routes)


def test_called_side_turns_from_and_to_around_and_follows_the_contact():
    dialog = dialog_of_request(invite(), "ours", UDP)
    bye, flow = sent(dialog)
    assert (bye.fields["from"], bye.fields["to"]) == ("<sip:b@x>;tag=ours", '"A" <sip:a@x>;tag=a')
    assert (str(bye.uri), flow.peer, bye.cseq.number) == (
        "sip:a@203.0.113.7",
        ("203.0.113.7", 5060),
        1,
    )
    assert (dialog.key, dialog.remote_tag, dialog.remote_cseq) == (("c", "ours"), "a", 5)
    assert bye.via.sent_by == HERE
    assert "rport" in bye.via.params


def test_calling_side_learns_tag_target_and_routes_in_reverse():
    dialog = caller()
    dialog.next_request("INVITE", "z9hG4bKx")
    dialog.learn(ok("Record-Route: <sip:203.0.113.5;lr>\r\nRecord-Route: <sip:203.0.113.6;lr>\r\n"))
    bye, flow = sent(dialog)
    assert (bye.to.tag, str(bye.uri), bye.cseq.number) == ("theirs", "sip:b@203.0.113.8:5062", 2)
    assert [str(route.uri) for route in bye.addresses("route")] == [
        "sip:203.0.113.6;lr",
        "sip:203.0.113.5;lr",
    ]
    assert flow.peer == ("203.0.113.6", 5060)


def test_called_side_keeps_the_order_of_record_route():
    rows = "Record-Route: <sip:203.0.113.5;lr>, <sip:203.0.113.6;lr>\r\n"
    bye, flow = sent(dialog_of_request(invite(rows), "ours", UDP))
    assert [route.uri.host for route in bye.addresses("route")] == ["203.0.113.5", "203.0.113.6"]
    assert flow.peer == ("203.0.113.5", 5060)


def test_strict_router_gets_its_own_uri_and_the_target_as_last_route():
    rows = "Record-Route: <sip:203.0.113.5>, <sip:203.0.113.6;lr>\r\n"
    bye, _ = sent(dialog_of_request(invite(rows), "ours", UDP))
    assert str(bye.uri) == "sip:203.0.113.5"
    assert [str(route.uri) for route in bye.addresses("route")] == [
        "sip:203.0.113.6;lr",
        "sip:a@203.0.113.7",
    ]


def test_preloaded_route_of_a_call_we_start():
    data, flow = caller((Address.parse("<sip:203.0.113.5;lr>"),)).next_request("INVITE", "z9hG4bKx")
    assert b"Route: <sip:203.0.113.5;lr>\r\n" in data
    assert flow is UDP


def test_2xx_without_contact_keeps_the_target():
    dialog = caller()
    dialog.learn(ok(contact=""))
    assert str(sent(dialog)[0].uri) == "sip:b@203.0.113.1"


def test_fork_is_a_dialog_of_its_own():
    dialog = caller()
    fork = dialog.fork(ok())
    assert (fork.remote_tag, dialog.remote_tag) == ("theirs", None)
    assert sent(fork)[0].cseq.number == 1
    assert dialog.local_cseq == 0


def test_browser_that_comes_back_is_reached_over_its_new_connection():
    dialog = dialog_of_request(invite(contact="<sip:a@abc.invalid;transport=ws>"), "ours", WSS)
    assert sent(dialog)[1] is WSS
    again = Flow("WSS", "webphones", WSS.sent_by, ("198.51.100.2", 51999), 4)
    dialog.move(again)
    assert sent(dialog)[1] is again


def test_dialog_over_sips_and_tls_is_secure():
    assert dialog_of_request(invite(uri="sips:b@x"), "t", WSS).is_secure
    assert not dialog_of_request(invite(), "t", UDP).is_secure


@pytest.mark.parametrize(
    ("uri", "peer", "expected"),
    [
        ("sip:a@203.0.113.1", ("203.0.113.1", 5060), ("203.0.113.1", 5060)),
        ("sip:a@203.0.113.1:5070", ("203.0.113.1", 5060), ("203.0.113.1", 5070)),
        ("sip:a@203.0.113.7", ("203.0.113.1", 1024), ("203.0.113.7", 5060)),
        ("sip:a@192.168.1.5:5060", ("8.8.8.8", 1024), ("8.8.8.8", 1024)),  # behind a NAT
        ("sip:a@192.168.1.5", ("192.168.1.9", 1024), ("192.168.1.5", 5060)),
        ("sip:a@phone.example", ("8.8.8.8", 1024), ("8.8.8.8", 1024)),
        ("sip:a@0.0.0.0", ("192.168.1.9", 1024), ("192.168.1.9", 1024)),
        ("tel:+21321000001", ("8.8.8.8", 5060), ("8.8.8.8", 5060)),
        ("sip:a@[2001:db8::5]:5070", ("2001:db8::1", 5060), ("2001:db8::5", 5070)),
    ],
)
def test_where_a_datagram_goes(uri, peer, expected):
    assert hop_to(Uri.parse(uri), Flow("UDP", "trunks", HERE, peer)).peer == expected


def test_our_contact_names_the_transport_where_it_is_not_udp():
    assert contact_row("UDP", HERE) == f"Contact: <sip:nidaa@{HERE}>\r\n"
    assert ";transport=ws>" in contact_row("WSS", HERE)
    assert ";transport=tcp>" in contact_row("TLS", HERE)
