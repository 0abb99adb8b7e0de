from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.digest import Algorithm, Credentials, digest, ha1, parse_digest, response_to
from pbx.sip.errors import BadMessage

RFC7616 = Credentials(
    username="Mufasa",
    realm="http-auth@example.org",
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    uri="/dir/index.html",
    response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    algorithm="SHA-256",
    qop="auth",
    nc="00000001",
    cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [(Algorithm.SHA256, RFC7616.response), (Algorithm.MD5, "8ca523f5e9506fed4657c9700eebdbec")],
)
def test_the_examples_of_rfc_7616(algorithm: Algorithm, response: str) -> None:
    credentials = Credentials(
        RFC7616.username,
        RFC7616.realm,
        RFC7616.nonce,
        RFC7616.uri,
        "",
        algorithm,
        "auth",
        RFC7616.nc,
        RFC7616.cnonce,
    )
    secret = ha1("Mufasa", "http-auth@example.org", "Circle of Life", algorithm)
    assert response_to(credentials, secret, "GET") == response


def test_the_form_without_qop_of_rfc_2069() -> None:
    credentials = Credentials(
        "Mufasa",
        "testrealm@host.com",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "/dir/index.html",
        "",
    )
    secret = ha1("Mufasa", "testrealm@host.com", "CircleOfLife")
    assert response_to(credentials, secret, "GET") == "1949323746fe6a43ef61f9606e7febea"


def test_credentials_as_rfc_7616_writes_them() -> None:
    text = (
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html",'
        'algorithm=SHA-256,nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001 ,'
        ' cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth,'
        f' response="{RFC7616.response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    assert Credentials.parse(text) == RFC7616


TEXTS = st.text(max_size=8)


@given(
    st.builds(
        Credentials,
        TEXTS,
        TEXTS,
        TEXTS,
        TEXTS,
        st.text("0123456789abcdef", min_size=32, max_size=32),
        st.sampled_from(Algorithm),
        st.just("auth"),
        st.text("0123456789abcdef", min_size=8, max_size=8),
        TEXTS,
        TEXTS,
    )
)
def test_credentials_round_trip(credentials: Credentials) -> None:
    assert Credentials.parse(str(credentials)) == credentials


def test_old_phones_leave_things_out() -> None:
    parsed = Credentials.parse('digest username=a,realm="",nonce="n",uri="u",response="r"')
    assert parsed == Credentials("a", "", "n", "u", "r", "MD5")
    assert parsed is not None
    assert "qop" not in str(parsed)
    assert "opaque" not in str(parsed)


@pytest.mark.parametrize("text", ["", "Basic abc=", "NoOneKnowsThisScheme opaque-data=here"])
def test_other_schemes_are_none_of_ours(text: str) -> None:
    assert parse_digest(text) is None
    assert Credentials.parse(text) is None


@pytest.mark.parametrize(
    "text",
    ["Digest username", 'Digest realm="a', 'Digest a="1" b="2"', "Digest a=1,a=2", "Digest =1",
     'Digest username="a", realm="b", nonce="c", uri="d"', "Digest", "Digest ,",
     'Digest a="1",,b=2'],
)  # fmt: skip
def test_unreadable_credentials_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        Credentials.parse(text)


def test_digests_of_any_text() -> None:
    assert digest(Algorithm.MD5, "") == "d41d8cd98f00b204e9800998ecf8427e"
    assert digest(Algorithm.SHA256, "\udcff") == digest(Algorithm.SHA256, "\udcff")
