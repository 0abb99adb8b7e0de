"""What a REGISTER asks for, read and judged before anything is changed (RFC 3261 10.3)."""

from __future__ import annotations

from dataclasses import dataclass

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import Params
from pbx.sip.message import Request
from pbx.sip.uri import Uri

SHORTEST, LONGEST = 60, 3600  # seconds a binding may be asked for
DEFAULT = 3600
MAX_CONTACTS = 10  # in one request
OURS = ("expires", "q")  # Contact parameters that are answered with our own values


class IntervalTooBrief(BadMessage):
    """Shorter than SHORTEST: answered 423 with Min-Expires."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s is too short", 423)


@dataclass(frozen=True, slots=True)
class Wish:
    """One Contact; `seconds` 0 asks to remove it."""

    uri: Uri
    seconds: int
    q: float
    instance: str
    params: str


def wishes(request: Request) -> tuple[Wish, ...] | None:
    """What is asked for: none to be told the bindings, None to remove all (`Contact: *`).

    Raises BadMessage, IntervalTooBrief.
    """
    default = _seconds(request.fields.get("expires"), DEFAULT)
    if request.is_star:
        if default != 0:
            raise BadMessage("Contact: * needs Expires: 0")
        return None
    if len(request.contact) > MAX_CONTACTS:
        raise BadMessage("too many contacts", 403)
    return tuple(_wish(contact.uri, contact.params, default) for contact in request.contact)


def _wish(uri: Uri, params: Params, default: int) -> Wish:
    if not uri.is_sip:
        raise BadMessage("a Contact must be a SIP URI", 416)
    seconds = _seconds(params.get("expires"), default)
    if 0 < seconds < SHORTEST:
        raise IntervalTooBrief(seconds)
    rest = "".join(
        f";{name}" if value is None else f";{name}={value}"
        for name, value in params.items()
        if name not in OURS
    )
    instance = params.get("+sip.instance") or ""
    return Wish(uri, min(seconds, LONGEST), _q(params.get("q")), instance, rest)


def _seconds(text: str | None, default: int) -> int:
    """A value that is no number of seconds counts as 3600 (RFC 3261 20.19)."""
    if text is None:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if is_number else DEFAULT


def _q(text: str | None) -> float:
    try:
        return min(1.0, max(0.0, float(text or "1")))
    except ValueError:
        return 1.0
