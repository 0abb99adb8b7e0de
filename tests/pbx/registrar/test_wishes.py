from __future__ import annotations

import pytest

from pbx.registrar.wishes import IntervalTooBrief, wishes
from pbx.sip.errors import BadMessage
from pbx.sip.message import Request, parse_message


def register(rows: str) -> Request:
    parsed = parse_message(
        "REGISTER sip:nidaa.local SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n"
        "From: <sip:1001@nidaa.local>;tag=a\r\nTo: <sip:1001@nidaa.local>\r\nCall-ID: c1\r\n"
        f"CSeq: 1 REGISTER\r\n{rows}\r\n".encode()
    )
    assert isinstance(parsed, Request)
    return parsed


def seconds(rows: str) -> list[int]:
    return [wish.seconds for wish in wishes(register(rows)) or ()]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("", []),
        ("Contact: <sip:a@192.0.2.9>\r\n", [3600]),
        ("Contact: <sip:a@192.0.2.9>\r\nExpires: 120\r\n", [120]),
        ("Contact: <sip:a@192.0.2.9>;expires=300\r\nExpires: 120\r\n", [300]),
        ("Contact: <sip:a@192.0.2.9>;expires=60, <sip:b@192.0.2.9>\r\nExpires: 0\r\n", [60, 0]),
        ("Contact: <sip:a@192.0.2.9>;expires=86400\r\n", [3600]),
        ("Contact: <sip:a@192.0.2.9>\r\nExpires: soon\r\n", [3600]),
        ("Contact: <sip:a@192.0.2.9>;expires=99999999999\r\n", [3600]),
        ("Contact: <sip:a@192.0.2.9>;expires\r\n", [3600]),
        ("Contact: <sip:a@192.0.2.9>;expires=-1\r\n", [3600]),
    ],
)
def test_for_how_long(rows: str, expected: list[int]) -> None:
    assert seconds(rows) == expected


@pytest.mark.parametrize("asked", [1, 59])
def test_too_short_a_time_is_refused(asked: int) -> None:
    with pytest.raises(IntervalTooBrief) as caught:
        seconds(f"Contact: <sip:a@192.0.2.9>;expires={asked}\r\n")
    assert caught.value.status == 423


def test_a_star_removes_all() -> None:
    assert wishes(register("Contact: *\r\nExpires: 0\r\n")) is None


@pytest.mark.parametrize("rows", ["Contact: *\r\n", "Contact: *\r\nExpires: 60\r\n"])
def test_a_star_must_say_zero(rows: str) -> None:
    with pytest.raises(BadMessage):
        wishes(register(rows))


def test_too_many_contacts() -> None:
    many = ", ".join(f"<sip:a{i}@192.0.2.9>" for i in range(11))
    with pytest.raises(BadMessage, match="too many"):
        wishes(register(f"Contact: {many}\r\n"))


def test_a_contact_that_is_no_sip_uri() -> None:
    with pytest.raises(BadMessage) as caught:
        wishes(register("Contact: <mailto:a@example.com>\r\n"))
    assert caught.value.status == 416


@pytest.mark.parametrize(
    ("text", "q"), [("", 1.0), (";q=0.3", 0.3), (";q=7", 1.0), (";q=-1", 0.0), (";q=x", 1.0)]
)
def test_q(text: str, q: float) -> None:
    [wish] = wishes(register(f"Contact: <sip:a@192.0.2.9>{text}\r\n")) or ()
    assert wish.q == q


def test_what_else_a_contact_says_is_kept() -> None:
    contact = '<sip:a@x.invalid;transport=ws>;+sip.instance="<urn:uuid:1>";reg-id=1;ob;expires=60'
    [wish] = wishes(register(f"Contact: {contact}\r\n")) or ()
    assert wish.instance == '"<urn:uuid:1>"'
    assert wish.params == ';+sip.instance="<urn:uuid:1>";reg-id=1;ob'
