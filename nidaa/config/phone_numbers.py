"""Telephone numbers: one form for what carriers and phones write in many."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

REMEMBERED = 4096
ANONYMOUS = frozenset(("anonymous", "unavailable", "restricted", "private", "unknown", "withheld"))
LONGEST = 30  # characters; E.164 has 15 digits


@lru_cache(REMEMBERED)
def normalised(number: str, country: str) -> str:
    """E.164 (`+213550123456`) where the number is valid in `country` or abroad, else as received.

    "" for a caller who does not say who they are. Never raises: a carrier may write anything.
    """
    text = number.strip()
    if text.lower() in ANONYMOUS:
        return ""
    if len(text) > LONGEST:
        return text
    found = _e164(text, country)
    if not found and text.isdigit():  # carriers leave out the + of 33123456789
        found = _e164(f"+{text}", country)
    return found or text


def _e164(text: str, country: str) -> str:
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
