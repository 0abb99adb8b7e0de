"""SIP messages: one strict scan of the bytes, then the values every layer needs, typed.

A header row is split once into a dict of texts by canonical name; typed values are remembered
by their text (see `values`). What contradicts RFC 3261 is refused here, so that no later code
asks whether From is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import (
    MAX_VALUE,
    REMEMBERED,
    ROW,
    is_token,
    parse_number,
    refuse_long,
    split_list,
)
from pbx.sip.values import MAGIC, Address, CSeq, Uri, Via, parse_addresses

MAX_BODY = 2**20  # bytes
MAX_ROWS = 256  # of one header, continuations included; RFC 4475's longest has 45
FOLD = re.compile(r"\r\n[ \t]+")
COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
SINGLE = frozenset(
    (
        "call-id",
        "content-length",
        "content-type",
        "cseq",
        "event",
        "expires",
        "from",
        "max-forwards",
        "min-se",
        "rack",
        "refer-to",
        "replaces",
        "rseq",
        "session-expires",
        "to",
    )
)
ROUTING = frozenset(("route", "record-route"))
Core = tuple[Via, Address, Address, str, CSeq, tuple[Address, ...]]


@dataclass(slots=True)
class Message:
    """What both kinds share. `fields` maps canonical (lower-case) names to texts as written.

    Rows of one name stand in one text, parted by ROW. Read it through `rows` and `all`, and
    do not change it; only the endpoint does, to note where a request came from in its Via.
    """

    via: Via  # the topmost
    from_: Address
    to: Address
    call_id: str
    cseq: CSeq
    contact: tuple[Address, ...]  # empty for `Contact: *`, see `is_star`
    fields: dict[str, str]
    body: bytes

    def rows(self, name: str) -> list[str]:
        """The values of a field that is no list, each of its rows: WWW-Authenticate, Reason."""
        return self.fields[name].split(ROW) if name in self.fields else []

    def all(self, name: str) -> list[str]:
        """The items of a list field, whether in one row or in several (RFC 3261 7.3.1)."""
        return split_list(self.fields[name]) if name in self.fields else []

    def addresses(self, name: str) -> tuple[Address, ...]:
        """The addresses of Route, Record-Route, P-Asserted-Identity ... Raises BadMessage."""
        return parse_addresses(self.fields[name]) if name in self.fields else ()

    def options(self, name: str) -> frozenset[str]:
        """The items of Supported, Require, Allow ... in lower case."""
        return frozenset(item.lower() for item in self.all(name))

    @property
    def is_star(self) -> bool:
        """`Contact: *`: remove all bindings (RFC 3261 10.2.2)."""
        return not self.contact and "contact" in self.fields

    @property
    def content_type(self) -> str:
        """The media type in lower case without parameters; "" when absent."""
        return self.fields.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(slots=True)
class Request(Message):
    """A request (RFC 3261 7.1)."""

    method: str
    uri: Uri

    @property
    def max_forwards(self) -> int:
        """Hops left; 70 when the sender did not say."""
        return int(self.fields.get("max-forwards", "70"))


@dataclass(slots=True)
class Response(Message):
    """A response (RFC 3261 7.2)."""

    status: int
    reason: str


def parse_message(data: bytes) -> Request | Response:
    """One datagram, or one message a stream was cut into. Raises BadMessage and nothing else."""
    first, fields, body = scan(data)
    if first[:8].upper() == "SIP/2.0 ":
        status, reason = parse_status_line(first)
        return Response(*_parse_core(fields), fields, _cut_body(fields, body), status, reason)
    method, uri = parse_request_line(first)
    request = Request(*_parse_core(fields), fields, _cut_body(fields, body), method, uri)
    if request.cseq.method != method:
        raise BadMessage("CSeq method does not match the request")
    if request.via.branch == MAGIC:
        raise BadMessage("branch names no transaction")
    return request


def scan(data: bytes) -> tuple[str, dict[str, str], bytes]:
    """Start line, header texts by canonical name, and whatever follows the blank line."""
    head, blank, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not blank:
        raise BadMessage("no blank line after the header")
    text = head.decode("utf-8", "surrogateescape")
    ends = text.count("\r\n")
    if text.count("\n") != ends or text.count("\r") != ends:
        raise BadMessage("stray carriage return or line feed")
    if ends > MAX_ROWS:
        raise BadMessage("too many header rows", 513)
    if "\n " in text or "\n\t" in text:
        text = unfold(text)
    first, *rows = text.split("\r\n")
    fields: dict[str, str] = {}
    for row in rows:
        written, colon, value = row.partition(":")
        if not colon:
            raise BadMessage(f"header without colon: {row[:40]!r}")
        name = header_name(written)
        if name not in fields:
            fields[name] = value.strip()
        elif name in SINGLE:
            raise BadMessage(f"more than one {name}")
        else:
            fields[name] += ROW + value.strip()
    return first, fields, body


def unfold(head: str) -> str:
    """Join continuation rows onto the header they continue (RFC 3261 7.3.1)."""
    first, end, rows = head.partition("\r\n")
    if rows[:1] in (" ", "\t"):
        raise BadMessage("folded start line")
    return first + end + FOLD.sub(" ", rows)


@lru_cache(REMEMBERED)
def header_name(written: str) -> str:
    """The canonical name of a header as written: lower case, compact form expanded."""
    refuse_long(written)
    name = written.rstrip(" \t").lower()
    if not is_token(name):
        raise BadMessage(f"bad header name: {written[:40]!r}")
    return COMPACT.get(name, name)


def parse_status_line(line: str) -> tuple[int, str]:
    """`SIP/2.0 200 OK` as 200 and OK; the reason may be empty."""
    code, _, reason = line[8:].partition(" ")
    status = parse_number(code, "status code", 699)
    if len(code) != 3 or status < 100:
        raise BadMessage(f"bad status line: {line[:60]!r}")
    return status, reason


@lru_cache(REMEMBERED)
def parse_request_line(line: str) -> tuple[str, Uri]:
    """`INVITE sip:a@b SIP/2.0` as method and URI; exactly two spaces (RFC 3261 7.1)."""
    if len(line) > 2 * MAX_VALUE:
        raise BadMessage("Request-URI too long", 414)
    words = line.split(" ")
    if len(words) != 3 or not is_token(words[0]):
        raise BadMessage(f"bad request line: {line[:60]!r}")
    method, target, version = words
    if version.upper() != "SIP/2.0":
        is_sip = version.upper().startswith("SIP/")
        raise BadMessage(f"unsupported version {version[:20]!r}", 505 if is_sip else 400)
    uri = Uri.parse(target)
    if uri.headers:
        raise BadMessage("Request-URI must not carry headers")  # RFC 3261 19.1.1
    return method, uri


def _parse_core(fields: dict[str, str]) -> Core:
    """The values every layer needs, and the refusals of RFC 3261 8.1.1."""
    try:
        via, cseq = fields["via"], CSeq.parse(fields["cseq"])
        from_, to = Address.parse(fields["from"]), Address.parse(fields["to"])
        call_id = fields["call-id"]
    except KeyError as missing:
        raise BadMessage(f"missing {missing.args[0]}") from None
    if not call_id or not call_id.isprintable() or " " in call_id:
        raise BadMessage("bad Call-ID")
    if from_.tag == "" or to.tag == "":
        raise BadMessage("empty tag")
    vias = [Via.parse(item) for item in (split_list(via) if "," in via or ROW in via else (via,))]
    if "max-forwards" in fields:
        parse_number(fields["max-forwards"], "Max-Forwards", 255)
    for name in fields.keys() & ROUTING:
        parse_addresses(fields[name])
    return vias[0], from_, to, call_id, cseq, _parse_contact(fields.get("contact", "*"))


def _parse_contact(text: str) -> tuple[Address, ...]:
    return () if text == "*" else parse_addresses(text)


def _cut_body(fields: dict[str, str], body: bytes) -> bytes:
    """RFC 3261 18.3: octets after Content-Length are no part of the message; fewer are an error."""
    text = fields.get("content-length")
    if text is None:
        return body
    length = parse_number(text, "Content-Length", MAX_BODY)
    if length > len(body):
        raise BadMessage("body shorter than Content-Length")
    return body[:length]
