"""The pieces of RFC 3261 25 that several header fields share: lists, quotes, parameters, hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any, NoReturn

from pbx.sip.errors import BadMessage

REMEMBERED = 4096  # values kept by each memo: bounded, so a flood of odd values only costs time
MAX_VALUE = 1024  # characters of a value that may be remembered; RFC 4475's longest has 590
ROW = "\n"  # stands between rows of one name; no value can contain it
MAX_COMMAS = 512  # in one list: more is no call, and reading them would take long
MAX_DIGITS = 10  # of any number in a header field; all are below 2^32

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-.]*[A-Za-z0-9_.])?")
# Looser than gen-value (phones put "@" and "/" in tags), yet nothing that ends a value elsewhere.
PARAM_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"<>,;]*', re.DOTALL)
PLAIN_PARAMS = re.compile(r"(?:;[A-Za-z0-9\-.!%*_+`'~]+(?:=[^\s\"<>,;]*)?)+")  # most, in one look
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
PIECES = {  # a quoted string, a character that matters, or a run of others
    mark: re.compile(rf'"(?:[^"\\]|\\.)*"|[<>{mark}]|[^"<>{mark}]+', re.DOTALL) for mark in ",;"
}
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Params(dict[str, str | None]):
    """Parameters by lower-case name, values as written. Remembered values share them: frozen."""

    __slots__ = ()

    def _frozen(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("parameters are shared: make new ones with having()")

    __setitem__ = __delitem__ = __ior__ = _frozen
    update = pop = popitem = clear = setdefault = _frozen

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items())) if self else 0

    def having(self, name: str, value: str | None = None) -> Params:
        """These, and one more or changed."""
        return Params({**self, name: value})

    def __str__(self) -> str:
        return "".join([f";{k}" if v is None else f";{k}={v}" for k, v in self.items()])


NO_PARAMS = Params()


def refuse_long(text: str, limit: int = MAX_VALUE) -> None:
    """Raise BadMessage for a text so long that remembering such ones would cost real memory."""
    if len(text) > limit:
        raise BadMessage(f"value too long: {text[:40]!r}")


def is_token(text: str) -> bool:
    """A token of RFC 3261 25.1: a method, a parameter name, an option tag."""
    return TOKEN.fullmatch(text) is not None


def split_outside(text: str, separator: str) -> Iterator[str]:
    """The stripped parts between commas or semicolons outside quotes and angle brackets."""
    start, end, depth = 0, 0, 0
    for match in PIECES[separator].finditer(text):
        at, piece = match.start(), match.group()
        if at != end:
            raise BadMessage("unbalanced quote")
        end = match.end()
        if piece == separator and depth == 0:
            yield text[start:at].strip()
            start = end
        elif piece in ("<", ">"):
            depth += 1 if piece == "<" else -1
    if end != len(text) or depth:
        raise BadMessage("unbalanced quote or bracket")
    yield text[start:].strip()


def split_list(text: str) -> list[str]:
    """The items of a header field, in one row or in several (RFC 3261 7.3.1)."""
    rows = text.split(ROW)
    commas = text.count(",")
    if not commas:
        return rows
    if commas > MAX_COMMAS:
        raise BadMessage("too many items in a list", 513)
    return [item for row in rows for item in split_outside(row, ",")]


def unquote_string(text: str) -> str:
    """The text inside a quoted string; a token stays as it is."""
    return ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text


def quote_string(text: str) -> str:
    """The text as a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_number(text: str, name: str, limit: int) -> int:
    """A decimal number from 0 to `limit`."""
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit()) or len(digits) > MAX_DIGITS:
        raise BadMessage(f"bad {name}: {text[:20]!r}")
    value = int(digits or "0")
    if value > limit:
        raise BadMessage(f"{name} out of range: {text[:20]!r}")
    return value


def parse_params(text: str) -> Params:
    """`tag=a;lr` as {'tag': 'a', 'lr': None}; a repeated name is refused (RFC 3261 7.3.1)."""
    params: dict[str, str | None] = {}
    for part in split_outside(text, ";") if '"' in text else text.split(";"):
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not name or name in params:
            raise BadMessage(f"empty or repeated parameter: {text[:60]!r}")
        params[name] = value.strip() if equals else None
    return Params(params)


def parse_header_params(text: str) -> Params:
    """What follows a header value: nothing, or `;name=value` any number of times."""
    if not text:
        return NO_PARAMS
    if not text.startswith(";"):
        raise BadMessage(f"junk where parameters belong: {text[:60]!r}")
    params = parse_params(text[1:])
    if not PLAIN_PARAMS.fullmatch(text) and not all(map(_is_param, params.items())):
        raise BadMessage(f"bad parameter: {text[:60]!r}")
    return params


def _is_param(param: tuple[str, str | None]) -> bool:
    name, value = param
    return is_token(name) and (value is None or PARAM_VALUE.fullmatch(value) is not None)


@lru_cache(REMEMBERED)
def parse_hostport(text: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]:port`; the host in lower case, brackets kept."""
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        host += bracket
        colon, port = rest[:1], rest[1:]
        is_host = bool(bracket) and is_ipv6(host[1:-1]) and colon in ("", ":")
    else:
        host, colon, port = text.partition(":")
        host, port = host.rstrip(), port.lstrip()
        is_host = HOST.fullmatch(host) is not None
    if not is_host:
        raise BadMessage(f"bad host: {text[:60]!r}")
    return host.lower(), parse_number(port, "port", 65535) if colon else None


def is_ipv6(text: str) -> bool:
    """An IPv6 address without brackets and without a zone."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def write_hostport(host: str, port: int | None) -> str:
    """The opposite of `parse_hostport`."""
    return host if port is None else f"{host}:{port}"
