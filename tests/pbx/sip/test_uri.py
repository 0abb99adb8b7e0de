from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import Params
from pbx.sip.uri import Uri

PLAIN = st.text("abcXYZ019-_.!~*'()/:&+$", min_size=1, max_size=12)
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9\-]{0,8}[a-z0-9])?(\.[a-z]{2,5})?", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)
PARAMS = st.dictionaries(PLAIN.map(str.lower), st.none() | PLAIN, max_size=3).map(Params)
SIP_URIS = st.builds(
    Uri,
    scheme=st.sampled_from(["sip", "sips"]),
    host=HOSTS,
    user=st.text(min_size=1, max_size=12),
    password=st.none() | st.text(max_size=5),
    port=st.none() | st.integers(0, 65535),
    params=PARAMS,
    headers=st.sampled_from(["", "Subject=x", "Replaces=a%40b%3Bto-tag%3D1&Priority=urgent"]),
)


@given(SIP_URIS)
def test_sip_uris_round_trip(uri: Uri) -> None:
    assert Uri.parse(str(uri)) == uri
    assert uri.is_sip


@pytest.mark.parametrize(
    "text",
    [
        "sip:pbx",
        "sip:a%20b:pw@h:5060;lr;x=1?y=z",
        "sips:[::1]:5061",
        "tel:+213-21-00.00(01);phone-context=example.com",
        "http://example.com/a?b#c",
        "urn:service:sos",
        "sip:*21%23@pbx",
    ],
)
def test_texts_round_trip(text: str) -> None:
    assert str(Uri.parse(text)) == text


def test_the_parts_of_a_uri() -> None:
    uri = Uri.parse("SIPS:Anna:p%3Aw@Example.COM:5061;Transport=TCP;lr?Subject=a%20b")
    assert (uri.scheme, uri.user, uri.password) == ("sips", "Anna", "p:w")
    assert (uri.host, uri.port, uri.headers) == ("example.com", 5061, "Subject=a%20b")
    assert uri.params == {"transport": "TCP", "lr": None}


def test_a_user_may_be_any_bytes() -> None:
    uri = Uri.parse("sip:%00%FF%C3%A9@h")
    assert uri.user == "\0\udcff\u00e9"
    assert str(uri) == "sip:%00%FF%C3%A9@h"


def test_a_plain_hash_in_a_feature_code_is_escaped_when_written() -> None:
    assert Uri.parse("sip:*21#@pbx").user == "*21#"
    assert str(Uri.parse("sip:*21#@pbx")) == "sip:*21%23@pbx"


def test_needless_escapes_in_parameters_are_undone() -> None:
    assert Uri.parse("sip:h;%6C%72;a=%2c%3D").params == {"lr": None, "a": "%2C%3D"}
    assert str(Uri.parse("sip:h;a=%2c")) == "sip:h;a=%2C"


@pytest.mark.parametrize(
    "text",
    ["", "sip", "sip:", ":a@b", "sip:a@", "sip:a@b@c", "sip:a b@c", "sip:a@b c",
     "sip:a<@b", "sip:%4@b", "sip:a%zz@b", 'sip:"a"@b', "sip:a@b;", "sip:a@b;;lr",
     "sip:a@b;x=1;x=2", "sip:\u00e9@b", "sip:a@b:port", "sip:a\n@b", "1a:b", "http:", "x:a b",
     "tel:", "tel:abc xyz", "tel:+1;;", "tel:+1<", "tel:Anna", "<sip:a@b>"],
)  # fmt: skip
def test_bad_uris_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        Uri.parse(text)


def test_a_long_hostile_uri_costs_no_more_than_its_length() -> None:
    with pytest.raises(BadMessage):
        Uri.parse("sip:" + "a" * 60_000 + "\0")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # RFC 3261 19.1.4
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
    ],
)
def test_the_same_resource(one: str, other: str) -> None:
    assert Uri.parse(one).is_same(Uri.parse(other))
    assert Uri.parse(other).is_same(Uri.parse(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # RFC 3261 19.1.4
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:a@b", "sips:a@b"),
    ],
)
def test_another_resource(one: str, other: str) -> None:
    assert not Uri.parse(one).is_same(Uri.parse(other))
    assert not Uri.parse(other).is_same(Uri.parse(one))


def test_a_gateway_that_knows_no_caller_writes_an_empty_user() -> None:
    assert Uri.parse("sip:@gateway").user == ""
    assert str(Uri.parse("sip:@gateway")) == "sip:@gateway"
    assert Uri.parse("sip:gateway").user is None


def test_without_parameters() -> None:
    assert str(Uri.parse("sip:a@b;lr;ob;x=1").without("ob", "x")) == "sip:a@b;lr"


def test_long_uris_are_neither_read_nor_remembered() -> None:
    before = Uri.parse.cache_info().currsize
    with pytest.raises(BadMessage, match="too long"):
        Uri.parse("sip:a@b;x=" + "y" * 1024)
    assert Uri.parse.cache_info().currsize == before


def test_remembered_uris_are_the_same_object() -> None:
    assert Uri.parse("sip:a@b;lr") is Uri.parse("sip:a@b;lr")
