from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.errors import BadMessage, LocalMisuse
from pbx.sip.writing import header_row, reason_phrase, rejection, write_request, write_response
from tests.pbx.sip.test_message import INVITE, changed, request, response

BAD = BadMessage("no good", 400)


def test_a_response_copies_what_it_must() -> None:
    ringing = response(write_response(request(INVITE), 180, to_tag="t9"))
    assert (ringing.status, ringing.reason, ringing.to.tag) == (180, "Ringing", "t9")
    assert (ringing.via.branch, ringing.cseq.method) == ("z9hG4bK1", "INVITE")
    assert (ringing.from_.name, ringing.call_id, ringing.body) == ("Anna; A.", "c1@pbx", b"")


def test_a_tag_is_never_replaced() -> None:
    bye = request(changed(b"To: <sip:1001@pbx>", b"To: sip:1001@pbx;tag=mine"))
    assert response(write_response(bye, 200, to_tag="t9")).to.tag == "mine"


def test_a_response_carries_rows_and_a_body() -> None:
    rows = header_row("Contact", "<sip:pbx>") + header_row("Content-Type", "application/sdp")
    ok = response(write_response(request(INVITE), 200, "Fine", "t9", rows, b"v=0\r\n"))
    assert (ok.reason, ok.contact[0].uri.host, ok.body) == ("Fine", "pbx", b"v=0\r\n")
    assert ok.content_type == "application/sdp"


def test_all_vias_go_back_in_order() -> None:
    two = changed(b"CSeq", b"v: SIP/2.0/TCP b;branch=z9hG4bK2, SIP/2.0/TLS c:1\r\nCSeq")
    vias = b"branch=z9hG4bK1, SIP/2.0/TCP b;branch=z9hG4bK2, SIP/2.0/TLS c:1\r\n"
    assert vias in write_response(request(two), 200)


def test_bytes_that_are_no_text_go_back_as_they_came() -> None:
    assert b'"\xff"' in write_response(request(changed(b'"Anna; A."', b'"\xff"')), 200)


def test_a_request_is_written_from_its_parts() -> None:
    dialog = header_row("From", "<sip:a@b>;tag=1") + header_row("To", "<sip:c@d>")
    dialog += header_row("Call-ID", "x")
    data = write_request(
        "INFO", "sip:c@d", "SIP/2.0/UDP h;branch=z9hG4bK5", dialog, 3, "Subject: s\r\n", b"body"
    )
    info = request(data)
    assert (info.method, str(info.uri), info.cseq.number, info.max_forwards) == (
        "INFO",
        "sip:c@d",
        3,
        70,
    )
    assert (info.fields["subject"], info.body) == ("s", b"body")


def test_our_own_mistakes_are_ours() -> None:
    with pytest.raises(LocalMisuse, match="line break in Subject"):
        header_row("Subject", "a\r\nInjected: b")
    with pytest.raises(LocalMisuse, match="CRLF"):
        write_response(request(INVITE), 200, rows="Subject: a")


@pytest.mark.parametrize(
    ("status", "phrase"),
    [(100, "Trying"), (486, "Busy Here"), (199, "Progress"), (499, "Bad Request"),
     (599, "Server Failure"), (699, "Global Failure")],
)  # fmt: skip
def test_every_status_has_words(status: int, phrase: str) -> None:
    assert reason_phrase(status) == phrase


def test_an_unreadable_request_is_answered_from_its_rows() -> None:
    unreadable = changed(b"Max-Forwards: 70", b"Max Forwards: 70")
    answer = response(rejection(unreadable, BadMessage("bad header name", 400)) or b"")
    assert (answer.status, answer.reason, answer.cseq.number) == (400, "bad header name", 7)
    assert (answer.via.branch, answer.from_.tag) == ("z9hG4bK1", "a1")
    assert answer.to.tag


def test_the_same_bytes_get_the_same_answer() -> None:
    assert rejection(INVITE, BAD) == rejection(bytes(INVITE), BAD)
    assert rejection(INVITE, BAD) != rejection(changed(b"c1@pbx", b"c2@pbx"), BAD)


def test_folded_compact_and_repeated_rows_are_echoed() -> None:
    odd = changed(b"From: ", b"f:\r\n\t").replace(
        b"CSeq", b"v: SIP/2.0/TCP b\r\nCall-ID: 2\r\nCSeq"
    )
    answer = response(rejection(odd, BAD) or b"")
    assert len(answer.all("via")) == 2
    assert (answer.call_id, answer.from_.tag) == ("c1@pbx", "a1")


def test_a_tag_in_to_is_kept() -> None:
    answer = rejection(changed(b"To: <sip:1001@pbx>", b"To: <sip:1001@pbx>; Tag=x"), BAD) or b""
    assert response(answer).to.tag == "x"


def test_what_the_peer_said_does_not_leave_the_reason_phrase() -> None:
    answer = response(rejection(INVITE, BadMessage("bad \u00e9\r\nX: y", 400)) or b"")
    assert answer.reason == "Bad Request"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        changed(b"INVITE sip", b"ACK sip"),
        changed(b"INVITE sip", b"ack sip"),
        changed(b"INVITE sip:1001@pbx SIP/2.0", b"SIP/2.0 999 x"),
        changed(b"INVITE sip:1001@pbx SIP/2.0", b"sip/3.0 200 x"),
        changed(b"From:", b"Subject:"),
        changed(b"Call-ID: c1@pbx", b"Call-ID:"),
        changed(b"Call-ID: c1@pbx", b"Call-ID: c\r1"),
        changed(b"Call-ID: c1@pbx", b"Call-ID: c\n1"),
        changed(b"Call-ID: c1@pbx", b"Call-ID: c\0"),
    ],
)
def test_no_answer_is_better_than_a_wrong_one(data: bytes) -> None:
    assert rejection(data, BAD) is None


@given(st.binary(max_size=300), st.integers(0, len(INVITE)))
def test_rejection_never_raises_and_its_answers_can_be_read_as_rows(noise: bytes, at: int) -> None:
    answer = rejection(INVITE[:at] + noise + INVITE[at:], BAD)
    if answer is not None:
        head, blank, body = answer.partition(b"\r\n\r\n")
        assert (blank, body) == (b"\r\n\r\n", b"")
        assert len(head.split(b"\r\n")) == 7
        assert head.count(b"\n") == 6
