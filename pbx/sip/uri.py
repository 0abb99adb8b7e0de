"""SIP, SIPS and TEL URIs (RFC 3261 19.1, RFC 3966)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote, unquote

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import (
    NO_PARAMS,
    REMEMBERED,
    Params,
    parse_hostport,
    parse_params,
    refuse_long,
    write_hostport,
)

USER_SAFE = "-_.!~*'()&=+$,;?/"
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*")
# "#" must be escaped, yet phones send it plain in feature codes.
URI_TEXT = re.compile(
    r"[A-Za-z0-9\-_.!~*'();/?:@&=+$,\[\]#]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9\-_.!~*'();/?:@&=+$,\[\]#]*)*"
)
OPAQUE = re.compile(r"[!#-;=?-~]+")
SUBSCRIBER = re.compile(r"\+?[0-9A-Fa-f*#\-.()]+")
ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
UNRESERVED = re.compile(r"[A-Za-z0-9\-_.!~*'()\[\]/:&+$]")
# RFC 3261 19.1.4: these count even when only one of the two URIs has them.
TELLING = ("user", "ttl", "method", "maddr", "transport")


@dataclass(frozen=True, slots=True)
class Uri:
    """A SIP, SIPS or TEL URI; any other scheme keeps its text in `opaque`.

    `user` and `password` are unescaped, parameters are text as written, `host` is lower case.
    Gateways that know no caller write `sip:@host`: its user is "".
    """

    scheme: str
    host: str = ""
    user: str | None = None
    password: str | None = None
    port: int | None = None
    params: Params = NO_PARAMS
    headers: str = ""
    opaque: str = ""

    @staticmethod
    @lru_cache(REMEMBERED)
    def parse(text: str) -> Uri:
        """Raises BadMessage."""
        refuse_long(text)
        scheme, _, rest = text.partition(":")
        scheme = scheme.lower()
        if scheme in ("sip", "sips"):
            return _parse_sip(scheme, rest)
        if scheme == "tel":
            return _parse_tel(rest)
        if not SCHEME.fullmatch(scheme) or not OPAQUE.fullmatch(rest):
            raise BadMessage(f"bad URI: {text[:60]!r}")
        return Uri(scheme, opaque=rest)

    @property
    def is_sip(self) -> bool:
        """sip or sips; a server answers 416 to a request for any other (RFC 3261 8.2.2.1)."""
        return self.scheme in ("sip", "sips")

    def without(self, *names: str) -> Uri:
        """The same URI without these parameters."""
        return replace(
            self, params=Params({k: v for k, v in self.params.items() if k not in names})
        )

    def is_same(self, other: Uri) -> bool:
        """Do they name one resource, by the comparison of RFC 3261 19.1.4?"""
        mine = (self.scheme, self.host, self.user, self.password, self.port, self.opaque)
        theirs = (other.scheme, other.host, other.user, other.password, other.port, other.opaque)
        return (
            mine == theirs
            and _have_same_params(self.params, other.params)
            and _header_set(self.headers) == _header_set(other.headers)
        )

    def __str__(self) -> str:
        if self.opaque:
            return f"{self.scheme}:{self.opaque}"
        if self.scheme == "tel":
            return f"tel:{self.user}{self.params}"
        hostport = write_hostport(self.host, self.port)
        query = f"?{self.headers}" if self.headers else ""
        return f"{self.scheme}:{self._userinfo()}{hostport}{self.params}{query}"

    def _userinfo(self) -> str:
        if self.user is None:
            return ""
        user = _quoted(self.user)
        if self.password is None:
            return f"{user}@"
        return f"{user}:{_quoted(self.password)}@"


def _quoted(text: str) -> str:
    """With escapes where they are needed: never in a number or a plain name."""
    if text.isascii() and text.isalnum():
        return text
    return quote(text, USER_SAFE, errors="surrogateescape")


def _parse_sip(scheme: str, rest: str) -> Uri:
    if not URI_TEXT.fullmatch(rest):
        raise BadMessage(f"bad URI: {scheme}:{rest[:60]!r}")
    userinfo, at, hostpart = rest.partition("@")
    if not at:
        userinfo, hostpart = "", rest
    hostpart, _, headers = hostpart.partition("?")
    hostport, semicolon, tail = hostpart.partition(";")
    host, port = parse_hostport(hostport)
    user, colon, password = userinfo.partition(":")
    params = parse_params(_plain_escapes(tail)) if semicolon else NO_PARAMS
    return Uri(
        scheme,
        host,
        unquote(user, errors="surrogateescape") if at else None,
        unquote(password, errors="surrogateescape") if colon else None,
        port,
        params,
        headers,
    )


def _parse_tel(rest: str) -> Uri:
    subscriber, semicolon, tail = rest.partition(";")
    if not SUBSCRIBER.fullmatch(subscriber) or not URI_TEXT.fullmatch(tail):
        raise BadMessage(f"bad tel URI: {rest[:60]!r}")
    return Uri("tel", user=subscriber, params=parse_params(tail) if semicolon else NO_PARAMS)


def _plain_escapes(text: str) -> str:
    """`%6C%72` is `lr` (RFC 3261 19.1.4): only what needs an escape keeps it, in upper case."""
    return ESCAPE.sub(_plain_escape, text) if "%" in text else text


def _plain_escape(match: re.Match[str]) -> str:
    char = chr(int(match.group()[1:], 16))
    return char if UNRESERVED.fullmatch(char) else match.group().upper()


def _have_same_params(one: Params, other: Params) -> bool:
    """Parameters both have must agree; of those only one has, some make a difference."""
    both = one.keys() & other.keys()
    only_one = one.keys() ^ other.keys()
    return only_one.isdisjoint(TELLING) and all(
        (one[name] or "").lower() == (other[name] or "").lower() for name in both
    )


def _header_set(headers: str) -> frozenset[str]:
    return frozenset(headers.split("&")) if headers else frozenset()
