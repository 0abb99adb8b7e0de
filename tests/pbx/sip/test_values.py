from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import Params, quote_string
from pbx.sip.values import Address, CSeq, Uri, Via, parse_addresses
from tests.pbx.sip.test_uri import HOSTS, SIP_URIS

TOKENS = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=8)
HEADER_PARAMS = st.dictionaries(
    TOKENS.map(str.lower), st.none() | TOKENS | st.text(max_size=8).map(quote_string), max_size=3
).map(Params)
ADDRESSES = st.builds(Address, SIP_URIS, st.text(max_size=12), HEADER_PARAMS)
VIAS = st.builds(
    Via, TOKENS.map(str.upper), HOSTS, st.none() | st.integers(0, 65535), HEADER_PARAMS
)


@given(ADDRESSES)
def test_addresses_round_trip(address: Address) -> None:
    assert Address.parse(str(address)) == address


@given(st.lists(ADDRESSES, min_size=1, max_size=3))
def test_lists_of_addresses_round_trip(addresses: list[Address]) -> None:
    text = ", ".join(map(str, addresses))
    if "\n" not in text:
        assert parse_addresses(text) == tuple(addresses)


@given(VIAS)
def test_vias_round_trip(via: Via) -> None:
    assert Via.parse(str(via)) == via


@given(st.builds(CSeq, st.integers(0, 2**31 - 1), TOKENS))
def test_cseqs_round_trip(cseq: CSeq) -> None:
    assert CSeq.parse(str(cseq)) == cseq


@pytest.mark.parametrize(
    ("text", "name", "uri", "params"),
    [
        ("sip:a@b", "", "sip:a@b", {}),
        ("sip:a@b;tag=1", "", "sip:a@b", {"tag": "1"}),
        ("sip:a@b ; tag=1", "", "sip:a@b", {"tag": "1"}),
        ("<sip:a@b;lr>;tag=1", "", "sip:a@b;lr", {"tag": "1"}),
        ("Anna  B. <sip:a@b> ;tag=1", "Anna B.", "sip:a@b", {"tag": "1"}),
        ('"Anna, B." <sip:a@b>', "Anna, B.", "sip:a@b", {}),
        (r'"a \" > b"<sip:a@b>;x="c;>d"', 'a " > b', "sip:a@b", {"x": '"c;>d"'}),
        ('sip:a@b;x="c>d"', "", "sip:a@b", {"x": '"c>d"'}),
        ("<sip:a@b?Replaces=c%40d>", "", "sip:a@b?Replaces=c%40d", {}),
        ('"" <sip:a@b>', "", "sip:a@b", {}),
        ("Ann\u00e9 <tel:+213>", "Ann\u00e9", "tel:+213", {}),
    ],
)
def test_addresses(text: str, name: str, uri: str, params: dict[str, str]) -> None:
    address = Address.parse(text)
    assert (address.name, str(address.uri), address.params) == (name, uri, params)


@pytest.mark.parametrize(
    "text",
    ["", "*", "Anna", "sip:a@b>", "<sip:a@b", "<sip:a@b>junk", "Anna, B. <sip:a@b>", "<<sip:a@b>>",
     '"Anna <sip:a@b>', '"Anna" B <sip:a@b>', 'A "B" <sip:a@b>', "sip:a@b?x=y", "sip:a,b@c",
     "< sip:a@b >", "<sip:a@b>;tag=1;tag=2", "<sip:a@b>, <sip:c@d>", '" <sip:a@b>',
     "A\\B <sip:a@b>", '"a\\" <sip:a@b>'],
)  # fmt: skip
def test_bad_addresses_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        Address.parse(text)


def test_the_tag_of_an_address() -> None:
    address = Address.parse("<sip:a@b>")
    assert address.tag is None
    assert address.with_tag("x").tag == "x"
    assert str(address.with_tag("x")) == "<sip:a@b>;tag=x"
    assert isinstance(address.uri, Uri)


@pytest.mark.parametrize(
    ("text", "transport", "sent_by", "branch"),
    [
        ("SIP/2.0/UDP 10.0.0.1:5061;branch=z9hG4bK1", "UDP", "10.0.0.1:5061", "z9hG4bK1"),
        ("sip / 2.0 / wss\t x.invalid ;branch=b", "WSS", "x.invalid", "b"),
        ("SIP/2.0/TCP [::1]:5060", "TCP", "[::1]:5060", ""),
        ("SIP/2.0/UDP a : 5060;branch", "UDP", "a:5060", ""),
    ],
)
def test_vias(text: str, transport: str, sent_by: str, branch: str) -> None:
    via = Via.parse(text)
    assert (via.transport, via.sent_by, via.branch) == (transport, sent_by, branch)


@pytest.mark.parametrize(
    "text",
    ["", "SIP/2.0/UDP", "SIP/3.0/UDP a", "HTTP/2.0/UDP a", "SIP/2.0/U,DP a", "SIP/2.0/UDP a;;b",
     "SIP/2.0/UDP a b", "SIP/2.0 a", "SIP/2.0/UDP a:0x1"],
)  # fmt: skip
def test_bad_vias_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        Via.parse(text)


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("SIP/2.0/UDP 10.0.0.1;rport", "SIP/2.0/UDP 10.0.0.1;rport=7;received=192.0.2.1"),
        ("SIP/2.0/UDP pc:5060;branch=1", "SIP/2.0/UDP pc:5060;branch=1;received=192.0.2.1"),
        ("SIP/2.0/UDP 192.0.2.1", "SIP/2.0/UDP 192.0.2.1"),
    ],
)
def test_the_source_is_noted_where_it_differs_or_was_asked_for(text: str, noted: str) -> None:
    assert str(Via.parse(text).received_from("192.0.2.1", 7)) == noted


def test_brackets_do_not_make_another_source() -> None:
    via = Via.parse("SIP/2.0/UDP [::1]")
    assert via.received_from("::1", 7) is via


@pytest.mark.parametrize(
    "text", ["", "1", "INVITE", "1 INVITE x", "2147483648 INVITE", "-1 BYE", "1 a/b"]
)
def test_bad_cseqs_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        CSeq.parse(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Address, "<sip:a@b>;x="), (Via, "SIP/2.0/UDP a;x="), (CSeq, "1 ")],
)
def test_long_values_are_refused(kind: type[Address | Via | CSeq], text: str) -> None:
    kind.parse(text + "y" * 900)
    with pytest.raises(BadMessage, match="too long"):
        kind.parse(text + "y" * 1024)
