"""The checks a UAS makes before it looks at what a request wants (RFC 3261 8.2)."""

from __future__ import annotations

from typing import NamedTuple

from pbx.sip.message import Request

SDP = "application/sdp"
ALLOWED = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE", "INFO")
ALLOW_ROW = f"Allow: {', '.join(ALLOWED)}\r\n"
ACCEPT_ROW = f"Accept: {SDP}\r\n"
KNOWN = frozenset(
    (*ALLOWED, "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "MESSAGE")
)
WITHIN_DIALOG_ONLY = frozenset(("BYE", "UPDATE", "INFO", "PRACK"))
CARRY_SDP = frozenset(("INVITE", "UPDATE"))
SCHEMES = frozenset(("sip", "sips", "tel"))
ACCEPTED_RANGES = frozenset((SDP, "application/*", "*/*"))


class Refusal(NamedTuple):
    """The answer to a request that is not served."""

    status: int
    rows: str = ""
    reason: str = ""


def refuse_new(request: Request) -> Refusal | None:
    """Why a request outside any dialog is not served, or None."""
    if request.uri.scheme not in SCHEMES:
        return Refusal(416)
    if request.method in WITHIN_DIALOG_ONLY:
        return Refusal(481)
    if request.method == "INVITE":
        if len(request.contact) != 1:
            return Refusal(400, reason="INVITE needs one Contact")  # RFC 3261 8.1.1.8
        if request.max_forwards == 0:
            return Refusal(483)  # we would send it on (RFC 7332); other requests end here
    return refuse_any(request)


def refuse_any(request: Request) -> Refusal | None:
    """Why a request is not served whether within a dialog or not, or None."""
    fields = request.fields
    if "require" in fields:  # we require no option ourselves and support none yet
        return Refusal(420, f"Unsupported: {', '.join(request.all('require'))}\r\n")
    if request.method not in CARRY_SDP:
        return None
    if request.body and request.content_type != SDP:
        return Refusal(415, ACCEPT_ROW)
    if fields.get("content-encoding", "identity").lower() != "identity":
        return Refusal(415, "Accept-Encoding: identity\r\n")
    if "accept" in fields and not _accepts_sdp(request):
        return Refusal(406)
    return None


def _accepts_sdp(request: Request) -> bool:
    ranges = {item.partition(";")[0].strip().lower() for item in request.all("accept")}
    return not ACCEPTED_RANGES.isdisjoint(ranges)
