from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import (
    NO_PARAMS,
    Params,
    is_ipv6,
    is_token,
    parse_header_params,
    parse_hostport,
    parse_number,
    quote_string,
    refuse_long,
    split_list,
    split_outside,
    unquote_string,
    write_hostport,
)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a", ["a"]),
        ("a, b ,c", ["a", "b", "c"]),
        ("a\nb, c", ["a", "b", "c"]),
        ("a\nb", ["a", "b"]),
        ('"a, b" <sip:a@b>, <sip:c,d@e>', ['"a, b" <sip:a@b>', "<sip:c,d@e>"]),
        (r'"a \", b", c', [r'"a \", b"', "c"]),
        ("a,,b", ["a", "", "b"]),
    ],
)
def test_a_list_is_the_same_in_one_row_or_several(text: str, items: list[str]) -> None:
    assert split_list(text) == items


def test_a_list_has_a_limit() -> None:
    assert len(split_list("a," * 512 + "a")) == 513
    with pytest.raises(BadMessage, match="too many items"):
        split_list("a," * 513 + "a")


@pytest.mark.parametrize("text", ['"a, b', "<a, b", "a>, b", '"a\\', '"a" , "b'])
def test_unbalanced_quotes_and_brackets_are_refused(text: str) -> None:
    with pytest.raises(BadMessage, match="unbalanced"):
        list(split_outside(text, ","))


@given(st.text())
def test_quoted_strings_round_trip(text: str) -> None:
    quoted = quote_string(text)
    assert unquote_string(quoted) == text
    assert list(split_outside(quoted, ",")) == [quoted]


def test_a_token_is_no_quoted_string() -> None:
    assert unquote_string("a\\b") == "a\\b"
    assert is_token("INVITE")
    assert not is_token("")
    assert not is_token("a b")
    assert not is_token("INVITE\n")


def test_numbers_have_a_limit() -> None:
    assert parse_number("0070", "Max-Forwards", 255) == 70
    assert parse_number("0" * 5000 + "1", "x", 1) == 1
    assert parse_number("0", "x", 0) == 0


@pytest.mark.parametrize("text", ["", "-1", "+1", "1 ", "1.5", "\u0661", "256", "9" * 5000, "\xb2"])
def test_other_numbers_are_refused(text: str) -> None:
    with pytest.raises(BadMessage, match="Max-Forwards"):
        parse_number(text, "Max-Forwards", 255)


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("", {}),
        (";lr", {"lr": None}),
        ("; Tag = a ;q=0.5", {"tag": "a", "q": "0.5"}),
        (';x="a;b";y', {"x": '"a;b"', "y": None}),
        (";x=a=b", {"x": "a=b"}),
        (";x=", {"x": ""}),
    ],
)
def test_parameters(text: str, params: dict[str, str | None]) -> None:
    assert parse_header_params(text) == params


@pytest.mark.parametrize(
    "text",
    [
        ";",
        ";a;",
        ";;a",
        ";a;A",
        ";=b",
        "a",
        ";a b=c",
        ';"a"=b',
        ';a="b',
        ';a="b"c',
        ';a=b"c"',
        ";a=<b>",
        ";a=b c",
        ";a=b,c",
    ],
)
def test_bad_parameters_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        parse_header_params(text)


def test_shared_parameters_cannot_change() -> None:
    params = Params(a="1")
    for change in (
        lambda: params.__setitem__("a", "2"),
        lambda: params.update(a="2"),
        lambda: params.pop("a"),
        lambda: params.__ior__({"b": None}),
        params.clear,
    ):
        with pytest.raises(TypeError):
            change()
    assert params.having("b") == {"a": "1", "b": None}
    assert params.having("a", "2") == {"a": "2"}
    assert params == {"a": "1"}
    assert hash(params) == hash(Params(a="1"))
    assert str(params.having("b")) == ";a=1;b"
    assert str(NO_PARAMS) == ""


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("Example.COM", "example.com", None),
        ("10.0.0.1:5060", "10.0.0.1", 5060),
        ("a : 5060", "a", 5060),
        ("[2001:DB8::1]", "[2001:db8::1]", None),
        ("[::1]:5061", "[::1]", 5061),
        ("my_host.", "my_host.", None),
    ],
)
def test_hosts(text: str, host: str, port: int | None) -> None:
    assert parse_hostport(text) == (host, port)
    assert parse_hostport(write_hostport(host, port)) == (host, port)


@pytest.mark.parametrize(
    "text",
    ["", ":5060", "a:", "a:65536", "a:x", "::1", "[::1", "[1.2.3.4]", "[::1]x", "[::1%eth0]", "a b",
     "-a", "a-", "a@b", "h\u00f6st", "[]"],
)  # fmt: skip
def test_bad_hosts_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        parse_hostport(text)


def test_ipv6() -> None:
    assert is_ipv6("::ffff:1.2.3.4")
    assert not is_ipv6("fe80::1%eth0")
    assert not is_ipv6("1.2.3.4")


def test_what_is_too_long_to_remember_is_refused() -> None:
    refuse_long("x" * 1024)
    refuse_long("x" * 5, limit=5)
    with pytest.raises(BadMessage, match="too long"):
        refuse_long("x" * 1025)
