"""Every message of RFC 4475 and what becomes of it in the message layer."""

from __future__ import annotations

import pytest

from pbx.sip.errors import BadMessage
from pbx.sip.framing import StreamFramer
from pbx.sip.message import Request, Response, parse_message
from pbx.sip.values import Via
from pbx.sip.writing import rejection
from tests.pbx.sip.torture import invalid, semantic, valid

# What is hard about it, or who refuses it later.
ACCEPTED: dict[str, tuple[bytes, str]] = {
    "wsinv": (valid.WSINV, "white space and folding wherever the grammar allows them"),
    "intmeth": (valid.INTMETH, "every character that a token or a user may have"),
    "esc01": (valid.ESC01, "escapes in users and parameters"),
    "escnull": (valid.ESCNULL, "an escaped NUL is part of the user"),
    "esc02": (valid.ESC02, "% outside URIs escapes nothing"),
    "lwsdisp": (valid.LWSDISP, "no space between display name and <"),
    "longreq": (valid.LONGREQ, "long values and 34 Via rows"),
    "dblreq": (valid.DBLREQ, "what follows the body is ignored in a datagram"),
    "semiuri": (valid.SEMIURI, "the user may contain a semicolon"),
    "transports": (valid.TRANSPORTS, "a Via may name a transport nobody knows"),
    "mpart01": (valid.MPART01, "a body with NUL"),
    "unreason": (valid.UNREASON, "a reason phrase in another script"),
    "noreason": (valid.NOREASON, "an empty reason phrase"),
    "baddate": (invalid.BADDATE, "Date is not ours to judge: nobody reads it"),
    "unkscm": (semantic.UNKSCM, "the endpoint answers 416"),
    "novelsc": (semantic.NOVELSC, "the endpoint answers 416"),
    "unksm2": (semantic.UNKSM2, "the registrar refuses the To and Contact"),
    "bext01": (semantic.BEXT01, "the endpoint answers 420"),
    "invut": (semantic.INVUT, "the endpoint answers 415"),
    "regaut01": (semantic.REGAUT01, "the registrar challenges"),
    "bcast": (semantic.BCAST, "the endpoint drops a response with two Vias"),
    "zeromf": (semantic.ZEROMF, "a proxy would answer 483, an endpoint the OPTIONS"),
    "cparam01": (semantic.CPARAM01, "without <> the parameter is the Contact's"),
    "cparam02": (semantic.CPARAM02, "within <> the parameter is the URI's"),
    "regescrt": (semantic.REGESCRT, "a URI in Contact may carry headers"),
    "sdp01": (semantic.SDP01, "the endpoint answers 406"),
    "inv2543": (semantic.INV2543, "RFC 2543: no tag, no branch, no Content-Length"),
}
# With which status and why.
REFUSED: dict[str, tuple[bytes, int, str]] = {
    "badinv01": (invalid.BADINV01, 400, "empty or repeated parameter"),
    "clerr": (invalid.CLERR, 400, "body shorter than Content-Length"),
    "ncl": (invalid.NCL, 400, "bad Content-Length"),
    "scalar02": (invalid.SCALAR02, 400, "bad CSeq"),
    "scalarlg": (invalid.SCALARLG, 400, "bad CSeq"),
    "quotbal": (invalid.QUOTBAL, 400, "bad display name"),
    "ltgtruri": (invalid.LTGTRURI, 400, "bad URI"),
    "lwsruri": (invalid.LWSRURI, 400, "bad request line"),
    "lwsstart": (invalid.LWSSTART, 400, "bad request line"),
    "trws": (invalid.TRWS, 400, "bad request line"),
    "escruri": (invalid.ESCRURI, 400, "Request-URI must not carry headers"),
    "regbadct": (invalid.REGBADCT, 400, "must be in angle brackets"),
    "badaspec": (invalid.BADASPEC, 400, "bad URI"),
    "baddn": (invalid.BADDN, 400, "display name must be quoted"),
    "badvers": (invalid.BADVERS, 505, "unsupported version"),
    "mismatch01": (invalid.MISMATCH01, 400, "CSeq method does not match"),
    "mismatch02": (invalid.MISMATCH02, 400, "CSeq method does not match"),
    "bigcode": (invalid.BIGCODE, 400, "status code out of range"),
    "badbranch": (semantic.BADBRANCH, 400, "branch names no transaction"),
    "insuf": (semantic.INSUF, 400, "missing from"),
    "multi01": (semantic.MULTI01, 400, "more than one cseq"),
    "mcl01": (semantic.MCL01, 400, "more than one content-length"),
}
# Responses, and the request that lacks what an answer must repeat.
UNANSWERED = {"scalarlg", "bigcode", "insuf"}


def request(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


def response(data: bytes) -> Response:
    message = parse_message(data)
    assert isinstance(message, Response)
    return message


def test_all_49_are_here() -> None:
    assert len(ACCEPTED) + len(REFUSED) == 49
    assert not ACCEPTED.keys() & REFUSED.keys()


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    data, _ = ACCEPTED[name]
    message = parse_message(data)
    assert message.call_id.startswith(name) or name == "mpart01"
    if "content-length" in message.fields and name != "dblreq":
        assert data.endswith(b"\r\n\r\n" + message.body)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_stream_is_cut_where_the_message_ends(name: str) -> None:
    data, _ = ACCEPTED[name]
    if name == "inv2543":
        with pytest.raises(BadMessage, match="needs one Content-Length"):
            StreamFramer().receive(data)
    elif name == "dblreq":
        assert [m[:8] for m in StreamFramer().receive(data)] == [b"REGISTER", b"INVITE s"]
    else:
        assert StreamFramer().receive(data) == [data]


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    data, status, reason = REFUSED[name]
    with pytest.raises(BadMessage) as refusal:
        parse_message(data)
    assert refusal.value.status == status
    assert reason in refusal.value.reason


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_is_answered_with_what_it_said(name: str) -> None:
    data, status, reason = REFUSED[name]
    answer = rejection(data, BadMessage(reason, status))
    assert (answer is None) == (name in UNANSWERED)
    if answer is not None:
        assert answer.startswith(b"SIP/2.0 %d %s\r\nVia: SIP/" % (status, reason.encode()))
        assert b"\r\nCall-ID: %s." % name.encode() in answer


def test_wsinv_reads_like_a_tidy_message() -> None:
    wsinv = request(valid.WSINV)
    assert wsinv.from_.name == 'J Rosenberg \\"'
    assert (wsinv.from_.tag, wsinv.to.tag) == ("98asjd8", "1918181833n")
    assert (wsinv.cseq.number, wsinv.max_forwards) == (9, 68)
    assert [(via.transport, via.branch) for via in map(Via.parse, wsinv.all("via"))] == [
        ("UDP", "390skdjuw"),
        ("TCP", "z9hG4bK9ikj8"),
        ("UDP", "z9hG4bK30239"),
    ]
    assert wsinv.contact[0].name == 'Quoted string ""'
    assert wsinv.contact[0].params == {"newparam": "newvalue", "secondparam": None, "q": "0.33"}
    assert wsinv.addresses("route")[0].uri.params["unknownwith"] == "value"
    assert wsinv.fields["newfangledheader"] == "newfangled value continued newfangled value"
    assert wsinv.fields["subject"] == ""


def test_intmeth_keeps_every_character() -> None:
    intmeth = request(valid.INTMETH)
    assert intmeth.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert intmeth.uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert intmeth.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert intmeth.to.name == "BEL:\a NUL:\0 DEL:\x7f"
    assert intmeth.from_.name == "token1~` token2'+_ token3*%!.-"
    assert intmeth.from_.params["fromparam''~+*_!.-%"] == '"работающий"'
    assert intmeth.fields["extensionheader-!.%*+_`'~"] == "\ufeff大停電"


def test_escapes_mean_the_character_only_in_uris() -> None:
    esc01, esc02 = request(valid.ESC01), request(valid.ESC02)
    assert (esc01.uri.user, esc01.uri.host) == ("sips:user@example.com", "example.net")
    assert (esc01.to.uri.user, esc01.from_.uri.user) == ("user", "I have spaces")
    assert esc01.contact[0].uri.params == {"lr": None, "name": "value%2541"}
    assert (esc02.method, esc02.to.name) == ("RE%47IST%45R", "%Z%45")
    assert [contact.uri.user for contact in esc02.contact] == ["alias1", "alias3"]
    assert esc02.fields["c%6fntact"] == "<sip:alias2@host2.example.com>"


def test_escnull_names_two_users() -> None:
    assert [contact.uri.user for contact in request(valid.ESCNULL).contact] == ["\0", "\0\0"]


def test_longreq_has_34_hops() -> None:
    assert len(request(valid.LONGREQ).all("via")) == 34


def test_dblreq_ends_where_its_length_says() -> None:
    dblreq = request(valid.DBLREQ)
    assert (dblreq.method, dblreq.body) == ("REGISTER", b"")


def test_semiuri_is_all_user() -> None:
    semiuri = request(valid.SEMIURI)
    assert (semiuri.uri.user, semiuri.uri.params) == ("user;par=u@example.net", {})
    assert len(semiuri.all("accept")) == 6


def test_reasons_may_be_odd_or_empty() -> None:
    assert response(valid.UNREASON).reason.endswith("но сто девяносто девять - простое")
    assert (response(valid.NOREASON).status, response(valid.NOREASON).reason) == (100, "")


def test_brackets_decide_whose_parameter_it_is() -> None:
    outside = request(semantic.CPARAM01).contact[0]
    inside = request(semantic.CPARAM02).contact[0]
    assert (outside.params, outside.uri.params) == ({"unknownparam": None}, {})
    assert (inside.params, inside.uri.params) == ({}, {"unknownparam": None})
    assert request(semantic.REGESCRT).contact[0].uri.headers == "Route=%3Csip:sip.example.com%3E"


def test_schemes_nobody_knows_keep_their_text() -> None:
    assert request(semantic.UNKSCM).uri.opaque == "totallyopaquecontent"
    assert not request(semantic.NOVELSC).uri.is_sip
    assert str(request(semantic.UNKSM2).to.uri) == "isbn:2983792873"


def test_a_client_of_rfc_2543_has_neither_branch_nor_tag() -> None:
    inv2543 = request(semantic.INV2543)
    assert (inv2543.via.branch, inv2543.from_.tag) == ("", None)
    assert inv2543.body.endswith(b"RTP/AVP 0\r\n")
