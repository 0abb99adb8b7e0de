"""Messages as bytes: f-strings over kept texts; nothing is parsed in order to be written back."""

from __future__ import annotations

import hashlib
import re

from pbx.sip.errors import BadMessage, LocalMisuse
from pbx.sip.grammar import ROW
from pbx.sip.message import COMPACT, FOLD, MAX_ROWS, Request

MAX_FORWARDS = 70
REASONS = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    493: "Undecipherable",
    500: "Server Internal Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
}
CLASSES = {1: "Progress", 2: "OK", 3: "Redirection", 4: "Bad Request", 5: "Server Failure"}
ECHOED = {"via": "Via", "from": "From", "to": "To", "call-id": "Call-ID", "cseq": "CSeq"}
BREAK = re.compile(r"[\r\n\0]")
HAS_TAG = re.compile(r";\s*tag\s*=", re.IGNORECASE)
TAG_LENGTH = 16


def reason_phrase(status: int) -> str:
    """The customary words of a status code (RFC 3261 21)."""
    return REASONS.get(status) or CLASSES.get(status // 100, "Global Failure")


def header_row(name: str, value: str) -> str:
    """One row with its CRLF. Raises LocalMisuse when the value would break out of it."""
    if "\r" in value or "\n" in value:
        raise LocalMisuse(f"line break in {name}: {value[:60]!r}")
    return f"{name}: {value}\r\n"


def write_response(
    request: Request,
    status: int,
    reason: str = "",
    to_tag: str = "",
    rows: str = "",
    body: bytes = b"",
) -> bytes:
    """A response: Via, From, Call-ID and CSeq go back as they came (RFC 3261 8.2.6.2).

    `to_tag` is added when To has none; `rows` are whole header rows, each ended by CRLF.
    """
    fields = request.fields
    to = fields["to"]
    if to_tag and not request.to.tag:
        to = tagged(to, to_tag)
    head = (
        f"SIP/2.0 {status} {reason or reason_phrase(status)}\r\n"
        f"Via: {fields['via'].replace(ROW, ', ')}\r\n"
        f"From: {fields['from']}\r\n"
        f"To: {to}\r\n"
        f"Call-ID: {request.call_id}\r\n"
        f"CSeq: {fields['cseq']}\r\n"
    )
    return _finish(head, rows, body)


def write_request(
    method: str,
    target: str,
    via: str,
    dialog_rows: str,
    cseq: int,
    rows: str = "",
    body: bytes = b"",
) -> bytes:
    """A request; `dialog_rows` are the From, To and Call-ID rows, written once per dialog."""
    head = (
        f"{method} {target} SIP/2.0\r\n"
        f"Via: {via}\r\n"
        f"{dialog_rows}"
        f"CSeq: {cseq} {method}\r\n"
        f"Max-Forwards: {MAX_FORWARDS}\r\n"
    )
    return _finish(head, rows, body)


def _finish(head: str, rows: str, body: bytes) -> bytes:
    if rows and not rows.endswith("\r\n"):
        raise LocalMisuse(f"rows not ended by CRLF: {rows[-60:]!r}")
    text = f"{head}{rows}Content-Length: {len(body)}\r\n\r\n"
    return text.encode("utf-8", "surrogateescape") + body


def tagged(to: str, tag: str) -> str:
    """The text of a To without tag, with one."""
    return f"{to};tag={tag}"


def rejection(data: bytes, error: BadMessage) -> bytes | None:
    """The answer to a request `parse_message` refused, or None when it deserves none.

    Its rows go back as they came, unread; nothing answers a response, an ACK, or a request
    without the rows of RFC 3261 8.2.6.2. Never raises, and the same bytes give the same answer.
    """
    head = data.lstrip(b"\r\n").partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape")
    first, *rows = FOLD.sub(" ", head).split("\r\n")
    method = first.partition(" ")[0].upper()
    fields = _raw_fields(rows)
    if method in ("", "ACK") or method.startswith("SIP/") or len(fields) != len(ECHOED):
        return None
    if HAS_TAG.search(fields["to"]) is None:
        fields["to"] = tagged(fields["to"], _stateless_tag(fields))
    echo = "".join([f"{written}: {fields[name]}\r\n" for name, written in ECHOED.items()])
    return _finish(f"SIP/2.0 {error.status} {_shown(error)}\r\n{echo}", "", b"")


def _raw_fields(rows: list[str]) -> dict[str, str]:
    """The rows to echo, as they came: all of Via, the first of the others."""
    fields: dict[str, str] = {}
    for row in rows[:MAX_ROWS]:
        written, _, value = row.partition(":")
        name = written.strip().lower()
        name, value = COMPACT.get(name, name), value.strip()
        if not value or BREAK.search(value):
            continue
        if name == "via" and name in fields:
            fields[name] += f", {value}"
        elif name in ECHOED:
            fields.setdefault(name, value)
    return fields


def _stateless_tag(fields: dict[str, str]) -> str:
    """A tag that a retransmission gets again though nothing is kept (RFC 3261 8.2.7)."""
    text = ROW.join([fields[name] for name in ECHOED])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:TAG_LENGTH]


def _shown(error: BadMessage) -> str:
    """What is wrong as a reason phrase: RFC 3261 21.4.1 wants it told."""
    is_clean = error.reason.isascii() and error.reason.isprintable()
    return error.reason if is_clean else reason_phrase(error.status)
