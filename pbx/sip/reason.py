"""Why a call ended, as the peer says it in a Reason header (RFC 3326)."""

from __future__ import annotations

from functools import lru_cache

from pbx.sip.grammar import ROW
from pbx.sip.message import Message

MAX_CAUSE = 127  # Q.850


def q850_of(message: Message | None) -> int:
    """The Q.850 cause a message carries, or 0."""
    text = "" if message is None else message.fields.get("reason", "")
    return _cause(text) if text else 0


@lru_cache(256)
def _cause(text: str) -> int:
    for item in text.replace(ROW, ",").split(","):
        protocol, *params = item.split(";")
        if protocol.strip().upper() != "Q.850":
            continue
        for param in params:
            name, _, value = param.partition("=")
            value = value.strip()
            if name.strip().lower() == "cause" and value.isascii() and value.isdigit():
                return int(value) if len(value) <= 3 and int(value) <= MAX_CAUSE else 0
    return 0
