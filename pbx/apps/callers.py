"""Who calls, as a trunk says it (RFC 3261 20.20, RFC 3325, RFC 3323)."""

from __future__ import annotations

from nidaa.config.phone_numbers import normalised
from pbx.sip.errors import BadMessage
from pbx.sip.message import Request
from pbx.sip.values import Address

ASSERTED = "p-asserted-identity"
HIDDEN = frozenset(("id", "user", "header", "critical"))


def trunk_caller(request: Request, country: str) -> tuple[str, str, str]:
    """The caller's number (E.164 where possible), as received, and name; "" when withheld.

    What the carrier asserts counts for more than what the caller's own From says.
    """
    address = _asserted(request) or request.from_
    raw = address.uri.user or ""
    if not HIDDEN.isdisjoint(word.strip() for word in request.fields.get("privacy", "").split(";")):
        return "", "", ""
    number = normalised(raw, country)
    return number, raw if number else "", _name(address, raw) if number else ""


def _asserted(request: Request) -> Address | None:
    try:
        addresses = request.addresses(ASSERTED)
    except BadMessage:  # the call matters more than a header we may do without
        return None
    return addresses[0] if addresses else None


def _name(address: Address, raw: str) -> str:
    """The display name, where it is one and not the number again."""
    return "" if address.name in (raw, raw.lstrip("+")) else address.name
