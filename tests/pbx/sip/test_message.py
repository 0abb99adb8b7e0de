from __future__ import annotations

import pytest

from pbx.sip.errors import BadMessage
from pbx.sip.message import (
    MAX_BODY,
    Request,
    Response,
    header_name,
    parse_message,
    parse_status_line,
)
from pbx.sip.values import Via

INVITE = (
    b"INVITE sip:1001@pbx SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.1:5061;branch=z9hG4bK1\r\n"
    b'From: "Anna; A." <sip:anna@pbx>;tag=a1\r\n'
    b"To: <sip:1001@pbx>\r\n"
    b"Call-ID: c1@pbx\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"Contact: <sip:anna@10.0.0.1:5061>\r\n"
    b"Max-Forwards: 70\r\n"
    b"Content-Length: 3\r\n\r\nsdp"
)


def changed(old: bytes, new: bytes) -> bytes:
    assert old in INVITE
    return INVITE.replace(old, new)


def request(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


def response(data: bytes) -> Response:
    message = parse_message(data)
    assert isinstance(message, Response)
    return message


def test_a_request_gives_the_facts_every_layer_needs() -> None:
    invite = request(INVITE)
    assert (invite.method, invite.uri.user, invite.call_id) == ("INVITE", "1001", "c1@pbx")
    assert (invite.via.branch, invite.cseq.number) == ("z9hG4bK1", 7)
    assert (invite.from_.name, invite.from_.tag, invite.to.tag) == ("Anna; A.", "a1", None)
    assert (invite.contact[0].uri.port, invite.body, invite.max_forwards) == (5061, b"sdp", 70)


def test_a_response_gives_its_status() -> None:
    ringing = response(changed(b"INVITE sip:1001@pbx SIP/2.0", b"sip/2.0 180 Il sonne"))
    assert (ringing.status, ringing.reason, ringing.cseq.method) == (180, "Il sonne", "INVITE")


REFUSED = [
    (b"From:", b"Subject:", 400),
    (b"Via:", b"Subject:", 400),
    (b"To:", b"Subject:", 400),
    (b"CSeq:", b"Subject:", 400),
    (b"Call-ID: c1@pbx\r\n", b"", 400),
    (b"Call-ID: c1@pbx", b"Call-ID:", 400),
    (b"Call-ID: c1@pbx", b"Call-ID: c1 pbx", 400),
    (b"Call-ID: c1@pbx", b"Call-ID: c1\0", 400),
    (b"Call-ID: c1@pbx\r\n", b"Call-ID: c1@pbx\r\ni: c2\r\n", 400),
    (b"CSeq: 7 INVITE", b"CSeq: 7 BYE", 400),
    (b"CSeq: 7 INVITE", b"CSeq: 2147483648 INVITE", 400),
    (b"CSeq: 7 INVITE", b"CSeq: -7 INVITE", 400),
    (b"Max-Forwards: 70", b"Max-Forwards: 256", 400),
    (b"Max-Forwards: 70", b"Max-Forwards: seventy", 400),
    (b"Max-Forwards: 70", b"Max-Forwards: 70\r\nMax-Forwards: 70", 400),
    (b"Content-Length: 3", b"Content-Length: 9", 400),
    (b"Content-Length: 3", b"Content-Length: %d" % (MAX_BODY + 1), 400),
    (b"Content-Length: 3", b"Content-Length: 3, 3", 400),
    (b"sip:1001@pbx SIP/2.0", b"sip:1001@pbx SIP/7.0", 505),
    (b"sip:1001@pbx SIP/2.0", b"sip:1001@pbx HTTP/1.1", 400),
    (b"sip:1001@pbx SIP/2.0", b"sip:1001@pbx;x=" + b"y" * 2048 + b" SIP/2.0", 414),
    (b"Max-Forwards", b"X" * 1025, 400),
    (b"Max-Forwards", b"X: y\r\n" * 256 + b"Max-Forwards", 513),
    (b"sip:1001@pbx SIP/2.0", b"sip:1001@pbx", 400),
    (b"sip:1001@pbx SIP/2.0", b"sip:1001@pbx?Subject=x SIP/2.0", 400),
    (b"sip:1001@pbx SIP/2.0", b"<sip:1001@pbx> SIP/2.0", 400),
    (b"INVITE sip:1001@pbx SIP/2.0\r\n", b"INVITE sip:1001@pbx\r\n SIP/2.0\r\n", 400),
    (b"INVITE sip", b"IN/VITE sip", 400),
    (b"SIP/2.0/UDP 10.0.0.1:5061", b"SIP/3.0/UDP 10.0.0.1:5061", 400),
    (b"10.0.0.1:5061;branch", b"10.0.0.1:99999;branch", 400),
    (b"branch=z9hG4bK1", b"branch=z9hG4bK", 400),
    (b"branch=z9hG4bK1", b"branch=z9hG4bK1, SIP/2.0/UDP", 400),
    (b'"Anna; A." <', b'"Anna <', 400),
    (b"<sip:anna@pbx>;tag=a1", b"<sip:anna@pbx>junk", 400),
    (b"<sip:anna@pbx>;tag=a1", b"<sip:anna@pbx>;tag=a1;tag=b2", 400),
    (b"<sip:anna@pbx>;tag=a1", b"<sip:anna@pbx>;tag=", 400),
    (b"<sip:1001@pbx>\r\n", b"<sip:1001@pbx>;tag=\r\n", 400),
    (b"Contact: <sip:anna@10.0.0.1:5061>", b"Contact: <sip:anna@10.0.0.1:5061", 400),
    (b"Contact: <sip:anna@10.0.0.1:5061>", b"Contact: *, <sip:anna@10.0.0.1:5061>", 400),
    (b"Max-Forwards: 70", b"Route: *", 400),
    (b"Max-Forwards: 70", b"Record-Route: <sip:a", 400),
    (b"Max-Forwards: 70", b"Max Forwards: 70", 400),
    (b"Max-Forwards: 70", b": 70", 400),
    (b"Max-Forwards: 70", b"no colon here", 400),
    (b"Max-Forwards: 70", b"Subject: a\rb", 400),
    (b"Max-Forwards: 70", b"Subject: a\nb: c", 400),
    (b"Max-Forwards: 70", b"Expires: 1\r\nExpires: 2", 400),
    (b"Content-Length: 3\r\n\r\nsdp", b"Content-Length: 0\r\n", 400),
]


@pytest.mark.parametrize(
    ("old", "new", "status"), REFUSED, ids=[new.decode()[:40] or "nothing" for _, new, _ in REFUSED]
)
def test_refused_with_the_status_to_answer(old: bytes, new: bytes, status: int) -> None:
    with pytest.raises(BadMessage) as refusal:
        parse_message(changed(old, new))
    assert refusal.value.status == status
    assert refusal.value.reason


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\0" * 100, b"SIP/2.0 200 OK\r\n\r\n"])
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(BadMessage):
        parse_message(data)


@pytest.mark.parametrize("line", ["SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/2.0 0200 x", "SIP/2.0 ok"])
def test_bad_status_lines_are_refused(line: str) -> None:
    with pytest.raises(BadMessage):
        parse_status_line(line)


def test_compact_names_folding_and_case_read_the_same() -> None:
    odd = changed(b"From:", b"f  :").replace(b"To:", b"T:\r\n  ").replace(b"CSeq", b"cSEQ")
    assert request(odd).from_ == request(INVITE).from_
    assert request(odd).to == request(INVITE).to
    tabbed = changed(b"From: ", b"From:\r\n\t").replace(b"CSeq: 7 INVITE", b"CSeq: 7\r\n INVITE")
    assert request(tabbed).cseq == request(INVITE).cseq


def test_leading_line_breaks_are_skipped() -> None:
    assert request(b"\r\n\r\n" + INVITE) == request(INVITE)


def test_a_datagram_ends_where_its_length_says() -> None:
    assert request(INVITE + b"trailing").body == b"sdp"
    assert request(changed(b"Content-Length: 3\r\n", b"")).body == b"sdp"


def test_rows_and_commas_are_one_list() -> None:
    two = b"v: SIP/2.0/TCP b;branch=z9hG4bK2, SIP/2.0/TLS c:1\r\nCSeq"
    invite = request(changed(b"CSeq", two))
    assert [Via.parse(via).host for via in invite.all("via")] == ["10.0.0.1", "b", "c"]
    assert invite.via.host == "10.0.0.1"


def test_two_authorization_rows_stay_apart() -> None:
    rows = b'Authorization: Digest a="1, 2"\r\nAuthorization: Digest b=2\r\nCSeq'
    invite = request(changed(b"CSeq", rows))
    assert invite.rows("authorization") == ['Digest a="1, 2"', "Digest b=2"]
    assert invite.rows("proxy-authorization") == []


def test_lists_by_name() -> None:
    rows = b"k: Timer, 100rel\r\nSupported: path\r\nRoute: <sip:a;lr>, <sip:b;lr>\r\nCSeq"
    invite = request(changed(b"CSeq", rows))
    assert invite.options("supported") == {"timer", "100rel", "path"}
    assert [str(address.uri) for address in invite.addresses("route")] == ["sip:a;lr", "sip:b;lr"]
    assert invite.addresses("record-route") == ()
    assert invite.all("require") == []


def test_the_star_of_a_registration_is_told_from_no_contact() -> None:
    contact = b"Contact: <sip:anna@10.0.0.1:5061>"
    star, none = request(changed(contact, b"m: *")), request(changed(contact + b"\r\n", b""))
    assert (star.contact, star.is_star) == ((), True)
    assert (none.contact, none.is_star) == ((), False)
    assert not request(INVITE).is_star


def test_the_content_type_without_parameters() -> None:
    typed = request(changed(b"CSeq", b"c: Application/SDP ;charset=utf-8\r\nCSeq"))
    assert (typed.content_type, request(INVITE).content_type) == ("application/sdp", "")


def test_max_forwards_may_be_missing() -> None:
    assert request(changed(b"Max-Forwards: 70\r\n", b"")).max_forwards == 70


def test_bytes_that_are_no_text_survive() -> None:
    assert request(changed(b'"Anna; A."', b'"\xff\xfe"')).from_.name == "\udcff\udcfe"


def test_header_names_are_remembered_by_what_was_written() -> None:
    assert (header_name("l"), header_name("CALL-ID \t"), header_name("X-a")) == (
        "content-length",
        "call-id",
        "x-a",
    )


def test_the_contact_of_a_browser() -> None:
    contact = (
        b"Contact: <sip:k9x@7g2.invalid;transport=ws;ob>;+sip.ice;reg-id=1;"
        b'+sip.instance="<urn:uuid:a8e7>";expires=600'
    )
    browser = request(changed(b"Contact: <sip:anna@10.0.0.1:5061>", contact)).contact[0]
    assert browser.params["+sip.instance"] == '"<urn:uuid:a8e7>"'
    assert (browser.params["expires"], browser.uri.params["transport"]) == ("600", "ws")
